"""Reminders: a day before an appointment, unless it was made within that day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.referral.outbox import Entry, enqueue
from bot.store.tables import Appointment, Outbox, Referral

BEFORE = timedelta(hours=24)


def write_reminders(session: Session, now: datetime) -> int:
    """Write a reminder for each appointment that begins within ``BEFORE``; return how many. Again, it adds none."""
    query = (
        select(Referral, Appointment)
        .join(Appointment, Appointment.referral_id == Referral.id)
        .where(Appointment.state == "booked", Appointment.start_at > now, Appointment.start_at <= now + BEFORE)
        .order_by(Appointment.id)
    )
    written = 0
    for referral, appointment in session.execute(query).all():
        entry = Entry("reminder", "resident", str(appointment.id), {"appointment": appointment.id})
        if appointment.created_at > appointment.start_at - BEFORE or _is_written(session, referral, appointment):
            continue
        enqueue(session, referral, entry, now)
        written += 1
    return written


def _is_written(session: Session, referral: Referral, appointment: Appointment) -> bool:
    key = f"{referral.reference}:resident:reminder:{appointment.id}"
    return session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None
