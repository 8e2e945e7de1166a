"""What days and months mean, given the present day: "31 jan", "31-1-27", "eind maart", "the first Monday of March".

``date_relative`` reads what is counted from today. Used by ``date_rules`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from bot.assistant.date_calendar import add_months, day_of, last_day, nth_weekday
from bot.assistant.date_clause import Clause
from bot.assistant.date_words import FEAST_TIMES, FEASTS, MONTHS, ORDINALS, SHORT_WEEKDAYS, SPELLED_DAYS, WEEKDAYS

#: ``day``: that day and no other. ``ambiguous``: one day, but which one is in doubt. The others say themselves.
Precision = Literal["day", "ambiguous", "part_of_month", "month"]

#: A day without a year that lies at most this many days back may well be meant as past.
_JUST_PAST_DAYS = 60
_MONTHS_OF_YEAR = 12


class Reading(NamedTuple):
    """What a phrase means, and which other days it may mean."""

    day: date
    precision: Precision
    others: tuple[date, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a phrase is read against: the day, the words around it, the language, and whether a day was asked for."""

    today: date
    clause: Clause
    is_english: bool
    is_asked: bool

    @property
    def is_certain(self) -> bool:
        """Return whether the day is the last day of work, and not the day of something else."""
        is_about_end = self.is_asked or self.clause.is_all or self.clause.tells_end
        return is_about_end and not self.clause.tells_else


def number_of(word: str) -> int:
    """Return the number in "31", "31st" or "eenendertigste"; 0 when there is none."""
    digits = re.match(r"\d+", word)
    return int(digits.group()) if digits else SPELLED_DAYS.get(re.sub(r"\s+", " ", word), 0)


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    year = int(text.strip("' "))
    return year + 2000 if year < 100 else year


def _of_every_year(
    on: Callable[[int], date | None], context: Context, precision: Precision = "day", *, whole_month: bool = False
) -> Reading | None:
    """Read a day that comes every year: the next one, the last one, or both when the words leave it open."""
    today = context.today
    ahead = next((day for year in (0, 1) if (day := on(today.year + year)) and day >= today), None)
    behind = next(
        (
            day
            for year in (0, -1)
            if (day := on(today.year + year)) and (day.replace(day=1) if whole_month else day) <= today
        ),
        None,
    )
    tense = context.clause.tense
    if behind is None or ahead is None or behind == ahead:
        only = behind if tense == "past" and behind else ahead
        return Reading(only, precision) if only else None
    if tense == "past":
        return Reading(behind, precision)
    in_doubt: Precision = "ambiguous" if precision == "day" else precision
    if tense == "either":
        first, other = sorted((ahead, behind), key=lambda day: abs(day - today))
        return Reading(first, in_doubt, (other,))
    if (today - behind).days <= _JUST_PAST_DAYS:
        return Reading(ahead, in_doubt, (behind,))
    return Reading(ahead, precision)


def _day_in(month: int, day: int, year: int | None, context: Context) -> Reading | None:
    if year is None:
        return _of_every_year(lambda year: day_of(year, month, day), context)
    read = day_of(year, month, day)
    return Reading(read, "day") if read else None


def iso(match: re.Match[str], context: Context) -> Reading | None:
    """Read "2027-01-31"."""
    return _day_in(int(match["month"]), int(match["day"]), int(match["year"]), context)


def numbers(match: re.Match[str], context: Context) -> Reading | None:
    """Read "31-1, 31/1/27"; in English also "12/31", and "3/4" as two days."""
    day, month, year = int(match["day"]), int(match["month"]), _year_of(match.groupdict().get("year"))
    if year is None and context.clause.tells_share:
        return None
    day_first = _day_in(month, day, year, context)
    if not context.is_english or day == month:
        return day_first
    month_first = _day_in(day, month, year, context)
    if day_first is None or month_first is None:
        return day_first or month_first
    return Reading(day_first.day, "ambiguous", (*day_first.others, month_first.day, *month_first.others))


def day_and_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "31 jan, March 31st, 2027, vr 31 januari"."""
    reading = _day_in(MONTHS[match["month"]], number_of(match["day"]), _year_of(match["year"]), context)
    weekday = (WEEKDAYS | SHORT_WEEKDAYS).get(match.groupdict().get("weekday") or "")
    if reading and weekday not in {None, reading.day.weekday()}:
        return reading._replace(precision="ambiguous")  # "vrijdag 31 januari", and the 31st is a Sunday
    return reading


def day_of_some_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "de 15e van deze maand", and "the 31st": of the first month that can be, or the one after."""
    number, this_month = number_of(match["day"]), context.today.replace(day=1)
    named = re.search(r"\b(?:(?P<which>volgende?|komende?|next|coming)|deze|this)\b", match["date"])
    if named:
        month_ = add_months(this_month, _shift(named["which"]))
        day = day_of(month_.year, month_.month, number)
        return Reading(day, "day") if day else None
    months = (add_months(this_month, count) for count in range(_MONTHS_OF_YEAR))
    days = [day for month_ in months if (day := day_of(month_.year, month_.month, number)) and day > context.today]
    return Reading(days[0], "ambiguous", tuple(days[1:2])) if days else None


def weekday_and_day(match: re.Match[str], context: Context) -> Reading | None:
    """Read "vrijdag de 29e": the first such day that is a Friday; in doubt when a 29th comes before it."""
    number, weekday = number_of(match["day"]), WEEKDAYS[match["weekday"]]
    months = (add_months(context.today.replace(day=1), count) for count in range(_MONTHS_OF_YEAR))
    days = [day for month_ in months if (day := day_of(month_.year, month_.month, number)) and day >= context.today]
    fitting = next((day for day in days if day.weekday() == weekday), None)
    if fitting is None:
        return None
    return Reading(fitting, "day") if fitting == days[0] else Reading(fitting, "ambiguous", (days[0],))


def _begins(part: str | None) -> bool:
    return bool(re.match(r"(?:begin|start|early|aanvang)", part or ""))


def _is_middle(part: str | None) -> bool:
    return bool(re.match(r"(?:half|halv|mid|medio)", part or ""))


def _part_of(part: str, year: int, month: int) -> date:
    if _begins(part):
        return date(year, month, 1)
    return date(year, month, 15) if _is_middle(part) else last_day(year, month)


def part_of_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "eind januari"."""
    part, month, year = match["part"], MONTHS[match["month"]], _year_of(match["year"])
    if year is None:
        return _of_every_year(lambda year: _part_of(part, year, month), context, "part_of_month")
    return Reading(_part_of(part, year, month), "part_of_month")


def _shift(which: str | None) -> int:
    """Return 1 for "next", -1 for "last", 0 for "this"."""
    if re.match(r"(?:volgend|next|komend|coming)", which or ""):
        return 1
    return -1 if re.match(r"(?:vorig|last|afgelop|past)", which or "") else 0


def part_of_relative_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "end of next month"."""
    month = add_months(context.today.replace(day=1), _shift(match["which"]))
    return Reading(_part_of(match["part"], month.year, month.month), "part_of_month")


def part_of_year(match: re.Match[str], context: Context) -> Reading | None:
    """Read "begin volgend jaar, eind 2027"."""
    groups = match.groupdict()
    year = _year_of(groups.get("year")) or context.today.year + _shift(groups.get("which"))
    if _is_middle(match["part"]):
        return Reading(date(year, 6, 30), "month")
    if _begins(match["part"]):
        return Reading(date(year, 1, 31), "month")
    return Reading(date(year, 12, 31), "part_of_month")


def month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "in maart": the last day of it."""
    number, year = MONTHS[match["month"]], _year_of(match.groupdict().get("year"))
    if year is None:
        return _of_every_year(lambda year: last_day(year, number), context, "month", whole_month=True)
    return Reading(last_day(year, number), "month")


def relative_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "next month"."""
    first = add_months(context.today.replace(day=1), _shift(match["which"]))
    return Reading(last_day(first.year, first.month), "month")


def quarter(match: re.Match[str], context: Context) -> Reading | None:
    """Read "next quarter, end of Q1, eind tweede kwartaal 2027": its last day, first month or middle."""
    groups, part = match.groupdict(), match["part"]

    def on(year: int, number: int) -> date:
        if _begins(part):
            return last_day(year, 3 * number - 2)
        return date(year, 3 * number - 1, 15) if _is_middle(part) else last_day(year, 3 * number)

    named = groups.get("nth") or groups.get("nth_word")
    if named:
        number, year = ORDINALS.get(named) or number_of(named), _year_of(groups.get("year"))
        if year is None:
            return _of_every_year(lambda year: on(year, number), context, "month")
    else:
        start = add_months(context.today.replace(day=1), 3 * _shift(match["which"]))
        number, year = (start.month + 2) // 3, start.year
    return Reading(on(year, number), "month")


def nth_of_month(match: re.Match[str], context: Context) -> Reading | None:
    """Read "laatste vrijdag van januari", "the first day of next month", "last of the month"."""
    nth = 0 if match["nth"] in {"laatste", "last"} else ORDINALS.get(match["nth"]) or number_of(match["nth"])
    noun = match["noun"] or "dag"
    exact: Precision = "part_of_month" if noun.startswith(("we", "working")) and noun not in WEEKDAYS else "day"
    if match["month"]:
        number, year = MONTHS[match["month"]], _year_of(match["year"])
        if year is None:
            return _of_every_year(lambda year: _nth(year, number, noun, nth), context, exact)
        found = _nth(year, number, noun, nth)
    elif match["of_year"]:
        year = context.today.year + _shift(match["which"])
        found = _nth(year, 1 if nth else _MONTHS_OF_YEAR, noun, nth)
    else:
        start = add_months(context.today.replace(day=1), _shift(match["which"]))
        found = _nth(start.year, start.month, noun, nth)
    return Reading(found, exact) if found else None


def _nth(year: int, month: int, noun: str, nth: int) -> date | None:
    if noun in WEEKDAYS:
        return nth_weekday(year, month, WEEKDAYS[noun], nth)
    if noun == "week":
        return day_of(year, month, 7 * nth) if nth else last_day(year, month)
    if noun not in {"dag", "day"}:  # a working day: the last Friday or the day before it in the week
        day = last_day(year, month) if nth == 0 else date(year, month, 1)
        while day.weekday() > WEEKDAYS["vrijdag"]:
            day += timedelta(days=1 if nth else -1)
        return day if nth <= 1 else None
    return day_of(year, month, nth) if nth else last_day(year, month)


def feast(match: re.Match[str], context: Context) -> Reading | None:
    """Read "tweede kerstdag", "New Year's Eve"."""
    month_, day = FEASTS[re.sub(r"\s+", " ", match["feast"])]
    return _of_every_year(lambda year: day_of(year, month_, day), context)


def around_feast(match: re.Match[str], context: Context) -> Reading | None:
    """Read "na de kerst, before Christmas": a day near it."""
    first, last = FEAST_TIMES[re.sub(r"\s+", " ", match["feast"])]
    when = match["when"] or ""
    (month_, day), move = (last, 1) if when in {"na", "after"} else (first, 0)
    if first == (1, 1):
        move = 0  # "after New Year" is as good as "in the new year"
    if when in {"voor", "vóór", "before"}:
        move = -1

    def on(year: int) -> date | None:
        known = day_of(year, month_, day)
        return known + timedelta(days=move) if known else None

    return _of_every_year(on, context, "part_of_month")
