"""Seats: what is offered, and that nobody ever gets the seat of another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from bot.clock import ZONE
from bot.conversation import conversations
from bot.directory.hours import Schedule, WeeklyHours
from bot.directory.partners import Partner
from bot.referral.appointments import (
    HOLD_MINUTES,
    SeatTaken,
    Slot,
    book_hold,
    cancel,
    hold,
    offer_times,
    purge_holds,
    release,
)
from bot.referral.booking import BookingRequest, book
from bot.store.engine import transaction
from bot.store.tables import Appointment
from tests.referral.conftest import make_partner


def _at(slot: Slot) -> str:
    return slot.start.astimezone(ZONE).strftime("%a %d-%m %H:%M")


def _first(database: Engine, partner: Partner, now: datetime) -> Slot:
    with transaction(database) as session:
        return offer_times(session, partner, now, count=1)[0]


def test_times_are_spread_over_days_mornings_and_afternoons_in_turn(
    database: Engine, partner: Partner, now: datetime
) -> None:
    with transaction(database) as session:
        slots = offer_times(session, partner, now)
    assert [_at(slot) for slot in slots] == [
        "Thu 26-11 10:00", "Fri 27-11 09:00", "Mon 30-11 09:00", "Tue 01-12 13:00", "Wed 02-12 09:00",
    ]  # fmt: skip
    assert slots[0].end - slots[0].start == timedelta(minutes=60)
    assert (slots[0].mode, slots[0].location) == ("in_person", "Vleutensevaart 100, Utrecht")


def test_times_respect_the_notice(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        soon = offer_times(session, make_partner(notice_hours=0), now, count=2)
        late = offer_times(session, make_partner(notice_hours=72), now, count=1)
    assert _at(soon[0]) == "Wed 25-11 10:00"  # it is ten o'clock: now is early enough without notice
    assert _at(late[0]) == "Mon 30-11 09:00"


def test_mornings_evenings_and_later(database: Engine, partner: Partner, now: datetime) -> None:
    with transaction(database) as session:
        assert [_at(slot) for slot in offer_times(session, partner, now, part="evening", count=3)] == [
            "Thu 26-11 18:00", "Thu 03-12 18:00", "Thu 10-12 18:00",
        ]  # fmt: skip
        mornings = offer_times(session, partner, now, part="morning")
        assert all(slot.start.astimezone(ZONE).time() < time(12) for slot in mornings)
        after = mornings[-1].start
        assert all(slot.start > after for slot in offer_times(session, partner, now, after=after))
        with pytest.raises(ValueError, match="night"):
            offer_times(session, partner, now, part="night")


def test_without_calendar_or_in_a_full_week_there_is_nothing_to_offer(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        assert offer_times(session, make_partner(schedule=None), now) == []
        assert offer_times(session, make_partner(schedule=Schedule(())), now) == []
        assert offer_times(session, make_partner(seats=0), now) == []
        assert offer_times(session, make_partner(), now, after=now + timedelta(days=400)) == []
        assert offer_times(session, make_partner(slot_minutes=240), now, part="morning") == []


def test_who_can_be_walked_in_on_is_booked_in_another_way_or_not_at_all(database: Engine, now: datetime) -> None:
    both, only = make_partner(modes=("walk_in", "phone")), make_partner(modes=("walk_in", "website"))
    assert _first(database, both, now).mode == "phone"
    with transaction(database) as session:
        assert offer_times(session, only, now) == []


def test_slots_are_true_hours_on_the_night_the_clock_changes(database: Engine) -> None:
    night = make_partner(schedule=Schedule((WeeklyHours(6, time(0), time(6)),)), notice_hours=0)
    with transaction(database) as session:
        spring = offer_times(session, night, datetime(2028, 3, 25, 12, tzinfo=UTC), count=50)
        autumn = offer_times(session, night, datetime(2027, 10, 30, 12, tzinfo=UTC), count=50)
    in_spring = [slot for slot in spring if slot.start.astimezone(ZONE).date().isoformat() == "2028-03-26"]
    in_autumn = [slot for slot in autumn if slot.start.astimezone(ZONE).date().isoformat() == "2027-10-31"]
    assert (len(in_spring), len(in_autumn)) == (5, 7)
    for slot in (*in_spring, *in_autumn):
        assert slot.end.astimezone(UTC) - slot.start.astimezone(UTC) == timedelta(hours=1)


def test_full_times_are_not_offered_and_freed_ones_are(database: Engine, now: datetime) -> None:
    partner = make_partner(notice_hours=0, seats=2)
    later = now + timedelta(minutes=HOLD_MINUTES)
    with transaction(database) as session:
        slot = offer_times(session, partner, later, count=1)[0]
        for number in range(partner.seats):
            conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
            assert slot in offer_times(session, partner, now, count=999)
            hold(session, partner, slot, conversation_id, f"key-{number}", now)
        assert slot not in offer_times(session, partner, now, count=999)
        assert slot in offer_times(session, partner, later)  # held no longer
        assert release(session, "key-0")
        assert not release(session, "key-0")
        assert slot in offer_times(session, partner, now, count=999)


def test_a_resident_is_not_offered_two_appointments_at_once(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    slot = _first(database, partner, now)
    other = make_partner(id="gemeente", slot_minutes=30)
    with transaction(database) as session:
        hold(session, partner, slot, conversation_id, "one", now)
        offered = offer_times(session, other, now, count=50, conversation_id=conversation_id)
        assert offered
        assert all(free.end <= slot.start or free.start >= slot.end for free in offered)
        assert slot.start in {free.start for free in offer_times(session, other, now, count=50)}


@pytest.mark.parametrize(
    ("modes", "same", "minutes"), [("in_person", False, 60), ("in_person", True, 0), ("phone", False, 0)]
)
def test_between_two_visits_there_is_time_to_travel(
    database: Engine, conversation_id: str, now: datetime, modes: str, same: bool, minutes: int
) -> None:
    visited = make_partner(modes=("in_person",), seats=2)
    other = make_partner(
        id=visited.id if same else "gemeente", modes=(modes,), slot_minutes=15, buffer_minutes=0, seats=2
    )
    travel = timedelta(minutes=minutes)
    with transaction(database) as session:
        slot = offer_times(session, visited, now, count=50)[20]
        hold(session, visited, slot, conversation_id, "one", now)
        offered = offer_times(session, other, now, count=5000, conversation_id=conversation_id)
    same_day = [free for free in offered if free.start.date() == slot.start.date()]
    assert same_day
    assert all(free.end + travel <= slot.start or free.start >= slot.end + travel for free in same_day)
    assert any(free.end + travel == slot.start or free.start == slot.end + travel for free in same_day)


@pytest.mark.parametrize(("mode", "fits"), [("phone", True), ("in_person", False)])
def test_a_seat_that_leaves_no_time_to_travel_cannot_be_held(
    database: Engine, conversation_id: str, now: datetime, mode: str, fits: bool
) -> None:
    visited, other = make_partner(seats=2), make_partner(id="gemeente", seats=2)
    with transaction(database) as session:
        slot = offer_times(session, visited, now, count=50)[20]
        hold(session, visited, slot, conversation_id, "one", now)
        after = Slot(slot.end, slot.end + timedelta(minutes=60), mode, None)
        with nullcontext() if fits else pytest.raises(SeatTaken):
            hold(session, other, after, conversation_id, "two", now)


def test_a_call_that_becomes_a_visit_needs_time_to_travel(
    database: Engine, conversation_id: str, now: datetime
) -> None:
    visited, other = make_partner(seats=2), make_partner(id="gemeente", seats=2)
    with transaction(database) as session:
        slot = offer_times(session, visited, now, count=50)[20]
        hold(session, visited, slot, conversation_id, "one", now)
        call = Slot(slot.end, slot.end + timedelta(minutes=60), "phone", None)
        hold(session, other, call, conversation_id, "two", now)
        with pytest.raises(SeatTaken):
            hold(session, other, replace(call, mode="in_person"), conversation_id, "two", now)
        assert hold(session, other, call, conversation_id, "two", now).mode == "phone"


def test_holding_again_is_the_same_hold_with_new_time_to_decide(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    slot = _first(database, partner, now)
    later = now + timedelta(minutes=9)
    with transaction(database) as session:
        first = hold(session, partner, slot, conversation_id, "key", now)
        assert first.held_until == now + timedelta(minutes=HOLD_MINUTES)
        again = hold(session, partner, slot, conversation_id, "key", later)
        assert again.id == first.id
        assert again.held_until == later + timedelta(minutes=HOLD_MINUTES)
        under_another_key = hold(session, partner, slot, conversation_id, "other", later)
        assert under_another_key.id == first.id
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1


def test_another_time_gives_the_first_back_and_the_first_may_be_chosen_again(
    database: Engine, conversation_id: str, now: datetime
) -> None:
    partner = make_partner(seats=1)
    with transaction(database) as session:
        one, two = offer_times(session, partner, now, count=2)
        hold(session, partner, one, conversation_id, "key", now)
        hold(session, partner, two, conversation_id, "key", now)
        assert _live(session) == [(two.start, "held")]
        hold(session, partner, one, conversation_id, "key", now)
        assert _live(session) == [(one.start, "held")]


def test_a_taken_seat_leaves_the_former_hold_in_place(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    partner = make_partner(seats=1)
    mine, other = new_conversation(), new_conversation()
    with transaction(database) as session:
        one, two = offer_times(session, partner, now, count=2)
        hold(session, partner, one, mine, "mine", now)
        hold(session, partner, two, other, "other", now)
        with pytest.raises(SeatTaken):
            hold(session, partner, two, mine, "mine", now)
        assert _live(session) == [(one.start, "held"), (two.start, "held")]


def test_a_hold_that_is_over_goes_to_the_next_and_cannot_be_booked(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    partner = make_partner(seats=1)
    mine, other = new_conversation(), new_conversation()
    later = now + timedelta(minutes=HOLD_MINUTES)
    slot = _first(database, partner, now)
    with transaction(database) as session:
        first = hold(session, partner, slot, mine, "mine", now)
        with pytest.raises(SeatTaken):
            hold(session, partner, slot, other, "other", later - timedelta(seconds=1))
        second = hold(session, partner, slot, other, "other", later)
        assert second.conversation_id == other
        with pytest.raises(SeatTaken):
            book_hold(session, first, 1, later)
        assert purge_holds(session, later) == 0
        assert purge_holds(session, later + timedelta(minutes=HOLD_MINUTES)) == 1
        assert _live(session) == []


def test_when_it_was_first_booked_stays(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    """The figures count by it: neither booking twice nor cancelling may change it."""
    slot = _first(database, partner, now)
    with transaction(database) as session:
        request = BookingRequest(conversation_id, "need", "uwv", partner, slot=slot, consent_version="1")
        booking = book(session, request, now)
        appointment = booking.appointment
        assert appointment is not None
        for later in (1, 2):
            book_hold(session, appointment, booking.referral.id, now + timedelta(days=later))
        cancel(session, appointment)
    with transaction(database) as session:
        assert session.scalars(select(Appointment.booked_at)).all() == [now]


def test_a_cancelled_appointment_gives_its_seat_free(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    partner = make_partner(seats=1)
    slot = _first(database, partner, now)
    request = BookingRequest(new_conversation(), "need", "uwv", partner, slot=slot, consent_version="1")
    other = new_conversation()
    with transaction(database) as session:
        appointment = book(session, request, now).appointment
        assert appointment is not None
        assert not release(session, appointment.idempotency_key)  # booked is not held
        with pytest.raises(SeatTaken):
            hold(session, partner, slot, other, "other", now)
        assert cancel(session, appointment)
        assert not cancel(session, appointment)
        assert appointment.state == "cancelled"
        hold(session, partner, slot, other, "other", now)


def test_a_time_that_is_over_cannot_be_held(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    slot = Slot(now, now + timedelta(hours=1), "phone")
    with transaction(database) as session, pytest.raises(SeatTaken):
        hold(session, partner, slot, conversation_id, "key", now)


def test_a_naive_time_is_refused(database: Engine, partner: Partner, conversation_id: str, now: datetime) -> None:
    slot = Slot(datetime(2026, 12, 1, 9), datetime(2026, 12, 1, 10), "phone")  # noqa: DTZ001
    with transaction(database) as session, pytest.raises((TypeError, ValueError)):
        hold(session, partner, slot, conversation_id, "key", now)


def test_without_a_conversation_there_is_no_seat(database: Engine, partner: Partner, now: datetime) -> None:
    slot = _first(database, partner, now)
    with pytest.raises(IntegrityError), transaction(database) as session:
        hold(session, partner, slot, "nobody", "key", now)


def _live(session) -> list[tuple[datetime, str]]:  # type: ignore[no-untyped-def]
    query = select(Appointment.start_at, Appointment.state).where(Appointment.state.in_(("held", "booked")))
    return [(start, state) for start, state in session.execute(query.order_by(Appointment.start_at))]


def test_mode_and_place_are_those_of_the_slot(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    slot = replace(_first(database, partner, now), mode="phone", location=None)
    with transaction(database) as session:
        appointment = hold(session, partner, slot, conversation_id, "key", now)
        assert (appointment.mode, appointment.location, appointment.end_at) == ("phone", None, slot.end)
