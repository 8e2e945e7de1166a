"""Which times of a partner are free now, and the few of them that somebody is offered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.partners import Partner
from bot.referral.calendars.availability import NOON, PARTS, chosen, in_part, slots
from bot.referral.calendars.port import Location, Product, Slot
from bot.referral.rules import referral_rules
from bot.store.tables import Appointment

#: More than any partner has free: who asks for so many gets them all.
EVERY = 10_000
#: So many of one day are shown before the days after it come.
_OF_ONE_DAY = 2


def offer_times(
    session: Session,
    partner: Partner,
    now: datetime,
    *,
    count: int = 5,
    part: str = "any",
    after: datetime | None = None,
    conversation_id: str | None = None,
    interpreter: bool = False,
    step_free: bool = False,
    mode: str | None = None,
    among: Collection[datetime] | None = None,
) -> list[Slot]:
    """Return up to ``count`` free times, in order, on as many different days as possible.

    ``part`` is one of ``PARTS``: mornings begin before noon, evenings from 17.00 h. ``after``: only later times than
    this one. Times at which ``conversation_id`` already has an appointment, or is on the way between two, are left
    out, and so are those that begin at none of ``among`` (what a calendar outside the house has free). For
    ``interpreter``, ``step_free`` and ``mode`` see ``availability.chosen``.
    Times nearer than the partner's notice are never offered, nor beyond six weeks; the list is empty when the partner
    has no calendar or nothing is free. Raises ``ValueError`` for an unknown part of the day.
    """
    if part not in PARTS:
        raise ValueError(f"{part!r} is not a part of the day: {', '.join(PARTS)}")
    what = chosen(partner, interpreter=interpreter, step_free=step_free, mode=mode)
    if what is None:
        return []
    free = free_slots(session, partner, *what, now, conversation_id=conversation_id)
    starts = None if among is None else {start.astimezone(UTC) for start in among}
    later = None if after is None else after.astimezone(UTC)
    wanted = [
        slot
        for slot in free
        if in_part(slot.start, part)
        and (later is None or slot.start.astimezone(UTC) > later)
        and (starts is None or slot.start.astimezone(UTC) in starts)
    ]
    return few(wanted, count)


def free_slots(
    session: Session,
    partner: Partner,
    product: Product,
    location: Location,
    now: datetime,
    *,
    conversation_id: str | None = None,
) -> list[Slot]:
    """Return every time at which a seat is free, in order: what ``offer_times`` chooses from."""
    candidates = list(slots(partner, product, location, now + timedelta(hours=product.notice_hours)))
    if not candidates:
        return []
    taken = _seats_taken(session, partner, candidates, now)
    busy = spans_of_resident(session, conversation_id, now, partner.id if location.mode == "in_person" else None)
    return [
        slot
        for number, slot in enumerate(candidates)
        if len(taken[number]) < partner.seats
        and not any(slot.start.astimezone(UTC) < end and start < slot.end.astimezone(UTC) for start, end in busy)
    ]


def still_taken(now: datetime) -> ColumnElement[bool]:
    """Return the condition on rows that keep a seat: booked, or held by somebody who may still decide."""
    return or_(Appointment.state == "booked", (Appointment.state == "held") & (Appointment.held_until > now))


def busy_seats(session: Session, partner: Partner, slot: Slot, now: datetime) -> set[int]:
    """Return the numbers of the seats that cannot be had at a time, the pause before and after it counted in."""
    pause = timedelta(minutes=partner.buffer_minutes)
    start, end = slot.span
    query = select(Appointment.seat).where(
        Appointment.partner_id == partner.id,
        Appointment.start_at < end + pause,
        Appointment.end_at > start - pause,
        still_taken(now),
    )
    return set(session.scalars(query))


def _seats_taken(session: Session, partner: Partner, candidates: Sequence[Slot], now: datetime) -> dict[int, set[int]]:
    """Return, by the number of the time, which seats overlap with it."""
    pause = timedelta(minutes=partner.buffer_minutes)
    starts = [slot.start.astimezone(UTC) for slot in candidates]
    ends = [slot.end.astimezone(UTC) for slot in candidates]
    query = select(Appointment.start_at, Appointment.end_at, Appointment.seat).where(
        Appointment.partner_id == partner.id, Appointment.end_at > starts[0] - pause, still_taken(now)
    )
    taken: dict[int, set[int]] = defaultdict(set)
    for start, end, seat in session.execute(query):
        # all are equally long, so both lists are in order: those that end after it began, and begin before it ended
        for number in range(bisect_right(ends, start - pause), bisect_left(starts, end + pause)):
            taken[number].add(seat)
    return taken


def spans_of_resident(
    session: Session, conversation_id: str | None, now: datetime, visited: str | None, but: Collection[int] = ()
) -> list[tuple[datetime, datetime]]:
    """Return from when to when somebody has something else, but for the appointments ``but``.

    Who goes to the partner ``visited`` travels from another place and to another: the way there counts as well.
    """
    if conversation_id is None:
        return []
    query = select(Appointment).where(
        Appointment.conversation_id == conversation_id, Appointment.id.not_in(but), still_taken(now)
    )
    travel = timedelta(minutes=referral_rules().travel_minutes)
    spans = []
    for other in session.scalars(query):
        travels = visited not in {None, other.partner_id} and other.mode == "in_person"
        room = travel if travels else timedelta()
        spans.append((other.start_at - room, other.end_at + room))
    return spans


def few(
    free: Sequence[Slot],
    count: int,
    *,
    seen: Collection[datetime] = (),
    on: date | None = None,
    near: time | None = None,
) -> list[Slot]:
    """Choose up to ``count`` times, in order: of ``on`` first, then one of each day, and round again.

    Of a day mornings and afternoons in turn, or what is nearest to ``near``. None that was ``seen`` comes back: asking
    on and on shows every time. A day of which two were seen waits until all others have had two, so that nobody goes
    through a whole day to come to the next.
    """
    known = {start.astimezone(UTC) for start in seen}
    shown = Counter(start.astimezone(ZONE).date() for start in seen)
    days: dict[date, list[Slot]] = defaultdict(list)
    for slot in free:
        if slot.start.astimezone(UTC) not in known:
            days[slot.start.astimezone(ZONE).date()].append(slot)
    others = sorted((day for day in days if day != on), key=lambda day: (shown[day] // _OF_ONE_DAY, day))
    picked: list[Slot] = []
    for group in ([on] if on in days else [], others):
        while len(picked) < count and any(days[day] for day in group):
            for number, day in enumerate(group):
                if days[day] and len(picked) < count:
                    picked.append(_pick(days[day], near, later=bool((number + shown[day]) % 2)))
                    days[day].remove(picked[-1])
                    shown[day] += 1
    return sorted(picked, key=lambda slot: slot.start.astimezone(UTC))


def _pick(day: Sequence[Slot], near: time | None, *, later: bool) -> Slot:
    """Return the time of a day nearest to ``near``; else its first, or the first of the afternoon (``later``)."""
    if near is not None:
        return min(day, key=lambda slot: abs(_minutes(slot.start.astimezone(ZONE).time()) - _minutes(near)))
    half = [slot for slot in day if (slot.start.astimezone(ZONE).time() >= NOON) == later]
    return (half or day)[0]


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
