"""Changing and cancelling an appointment of a referral that is under way."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bot.directory.partners import Partner
from bot.referral.appointments import booked_for, cancel, hold, key_of_change, next_sequence
from bot.referral.calendars.built_in import BuiltIn
from bot.referral.calendars.port import Slot, Visit
from bot.referral.outbox import Entry, enqueue
from bot.referral.state_machine import lock
from bot.store.tables import Appointment, Referral

#: The states in which a partner expects the resident: only then is there something to change.
CHANGEABLE = frozenset({"requested", "accepted", "in_progress", "on_hold"})


class NotChangeable(ValueError):
    """The referral is finished, cancelled, or back with the desk: there is no appointment to change any more."""


def reschedule(session: Session, referral: Referral, partner: Partner, slot: Slot, now: datetime) -> Appointment:
    """Move a referral's appointment: the new seat is booked before the old one is given up, both or neither.

    The sequence goes up by one, and partner and resident are told (outbox, kind ``rescheduled``). A referral that has
    no appointment gets one. Moving it to where it stands changes nothing. Raises ``NotChangeable``; ``SeatTaken`` when
    the time is gone, then the former appointment stands; ``ValueError`` for another partner than the referral's.
    """
    current = _changeable(session, referral, partner)
    if current is not None and is_at(current, slot):
        return current
    visit, house = visit_of_change(session, referral), BuiltIn(session, partner)
    sequence = next_sequence(session, referral.id)
    placed = house.create(slot, visit, now) if current is None else house.change(str(current.id), slot, visit, now)
    new = session.get_one(Appointment, int(placed.id))
    new.sequence, new.interpreter = sequence, bool(referral.payload["interpreter"])
    session.flush()
    _tell(session, referral, new, "rescheduled", now)
    return new


def hold_change(session: Session, referral: Referral, partner: Partner, slot: Slot, now: datetime) -> Appointment:
    """Hold the seat that ``reschedule`` is going to book, for who has to ask a calendar outside the house in between.

    Returns the present appointment when it stands there already. Raises as ``reschedule`` does.
    """
    current = _changeable(session, referral, partner)
    if current is not None and is_at(current, slot):
        return current
    key = visit_of_change(session, referral).key
    return hold(session, partner, slot, referral.conversation_id, key, now, instead_of=current)


def cancel_appointment(session: Session, referral: Referral, now: datetime) -> bool:
    """Cancel a referral's appointment and tell both sides; the referral itself goes on, the partner makes contact.

    Returns whether there was one. Raises ``NotChangeable``.
    """
    current = _changeable(session, referral, None)
    if current is None or not cancel(session, current):
        return False
    _tell(session, referral, current, "cancelled", now)
    return True


def visit_of_change(session: Session, referral: Referral) -> Visit:
    """Return the visit of the next change, with a key of its own."""
    key = key_of_change(referral.idempotency_key, next_sequence(session, referral.id))
    return Visit(key, referral.conversation_id, referral.reference, referral.id)


def is_at(appointment: Appointment, slot: Slot) -> bool:
    """Return whether an appointment stands at this time, in this way."""
    return appointment.start_at == slot.start.astimezone(UTC) and appointment.mode == slot.mode


def _changeable(session: Session, referral: Referral, partner: Partner | None) -> Appointment | None:
    """Take the referral for this transaction, so that of two changes at once the second sees the first's."""
    lock(session, referral)
    if referral.status not in CHANGEABLE:
        raise NotChangeable(f"{referral.reference} is {referral.status}: its appointment cannot be changed any more")
    if partner is not None and partner.id != referral.partner_id:
        raise ValueError(f"{referral.reference} is with {referral.partner_id}, not with {partner.id}")
    return booked_for(session, referral.id)


def _tell(session: Session, referral: Referral, appointment: Appointment, kind: str, now: datetime) -> None:
    occasion = f"{appointment.sequence}"
    details = {"sequence": appointment.sequence}
    if kind == "cancelled":  # of a change the newest is told, whatever came after it; this one is not booked any more
        details["appointment"] = appointment.id
    for recipient in ("partner", "resident"):
        enqueue(session, referral, Entry(kind, recipient, occasion, details), now)
