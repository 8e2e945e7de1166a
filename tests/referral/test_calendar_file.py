"""The calendar file: read back as a calendar program would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from icalendar import Calendar

from bot.clock import ZONE
from bot.referral.calendar_file import calendar_file
from bot.store.tables import Appointment, Referral

START = datetime(2027, 7, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def referral() -> Referral:
    return Referral(reference="3467NPRT", partner_name="UWV Utrecht")


@pytest.fixture
def appointment() -> Appointment:
    return Appointment(
        start_at=START,
        end_at=START + timedelta(minutes=45),
        location="Vleutensevaart 100, Utrecht",
        mode="in_person",
        state="booked",
        created_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
    )


def _event(content: bytes) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_everything_a_calendar_needs_is_there(referral: Referral, appointment: Appointment, now: datetime) -> None:
    appointment.sequence = 2
    content = calendar_file(
        referral, appointment, description="Neem mee:\nuw contract; en een pen, graag",
        url="https://example.org/a", now=now,
    )  # fmt: skip
    calendar, event = _event(content)
    assert str(event["UID"]) == "3467NPRT@doorwijzer"
    assert int(event["SEQUENCE"]) == 2
    assert event["DTSTAMP"].dt == now
    assert event["DTSTART"].dt == START
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["DTSTART"].dt.astimezone(ZONE).hour == 10  # summer time
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=45)
    assert str(event["SUMMARY"]) == "UWV Utrecht"
    assert str(event["DESCRIPTION"]) == "Neem mee:\nuw contract; en een pen, graag"
    assert str(event["LOCATION"]) == "Vleutensevaart 100, Utrecht"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert "METHOD" not in calendar  # PUBLISH has to name who publishes it (RFC 5546, 3.2.1)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"]
    assert len(calendar.walk("DAYLIGHT")) >= 1


def test_lines_are_as_the_standard_wants(referral: Referral, appointment: Appointment) -> None:
    content = calendar_file(referral, appointment, description="Sociale dienst – ' ё " * 20)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_without_texts_the_partner_is_named(referral: Referral, appointment: Appointment) -> None:
    _, event = _event(calendar_file(referral, appointment))
    assert str(event["SUMMARY"]) == "UWV Utrecht"
    assert event["DTSTAMP"].dt == appointment.created_at
    assert "DESCRIPTION" not in event


def test_a_cancelled_appointment_is_taken_out_of_the_calendar(referral: Referral, appointment: Appointment) -> None:
    appointment.state, appointment.sequence = "cancelled", 2
    calendar, event = _event(calendar_file(referral, appointment))
    assert int(event["SEQUENCE"]) == 2
    assert str(calendar["METHOD"]) == "CANCEL"
    assert str(event["STATUS"]) == "CANCELLED"


def test_a_text_cannot_add_anything_to_the_calendar(referral: Referral, appointment: Appointment) -> None:
    appointment.location = "hier\r\nATTENDEE:mailto:x@example.org\nEND:VEVENT"
    calendar, event = _event(calendar_file(referral, appointment, description="a\nBEGIN:VALARM\r\nEND:VALARM"))
    assert "ATTENDEE" not in event
    assert not calendar.walk("VALARM")


def test_an_invitation_names_both_and_a_change_is_the_same_event(referral: Referral, appointment: Appointment) -> None:
    both = {"organizer": "Midden-Utrecht Werkt Door <no-reply@example.org>", "attendee": "jan@example.org"}
    calendar, event = _event(calendar_file(referral, appointment, **both))
    assert str(calendar["METHOD"]) == "REQUEST"
    assert str(event["ORGANIZER"]) == "mailto:no-reply@example.org"
    assert str(event["ORGANIZER"].params["CN"]) == "Midden-Utrecht Werkt Door"
    assert str(event["ATTENDEE"]) == "mailto:jan@example.org"
    appointment.start_at += timedelta(days=1)
    appointment.end_at += timedelta(days=1)
    appointment.sequence = 1
    _, later = _event(calendar_file(referral, appointment, **both))
    assert later["UID"] == event["UID"]
    assert int(later["SEQUENCE"]) > int(event["SEQUENCE"])
    appointment.state, appointment.sequence = "cancelled", 2
    calendar, last = _event(calendar_file(referral, appointment, **both))
    assert (str(calendar["METHOD"]), last["UID"]) == ("CANCEL", event["UID"])
    assert int(last["SEQUENCE"]) > int(later["SEQUENCE"])


def test_a_file_to_open_names_who_offers_it(referral: Referral, appointment: Appointment) -> None:
    content = calendar_file(referral, appointment, organizer="Team <no-reply@example.org>")
    calendar, event = _event(content)
    assert (str(calendar["METHOD"]), str(event["ORGANIZER"])) == ("PUBLISH", "mailto:no-reply@example.org")
    assert "ATTENDEE" not in event
    assert vobject.readOne(content.decode()).method.value == "PUBLISH"


@pytest.mark.parametrize("invited", [True, False])
def test_a_second_library_reads_the_same(referral: Referral, appointment: Appointment, invited: bool) -> None:
    both = {"organizer": "Team <no-reply@example.org>", "attendee": "jan@example.org"} if invited else {}
    content = calendar_file(referral, appointment, description="a; b, c", url="https://example.org/a", **both)
    read = vobject.readOne(content.decode())
    assert read.vevent.uid.value == "3467NPRT@doorwijzer"
    assert read.vevent.dtstart.value == START
    assert read.vevent.dtend.value == START + timedelta(minutes=45)
    assert read.vevent.location.value == "Vleutensevaart 100, Utrecht"
    assert read.vevent.description.value == "a; b, c"
    assert [method.value for method in read.contents.get("method", ())] == (["REQUEST"] if invited else [])
    assert [zone.tzid.value for zone in read.vtimezone_list] == ["Europe/Amsterdam"]


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 10, 24, 9, tzinfo=UTC),
        datetime(2026, 10, 25, 9, tzinfo=UTC),
        datetime(2027, 3, 27, 9, tzinfo=UTC),
        datetime(2027, 3, 28, 9, tzinfo=UTC),
    ],
)
def test_around_a_change_of_the_clock_both_libraries_read_the_right_moment(
    referral: Referral, appointment: Appointment, start: datetime
) -> None:
    appointment.start_at, appointment.end_at = start, start + timedelta(hours=1)
    content = calendar_file(referral, appointment)
    _, event = _event(content)
    assert event["DTSTART"].dt == start
    assert vobject.readOne(content.decode()).vevent.dtstart.value == start
