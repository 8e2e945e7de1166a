"""What is counted from today: "morgen", "over drie weken", "next Friday", "a week on Tuesday".

Used by ``date_rules`` only.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.assistant.date_calendar import add_months, next_weekday
from bot.assistant.date_readings import Context, Precision, Reading
from bot.assistant.date_words import NAMED_DAYS, NUMBERS, UNITS, WEEKDAYS

_WEEK = timedelta(weeks=1)
#: How far ahead a number of days, or of months, can be about somebody's work.
_MOST_DAYS, _MOST_MONTHS = 366, 120
_MOST_MONTHS_AGO = 3


def _about_something_else(context: Context) -> bool:
    """Say whether a day was told in passing: "ik heb vandaag gehoord dat …"."""
    return context.clause.tells_else and not context.is_asked


def named(match: re.Match[str], context: Context) -> Reading | None:
    """Read "morgen"."""
    if _about_something_else(context):
        return None
    days = NAMED_DAYS[re.sub(r"\s+", " ", match["day"])]
    return Reading(context.today + timedelta(days=days), "day")


def weekday(match: re.Match[str], context: Context) -> Reading | None:
    """Read "komende vrijdag", "next Friday", "vrijdag"."""
    if _about_something_else(context):
        return None
    which, number = match.groupdict().get("which") or "", WEEKDAYS[match["weekday"]]
    ahead = next_weekday(context.today, number)
    behind = ahead - (2 * _WEEK if number == context.today.weekday() else _WEEK)
    if re.match(r"(?:vorig|afgelop|last|past)", which) or context.clause.tense == "past":
        return Reading(behind, "day")
    if re.match(r"(?:volgend|next)", which):  # the coming one to some, the one after to others
        return Reading(ahead, "ambiguous", (ahead + _WEEK,))
    if number == context.today.weekday():  # today, or in a week?
        coming = bool(re.match(r"(?:komend|coming|aanst)", which))
        first, other = (ahead, context.today) if coming else (context.today, ahead)
        return Reading(first, "ambiguous", (other,))
    if context.clause.tense == "either":
        return Reading(ahead, "ambiguous", (behind,))
    return Reading(ahead, "day")


def weekday_week(match: re.Match[str], context: Context) -> Reading | None:
    """Read "Monday week", "not this Friday but the next": a week after the coming one. It is always asked."""
    if _about_something_else(context):
        return None
    day = next_weekday(context.today, WEEKDAYS[match["weekday"]])
    return Reading(day + _WEEK, "ambiguous")


def weekday_when_it_ends(match: re.Match[str], context: Context) -> Reading | None:
    """Read "op vrijdag" where something ends; "ik werk op vrijdag" is no date."""
    return weekday(match, context) if context.is_asked or context.clause.tells_end else None


def weekend(match: re.Match[str], context: Context) -> Reading | None:
    """Read "dit weekend": its Saturday or its Sunday."""
    saturday = context.today + timedelta(days=(WEEKDAYS["zaterdag"] - context.today.weekday()) % 7)
    if context.today.weekday() == WEEKDAYS["zondag"]:
        saturday -= _WEEK
    if re.match(r"(?:volgend|next)", match["which"]):
        saturday += _WEEK
    days = [day for day in (saturday, saturday + timedelta(days=1)) if day >= context.today]
    return Reading(days[0], "ambiguous", tuple(days[1:]))


def relative_week(match: re.Match[str], context: Context) -> Reading | None:
    """Read "volgende week vrijdag", "end of next week"."""
    which, today = match["which"], context.today
    ahead, behind = re.match(r"(?:volgend|next|komend|coming)", which), re.match(r"(?:vorig|last|afgelop|past)", which)
    monday = today - timedelta(days=today.weekday()) + (_WEEK if ahead else -_WEEK if behind else timedelta())
    name = match["weekday"] or match["weekday_before"]
    precision: Precision = "day"
    if not name:
        name = "maandag" if re.match(r"(?:begin|start|early)", match["part"] or "") else "vrijdag"
        precision = "part_of_month"
    elif _about_something_else(context):
        return None
    day = monday + timedelta(days=WEEKDAYS[name])
    if today.weekday() != WEEKDAYS["zondag"]:
        return Reading(day, precision)
    # On a Sunday the new week has begun for some, and begins tomorrow for others.
    first, other = (day, day + _WEEK) if day >= today or behind else (day + _WEEK, day)
    return Reading(first, "ambiguous" if precision == "day" else precision, (other,))


def moved(start: date, count: float, unit: str, sign: int = 1) -> date | None:
    """Return the day so many units after ``start`` (before it with ``sign`` -1), unless that is too far away."""
    kind, size = UNITS[unit]
    if kind == "day":
        days = round(count * size)
        return start + timedelta(days=sign * days) if days <= _MOST_DAYS else None
    months = count * size
    if months > _MOST_MONTHS:
        return None
    return add_months(start, sign * int(months)) + sign * timedelta(days=15 if months % 1 else 0)


def count_of(text: str) -> float:
    """Return the number in "4", "1,5" or "anderhalve"."""
    return NUMBERS.get(text) or float(text.replace(",", "."))


def shifted(match: re.Match[str], context: Context) -> Reading | None:
    """Read "over drie weken, nog 2 maanden, in 2 or 3 weeks, half a year from now"."""
    groups = match.groupdict()
    if context.clause.tense == "past" or _about_something_else(context):
        return None
    unit, count = match["unit"], count_of(match["count"])
    if groups.get("about"):  # "een week of drie" is three weeks
        count = count_of(match["about"])
    day = moved(context.today, count, unit)
    if day is None:
        return None
    other = moved(context.today, count_of(match["upto"]), unit) if groups.get("upto") else None
    if other:
        return Reading(other, "ambiguous", (day,))
    if UNITS[unit][0] == "month":
        return Reading(day, "month")
    by_the_day = UNITS[unit][1] in {1, 14} and not groups.get("about") and "bare" not in groups
    rough = re.match(r"(?:binnen|within)|.*\b(?:ongeveer|about|around|circa)\b", match["date"])
    return Reading(day, "day" if by_the_day and not rough else "part_of_month")


def ago(match: re.Match[str], context: Context) -> Reading | None:
    """Read "3 weken geleden"; longer ago is a story from before, not the end of work."""
    unit, count = match["unit"], count_of(match["count"])
    kind, size = UNITS[unit]
    if kind == "month" and count * size > _MOST_MONTHS_AGO:
        return None
    day = moved(context.today, count, unit, -1)
    if day is None:
        return None
    return Reading(day, "month" if kind == "month" else "day" if size == 1 else "part_of_month")


def after_anchor(match: re.Match[str], context: Context) -> Reading | None:
    """Read "a week on Friday", "donderdag over een week", "three weeks from tomorrow"."""
    anchor = re.sub(r"\s+", " ", match["anchor"])
    if _about_something_else(context):
        return None
    is_today = anchor in WEEKDAYS and WEEKDAYS[anchor] == context.today.weekday()
    if anchor in WEEKDAYS:
        start = context.today if is_today else next_weekday(context.today, WEEKDAYS[anchor])
    else:
        start = context.today + timedelta(days=NAMED_DAYS[anchor])
    day = moved(start, count_of(match["count"]), match["unit"])
    if day is None:
        return None
    if is_today:
        return Reading(day, "ambiguous", (day + _WEEK,))
    return Reading(day, "day")
