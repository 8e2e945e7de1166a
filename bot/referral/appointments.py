"""Seats in a partner's calendar: offered, held for a while, booked.

Two residents never get the same seat: the database refuses it (a partial unique index over held and booked
appointments). So nothing here looks whether a seat is free before it takes it; it takes it, and is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.hours import openings
from bot.directory.partners import Partner
from bot.store.tables import Appointment, Conversation

#: How long a seat is kept for somebody who has chosen it and not confirmed yet.
HOLD_MINUTES = 10
#: How far ahead times are offered.
HORIZON_DAYS = 42
NOON, EVENING = time(12), time(17)

PARTS = ("any", "morning", "evening")

_LIVE = Appointment.state.in_(("held", "booked"))


class SeatTaken(RuntimeError):
    """All seats at this time are taken, or the time is over."""


@dataclass(frozen=True)
class Slot:
    """A time with a partner. ``start`` and ``end`` are aware; ``mode`` is phone, in_person or video."""

    start: datetime
    end: datetime
    mode: str
    location: str | None = None


def offer_times(
    session: Session,
    partner: Partner,
    now: datetime,
    *,
    count: int = 5,
    part: str = "any",
    after: datetime | None = None,
    conversation_id: str | None = None,
) -> list[Slot]:
    """Return up to ``count`` free times, in order, on as many different days as possible.

    ``part``: mornings begin before noon, evenings from 17.00 h. ``after``: only later times than this one. Times at
    which ``conversation_id`` already has an appointment are left out. Times nearer than the partner's notice are never
    offered, nor beyond six weeks; the list is empty when the partner has no calendar or nothing is free.
    Raises ``ValueError`` for an unknown part of the day.
    """
    if part not in PARTS:
        raise ValueError(f"{part!r} is not a part of the day: {', '.join(PARTS)}")
    earliest = now + timedelta(hours=partner.notice_hours)
    candidates = [
        slot
        for slot in _slots(partner, earliest)
        if slot.start >= earliest and (after is None or slot.start > after) and _in_part(slot.start, part)
    ]
    if not candidates:
        return []
    taken = _seats_taken(session, partner, candidates[0].start, now)
    busy = _busy(session, conversation_id, now)
    free = [
        slot
        for slot in candidates
        if taken[slot.start.astimezone(UTC)] < partner.seats
        and not any(slot.start < end and start < slot.end for start, end in busy)
    ]
    return _spread(free, count)


def hold(  # noqa: PLR0917 - who, where, when: the order of every call in this room
    session: Session, partner: Partner, slot: Slot, conversation_id: str, key: str, now: datetime
) -> Appointment:
    """Keep a seat for ``HOLD_MINUTES``; the same ``key`` (at most 64 characters) never holds two.

    Holding the same time again gives the same appointment with the time to decide anew; another time under the same
    key gives the former one back. Raises ``SeatTaken``; then a seat that was held before is still held. Raises
    ``sqlalchemy.exc.IntegrityError`` when the conversation does not exist.
    """
    if slot.start <= now:
        raise SeatTaken(f"{slot.start.isoformat()} is over")
    until = now + timedelta(minutes=HOLD_MINUTES)
    _release_expired(session, now, Appointment.partner_id == partner.id, Appointment.start_at == slot.start)
    _release_expired(session, now, Appointment.idempotency_key == key)
    own = _own(session, partner, slot, conversation_id, key)
    if own is not None and own.partner_id == partner.id and own.start_at == slot.start.astimezone(UTC):
        if own.state == "held":
            own.held_until, own.idempotency_key = until, key
            own.mode, own.location = slot.mode, slot.location
            session.flush()
        return own
    if own is not None and own.state == "booked":
        raise SeatTaken("this is booked at another time already")
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
        .values(state="booked", held_until=None, referral_id=referral_id)
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
    """Cancel a booked appointment, which gives its seat free; return whether it was booked."""
    cancelled = _set_state(session, "cancelled", Appointment.id == appointment.id, Appointment.state == "booked") > 0
    session.refresh(appointment)
    return cancelled


def booked_for(session: Session, referral_id: int) -> Appointment | None:
    """Return the booked appointment of a referral."""
    query = select(Appointment).where(Appointment.referral_id == referral_id, Appointment.state == "booked")
    return session.scalar(query)


def is_held(session: Session, key: str, now: datetime) -> bool:
    """Return whether a seat is kept under this key, with time left to decide."""
    query = select(Appointment.id).where(
        Appointment.idempotency_key == key, Appointment.state == "held", Appointment.held_until > now
    )
    return session.scalar(query) is not None


def purge_holds(session: Session, now: datetime) -> int:
    """Give back every seat whose time to decide is over; return how many."""
    return _release_expired(session, now)


def _slots(partner: Partner, earliest: datetime) -> Iterator[Slot]:
    """Yield all times of a partner in the horizon, from the day of ``earliest`` on."""
    mode = partner.appointment_mode
    if partner.schedule is None or mode is None:
        return
    length = timedelta(minutes=partner.slot_minutes)
    location = partner.location if mode == "in_person" else None
    for opens, closes in openings(partner.schedule, earliest.astimezone(ZONE).date(), HORIZON_DAYS):
        # Reckoned in UTC: on the night the clock changes, the hour on the wall is no measure.
        start, last = opens.astimezone(UTC), closes.astimezone(UTC) - length
        while start <= last:
            yield Slot(start.astimezone(ZONE), (start + length).astimezone(ZONE), mode, location)
            start += length


def _in_part(start: datetime, part: str) -> bool:
    clock = start.astimezone(ZONE).time()
    return part == "any" or (clock < NOON if part == "morning" else clock >= EVENING)


def _still_taken(now: datetime) -> ColumnElement[bool]:
    return or_(Appointment.state == "booked", (Appointment.state == "held") & (Appointment.held_until > now))


def _seats_taken(session: Session, partner: Partner, first: datetime, now: datetime) -> Counter[datetime]:
    query = select(Appointment.start_at).where(
        Appointment.partner_id == partner.id, Appointment.start_at >= first, _still_taken(now)
    )
    return Counter(session.scalars(query))


def _busy(session: Session, conversation_id: str | None, now: datetime) -> Sequence[tuple[datetime, datetime]]:
    if conversation_id is None:
        return ()
    query = select(Appointment.start_at, Appointment.end_at).where(
        Appointment.conversation_id == conversation_id, _still_taken(now)
    )
    return [(start, end) for start, end in session.execute(query)]


def _spread(slots: Sequence[Slot], count: int) -> list[Slot]:
    """Choose one time of each day, mornings and afternoons in turn, and go round again until there are enough."""
    days: dict[date, list[Slot]] = defaultdict(list)
    for slot in slots:
        days[slot.start.astimezone(ZONE).date()].append(slot)
    chosen: list[Slot] = []
    while len(chosen) < count and any(days.values()):
        for number, day in enumerate(list(days.values())):
            if day and len(chosen) < count:
                later = next((slot for slot in day if slot.start.astimezone(ZONE).time() >= NOON), day[0])
                pick = later if number % 2 else day[0]
                day.remove(pick)
                chosen.append(pick)
    return sorted(chosen, key=lambda slot: slot.start)


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
    for seat in range(1, partner.seats + 1):
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
