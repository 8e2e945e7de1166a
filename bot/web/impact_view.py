"""The figures in words: what the tables of the page say in its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date

from bot.clock import ZONE
from bot.directory.partners import Directory, UnknownPartner, UnknownRegion
from bot.referral.impact import ALL, COMBINED, DIMENSIONS, Block, Line
from bot.referral.periods import Period, month_start
from bot.referral.rules import referral_rules
from bot.texts import get_texts


@dataclass(frozen=True)
class Names:
    """The names of what is counted, in one language; a code without a name is shown as it is."""

    directory: Directory
    language: str
    words: Mapping[str, Any]
    region_id: str = ""
    """The region whose partners are named."""

    def region(self, region_id: str) -> str:
        """Return a region's name."""
        try:
            return self.directory.region(region_id).name
        except UnknownRegion:
            return region_id

    def category(self, dimension: str, code: str) -> str:
        """Return the name of one row."""
        if code in (ALL, COMBINED, "unknown"):
            return str(self.words[code])
        if dimension == "month":
            return self.month(code)
        if dimension == "partner":
            try:
                return self.directory.partner(self.region_id, code).name
            except (UnknownPartner, UnknownRegion):
                return code
        texts = get_texts()
        keys = (f"need.{code}",) if dimension == "need" else (f"signal.{code}", f"label.{code}", f"fact.{code}")
        return next((texts.get(key, self.language) for key in keys if texts.has(key, self.language)), code)

    def month(self, month: str) -> str:
        """Return a month, such as «maart 2026»."""
        return format_date(month_start(month).date(), "LLLL y", locale=self.language)

    def day(self, moment: datetime) -> str:
        """Return a day, such as «1 maart 2026»."""
        return format_date(moment.astimezone(ZONE).date(), "d MMMM y", locale=self.language)

    def period(self, block: Block) -> str:
        """Return the first and last month of a block."""
        return str(self.words["quarter"]).format(first=self.month(block.first), last=self.month(block.last))


def until_words(block: Block, names: Names) -> list[str]:
    """Return until when the figures count, and from when there will be outcomes."""
    last = timedelta(microseconds=1)
    lines = [names.words["counted_until"].format(day=names.day(block.counted_until - last))]
    if block.outcomes_until is not None:
        lines.append(names.words["outcomes_until"].format(day=names.day(block.outcomes_until - last)))
    else:
        lines.append(names.words["outcomes_later"].format(day=names.day(Period.of_month(block.first).cut.outcomes)))
    return lines


def tables(block: Block, names: Names) -> list[dict[str, Any]]:
    """Return the sections of the page: a heading, the first table, and those that open below it."""
    rules, words, language = referral_rules(), names.words, names.language
    outcomes = {code: label.in_language(language) for code, label in rules.outcomes.items()} | words["outcomes"]
    reasons = {code: label.in_language(language) for code, label in rules.reasons.items()}
    sections = []
    for dimension in (ALL, *DIMENSIONS):
        lines = block.of(dimension)
        if not lines:
            continue

        def table(
            kind: str, columns: Mapping[str, str], part: Callable[[Line], Mapping[str, int | None]], lines: Any = lines
        ) -> dict[str, Any]:
            return _table(kind, columns, part, lines, names)

        below = [table("reasons", reasons, lambda line: line.reasons)]
        if lines[0].outcomes:
            below.append(table("outcomes", outcomes, lambda line: line.outcomes))
        if lines[0].told:
            below.append(table("told", words["told"], lambda line: line.told))
        first = table("responses", words["responses"], lambda line: line.responses)
        sections.append({"id": dimension, "title": words["dimensions"][dimension], "first": first, "below": below})
    return sections


def _table(
    kind: str,
    columns: Mapping[str, str],
    part: Callable[[Line], Mapping[str, int | None]],
    lines: Sequence[Line],
    names: Names,
) -> dict[str, Any]:
    words, dimension = names.words, lines[0].dimension
    counts = kind == "responses"
    heads = [words["columns"]["referrals"], *columns.values()]
    if counts:
        heads += [words["columns"]["contact"], words["columns"]["waiting"]]
    rows = []
    for line in lines:
        cells = [_cell(line.referrals, words), *(_cell(part(line)[code], words) for code in columns)]
        if counts:
            cells += [_days(days, words, names.language) for days in (line.contact_days, line.waiting_days)]
        rows.append({"name": names.category(dimension, line.category), "cells": cells})
    return {
        "id": f"{dimension}-{kind}",
        "caption": words["captions"][kind].format(what=words["dimensions"][dimension].lower()),
        "head": words["columns"][dimension],
        "heads": [head[:1].upper() + head[1:] for head in heads],
        "rows": rows,
    }


def _cell(count: int | None, words: Mapping[str, Any]) -> dict[str, str]:
    return {"text": "·", "says": words["left_out"]} if count is None else {"text": str(count), "says": ""}


def _days(days: float | None, words: Mapping[str, Any], language: str) -> dict[str, str]:
    if days is None:
        return {"text": "–", "says": words["no_value"]}
    text = f"{days:g}"
    return {"text": text.replace(".", ",") if language == "nl" else text, "says": ""}
