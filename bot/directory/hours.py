"""Opening hours: when a partner or the desk can be reached, in Europe/Amsterdam, never on a Dutch public holiday."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from bot.clock import ZONE

MIDNIGHT = time(0)
LOOK_AHEAD_DAYS = 21
"""Days in which the next opening is looked for: longer than any run of holidays and weekends."""


@dataclass(frozen=True)
class WeeklyHours:
    """Open on one day of the week (0 is Monday), by the clock on the wall. Closing at 00:00 is the end of that day.

    ``valid_from`` and ``valid_to`` (both included) bound it in time; ``None`` is without bound.
    """

    weekday: int
    opens: time
    closes: time
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"{self.weekday} is no day of the week (0 is Monday, 6 is Sunday)")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes:%H:%M}, but opens at {self.opens:%H:%M} the same day")

    @property
    def of_one_day(self) -> bool:
        """Whether these are the other hours of one day, which go before those of the week."""
        return self.valid_from is not None and self.valid_from == self.valid_to

    def on(self, day: date) -> bool:
        """Return whether these hours hold on a day, holidays aside."""
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class Closure:
    """Closed from the first day to the last, both included; ``weekdays`` (empty: all) narrows it to some of them."""

    first: date
    last: date
    weekdays: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"closed from {self.first} to {self.last}, which is earlier")

    def on(self, day: date) -> bool:
        """Return whether it is closed on a day."""
        return self.first <= day <= self.last and (not self.weekdays or day.weekday() in self.weekdays)


@dataclass(frozen=True)
class Schedule:
    """Hours of a week, with the days that are closed. ``assured`` is False for what nobody has confirmed."""

    weekly: tuple[WeeklyHours, ...]
    assured: bool = True
    closed: tuple[Closure, ...] = ()

    @property
    def has_week(self) -> bool:
        """Whether it says more than how some days differ from the week."""
        return any(not hours.of_one_day for hours in self.weekly)

    def with_exceptions(self, other: Schedule | None) -> Schedule:
        """Return these hours with the days on which ``other`` is closed or has other hours."""
        if other is None:
            return self
        days = tuple(hours for hours in other.weekly if hours.of_one_day)
        return Schedule((*self.weekly, *days), self.assured, (*self.closed, *other.closed))

    def on(self, day: date) -> list[WeeklyHours]:
        """Return the hours of one day: none when it is closed or a holiday, its own when it has other hours."""
        if is_holiday(day) or any(closure.on(day) for closure in self.closed):
            return []
        found = [hours for hours in self.weekly if hours.on(day)]
        return [hours for hours in found if hours.of_one_day] or found


def openings(schedule: Schedule, first_day: date, days: int) -> list[tuple[datetime, datetime]]:
    """Return the stretches (start, end) in which it is open on ``days`` days from ``first_day`` on, in order.

    Both are aware, in Europe/Amsterdam. Hours that touch or overlap are one stretch. To reckon with them across a
    change of the clock, convert to UTC first: Python subtracts times of one zone by the wall clock.
    """
    found: list[tuple[datetime, datetime]] = []
    for day in (first_day + timedelta(days=number) for number in range(days)):
        found.extend(_merged(_stretch(day, hours) for hours in schedule.on(day)))
    return found


def is_open(schedule: Schedule, moment: datetime) -> bool:
    """Return whether it is open at an aware moment. Raises ``ValueError`` for a naive one."""
    moment = _aware(moment)
    return any(start <= moment < end for start, end in openings(schedule, moment.astimezone(ZONE).date(), 1))


def next_opening(schedule: Schedule, moment: datetime) -> datetime | None:
    """Return when it opens next after an aware moment, or ``None`` when it does not within three weeks."""
    moment = _aware(moment)
    stretches = openings(schedule, moment.astimezone(ZONE).date(), LOOK_AHEAD_DAYS)
    return next((start for start, _ in stretches if start > moment), None)


def is_holiday(day: date) -> bool:
    """Return whether a day is a Dutch public holiday: 5 May only in a lustrum year, 24 and 31 December never."""
    return day in _holidays(day.year)


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


def _stretch(day: date, hours: WeeklyHours) -> tuple[datetime, datetime]:
    closing_day = day + timedelta(days=1) if hours.closes == MIDNIGHT else day
    return _on_the_wall(day, hours.opens), _on_the_wall(closing_day, hours.closes, last=True)


def _on_the_wall(day: date, clock: time, *, last: bool = False) -> datetime:
    """Return the moment the clock shows a time; the last of both when it does so twice, the next when it never does."""
    shown = datetime.combine(day, clock, ZONE)
    again = shown.replace(fold=1)
    twice = _offset(shown) > _offset(again)
    return (again if last and twice else shown).astimezone(UTC).astimezone(ZONE)


def _offset(shown: datetime) -> timedelta:
    return shown.utcoffset() or timedelta()


def _merged(stretches: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
