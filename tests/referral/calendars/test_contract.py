"""What every calendar promises. The house's own and the one outside pass the same tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from bot.clock import ZONE
from bot.directory.hours import Schedule, WeeklyHours
from bot.referral.calendars.port import Calendar, Location, Product, SeatTaken, Slot
from tests.referral.calendars.conftest import Kind
from tests.referral.conftest import make_partner

THURSDAY = date(2026, 11, 26)


def what(calendar: Calendar, mode: str = "in_person") -> tuple[Product, Location]:
    product = calendar.products()[0]
    return product, next(place for place in calendar.locations(product) if place.mode == mode)


def times(calendar: Calendar, now: datetime, day: date = THURSDAY) -> list[str]:
    return [slot.start.strftime("%H:%M") for slot in calendar.times(*what(calendar), day, now)]


def first(calendar: Calendar, now: datetime, number: int = 0) -> Slot:
    return calendar.times(*what(calendar), THURSDAY, now)[number]


def test_what_can_be_booked_and_where(kind: Kind, now: datetime) -> None:
    partner = make_partner(service="WW", interpreter_minutes=90, interpreter_notice_hours=72, accessible=None)
    calendar = kind.open(partner)
    plain, with_interpreter = calendar.products()
    assert plain == Product("appointment", "WW", 60, 24)
    assert with_interpreter == Product("interpreter", "WW", 90, 72)
    assert calendar.locations(plain) == [
        Location("in_person", "in_person", "UWV Utrecht", "Vleutensevaart 100, Utrecht", accessible=None),
        Location("phone", "phone", "UWV Utrecht"),
    ]
    same = kind.open(make_partner()).products()
    assert (same[1].minutes, same[1].notice_hours) == (same[0].minutes, same[0].notice_hours)


@pytest.mark.parametrize("partner", [make_partner(schedule=None), make_partner(modes=("walk_in", "website"))])
def test_without_hours_or_ways_there_is_nothing_to_book(kind: Kind, partner) -> None:  # type: ignore[no-untyped-def]
    assert kind.open(partner).products() == []


@pytest.mark.parametrize(
    ("mode", "fields"), [("phone", ("name", "phone")), ("video", ("name", "email")), ("in_person", ("name",))]
)
def test_what_must_be_known_depends_on_the_way(kind: Kind, mode: str, fields: tuple[str, ...]) -> None:
    calendar = kind.open(make_partner(modes=("phone", "in_person", "video")))
    assert calendar.required_fields(*what(calendar, mode)) == fields


def test_days_and_times(kind: Kind, now: datetime) -> None:
    calendar = kind.open(make_partner())
    days = calendar.dates(*what(calendar), now)
    assert days[:3] == [THURSDAY, date(2026, 11, 27), date(2026, 11, 30)]
    assert date(2026, 12, 25) not in days
    assert days == sorted(set(days))
    assert times(calendar, now) == ["10:00", "11:00", "13:00", "14:00", "15:00", "16:00", "18:00", "19:00"]
    assert times(calendar, now, date(2026, 11, 28)) == []
    assert times(calendar, now, date(2020, 1, 1)) == []
    assert times(calendar, now, date(2031, 1, 2)) == []
    slot = first(calendar, now)
    assert (slot.end - slot.start, slot.mode, slot.location) == (
        timedelta(hours=1), "in_person", "Vleutensevaart 100, Utrecht",
    )  # fmt: skip


def test_a_pause_between_two_appointments(kind: Kind, now: datetime) -> None:
    calendar = kind.open(make_partner(buffer_minutes=15, seats=1, notice_hours=0))
    assert times(calendar, now) == ["09:00", "10:15", "13:00", "14:15", "15:30", "18:00"]
    other_grid = kind.open(make_partner(buffer_minutes=15, seats=1, slot_minutes=30, notice_hours=0))
    calendar.create(first(calendar, now, 1), kind.visit(), now)  # 10:15 to 11:15
    assert times(other_grid, now)[:4] == ["09:00", "13:00", "13:45", "14:30"]  # 09:45-10:15 and 11:15 are too near


def test_seats_are_taken_one_by_one(kind: Kind, now: datetime) -> None:
    calendar = kind.open(make_partner(seats=2))
    slot = first(calendar, now)
    placed = [calendar.create(slot, kind.visit(), now) for _ in range(2)]
    assert [one.seat for one in placed] == [1, 2]
    assert len({one.id for one in placed}) == 2
    assert all(one.slot == slot for one in placed)
    assert "10:00" not in times(calendar, now)
    with pytest.raises(SeatTaken):
        calendar.create(slot, kind.visit(), now)
    assert calendar.cancel(placed[0].id, now)
    assert "10:00" in times(calendar, now)
    assert calendar.create(slot, kind.visit(), now).seat == 1


def test_the_same_visit_is_the_same_seat(kind: Kind, now: datetime) -> None:
    calendar, visit = kind.open(make_partner()), kind.visit()
    slot, other = first(calendar, now), first(calendar, now, 1)
    placed = calendar.create(slot, visit, now)
    assert calendar.create(slot, visit, now) == placed
    with pytest.raises(SeatTaken):
        calendar.create(other, visit, now)


def test_a_time_that_is_over_is_nobodys(kind: Kind, now: datetime) -> None:
    calendar = kind.open(make_partner())
    with pytest.raises(SeatTaken):
        calendar.create(Slot(now, now + timedelta(hours=1), "phone"), kind.visit(), now)


def test_a_change_takes_the_new_before_it_drops_the_old(kind: Kind, now: datetime) -> None:
    calendar, visit = kind.open(make_partner(seats=1)), kind.visit()
    one, two, three = calendar.times(*what(calendar), THURSDAY, now)[:3]
    placed = calendar.create(one, visit, now)
    calendar.create(three, kind.visit(), now)
    moved_visit = replace(visit, key=visit.key[::-1])
    with pytest.raises(SeatTaken):
        calendar.change(placed.id, three, moved_visit, now)
    assert "10:00" not in times(calendar, now)  # nothing was lost
    moved = calendar.change(placed.id, two, moved_visit, now)
    assert moved.slot == two
    assert times(calendar, now)[:2] == ["10:00", "14:00"]
    assert calendar.change(placed.id, two, moved_visit, now) == moved  # the same click again
    assert calendar.change(moved.id, two, replace(visit, key="another"), now) == moved  # it is there already
    assert not calendar.cancel(placed.id, now)


def test_cancelling_twice_is_once_and_what_is_cancelled_cannot_be_changed(kind: Kind, now: datetime) -> None:
    calendar, visit = kind.open(make_partner(seats=1)), kind.visit()
    slot, other = first(calendar, now), first(calendar, now, 1)
    placed = calendar.create(slot, visit, now)
    assert calendar.cancel(placed.id, now)
    assert not calendar.cancel(placed.id, now)
    with pytest.raises(LookupError):
        calendar.change(placed.id, other, replace(visit, key="another"), now)
    assert "11:00" in times(calendar, now)


@pytest.mark.parametrize("placed_id", ["", "0", "-1", "nobody", "9" * 400, "../../x.ics", "doorwijzer-../x", "²"])
def test_an_id_that_nobody_gave_out(kind: Kind, now: datetime, placed_id: str) -> None:
    calendar = kind.open(make_partner())
    assert not calendar.cancel(placed_id, now)
    with pytest.raises(LookupError):
        calendar.change(placed_id, first(calendar, now), kind.visit(), now)


def test_an_interpreter_takes_longer_and_no_seat_is_given_twice(kind: Kind, now: datetime) -> None:
    partner = make_partner(seats=1, slot_minutes=30, interpreter_minutes=60)
    calendar = kind.open(partner)
    plain, longer = calendar.products()
    place = calendar.locations(plain)[0]
    slot = calendar.times(longer, place, THURSDAY, now)[0]
    assert slot.end - slot.start == timedelta(hours=1)
    calendar.create(slot, kind.visit(), now)  # 10:00 to 11:00
    assert [one.start.strftime("%H:%M") for one in calendar.times(plain, place, THURSDAY, now)][:2] == [
        "11:00",
        "11:30",
    ]
    half_past = Slot(slot.start + timedelta(minutes=30), slot.end, slot.mode, slot.location)
    with pytest.raises(SeatTaken):
        calendar.create(half_past, kind.visit(), now)


def test_on_a_holiday_nobody_is_there(kind: Kind) -> None:
    easter = date(2027, 3, 28)  # also the night in which the clock goes forward
    calendar = kind.open(make_partner(schedule=Schedule((WeeklyHours(6, time(0), time(6)),))))
    assert easter not in calendar.dates(*what(calendar), datetime(2027, 3, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("sunday", "hours"), [(date(2026, 10, 25), 7), (date(2027, 3, 28), 5)], ids=["an hour twice", "an hour never"]
)
def test_the_nights_in_which_the_clock_changes(
    kind: Kind, sunday: date, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.directory.hours.is_holiday", lambda _day: False)
    now = datetime.combine(sunday - timedelta(days=2), time(9), UTC)
    calendar = kind.open(make_partner(schedule=Schedule((WeeklyHours(6, time(0), time(6)),)), notice_hours=0, seats=1))
    slots = calendar.times(*what(calendar), sunday, now)
    starts = [slot.start.astimezone(UTC) for slot in slots]
    assert len(slots) == hours
    assert slots[0].start == datetime.combine(sunday, time(0), ZONE)  # midnight
    assert {later - start for start, later in pairwise(starts)} == {timedelta(hours=1)}
    for slot in slots:
        calendar.create(slot, kind.visit(), now)  # the two times 02:00 are two times
    assert calendar.times(*what(calendar), sunday, now) == []
    assert sunday not in calendar.dates(*what(calendar), now)
