"""Booking and changing with a partner that keeps its own calendar: our rows and the server agree, whatever fails."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.directory.partners import Directory, Partner
from bot.directory.regions import Region
from bot.referral import scheduling
from bot.referral.appointments import SeatTaken, Slot, booked_for, cancel
from bot.referral.booking import Booking, BookingRequest
from bot.referral.calendars.caldav import CalDav
from bot.referral.calendars.port import CalendarUnavailable
from bot.referral.rescheduling import NotChangeable
from bot.referral.state_machine import transition
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Appointment, Conversation, Referral
from tests.referral.calendars.conftest import PASSWORD, USER, Outside
from tests.referral.conftest import make_partner

NewConversation = Callable[[], str]
TEN = "doorwijzer-20261126T090000Z-1.ics"


@pytest.fixture
def partner(outside: Outside) -> Partner:
    return make_partner(seats=1, calendar_url=outside.url)


@pytest.fixture
def settings(partner: Partner) -> Settings:
    return Settings(caldav_accounts={partner.id: SecretStr(f"{USER}:{PASSWORD}")})


@pytest.fixture
def directory(partner: Partner) -> Directory:
    region = Region("midden-utrecht", "Midden-Utrecht", "Werkt Door", "https://x.nl", (), served=True)
    return Directory({region.id: region}, {region.id: (partner, make_partner(id="without"))})


@pytest.fixture
def slots(database: Engine, partner: Partner, settings: Settings, now: datetime) -> list[Slot]:
    return scheduling.free_times(database, partner, settings, now, count=4)


def _request(conversation_id: str, partner: Partner, slot: Slot | None) -> BookingRequest:
    return BookingRequest(conversation_id, "need", "uwv", partner, slot=slot, consent_version="1")


@pytest.fixture
def booked(
    database: Engine, partner: Partner, settings: Settings, slots: list[Slot], conversation_id: str, now: datetime
) -> Booking:
    return scheduling.book(database, _request(conversation_id, partner, slots[0]), settings, now)


def _end(session: Session, booked: Booking) -> None:
    """End it as the house does elsewhere: the seat comes free, and nobody thinks of the calendar outside."""
    referral = session.get_one(Referral, booked.referral.id)
    transition(session, referral, "cancelled", "resident", referral.created_at, reason="stopped")
    appointment = booked_for(session, referral.id)
    if appointment is not None:
        cancel(session, appointment)


def _live(database: Engine) -> list[tuple[str, str | None]]:
    with transaction(database) as session:
        rows = session.scalars(select(Appointment).where(Appointment.state.in_(("held", "booked"))))
        return [(row.state, row.external_id) for row in rows]


def test_what_stands_there_is_not_offered(
    database: Engine, partner: Partner, settings: Settings, outside: Outside, now: datetime
) -> None:
    before = scheduling.free_times(database, partner, settings, now, count=99)
    outside.put("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")
    after = scheduling.free_times(database, partner, settings, now, count=99)
    assert [slot for slot in before if slot not in after] == [before[0]]


def test_booked_here_and_there(database: Engine, outside: Outside, booked: Booking) -> None:
    assert _live(database) == [("booked", TEN)]
    assert f"SUMMARY:Doorwijzer {booked.referral.reference}" in outside.files()[TEN]


def test_booking_again_is_the_same(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    booked: Booking,
    slots: list[Slot],
    now: datetime,
) -> None:
    again = scheduling.book(
        database, _request(booked.referral.conversation_id, partner, slots[0]), settings, now + timedelta(hours=1)
    )
    assert (again.is_new, again.referral.id) == (False, booked.referral.id)
    assert list(outside.files()) == [TEN]


def test_what_staff_planned_meanwhile_is_taken_for_nobody(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    slots: list[Slot],
    conversation_id: str,
    now: datetime,
) -> None:
    outside.put("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")
    with pytest.raises(SeatTaken):
        scheduling.book(database, _request(conversation_id, partner, slots[0]), settings, now)
    assert _live(database) == []
    with transaction(database) as session:
        assert session.query(Referral).count() == 0


def test_many_residents_and_one_seat(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    slots: list[Slot],
    new_conversation: NewConversation,
    now: datetime,
) -> None:
    residents = [new_conversation() for _ in range(8)]

    def run(conversation_id: str) -> str:
        try:
            return scheduling.book(
                database, _request(conversation_id, partner, slots[0]), settings, now
            ).referral.reference
        except SeatTaken:
            return "taken"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, residents))
    assert results.count("taken") == 7
    assert _live(database) == [("booked", TEN)]
    assert list(outside.files()) == [TEN]


def test_the_server_is_never_asked_inside_a_transaction(
    database: Engine,
    partner: Partner,
    settings: Settings,
    slots: list[Slot],
    conversation_id: str,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each time it is asked, somebody else writes: on SQLite that would wait in vain for an open transaction."""
    asked = []

    def watched(name: str) -> None:
        original = getattr(CalDav, name)

        def ask(self: CalDav, *args: Any, **more: Any) -> Any:
            with transaction(database) as session:
                session.execute(
                    Conversation.__table__.update().where(Conversation.id == conversation_id).values(language="nl")
                )
            asked.append(name)
            return original(self, *args, **more)

        monkeypatch.setattr(CalDav, name, ask)

    for name in ("create", "cancel", "free", "own_events"):
        watched(name)
    scheduling.free_times(database, partner, settings, now)
    done = scheduling.book(database, _request(conversation_id, partner, slots[0]), settings, now)
    scheduling.move(database, done.referral.id, partner, slots[1], settings, now)
    scheduling.call_off(database, done.referral.id, partner, settings, now)
    assert asked == ["free", "create", "create", "cancel", "cancel"]


def test_a_change_moves_it_in_both(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    booked: Booking,
    slots: list[Slot],
    now: datetime,
) -> None:
    for _ in range(2):
        new = scheduling.move(database, booked.referral.id, partner, slots[1], settings, now)
    assert (new.start_at, new.sequence) == (slots[1].start, 1)
    assert list(outside.files()) == [new.external_id]
    assert _live(database) == [("booked", new.external_id)]


def test_a_change_to_a_time_that_staff_took_changes_nothing(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    booked: Booking,
    slots: list[Slot],
    now: datetime,
) -> None:
    outside.put(f"DTSTART;VALUE=DATE:{slots[1].start:%Y%m%d}")
    with pytest.raises(SeatTaken):
        scheduling.move(database, booked.referral.id, partner, slots[1], settings, now)
    assert _live(database) == [("booked", TEN)]
    assert TEN in outside.files()


def test_cancelling_takes_it_away_and_what_ended_or_is_gone_cannot_be_moved(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    booked: Booking,
    slots: list[Slot],
    now: datetime,
) -> None:
    assert scheduling.call_off(database, booked.referral.id, partner, settings, now)
    assert not scheduling.call_off(database, booked.referral.id, partner, settings, now)
    assert outside.files() == {}
    with pytest.raises(LookupError):
        scheduling.move(database, 999_999, partner, slots[1], settings, now)
    with transaction(database) as session:
        _end(session, booked)
    with pytest.raises(NotChangeable):
        scheduling.move(database, booked.referral.id, partner, slots[1], settings, now)
    assert outside.files() == {}


def test_a_server_that_is_down(
    database: Engine,
    partner: Partner,
    settings: Settings,
    booked: Booking,
    slots: list[Slot],
    new_conversation: NewConversation,
    now: datetime,
) -> None:
    down = replace(partner, calendar_url="http://127.0.0.1:9/")
    assert scheduling.free_times(database, down, settings, now) == []
    with pytest.raises(CalendarUnavailable):
        scheduling.book(database, _request(new_conversation(), down, slots[1]), settings, now)
    with pytest.raises(CalendarUnavailable):
        scheduling.move(database, booked.referral.id, down, slots[1], settings, now)
    assert _live(database) == [("booked", TEN)]
    without_time = scheduling.book(database, _request(new_conversation(), down, None), settings, now)
    assert without_time.appointment is None
    assert scheduling.call_off(database, booked.referral.id, down, settings, now)  # here at once, there later
    assert _live(database) == []


def test_when_booking_fails_at_last_nothing_stays_outside(
    database: Engine,
    partner: Partner,
    settings: Settings,
    outside: Outside,
    slots: list[Slot],
    conversation_id: str,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("bot.referral.booking.enqueue", fail)
    with pytest.raises(OSError, match="disk full"):
        scheduling.book(database, _request(conversation_id, partner, slots[0]), settings, now)
    assert outside.files() == {}
    assert _live(database) == []


def test_what_differs_is_mended_in_both_directions(
    database: Engine,
    partner: Partner,
    settings: Settings,
    directory: Directory,
    outside: Outside,
    booked: Booking,
    now: datetime,
) -> None:
    outside.put("DTSTART:20261127T090000Z", "DTEND:20261127T100000Z")
    assert scheduling.reconcile(database, settings, directory, now) == 0
    outside.take_away(TEN)  # the server was restored from an older copy
    assert scheduling.reconcile(database, settings, directory, now) == 1
    assert list(outside.files()) == [TEN, "own-0.ics"]
    with transaction(database) as session:  # on another way than through here: a partner's page, the desk
        _end(session, booked)
    assert scheduling.reconcile(database, settings, directory, now) == 1
    assert list(outside.files()) == ["own-0.ics"]
    assert scheduling.reconcile(database, settings, directory, now) == 0


def test_an_erased_conversation_leaves_the_calendar_too(
    database: Engine, settings: Settings, directory: Directory, outside: Outside, booked: Booking, now: datetime
) -> None:
    with transaction(database) as session:
        session.delete(session.get_one(Conversation, booked.referral.conversation_id))
    assert scheduling.reconcile(database, settings, directory, now) == 1
    assert outside.files() == {}


def test_what_cannot_be_mended_is_left_to_people(
    database: Engine,
    settings: Settings,
    directory: Directory,
    outside: Outside,
    booked: Booking,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    outside.take_away(TEN)
    outside.put("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")
    assert scheduling.reconcile(database, settings, directory, now) == 0
    assert booked.referral.reference in caplog.text
    assert outside.url not in caplog.text
    assert PASSWORD not in caplog.text


def test_a_partner_without_a_calendar_outside_is_booked_as_ever(
    database: Engine, settings: Settings, conversation_id: str, now: datetime
) -> None:
    plain = make_partner(id="plain")
    one, two = scheduling.free_times(database, plain, settings, now, count=2)
    done = scheduling.book(database, _request(conversation_id, plain, one), settings, now)
    assert scheduling.move(database, done.referral.id, plain, two, settings, now).external_id is None
    assert scheduling.call_off(database, done.referral.id, plain, settings, now)
    with transaction(database) as session:
        assert booked_for(session, done.referral.id) is None


def test_passwords_do_not_show(settings: Settings) -> None:
    assert PASSWORD not in repr(settings)
