"""The way to a partner that has no other: the desk passes it on by phone, and says when it has.

Nothing is sent. The row of the outbox is delivered to the desk (``progress``: ``{"with": "desk"}``) and stays on the
desk's list until somebody has told the partner (``passed_on_by``, ``passed_on_at``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from bot.referral.delivery.parcel import Parcel, Progress
from bot.store.tables import Outbox

_DESK = {"with": "desk"}


class DeskAdapter:
    """Leaves a parcel with the desk."""

    def send(self, parcel: Parcel) -> Progress:
        """Say that the desk has it."""
        return dict(_DESK)


def to_pass_on(session: Session, region: str | None = None, limit: int | None = None) -> Sequence[Outbox]:
    """Return what the desk still has to tell partners by phone, oldest first; of one region, or of all.

    Of a referral that was erased only the withdrawal is left, with nothing but the reference.
    """
    return session.scalars(select(Outbox).where(_waits(region)).order_by(Outbox.id).limit(limit)).all()


def count_to_pass_on(session: Session, region: str | None = None) -> int:
    """Return how much the desk still has to tell partners by phone."""
    return session.scalar(select(func.count()).select_from(Outbox).where(_waits(region))) or 0


def passed_on(session: Session, row_id: int, who: str, now: datetime) -> bool:
    """Note that ``who`` has told the partner; return whether it was still to be done."""
    row = session.scalar(select(Outbox).where(Outbox.id == row_id).with_for_update())
    if row is None or row.state != "delivered" or row.progress != _DESK:
        return False
    row.progress = {**_DESK, "passed_on_by": who, "passed_on_at": now.isoformat(timespec="seconds")}
    session.flush()
    return True


def _waits(region: str | None) -> ColumnElement[bool]:
    # In SQL, not afterwards: what has been told long ago must never take the place of what has not.
    told = Outbox.progress["passed_on_at"].as_string().is_not(None)
    waits = and_(
        Outbox.recipient == "partner",
        Outbox.state == "delivered",
        Outbox.progress["with"].as_string() == "desk",
        ~told,
    )
    return waits if region is None else and_(waits, Outbox.region == region)
