"""The appointment as an iCalendar file (RFC 5545), for the calendar on somebody's phone."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

from bot.clock import ZONE
from bot.store.tables import Appointment, Referral

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
    cancelled = appointment.state == "cancelled"
    event = Event()
    event.add("uid", f"{referral.reference}@doorwijzer")
    event.add("sequence", sequence)
    event.add("dtstamp", (now or appointment.created_at).astimezone(UTC))
    event.add("dtstart", appointment.start_at.astimezone(ZONE))
    event.add("dtend", appointment.end_at.astimezone(ZONE))
    event.add("summary", summary or referral.partner_name)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    for name, value in (("description", description), ("location", appointment.location), ("url", url)):
        if value:
            event.add(name, value)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
