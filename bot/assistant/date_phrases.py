"""Dates in what people write, in Dutch and English: "31 jan", "eind volgende maand", "in three weeks".

Pure: the present day is an argument. General date parsers read about half of the Dutch phrases, and some silently
wrong ("over drie weken"); this small grammar reads what people write about the end of work, and nothing else. What is
ambiguous gets a lower precision and its other readings, never a guess that looks exact: only a ``day`` may be taken
without asking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.assistant.date_clause import clause_around
from bot.assistant.date_readings import Context, Precision, Reading
from bot.assistant.date_rules import ASKED_RULES, RULES
from bot.assistant.date_spelling import mend

#: Years further away than this are birthdays and stories, not the end of work.
_YEARS_BACK, _YEARS_AHEAD = 1, 10
_BEFORE = re.compile(r"\b(?:voor|vóór|before)\s+(?:de\s+|the\s+)?$")
_ROUGHLY = re.compile(
    r"\b(?:rond|omstreeks|around|about|circa|ca\.?|ongeveer|approximately|roughly|week\s+(?:van|of)"
    r"|\d\s*(?:of|or|à|tot|to|en|and))\s+(?:de\s+|the\s+)?$"
)

_Days = tuple[date, ...]


@dataclass(frozen=True)
class DatePhrase:
    """A date found in a text, and where. ``date`` is the last possible day when the precision is ``month``.

    ``others`` are the other days it may mean, the likeliest first.
    """

    date: date
    precision: Precision
    text: str
    start: int
    end: int
    others: _Days = ()

    def as_value(self) -> dict[str, Any]:
        """Return what an entity ``date`` holds."""
        others = [day.isoformat() for day in self.others]
        return {"date": self.date.isoformat(), "precision": self.precision, "text": self.text, "others": others}


def find_dates(text: str, today: date, language: str | None = None, *, asked: bool = False) -> list[DatePhrase]:
    """Return the dates in a text, in their order.

    ``language`` matters for one thing only: "3/4" in English may be the third of April or the fourth of March.
    ``asked`` says that the text answers the question for a day, so that "de 31e" is one.
    """
    mended, origins = mend(text)
    taken: list[tuple[int, int]] = []
    found: list[DatePhrase] = []
    for pattern, reader in (*RULES, *ASKED_RULES) if asked else RULES:
        for match in pattern.finditer(mended):
            start, end = match.span("date")
            if any(start < last and first < end for first, last in taken):
                continue
            taken.append((start, end))  # what is no date as a whole ("31 februari") is none in part
            clause = clause_around(mended, start, end)
            context = Context(today, clause, language == "en", asked)
            reading = None if clause.tells_birth else reader(match, context)
            if reading is not None and _is_near(reading.day, today):
                day, precision, others = _as_sure_as_told(reading, mended[:start], context)
                first, last = origins[start], origins[end]
                found.append(DatePhrase(day, precision, text[first:last], first, last, others))
    return sorted(found, key=lambda phrase: phrase.start)


def _is_near(day: date, today: date) -> bool:
    """Return whether a date can be about somebody's work now."""
    return today.year - _YEARS_BACK <= day.year <= today.year + _YEARS_AHEAD


def _as_sure_as_told(reading: Reading, before: str, context: Context) -> Reading:
    """Lower the precision of a day that the words around it make less than exact."""
    if reading.precision != "day":
        return reading
    if _BEFORE.search(before):  # "voor 1 maart" may be the day before
        return Reading(reading.day, "ambiguous", (reading.day - timedelta(days=1),))
    is_exact = context.is_certain and not _ROUGHLY.search(before)
    return reading if is_exact else reading._replace(precision="ambiguous")
