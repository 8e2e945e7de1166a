"""Reads a time of the day: "14:30", "9 uur", "half drie", "kwart voor tien", "2 pm"."""

from __future__ import annotations

import re
from datetime import time

from bot.assistant.date_words import NUMBERS, either

_HOURS = {word: int(number) for word, number in NUMBERS.items() if number in range(1, 13)}
_HOURS = {word: hour for word, hour in _HOURS.items() if word not in {"a", "an", "een"}} | {"één": 1, "een": 1}
_HOUR = rf"(?P<hour>[01]?\d|2[0-3]|{either(_HOURS)})"
_NO_PART_OF_NUMBER = r"(?<![\d:.,/-])"
_LATE = r"(?:\s*(?P<half_day>a\.?m\b|p\.?m\b))?"
#: «8 uur per week» is no time of the day, and neither is «over 2 uur».
_NO_COUNT = r"(?!\s*(?:per|in\s+de|a|each|every|week|werk|work|lang|geleden|ago))"
_NO_SPAN = r"(?<!over\s)(?<!binnen\s)(?<!within\s)"
_PATTERNS = (
    re.compile(rf"{_NO_PART_OF_NUMBER}\b(?P<hour>[01]?\d|2[0-3])[:h](?P<minute>[0-5]\d)(?![\d:]){_LATE}"),
    re.compile(rf"{_NO_PART_OF_NUMBER}\b(?P<hour>[01]?\d|2[0-3])\.(?P<minute>00|15|30|45)(?![\d.]){_LATE}"),
    re.compile(rf"\b(?P<half>half)(?P<past>\s+past)?\s+{_HOUR}\b(?!\s*(?:jaar|year|dag|day|uur\s+per))"),
    re.compile(rf"\b(?P<quarter>kwart|quarter)\s+(?P<side>voor|over|to|past)\s+{_HOUR}\b"),
    re.compile(rf"{_NO_PART_OF_NUMBER}{_NO_SPAN}\b{_HOUR}\s*(?:uur|u|h|o'?clock)\b{_NO_COUNT}"),
    re.compile(rf"{_NO_PART_OF_NUMBER}\b{_HOUR}\s*(?P<half_day>a\.?m\b|p\.?m\b)"),
)
_AFTERNOON = 12
#: Nobody has office hours before seven: «3 uur» is in the afternoon.
_FIRST_HOUR = 7


def clock_time(flat: str) -> tuple[str, int, int] | None:
    """Return the first time of the day in a text («14:30»), with its place; ``None`` when there is none.

    ``flat`` is in plain form (``negation.plain``).
    """
    found = [match for pattern in _PATTERNS if (match := pattern.search(flat))]
    if not found:
        return None
    match = min(found, key=lambda one: (one.start(), -one.end()))
    return (f"{_read(match):%H:%M}", *match.span())


def _read(match: re.Match[str]) -> time:
    groups = match.groupdict()
    hour, minute = _hour(groups["hour"]), int(groups.get("minute") or 0)
    if groups.get("half"):
        hour, minute = hour if groups["past"] else (hour - 1) % 24, 30  # «half drie», «half past two»
    elif groups.get("quarter"):
        before = groups["side"] in {"voor", "to"}
        hour, minute = (hour - 1 if before else hour) % 24, 45 if before else 15
    half_day = (groups.get("half_day") or "").replace(".", "")
    if half_day:
        hour = hour % _AFTERNOON + (_AFTERNOON if half_day == "pm" else 0)
    elif hour < _FIRST_HOUR and not match["hour"].startswith("0"):
        hour += _AFTERNOON
    return time(hour, minute)


def _hour(word: str) -> int:
    return int(word) if word.isdecimal() else _HOURS[word]
