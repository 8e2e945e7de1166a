"""Dates in what people write, in Dutch and English: "31 jan", "eind volgende maand", "in three weeks".

Pure: the present day is an argument. General date parsers read about half of the Dutch phrases, and some silently
wrong ("over drie weken"); this small grammar reads what people write about the end of work, and nothing else. What is
ambiguous gets a lower precision, never a guess that looks exact: the bot reads every date back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.assistant import date_readings as read
from bot.assistant.date_readings import Context, Precision, Reading
from bot.assistant.date_words import (
    AMBIGUOUS_MONTH,
    DAY,
    DOUBTFUL_MONTH,
    MONTH,
    NAMED_DAYS,
    NUMBER,
    PAST_WORDS,
    PREPOSITION,
    UNITS,
    WEEKDAY,
    YEAR,
)


@dataclass(frozen=True)
class DatePhrase:
    """A date found in a text, and where. ``date`` is the last possible day when the precision is ``month``."""

    date: date
    precision: Precision
    text: str
    start: int
    end: int


_Reader = Callable[[re.Match[str], Context], Reading]
_Rule = tuple[re.Pattern[str], _Reader]


def find_dates(text: str, today: date, language: str | None = None) -> list[DatePhrase]:
    """Return the dates in a text, in their order.

    ``language`` matters for one thing only: "3/4" in English may be the third of April or the fourth of March.
    """
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals grow when lowered; positions must stay true
        lowered = text
    context = Context(today, bool(PAST_WORDS.search(lowered)), language == "en")
    found: list[DatePhrase] = []
    for pattern, reader in _RULES:
        for match in pattern.finditer(lowered):
            start, end = match.span("date")
            if any(start < other.end and other.start < end for other in found):
                continue
            reading = reader(match, context)
            if reading is not None and read.is_near(reading[0], today):
                found.append(DatePhrase(*reading, text[start:end], start, end))
    return sorted(found, key=lambda phrase: phrase.start)


def _rule(pattern: str, reader: _Reader) -> _Rule:
    return re.compile(pattern), reader


_WHICH = r"(?P<which>volgende?|komende?|deze|dit|de|het|vorige?|afgelopen|next|this|the|coming|last)"
_PART = (
    r"(?P<part>beginning|begin|start|early|aanvang|halverwege|half|midden|medio|mid|middle|eind[e]?|end|late)"
    r"(?:\s+(?:van|in|of))?[\s-]+"
)
_NOT_A_COUNT = (
    r"(?![\d-]|[.,]\d|\s*(?:uur|uren|u\b|dag|week|weken|maand|jaar|hour|day|month|year|euro|eur\b|€|%|person|kind))"
)
_NO_NUMBER_BEFORE = r"(?<![\d€.,/-])(?<!€\s)"

_RULES: tuple[_Rule, ...] = (
    _rule(
        rf"{_NO_NUMBER_BEFORE}(?P<date>(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}))(?![\d-])", read.iso
    ),
    _rule(
        rf"{_NO_NUMBER_BEFORE}(?P<date>(?P<day>\d{{1,2}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)"
        r"(?P<year>\d{4}|\d{2}))(?![\d/-])",
        read.numbers,
    ),
    _rule(
        rf"(?:\b(?:{PREPOSITION})\s+|^\s*)(?!24/7)(?P<date>(?P<day>\d{{1,2}})[-/](?P<month>\d{{1,2}})){_NOT_A_COUNT}",
        read.numbers,
    ),
    _rule(
        rf"{_NO_NUMBER_BEFORE}\b(?P<date>{DAY}(?:\s+of)?[\s-]*(?P<month>{MONTH})\b\.?(?:[\s,-]+(?P<year>{YEAR})\b)?)",
        read.day_and_month,
    ),
    _rule(
        rf"\b(?P<date>(?P<month>{MONTH})\b\.?\s+(?:the\s+)?{DAY}\b(?!\s*(?:%|uur|hour|year|jaar|euro))"
        rf"(?:,?\s+(?P<year>{YEAR})\b)?)",
        read.day_and_month,
    ),
    _rule(rf"\b(?P<date>{_PART}(?P<month>{MONTH})\b(?:\s+(?P<year>{YEAR})\b)?)", read.part_of_month),
    _rule(rf"\b(?P<date>{_PART}(?:{_WHICH}\s+)?(?:maand|month)\b)", read.part_of_relative_month),
    _rule(rf"\b(?P<date>{_PART}{_WHICH}\s+(?:jaar|year)\b)", read.part_of_year),
    _rule(rf"\b(?P<date>(?P<month>{MONTH}|{AMBIGUOUS_MONTH})\.?\s+(?P<year>20\d\d)\b)", read.month),
    _rule(rf"\b(?:{PREPOSITION}|next|komende|aanstaande|deze|this)\s+(?P<date>(?P<month>{MONTH})\b)", read.month),
    _rule(rf"^\W*(?:ergens\s+|denk\s+|maybe\s+)?(?P<date>(?P<month>{MONTH}))\W*$", read.month),
    _rule(rf"\b(?P<date>(?P<month>(?!(?:{DOUBTFUL_MONTH})\b)(?:{MONTH})))\b", read.month),
    _rule(
        rf"\b(?P<date>(?:(?P<weekday_before>{WEEKDAY})\s+)?(?:{_PART})?"
        rf"(?P<which>volgende|komende|deze|vorige|afgelopen|next|this|last)\s+week\b(?:\s+(?P<weekday>{WEEKDAY})\b)?)",
        read.relative_week,
    ),
    _rule(
        rf"\b(?P<date>(?P<which>volgende|komende|aanstaande|a\.s\.|deze|next|this|coming)\s+(?P<weekday>{WEEKDAY}))\b",
        read.weekday,
    ),
    _rule(rf"^\W*(?:(?:op|on)\s+)?(?P<date>(?P<which>)(?P<weekday>{WEEKDAY}))\W*$", read.weekday),
    _rule(
        r"\b(?P<date>(?P<which>volgende|komende|deze|vorige|afgelopen|next|this|last)\s+(?:maand|month))\b",
        read.relative_month,
    ),
    _rule(
        rf"\b(?P<date>(?:over|in|na|binnen|within)\s+(?:nog\s+)?(?:ongeveer\s+|about\s+|around\s+)?(?P<count>{NUMBER})\s+"
        rf"(?P<unit>{'|'.join(UNITS)}))\b(?!\s+(?:oud|old|ervaring|experience|in\s+dienst))",
        read.shifted,
    ),
    _rule(rf"\b(?P<date>(?P<count>{NUMBER})\s+(?P<unit>{'|'.join(UNITS)})\s+(?:geleden|terug|ago))\b", read.shifted),
    _rule(rf"(?<!goede\s)(?<!goeie\s)(?<!'s\s)\b(?P<date>{'|'.join(NAMED_DAYS)})\b", read.named),
    _rule(
        rf"\b(?:{PREPOSITION})\s+(?:de|the)?\s*(?P<date>(?P<day>\d{{1,2}})(?:e|de|ste|st|nd|rd|th)"
        r"(?:\s+(?:van|of)\s+(?:de|deze|volgende|komende|the|this|next)\s+(?:maand|month))?)(?=\s*(?:$|[.,!?;]|en\b|and\b))",
        read.first_of_month,
    ),
)
