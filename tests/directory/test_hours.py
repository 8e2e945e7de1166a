"""Opening hours across holidays and the nights in which the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.clock import ZONE
from bot.directory.hours import Schedule, WeeklyHours, is_holiday, is_open, next_opening, openings

WEEK = Schedule(tuple(WeeklyHours(day, time(9), time(17)) for day in range(5)))
EVERY_NIGHT = Schedule(tuple(WeeklyHours(day, time(1), time(4)) for day in range(7)))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type]


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def test_a_plain_week() -> None:
    found = openings(WEEK, date(2026, 11, 23), 7)
    assert found == [(local(2026, 11, day, 9), local(2026, 11, day, 17)) for day in range(23, 28)]
    assert all(start.tzinfo is ZONE and end.tzinfo is ZONE for start, end in found)


def test_evening_hours_join_the_day() -> None:
    evening = Schedule((*WEEK.weekly, WeeklyHours(3, time(17), time(20)), WeeklyHours(3, time(16), time(18))))
    assert openings(evening, date(2026, 11, 26), 1) == [(local(2026, 11, 26, 9), local(2026, 11, 26, 20))]


def test_a_lunch_break_stays() -> None:
    broken = Schedule((WeeklyHours(0, time(13), time(17)), WeeklyHours(0, time(9), time(12))))
    assert [(start.hour, end.hour) for start, end in openings(broken, date(2026, 11, 23), 1)] == [(9, 12), (13, 17)]


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1), date(2026, 4, 6), date(2026, 4, 27), date(2026, 5, 14), date(2026, 5, 25),
        date(2026, 12, 25), date(2030, 5, 5), date(2025, 5, 5), date(2025, 4, 26),
    ],
)  # fmt: skip
def test_closed_on_holidays(day: date) -> None:
    assert is_holiday(day)
    assert openings(Schedule((WeeklyHours(day.weekday(), time(9), time(17)),)), day, 1) == []


@pytest.mark.parametrize(
    "day", [date(2026, 5, 5), date(2027, 5, 5), date(2026, 12, 24), date(2026, 12, 31), date(2026, 12, 5)]
)
def test_open_on_days_that_only_feel_like_holidays(day: date) -> None:
    assert not is_holiday(day)
    assert openings(Schedule((WeeklyHours(day.weekday(), time(9), time(17)),)), day, 1)


def test_the_clock_goes_forward() -> None:
    # 29 March 2026: 02:00 becomes 03:00, so 01:00-04:00 lasts two hours
    [(start, end)] = openings(EVERY_NIGHT, date(2026, 3, 29), 1)
    assert utc(end) - utc(start) == timedelta(hours=2)
    assert (utc(start), utc(end)) == (datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))


def test_the_clock_goes_back() -> None:
    # 25 October 2026: 03:00 becomes 02:00, so 01:00-04:00 lasts four hours
    [(start, end)] = openings(EVERY_NIGHT, date(2026, 10, 25), 1)
    assert utc(end) - utc(start) == timedelta(hours=4)


def test_hours_that_begin_or_end_in_the_changing_hour() -> None:
    half_past_two = Schedule((WeeklyHours(6, time(2, 30), time(5)),))
    [(start, _)] = openings(half_past_two, date(2026, 3, 29), 1)
    assert start == local(2026, 3, 29, 3, 30)  # half past two does not exist that night
    until = Schedule((WeeklyHours(6, time(0), time(2, 30)),))
    [(start, end)] = openings(until, date(2026, 10, 25), 1)
    assert utc(end) - utc(start) == timedelta(hours=3, minutes=30)  # until the second half past two


def test_office_hours_keep_to_the_wall_clock_over_both_changes() -> None:
    for first in (date(2026, 3, 27), date(2026, 10, 23)):
        found = openings(WEEK, first, 5)
        assert [(start.hour, end.hour) for start, end in found] == [(9, 17), (9, 17), (9, 17)]
        assert utc(found[0][0]).hour != utc(found[1][0]).hour


def test_until_midnight() -> None:
    late = Schedule((WeeklyHours(0, time(20), time(0)),))
    [(start, end)] = openings(late, date(2026, 11, 23), 1)
    assert (start, end) == (local(2026, 11, 23, 20), local(2026, 11, 24, 0))


def test_hours_hold_only_while_they_are_valid() -> None:
    summer = WeeklyHours(0, time(9), time(12), valid_from=date(2026, 7, 6), valid_to=date(2026, 7, 13))
    starts = [start.date() for start, _ in openings(Schedule((summer,)), date(2026, 6, 1), 90)]
    assert starts == [date(2026, 7, 6), date(2026, 7, 13)]


def test_nothing_asked_nothing_given() -> None:
    assert openings(WEEK, date(2026, 11, 23), 0) == []
    assert openings(Schedule(()), date(2026, 11, 23), 30) == []
    assert next_opening(Schedule(()), local(2026, 11, 23, 12)) is None


@pytest.mark.parametrize(
    ("moment", "is_it"),
    [
        (local(2026, 11, 23, 9), True),
        (local(2026, 11, 23, 8, 59), False),
        (local(2026, 11, 23, 16, 59), True),
        (local(2026, 11, 23, 17), False),
        (local(2026, 12, 25, 12), False),
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 16, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), False),
    ],
)
def test_open_now(moment: datetime, is_it: bool) -> None:
    assert is_open(WEEK, moment) is is_it


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (local(2026, 11, 23, 8), local(2026, 11, 23, 9)),
        (local(2026, 11, 23, 18), local(2026, 11, 24, 9)),
        (local(2026, 11, 27, 18), local(2026, 11, 30, 9)),
        (local(2026, 12, 24, 18), local(2026, 12, 28, 9)),  # both days of Christmas, then a weekend
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), local(2026, 11, 23, 9)),
    ],
)
def test_opens_next(moment: datetime, opens: datetime) -> None:
    assert next_opening(WEEK, moment) == opens


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_open(WEEK, datetime(2026, 11, 23, 12))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        next_opening(WEEK, datetime(2026, 11, 23, 12))  # noqa: DTZ001


@pytest.mark.parametrize(("day", "opens", "closes"), [(7, 9, 17), (-1, 9, 17), (0, 17, 9), (0, 9, 9)])
def test_impossible_hours_are_refused(day: int, opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match=r"day of the week|closes at"):
        WeeklyHours(day, time(opens), time(closes))
