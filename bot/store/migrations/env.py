"""What alembic runs; the connection comes from ``bot.store.migrate``."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from bot.store.tables import Base, UtcDateTime


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A step must not change when our own type does: it names the plain one underneath.
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=_render_item,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,  # SQLite has it too, once the driver is told not to commit by itself
)
with context.begin_transaction():
    context.run_migrations()
