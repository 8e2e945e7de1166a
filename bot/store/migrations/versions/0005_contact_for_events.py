"""Whether the contact details may be used for the event somebody signed up for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # who signed up before was not asked in so many words: no
    op.add_column("event_sign_up", sa.Column("contact_agreed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("event_sign_up", "contact_agreed")
