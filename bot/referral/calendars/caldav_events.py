"""Events of a CalDAV calendar: what stands there, which of it is ours, and how ours are written."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Component, Event

from bot.clock import ZONE
from bot.referral.calendars.caldav_client import CalendarObject
from bot.referral.calendars.port import CalendarUnavailable, Slot, Visit

_PRODUCT = "-//Doorwijzer//Doorwijzer//NL"
_HOUSE, _KEY = "X-DOORWIJZER-HOUSE", "X-DOORWIJZER-KEY"
#: Ours are named after time and seat, so that two installations cannot take the same one either.
_NAME = re.compile(r"doorwijzer-(\d{8}T\d{6}Z)-(\d{1,4})\.ics")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """An event that takes time. ``seat`` is ``None`` when it is not ours; ``house`` and ``key`` say whose of ours."""

    name: str
    etag: str
    start: datetime
    end: datetime
    seat: int | None = None
    house: str = ""
    key: str = ""
    mode: str = ""
    location: str | None = None

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Return whether it takes time of this stretch."""
        return self.start < end and start < self.end


def name_of(start: datetime, seat: int) -> str:
    """Return the name under which a seat at a time stands in the calendar, always the same."""
    return f"doorwijzer-{start.astimezone(UTC):%Y%m%dT%H%M%SZ}-{seat}.ics"


def write(name: str, slot: Slot, visit: Visit, house: str, now: datetime) -> bytes:
    """Return our event: when, how, and the reference. Nothing about the person."""
    event = Event()
    event.add("uid", f"{name.removesuffix('.ics')}@doorwijzer")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", slot.start.astimezone(UTC))
    event.add("dtend", slot.end.astimezone(UTC))
    event.add("summary", f"Doorwijzer {visit.reference}".strip())
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("categories", [slot.mode])
    if slot.location:
        event.add("location", slot.location)
    event.add(_HOUSE, house)
    event.add(_KEY, visit.key)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def read(objects: Iterable[CalendarObject]) -> Iterator[Standing]:
    """Yield the events that take time: not the cancelled ones, nor those marked as free.

    Raises ``CalendarUnavailable`` when the server leaves it to us to repeat an event: then nobody knows what is free.
    """
    for item in objects:
        try:
            events = Calendar.from_ical(item.data).walk("VEVENT")
        except (ValueError, KeyError, IndexError):
            _LOG.warning("an event in a partner's calendar cannot be read; it is left out")
            continue
        for event in events:
            if "RRULE" in event:
                raise CalendarUnavailable("the calendar does not say when its repeated events are")
            found = _standing(item, event)
            if found is not None:
                yield found


def _standing(item: CalendarObject, event: Component) -> Standing | None:
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return None
    span = _span(event)
    if span is None:
        return None
    ours = _NAME.fullmatch(item.name)
    categories = event.get("CATEGORIES")
    return Standing(
        item.name,
        item.etag,
        *span,
        seat=int(ours[2]) if ours else None,
        house=str(event.get(_HOUSE, "")),
        key=str(event.get(_KEY, "")),
        mode=str(categories.cats[0]) if ours and categories is not None and getattr(categories, "cats", None) else "",
        location=str(event["LOCATION"]) if event.get("LOCATION") else None,
    )


def _span(event: Component) -> tuple[datetime, datetime] | None:
    begins, ends, lasts = event.get("DTSTART"), event.get("DTEND"), event.get("DURATION")
    if begins is None:
        return None
    start = _moment(begins.dt)
    if ends is not None:
        end = _moment(ends.dt)
    elif lasts is not None:
        end = start + lasts.dt
    else:
        end = start if isinstance(begins.dt, datetime) else _moment(begins.dt + timedelta(days=1))
    return (start, end) if start < end else None


def _moment(value: date | datetime) -> datetime:
    """Return a moment in UTC; a whole day begins at midnight here, and a time without zone is one on our wall."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    return (value if value.tzinfo is not None else value.replace(tzinfo=ZONE)).astimezone(UTC)
