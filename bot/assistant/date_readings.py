"""What each kind of date phrase means, given the present day. Used by ``date_phrases`` only."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.assistant.date_words import MONTHS, NAMED_DAYS, NUMBERS, UNITS, WEEKDAYS

Precision = Literal["day", "part_of_month", "month"]
Reading = tuple[date, Precision] | None

#: A day without a year that lies at most this many days back may well be meant as past.
_JUST_PAST_DAYS = 60
#: Years further away than this are birthdays and stories, not the end of work.
_YEARS_BACK, _YEARS_AHEAD = 1, 10


@dataclass(frozen=True)
class Context:
    """What a phrase is read against: the day, whether the text speaks of the past, and whether it is English."""

    today: date
    is_past: bool
    is_english: bool


def is_near(day: date, today: date) -> bool:
    """Return whether a date can be about somebody's work now."""
    return today.year - _YEARS_BACK <= day.year <= today.year + _YEARS_AHEAD


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, monthrange(day.year + years, month + 1)[1]))


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    year = int(text.strip("' "))
    return year + 2000 if year < 100 else year


def _in_year(day: int, month: int, year: int | None, context: Context) -> Reading:
    """Read a day and a month, in the nearest fitting year when none is given."""
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= (year or 1) <= 9998):
        return None
    if day > monthrange(year or context.today.year, month)[1]:  # the 31st of February: the month is all we know
        return _month_in_year(month, year, context)
    read = date(year or context.today.year, month, day)
    if year is not None or read >= context.today or context.is_past:
        return read, "day"
    just_past = (context.today - read).days <= _JUST_PAST_DAYS
    return _add_months(read, 12), "part_of_month" if just_past else "day"


def _month_in_year(month: int, year: int | None, context: Context) -> Reading:
    if year is None:
        year = context.today.year
        last = _last_day(year, month)
        if last < context.today and not context.is_past:
            year += 1
    return _last_day(year, month), "month"


def iso(match: re.Match[str], context: Context) -> Reading:
    """Read "2027-01-31"."""
    return _in_year(int(match["day"]), int(match["month"]), int(match["year"]), context)


def numbers(match: re.Match[str], context: Context) -> Reading:
    """Read "31-1, 31/1/27"."""
    day, month = int(match["day"]), int(match["month"])
    if context.is_english and month > 12 >= day:  # month first, as in the United States; it cannot be otherwise
        day, month = month, day
    reading = _in_year(day, month, _year_of(match.groupdict().get("year")), context)
    swappable = context.is_english and "/" in match["date"] and day <= 12 and month <= 12 and day != month
    return (reading[0], "part_of_month") if reading and swappable else reading


def day_and_month(match: re.Match[str], context: Context) -> Reading:
    """Read "31 jan, March 31st, 2027"."""
    return _in_year(int(match["day"]), MONTHS[match["month"]], _year_of(match["year"]), context)


def _part_of(part: str, year: int, month: int) -> Reading:
    if re.match(r"(?:begin|start|early|aanvang)", part):
        return date(year, month, 1), "part_of_month"
    if re.match(r"(?:half|mid|medio)", part):
        return date(year, month, 15), "part_of_month"
    return _last_day(year, month), "part_of_month"


def part_of_month(match: re.Match[str], context: Context) -> Reading:
    """Read "eind januari"."""
    month = _month_in_year(MONTHS[match["month"]], _year_of(match["year"]), context)
    if month is None:
        return None
    part = _part_of(match["part"], month[0].year, month[0].month)
    if part and not match["year"] and part[0] < context.today and not context.is_past:
        return _add_months(part[0], 12), "part_of_month"  # "begin november", said at the end of November
    return part


def part_of_relative_month(match: re.Match[str], context: Context) -> Reading:
    """Read "end of next month"."""
    shift = 1 if re.match(r"(?:volgend|next|komend)", match["which"] or "") else 0
    month = _add_months(context.today.replace(day=1), shift)
    return _part_of(match["part"], month.year, month.month)


def part_of_year(match: re.Match[str], context: Context) -> Reading:
    """Read "begin volgend jaar"."""
    year = context.today.year + (1 if re.match(r"(?:volgend|next|komend)", match["which"] or "") else 0)
    if re.match(r"(?:half|mid|medio)", match["part"]):
        return date(year, 6, 30), "month"
    return (date(year, 1, 31), "month") if re.match(r"(?:begin|start|early)", match["part"]) else _end_of_year(year)


def _end_of_year(year: int) -> Reading:
    return date(year, 12, 31), "part_of_month"


def month(match: re.Match[str], context: Context) -> Reading:
    """Read "in maart"."""
    return _month_in_year(MONTHS[match["month"]], _year_of(match.groupdict().get("year")), context)


def relative_month(match: re.Match[str], context: Context) -> Reading:
    """Read "next month"."""
    which = match["which"]
    shift = (
        1 if re.match(r"(?:volgend|next|komend)", which) else -1 if re.match(r"(?:vorig|last|afgelop)", which) else 0
    )
    month = _add_months(context.today.replace(day=1), shift)
    return _last_day(month.year, month.month), "month"


def relative_week(match: re.Match[str], context: Context) -> Reading:
    """Read "volgende week vrijdag"."""
    which = match["which"]
    shift = (
        1 if re.match(r"(?:volgend|next|komend)", which) else -1 if re.match(r"(?:vorig|last|afgelop)", which) else 0
    )
    monday = context.today - timedelta(days=context.today.weekday()) + timedelta(weeks=shift)
    weekday = match["weekday"] or match["weekday_before"]
    if weekday:
        return monday + timedelta(days=WEEKDAYS[weekday]), "day"
    begins = re.match(r"(?:begin|start|early)", match["part"] or "")
    return monday + timedelta(days=0 if begins else 4), "part_of_month"


def weekday(match: re.Match[str], context: Context) -> Reading:
    """Read "komende vrijdag"."""
    ahead = (WEEKDAYS[match["weekday"]] - context.today.weekday()) % 7 or 7
    # "volgende vrijdag" and "next Friday" mean the coming one to some and the one after to others.
    in_doubt = re.match(r"(?:volgend|next)", match["which"] or "")
    return context.today + timedelta(days=ahead), "part_of_month" if in_doubt else "day"


def shifted(match: re.Match[str], context: Context) -> Reading:
    """Read "over drie weken, 2 weeks ago"."""
    count = NUMBERS.get(match["count"]) or float(match["count"].replace(",", "."))
    unit = UNITS[match["unit"]]
    ago = bool(re.search(r"(?:geleden|terug|ago)$", match["date"]))
    if ago and (unit == "year" or (unit == "month" and count > 3)):
        return None  # a story from before, not the end of work
    sign = -1 if ago else 1
    if unit in {"day", "week"}:
        days = round(count * (7 if unit == "week" else 1))
        if days > 366:
            return None
        exact = unit == "day" and not match["date"].startswith(("binnen", "within"))
        return context.today + timedelta(days=sign * days), "day" if exact else "part_of_month"
    months = int(count * (12 if unit == "year" else 1))
    if months > 12 * _YEARS_AHEAD:
        return None
    half = timedelta(days=15) if count * (12 if unit == "year" else 1) % 1 else timedelta()
    return _add_months(context.today, sign * months) + sign * half, "month"


def named(match: re.Match[str], context: Context) -> Reading:
    """Read "morgen"."""
    return context.today + timedelta(days=NAMED_DAYS[match["date"]]), "day"


def first_of_month(match: re.Match[str], context: Context) -> Reading:
    """Read "per de 1e"."""
    day = int(match["day"]) if match["day"].isdigit() else 1
    if not 1 <= day <= 31:
        return None
    months = 1 if re.search(r"(?:volgende|komende|next)", match["date"]) else 0
    start = _add_months(context.today.replace(day=1), months)
    while day > monthrange(start.year, start.month)[1] or start.replace(day=day) <= context.today:
        start = _add_months(start, 1)
    return start.replace(day=day), "part_of_month"
