"""The appointment, or the place at an event, as an iCalendar file (RFC 5545), for the calendar on somebody's phone."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

from bot.clock import ZONE
from bot.store.tables import Appointment, EventSignUp, Referral

_PRODUCT = "-//Doorwijzer//Doorwijzer//NL"


def calendar_file(
    referral: Referral,
    appointment: Appointment,
    *,
    summary: str = "",
    description: str = "",
    url: str = "",
    sequence: int = 0,
    now: datetime | None = None,
) -> bytes:
    """Return the .ics of an appointment; the texts are the caller's (without a ``summary``: the partner's name).

    The UID is the referral's, so a file with a higher ``sequence`` replaces an earlier one in the calendar. A cancelled
    appointment gives a cancellation. ``now`` is when the file was made (default: when the appointment was).
    """
    event = _entry(referral.reference, appointment, summary or referral.partner_name)
    event.add("sequence", sequence)
    event.add("dtstamp", (now or appointment.created_at).astimezone(UTC))
    for name, value in (("description", description), ("url", url)):
        if value:
            event.add(name, value)
    return _file(event, cancelled=appointment.state == "cancelled")


def sign_up_file(sign_up: EventSignUp) -> bytes:
    """Return the .ics of a place at an event; of one that was given back a cancellation."""
    event = _entry(sign_up.reference, sign_up, sign_up.title)
    event.add("sequence", 0)
    event.add("dtstamp", sign_up.created_at.astimezone(UTC))
    return _file(event, cancelled=sign_up.state == "cancelled")


def _entry(reference: str, what: Appointment | EventSignUp, summary: str) -> Event:
    event = Event()
    event.add("uid", f"{reference}@doorwijzer")
    event.add("dtstart", what.start_at.astimezone(ZONE))
    event.add("dtend", what.end_at.astimezone(ZONE))
    event.add("summary", summary)
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    if what.location:
        event.add("location", what.location)
    return event


def _file(event: Event, *, cancelled: bool) -> bytes:
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
