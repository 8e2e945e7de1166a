"""The arithmetic of days, weeks and months for the readers of dates. ``None`` stands for a day that does not exist."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def day_of(year: int, month: int, day: int) -> date | None:
    """Return a day, unless there is no such day."""
    if not (1 <= year <= 9998 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def last_day(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, monthrange(day.year + years, month + 1)[1]))


def next_weekday(today: date, weekday: int) -> date:
    """Return the first such day after today."""
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """Return the nth such day of a month; ``nth`` 0 is the last."""
    if nth == 0:
        end = last_day(year, month)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    return day_of(year, month, 1 + (weekday - date(year, month, 1).weekday()) % 7 + 7 * (nth - 1))
