"""Referrals whose next step should have been taken by now: a flag, and a list for the desk. Nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bot.store.tables import Referral


def is_late(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a referral is overdue."""
    return Referral.due_at < now


def mark_overdue(session: Session, now: datetime) -> int:
    """Note when it was first seen that a referral is overdue; return how many were noted now."""
    statement = (
        update(Referral)
        .where(is_late(now), Referral.overdue_at.is_(None))
        .values(overdue_at=now)
        .returning(Referral.id)
    )
    return len(session.scalars(statement, execution_options={"synchronize_session": "fetch"}).all())


def overdue(session: Session, now: datetime) -> Sequence[Referral]:
    """Return what is overdue, the longest first."""
    return session.scalars(select(Referral).where(is_late(now)).order_by(Referral.due_at, Referral.id)).all()
