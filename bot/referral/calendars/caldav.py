"""A partner's calendar outside the house, behind the port: any server that speaks CalDAV.

A seat is a file that must not exist yet, named after time and seat: the server refuses the second (``If-None-Match``).
What others put into the calendar takes all seats of its time. It is looked at before a seat is taken and once more
afterwards: who wrote in between was first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from bot.clock import ZONE
from bot.directory.partners import Partner
from bot.referral.calendars import availability
from bot.referral.calendars.caldav_client import CalDavClient
from bot.referral.calendars.caldav_events import Standing, name_of, read, write
from bot.referral.calendars.port import Calendar, Location, Placed, Product, SeatTaken, Slot, Visit

#: Everything of ours is looked for until here: longer than times are offered.
_FURTHEST = timedelta(days=400)


class CalDav(Calendar):
    """One partner's calendar on a CalDAV server; ``house`` is the mark by which this installation knows its events."""

    def __init__(self, partner: Partner, client: CalDavClient, house: str) -> None:
        self._partner = partner
        self._client = client
        self._house = house
        self._pause = timedelta(minutes=partner.buffer_minutes)

    def products(self) -> list[Product]:
        """See ``Calendar``."""
        return availability.products(self._partner)

    def locations(self, product: Product) -> list[Location]:
        """See ``Calendar``."""
        return availability.locations(self._partner)

    def dates(self, product: Product, location: Location, now: datetime) -> list[date]:
        """See ``Calendar``."""
        return list(dict.fromkeys(slot.start.astimezone(ZONE).date() for slot in self.free(product, location, now)))

    def times(self, product: Product, location: Location, day: date, now: datetime) -> list[Slot]:
        """See ``Calendar``."""
        return [slot for slot in self.free(product, location, now) if slot.start.astimezone(ZONE).date() == day]

    def create(self, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """See ``Calendar``."""
        if slot.start <= now:
            raise SeatTaken(f"{slot.start.isoformat()} is over")
        mine = self._of_visit(visit, now)
        if mine is not None:
            if mine.start != slot.start.astimezone(UTC):
                raise SeatTaken("this stands at another time already")
            return _placed(mine)
        return self._take_a_seat(slot, visit, now)

    def change(self, placed_id: str, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """See ``Calendar``. When the server fails between the two both stand, until ``own_events`` are compared."""
        former = self._find(placed_id)
        if former is None:
            mine = self._of_visit(visit, now)
            if mine is None or mine.start != slot.start.astimezone(UTC):
                raise LookupError(f"there is no appointment {placed_id}")
            return _placed(mine)
        if former.start == slot.start.astimezone(UTC) and former.mode == slot.mode:
            return _placed(former)
        placed = self.create(slot, visit, now)
        self._client.delete(former.name, former.etag)
        return placed

    def cancel(self, placed_id: str, now: datetime) -> bool:
        """See ``Calendar``."""
        found = self._find(placed_id)
        return found is not None and self._client.delete(found.name, found.etag)

    def own_events(self, now: datetime) -> list[tuple[str, str]]:
        """Return id and key of all that this installation has put into the calendar from now on."""
        events = self._events(now, now + _FURTHEST)
        return [(event.name, event.key) for event in events if event.house == self._house and event.seat is not None]

    def free(self, product: Product, location: Location, now: datetime) -> list[Slot]:
        """Return every free time, in order: ``times`` of all ``dates``, in one request."""
        earliest = now + timedelta(hours=product.notice_hours)
        slots = list(availability.slots(self._partner, product, location, earliest))
        if not slots:
            return []
        events = self._events(self._wide(slots[0])[0], self._wide(slots[-1])[1])
        return [slot for slot in slots if self._seats(slot, events)]

    def _seats(self, slot: Slot, events: Sequence[Standing]) -> list[int]:
        """Return the seats that are free at a time."""
        beside = [event for event in events if event.overlaps(*self._wide(slot))]
        if any(event.seat is None for event in beside):
            return []
        taken = {event.seat for event in beside}
        return [seat for seat in range(1, self._partner.seats + 1) if seat not in taken]

    def _take_a_seat(self, slot: Slot, visit: Visit, now: datetime) -> Placed:
        events = self._around(slot)
        for seat in self._seats(slot, events):
            name = name_of(slot.start, seat)
            if self._client.add(name, write(name, slot, visit, self._house, now)):
                others = [event for event in self._around(slot) if event.name != name]
                if seat in self._seats(slot, others):
                    return Placed(name, slot, seat)
                self.cancel(name, now)  # somebody wrote there while we did
                break
            mine = self._find(name)
            if mine is not None and mine.key == visit.key:  # the same click came twice, the other was quicker
                return _placed(mine)
        raise SeatTaken(f"{self._partner.id} has no seat at {slot.start.isoformat()}")

    def _around(self, slot: Slot) -> list[Standing]:
        return self._events(*self._wide(slot))

    def _wide(self, slot: Slot) -> tuple[datetime, datetime]:
        """Return the time that a slot takes, with the pause before and after it."""
        start, end = slot.span
        return start - self._pause, end + self._pause

    def _events(self, first: datetime, last: datetime) -> list[Standing]:
        return list(read(self._client.events_between(first, last)))

    def _of_visit(self, visit: Visit, now: datetime) -> Standing | None:
        found = (event for event in self._events(now, now + _FURTHEST) if event.house == self._house)
        return next((event for event in found if event.key == visit.key), None)

    def _find(self, placed_id: str) -> Standing | None:
        """Return an event of this installation. An id is what we gave out: never the name of somebody else's file."""
        if not placed_id.startswith("doorwijzer-") or "/" in placed_id:
            return None
        item = self._client.get(placed_id)
        found = next(read([item]), None) if item is not None else None
        return found if found is not None and found.house == self._house else None


def _placed(event: Standing) -> Placed:
    slot = Slot(event.start.astimezone(ZONE), event.end.astimezone(ZONE), event.mode, event.location)
    return Placed(event.name, slot, event.seat or 0)
