"""What a partner's hours allow, before anybody has booked: products, places and the times of a day.

All of it is reckoned in UTC: on the nights in which the clock changes, the hour on the wall is no measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from bot.clock import ZONE
from bot.directory.hours import openings
from bot.directory.partners import Partner
from bot.referral.calendars.port import Location, Mode, Product, Slot

#: How far ahead times are offered.
HORIZON_DAYS = 42
#: For how many days the hours to walk in are told.
WALK_IN_DAYS = 7
NOON, EVENING = time(12), time(17)
#: Parts of the day in which a time is looked for.
PARTS = ("any", "morning", "afternoon", "evening")
#: By how somebody wants to be reached: the way that fits best, and those that do not.
_FIRST: dict[str | None, str] = {"phone": "phone", "walk_in": "in_person"}
_UNWANTED: dict[str | None, frozenset[str]] = {
    "email": frozenset({"phone"}),
    "walk_in": frozenset({"phone", "video"}),
}


def products(partner: Partner) -> list[Product]:
    """Return what can be booked with a partner; none with who has no hours, or can only be walked in on."""
    if partner.schedule is None or partner.appointment_mode is None:
        return []
    name = partner.service or partner.name
    longer = max(partner.interpreter_minutes or 0, partner.slot_minutes)
    notice = max(partner.interpreter_notice_hours or 0, partner.notice_hours)
    return [
        Product("appointment", name, partner.slot_minutes, partner.notice_hours),
        Product("interpreter", name, longer, notice),
    ]


def locations(partner: Partner) -> list[Location]:
    """Return the ways in which an appointment with a partner can be kept, its own first choice first."""
    return [_location(partner, cast(Mode, mode)) for mode in partner.appointment_modes]


def way_for(partner: Partner, wish: str | None, *, step_free: bool = False) -> str | None:
    """Return how somebody keeps an appointment with a partner; ``None`` when in none of the partner's ways.

    ``wish`` is how they want to be reached (the fact ``contact_channel``), ``None`` as long as that is not known: who
    wants no call is not called, and who gives no way to be reached cannot get a link to a screen either. With
    ``step_free`` nobody is asked to come where it is not known that one gets in without steps.
    """
    ways = [place.mode for place in locations(partner) if not _has_steps(place, step_free=step_free)]
    possible = [mode for mode in ways if mode not in _UNWANTED.get(wish, ())]
    first = _FIRST.get(wish)
    return first if first in possible else next(iter(possible), None)


def chosen(
    partner: Partner, *, interpreter: bool = False, step_free: bool = False, mode: str | None = None
) -> tuple[Product, Location] | None:
    """Return what somebody would book, and how; ``None`` when there is no such thing.

    ``mode`` is the only way they want. With ``step_free`` nobody is asked to come where one may not get in: a place of
    which that is not known gives way to the partner's other ways (phone, video), and ``locations`` says it is unknown.
    """
    wanted = "interpreter" if interpreter else "appointment"
    product = next((one for one in products(partner) if one.id == wanted), None)
    ways = [
        place
        for place in locations(partner)
        if (mode is None or place.mode == mode) and not _has_steps(place, step_free=step_free)
    ]
    return None if product is None or not ways else (product, ways[0])


def slots(partner: Partner, product: Product, location: Location, earliest: datetime) -> Iterator[Slot]:
    """Yield all times from ``earliest`` on, in order, until ``HORIZON_DAYS`` after its day."""
    yield from slots_of(partner, product, location, earliest, earliest.astimezone(ZONE).date(), HORIZON_DAYS)


def slots_of(  # noqa: PLR0917 - what, where, from when: as everywhere in this room
    partner: Partner, product: Product, location: Location, earliest: datetime, first_day: date, days: int
) -> Iterator[Slot]:
    """Yield the times of ``days`` days from ``first_day`` on, in order, none before ``earliest``.

    A time begins every ``slot_minutes`` and the ``buffer_minutes`` after them, counted from the opening.
    """
    if partner.schedule is None:
        return
    step = timedelta(minutes=partner.slot_minutes + partner.buffer_minutes)
    length = timedelta(minutes=product.minutes)
    for opens, closes in openings(partner.schedule, first_day, days):
        start, last = opens.astimezone(UTC), closes.astimezone(UTC) - length
        while start <= last:
            if start >= earliest:
                end = (start + length).astimezone(ZONE)
                yield Slot(start.astimezone(ZONE), end, location.mode, location.address)
            start += step


def in_part(start: datetime, part: str) -> bool:
    """Return whether a time is in a part of the day: the morning is before noon, the evening from 17.00 h."""
    clock = start.astimezone(ZONE).time()
    match part:
        case "morning":
            return clock < NOON
        case "afternoon":
            return NOON <= clock < EVENING
        case "evening":
            return clock >= EVENING
        case _:
            return True


def walk_in_hours(partner: Partner, now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """Return when one can walk in, this week, without an appointment; empty for who does not have that, or no hours."""
    if partner.schedule is None or "walk_in" not in partner.modes:
        return ()
    found = openings(partner.schedule, now.astimezone(ZONE).date(), WALK_IN_DAYS)
    return [(opens, closes) for opens, closes in found if closes.astimezone(UTC) > now]


def _has_steps(place: Location, *, step_free: bool) -> bool:
    return step_free and place.mode == "in_person" and not place.accessible


def _location(partner: Partner, mode: Mode) -> Location:
    if mode == "in_person":
        return Location(mode, mode, partner.name, partner.location, partner.accessible)
    return Location(mode, mode, partner.name)
