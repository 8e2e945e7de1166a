"""The calendar file: read back as a calendar program would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
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
    content = calendar_file(
        referral, appointment, summary="Afspraak bij UWV", description="Neem mee:\nuw contract; en een pen, graag",
        url="https://example.org/a", sequence=2, now=now,
    )  # fmt: skip
    calendar, event = _event(content)
    assert str(event["UID"]) == "3467NPRT@doorwijzer"
    assert int(event["SEQUENCE"]) == 2
    assert event["DTSTAMP"].dt == now
    assert event["DTSTART"].dt == START
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["DTSTART"].dt.astimezone(ZONE).hour == 10  # summer time
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=45)
    assert str(event["SUMMARY"]) == "Afspraak bij UWV"
    assert str(event["DESCRIPTION"]) == "Neem mee:\nuw contract; en een pen, graag"
    assert str(event["LOCATION"]) == "Vleutensevaart 100, Utrecht"
    assert str(event["STATUS"]) == "CONFIRMED"
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Amsterdam"]
    assert len(calendar.walk("DAYLIGHT")) >= 1


def test_lines_are_as_the_standard_wants(referral: Referral, appointment: Appointment) -> None:
    content = calendar_file(referral, appointment, summary="Sociale dienst – ' ё " * 20)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_without_texts_the_partner_is_named(referral: Referral, appointment: Appointment) -> None:
    _, event = _event(calendar_file(referral, appointment))
    assert str(event["SUMMARY"]) == "UWV Utrecht"
    assert event["DTSTAMP"].dt == appointment.created_at
    assert "DESCRIPTION" not in event


def test_a_cancelled_appointment_is_taken_out_of_the_calendar(referral: Referral, appointment: Appointment) -> None:
    appointment.state = "cancelled"
    calendar, event = _event(calendar_file(referral, appointment, sequence=1))
    assert str(calendar["METHOD"]) == "CANCEL"
    assert str(event["STATUS"]) == "CANCELLED"


def test_a_text_cannot_add_anything_to_the_calendar(referral: Referral, appointment: Appointment) -> None:
    appointment.location = "hier\r\nATTENDEE:mailto:x@example.org\nEND:VEVENT"
    calendar, event = _event(calendar_file(referral, appointment, summary="a\nBEGIN:VALARM\r\nEND:VALARM"))
    assert "ATTENDEE" not in event
    assert not calendar.walk("VALARM")
