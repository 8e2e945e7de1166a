"""The appointment, or the place at an event, as an iCalendar file (RFC 5545), for the calendar on somebody's phone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parseaddr

from icalendar import Calendar, Component, Event, vCalAddress, vText

from bot.clock import ZONE
from bot.store.tables import Appointment, EventSignUp, Referral

_PRODUCT = "-//Doorwijzer//Doorwijzer//NL"
#: The rule of Directive 2000/84/EC, as calendar programs expect it. (What icalendar writes itself is a list of all days
#: since 1970, each an hour late for who reckons from the offset before the change.)
_AMSTERDAM = """BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def calendar_file(
    referral: Referral,
    appointment: Appointment,
    *,
    description: str = "",
    url: str = "",
    organizer: str = "",
    attendee: str = "",
    now: datetime | None = None,
) -> bytes:
    """Return the .ics of an appointment; ``description`` is the caller's.

    The UID is the referral's and the SEQUENCE grows with each change, so a later file replaces an earlier one in the
    calendar; a cancelled appointment gives a cancellation. With an ``organizer`` (a From line) and an ``attendee`` (an
    address) it is an invitation, which calendars take over by themselves (RFC 5546: REQUEST, CANCEL), with an
    ``organizer`` alone a file to open (PUBLISH, which has to name one: 3.2.1). Without either it has no METHOD: it is
    an appointment to read in (RFC 5545), that nobody sent. ``now`` is when it was made (default: when the appointment
    was).
    """
    event = _entry(referral.reference, appointment, referral.partner_name)
    event.add("sequence", appointment.sequence or 0)
    event.add("dtstamp", (now or appointment.created_at).astimezone(UTC))
    event.add("last-modified", (now or appointment.created_at).astimezone(UTC))
    for name, value in (("description", description), ("url", url)):
        if value:
            event.add(name, value)
    if organizer:
        event.add("organizer", _person(organizer))
    if organizer and attendee:
        event.add("attendee", _attendee(attendee))
    return _file(event, cancelled=appointment.state == "cancelled", invitation=bool(organizer and attendee))


def _person(line: str) -> vCalAddress:
    name, address = parseaddr(line)
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(name)
    return person


def _attendee(address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params.update({"PARTSTAT": vText("ACCEPTED"), "RSVP": vText("FALSE"), "ROLE": vText("REQ-PARTICIPANT")})
    return person


def sign_up_file(sign_up: EventSignUp, *, organizer: str = "") -> bytes:
    """Return the .ics of a place at an event; of one that was given back a cancellation.

    ``organizer`` as for ``calendar_file``.
    """
    event = _entry(sign_up.reference, sign_up, sign_up.title)
    event.add("sequence", 0)
    event.add("dtstamp", sign_up.created_at.astimezone(UTC))
    if organizer:
        event.add("organizer", _person(organizer))
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


def _file(event: Event, *, cancelled: bool, invitation: bool = False) -> bytes:
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if cancelled or "ORGANIZER" in event:
        calendar.add("method", "CANCEL" if cancelled else "REQUEST" if invitation else "PUBLISH")
    calendar.add_component(_time_zone())
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _time_zone() -> Component:
    return Component.from_ical(_AMSTERDAM)
