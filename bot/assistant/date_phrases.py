"""Dates in what people write, in Dutch and English: "31 jan", "eind volgende maand", "in three weeks".

Pure: the present day is an argument. General date parsers read about half of the Dutch phrases, and some silently
wrong ("over drie weken"); this small grammar reads what people write about the end of work, and nothing else. What is
ambiguous gets a lower precision and its other readings, never a guess that looks exact: only a ``day`` may be taken
without asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.assistant.date_clause import clause_around
from bot.assistant.date_doubts import as_sure_as_told, count_beside, is_denied
from bot.assistant.date_readings import Context, Precision, Reading
from bot.assistant.date_rules import ASKED_RULES, BESIDE_RULES, RULES, Rule
from bot.assistant.date_spelling import mend

#: Years further away than this are birthdays and stories, not the end of work.
_YEARS_BACK, _YEARS_AHEAD = 1, 10

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
    search = _Search(mended, today, language == "en", asked)
    search.apply(RULES)
    if asked:
        search.apply(ASKED_RULES)
    if search.found:
        search.apply(BESIDE_RULES)
    phrases = [
        DatePhrase(reading.day, reading.precision, text[origins[start] : origins[end]], origins[start], origins[end],
                   reading.others)
        for (start, end), reading in search.readings()
    ]  # fmt: skip
    return sorted(phrases, key=lambda phrase: phrase.start)


class _Search:
    """The dates found in one text so far: ``taken`` is what a rule matched, ``found`` what it means."""

    def __init__(self, text: str, today: date, is_english: bool, is_asked: bool) -> None:
        self.text = text
        self.today = today
        self.is_english = is_english
        self.is_asked = is_asked
        self.taken: list[tuple[int, int]] = []
        self.found: dict[tuple[int, int], Reading] = {}

    def apply(self, rules: Iterable[Rule]) -> None:
        """Look for what these rules read."""
        for pattern, reader in rules:
            for match in pattern.finditer(self.text):
                start, end = match.span("date")
                if any(start < last and first < end for first, last in self.taken):
                    continue
                self.taken.append((start, end))  # what is no date as a whole ("31 februari") is none in part
                clause = clause_around(self.text, start, end)
                context = Context(self.today, clause, self.is_english, self.is_asked)
                reading = None if clause.tells_birth or is_denied(context) else reader(match, context)
                if reading is None or not _is_near(reading.day, self.today):
                    continue
                told = as_sure_as_told(reading, self.text, start, end, context)
                if _is_near(told.day, self.today):
                    self.found[start, end] = told

    def readings(self) -> Iterator[tuple[tuple[int, int], Reading]]:
        """Return what was found, and where; no day is exact beside a number of weeks that was not read."""
        for (start, end), reading in self.found.items():
            in_doubt = reading.precision == "day" and count_beside(self.text, self.taken, start, end)
            yield (start, end), reading._replace(precision="ambiguous") if in_doubt else reading


def _is_near(day: date, today: date) -> bool:
    """Return whether a date can be about somebody's work now."""
    return today.year - _YEARS_BACK <= day.year <= today.year + _YEARS_AHEAD
