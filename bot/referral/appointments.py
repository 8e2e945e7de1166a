"""Seats in a partner's calendar: held for a while, booked, given back.

Two residents never get the same seat: the database refuses it (a partial unique index over held and booked
appointments). So nothing here trusts having looked whether a seat is free: it takes it, and is told. What the index
cannot see, times that overlap without beginning together, is settled by taking turns: one at a time for a partner, and
for a resident.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.directory.partners import Partner
from bot.referral.calendars.port import AlreadyBusy, SeatTaken, Slot
from bot.referral.free_times import busy_seats, offer_times, spans_of_resident
from bot.store.tables import Appointment, Conversation, UtcDateTime

__all__ = [
    "HOLD_MINUTES",
    "AlreadyBusy",
    "SeatTaken",
    "Slot",
    "book_hold",
    "booked_for",
    "cancel",
    "held_under",
    "hold",
    "is_held",
    "key_of_change",
    "next_sequence",
    "offer_times",
    "purge_holds",
    "release",
    "replace_by",
]

#: How long a seat is kept for somebody who has chosen it and not confirmed yet.
HOLD_MINUTES = 10

_LIVE = Appointment.state.in_(("held", "booked"))


def key_of_change(key: str, sequence: int) -> str:
    """Return the key under which the ``sequence``-th change of an appointment is held and booked; 64 characters.

    A key is unique among live seats, and during a change there are two: the new one and the one it replaces.
    """
    return hashlib.sha256(f"{key}\x1f{sequence}".encode()).hexdigest() if sequence else key


def hold(  # noqa: PLR0917 - who, where, when: the order of every call in this room
    session: Session,
    partner: Partner,
    slot: Slot,
    conversation_id: str,
    key: str,
    now: datetime,
    *,
    instead_of: Appointment | None = None,
) -> Appointment:
    """Keep a seat for ``HOLD_MINUTES``; the same ``key`` (at most 64 characters) never holds two.

    Holding the same time again gives the same appointment with the time to decide anew; another time under the same
    key gives the former one back. Nobody is in two places at once: a time at which the conversation has another
    appointment (but for ``instead_of``, which is going to be given up) is refused, and so is one that leaves no time
    for the way from the one to the other (``AlreadyBusy``). Raises ``SeatTaken``; then a seat
    that was held before is still held. Raises ``sqlalchemy.exc.IntegrityError`` when the conversation does not exist.
    """
    if slot.start <= now:
        raise SeatTaken(f"{slot.start.isoformat()} is over")
    _take_turns(session, conversation_id, partner.id)
    until = now + timedelta(minutes=HOLD_MINUTES)
    _release_expired(session, now, Appointment.partner_id == partner.id, Appointment.start_at == slot.start)
    _release_expired(session, now, Appointment.idempotency_key == key)
    own = _own(session, partner, slot, conversation_id, key)
    again = own is not None and own.partner_id == partner.id and own.start_at == slot.start.astimezone(UTC)
    if own is not None and again and (own.state == "booked" or own.mode == slot.mode):
        return _held_on(session, own, slot, key, until)
    if own is not None and own.state == "booked":
        raise SeatTaken("this is booked at another time already")
    known = {one.id for one in (own, instead_of) if one is not None}
    if _is_elsewhere(session, partner, slot, conversation_id, known, now):
        raise AlreadyBusy(f"there is another appointment around {slot.start.isoformat()}")
    if own is not None and again:
        return _held_on(session, own, slot, key, until)
    with session.begin_nested():  # both or neither: the old seat is given back only for a new one
        if own is not None:
            own.state, own.held_until = "released", None
            session.flush()
        return _take_a_seat(session, partner, slot, conversation_id, key, now, until)


def book_hold(session: Session, appointment: Appointment, referral_id: int, now: datetime) -> Appointment:
    """Turn a held seat into an appointment of a referral. Doing it again changes nothing.

    Raises ``SeatTaken`` when the hold is over or belongs to another referral.
    """
    done = session.execute(
        update(Appointment)
        .where(
            Appointment.id == appointment.id,
            or_(
                (Appointment.state == "held") & (Appointment.held_until > now),
                (Appointment.state == "booked") & (Appointment.referral_id == referral_id),
            ),
        )
        .values(
            state="booked",
            held_until=None,
            referral_id=referral_id,
            booked_at=func.coalesce(Appointment.booked_at, literal(now, UtcDateTime)),
        )
        .returning(Appointment.id)
    )
    booked = done.scalar() is not None
    session.refresh(appointment)
    if not booked:
        raise SeatTaken("the seat was not held any more")
    return appointment


def release(session: Session, key: str) -> bool:
    """Give a held seat back; return whether there was one."""
    return _set_state(session, "released", Appointment.idempotency_key == key, Appointment.state == "held") > 0


def cancel(session: Session, appointment: Appointment) -> bool:
    """Cancel a booked appointment, which gives its seat free; return whether it was booked.

    The cancellation is a change of its own: a calendar takes it only when its number is higher than of all before.
    """
    cancelled = _set_state(session, "cancelled", Appointment.id == appointment.id, Appointment.state == "booked") > 0
    session.refresh(appointment)
    if cancelled and appointment.referral_id is not None:
        appointment.sequence = next_sequence(session, appointment.referral_id)
        session.flush()
    return cancelled


def next_sequence(session: Session, referral_id: int) -> int:
    """Return the number of the next change: more than of any appointment this referral ever had; 0 without any."""
    highest = session.scalar(select(func.max(Appointment.sequence)).where(Appointment.referral_id == referral_id))
    return 0 if highest is None else highest + 1


def booked_for(session: Session, referral_id: int) -> Appointment | None:
    """Return the booked appointment of a referral."""
    query = select(Appointment).where(Appointment.referral_id == referral_id, Appointment.state == "booked")
    return session.scalar(query)


def replace_by(session: Session, former: Appointment, new: Appointment) -> None:
    """Give up a booked seat for one that is booked already. Raises ``SeatTaken`` when it was given up before."""
    if not _set_state(session, "cancelled", Appointment.id == former.id, Appointment.state == "booked"):
        raise SeatTaken("the former appointment was given up meanwhile")
    new.sequence, new.interpreter = former.sequence + 1, former.interpreter
    session.flush()


def is_held(session: Session, key: str, now: datetime) -> bool:
    """Return whether a seat is kept under this key, with time left to decide."""
    return held_under(session, key, now) is not None


def held_under(session: Session, key: str, now: datetime) -> Appointment | None:
    """Return the seat that is kept under this key, with time left to decide."""
    query = select(Appointment).where(
        Appointment.idempotency_key == key, Appointment.state == "held", Appointment.held_until > now
    )
    return session.scalar(query)


def purge_holds(session: Session, now: datetime) -> int:
    """Give back every seat whose time to decide is over; return how many."""
    return _release_expired(session, now)


def _take_turns(session: Session, conversation_id: str, partner_id: str) -> None:
    """Wait until no other transaction takes a seat for this resident, or with this partner. Always in this order.

    The conversation comes before all, as for who erases it: two that lock in another order would wait for each other.
    SQLite lets one transaction write at a time anyway (``bot.store.engine``).
    """
    if session.get_bind().dialect.name == "postgresql":
        whose = select(Conversation.id).where(Conversation.id == conversation_id)
        session.execute(whose.with_for_update(read=True, key_share=True))
        for name in (conversation_id, partner_id):
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _is_elsewhere(  # noqa: PLR0917 - who, where, when
    session: Session, partner: Partner, slot: Slot, conversation_id: str, known: set[int], now: datetime
) -> bool:
    """Return whether the resident is somewhere else then, or on the way from there."""
    visited = partner.id if slot.mode == "in_person" else None
    busy = spans_of_resident(session, conversation_id, now, visited, known)
    return any(start < slot.end and end > slot.start for start, end in busy)


def _held_on(session: Session, own: Appointment, slot: Slot, key: str, until: datetime) -> Appointment:
    """Give the time to decide anew for a seat that is held already; one that is booked stays as it is."""
    if own.state == "held":
        own.held_until, own.idempotency_key = until, key
        own.mode, own.location = slot.mode, slot.location
        session.flush()
    return own


def _own(session: Session, partner: Partner, slot: Slot, conversation_id: str, key: str) -> Appointment | None:
    """Return what this key holds; else the seat this resident already holds at this very time."""
    by_key = session.scalar(select(Appointment).where(Appointment.idempotency_key == key, _LIVE).with_for_update())
    if by_key is not None:
        return by_key
    same = select(Appointment).where(
        Appointment.partner_id == partner.id,
        Appointment.start_at == slot.start,
        Appointment.conversation_id == conversation_id,
        Appointment.state == "held",
    )
    return session.scalar(same.with_for_update())


def _take_a_seat(  # noqa: PLR0917
    session: Session,
    partner: Partner,
    slot: Slot,
    conversation_id: str,
    key: str,
    now: datetime,
    until: datetime,
) -> Appointment:
    busy = busy_seats(session, partner, slot, now)
    for seat in (seat for seat in range(1, partner.seats + 1) if seat not in busy):
        appointment = Appointment(
            partner_id=partner.id,
            start_at=slot.start,
            end_at=slot.end,
            seat=seat,
            mode=slot.mode,
            location=slot.location,
            state="held",
            held_until=until,
            conversation_id=conversation_id,
            idempotency_key=key,
            created_at=now,
        )
        try:
            with session.begin_nested():
                session.add(appointment)
        except IntegrityError:
            if session.get(Conversation, conversation_id) is None:
                raise  # not the seat: the conversation was erased
            same = _own(session, partner, slot, conversation_id, key)
            if same is not None and same.start_at == slot.start.astimezone(
                UTC
            ):  # the same click came twice, the other was quicker
                return same
            continue
        return appointment
    raise SeatTaken(f"{partner.id} has no seat at {slot.start.isoformat()}")


def _release_expired(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    over = select(Appointment.id).where(Appointment.state == "held", Appointment.held_until <= now, *which)
    # Another who is releasing them just now may go on: waiting for each other in different orders is a deadlock.
    ids = session.scalars(over.with_for_update(skip_locked=True)).all()
    return _set_state(session, "released", Appointment.id.in_(ids)) if ids else 0


def _set_state(session: Session, state: str, *which: ColumnElement[bool]) -> int:
    statement = update(Appointment).where(*which).values(state=state, held_until=None).returning(Appointment.id)
    return len(session.scalars(statement, execution_options={"synchronize_session": "fetch"}).all())
