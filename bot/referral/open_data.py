"""The figures as open data: tidy CSV files with a data dictionary (a Frictionless data package with Table Schemas).

One row is one figure of one category. ``docs/open-data.md`` says in words what the fields mean.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import ZONE
from bot.referral.cases import RESPONSES
from bot.referral.impact import ALL, COMBINED, DIMENSIONS, TOLD, Block, Line, outcome_codes
from bot.referral.periods import month_start, shifted
from bot.referral.rules import referral_rules
from bot.referral.suppression import FEWEST

PACKAGE = "datapackage.json"
#: What the names of the team's own files begin with; they are never published.
TEAM = "team-"
PUBLISHED, LEFT_OUT = "published", "left_out"
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LEFT_OUT = f"published, or left_out: it is 1 to {FEWEST - 1}, or it would give such a count away"

_FOR_TEAM = "For the team only, not to be published"
_WHY_TEAM = (
    "These figures are for the team only and must not be published: their months overlap quarters that are, and from "
    "two overlapping periods a count below five can be found by subtraction."
)

Value = str | int | float | None
_KEY: Sequence[tuple[str, str, str]] = (
    ("region", "string", "Id of the labour market region"),
    ("period_start", "date", "First day of the period in which the referrals were made"),
    ("period_end", "date", "Last day of that period"),
    ("counted_until", "date", "Last day of which answers, outcomes and appointments count"),
    ("dimension", "string", "What the referrals are counted by; all: not divided"),
    ("category", "string", "Code of the category; combined: the categories with few referrals, together"),
)


@dataclass(frozen=True)
class Sheet:
    """One CSV file: its name, what it holds, its fields (name, type, meaning), the codes of a field, and its rows."""

    name: str
    title: str
    fields: Sequence[tuple[str, str, str]]
    codes: Callable[[], Mapping[str, Sequence[str]]]
    rows: Callable[[Block], Iterator[Sequence[Value]]]

    @property
    def file(self) -> str:
        """Its file name."""
        return f"{self.name}.csv"


def _referrals(block: Block) -> Iterator[Sequence[Value]]:
    until = block.counted_until
    if not block.lines:
        yield (*_key(block, ALL, ALL, until), None, None, None, LEFT_OUT)
    for line in block.lines:
        key = _key(block, line.dimension, line.category, until)
        yield (*key, line.referrals, line.contact_days, line.waiting_days, PUBLISHED)


def _counts(
    part: Callable[[Line], Mapping[str, int | None]], late: bool
) -> Callable[[Block], Iterator[Sequence[Value]]]:
    def rows(block: Block) -> Iterator[Sequence[Value]]:
        until = (block.outcomes_until or block.counted_until) if late else block.counted_until
        for line in block.lines:
            for code, count in part(line).items():
                key = _key(block, line.dimension, line.category, until)
                yield (*key, code, count, LEFT_OUT if count is None else PUBLISHED)

    return rows


def _key(block: Block, dimension: str, category: str, until: datetime) -> tuple[str, ...]:
    end = month_start(shifted(block.last, 1)) - timedelta(days=1)
    last_counted = until.astimezone(ZONE) - timedelta(microseconds=1)
    days = (f"{block.first}-01", end.date().isoformat(), last_counted.date().isoformat())
    return (block.region, *days, dimension, category)


def _code_fields(name: str, meaning: str) -> Sequence[tuple[str, str, str]]:
    return (*_KEY, (name, "string", meaning), ("count", "integer", "How many"), ("status", "string", _LEFT_OUT))


SHEETS = (
    Sheet(
        "referrals",
        "Referrals, and how long people waited",
        (
            *_KEY,
            ("referrals", "integer", "How many referrals were made"),
            ("contact_days_median", "number", "Median of the days until the partner took an accepted referral on"),
            (
                "waiting_days_median",
                "number",
                "Median of the days until the first appointment made, of those that had one",
            ),
            ("status", "string", _LEFT_OUT),
        ),
        dict,
        _referrals,
    ),
    Sheet(
        "responses",
        "What partners answered; the counts of a category add up to its referrals",
        _code_fields("response", "What the partner answered last"),
        lambda: {"response": RESPONSES},
        _counts(lambda line: line.responses, late=False),
    ),
    Sheet(
        "sent_back",
        "Why referrals were sent back; the counts add up to the response sent_back",
        _code_fields("reason", "The reason the partner gave"),
        lambda: {"reason": tuple(referral_rules().reasons)},
        _counts(lambda line: line.reasons, late=False),
    ),
    Sheet(
        "outcomes",
        "What came of accepted referrals, in the words of partners; the counts add up to the response accepted",
        _code_fields("outcome", "What the partner reported"),
        lambda: {"outcome": outcome_codes()},
        _counts(lambda line: line.outcomes, late=True),
    ),
    Sheet(
        "residents",
        "What residents said themselves when asked afterwards; the counts add up to the referrals",
        _code_fields("answer", "The resident's last answer"),
        lambda: {"answer": TOLD},
        _counts(lambda line: line.told, late=True),
    ),
)


def as_csv(sheet: Sheet, blocks: Iterable[Block]) -> str:
    """Return one file: UTF-8 text with a header; what is left out is empty; no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([name for name, _, _ in sheet.fields])
    for block in blocks:
        writer.writerows([_safe(value) for value in row] for row in sheet.rows(block))
    return text.getvalue()


def data_package(now: datetime, for_team: bool = False) -> str:
    """Return the data dictionary of all files as JSON.

    Figures ``for_team`` (``impact.as_of_now``) overlap those that are published: their package has another name and
    other files, and says that it may not be published.
    """
    prefix = TEAM if for_team else ""
    left_out = f"Counts of 1 to {FEWEST - 1} are left out, also against subtraction. See docs/open-data.md."
    package = {
        "profile": "tabular-data-package",
        "name": f"{prefix}doorwijzer-impact",
        "title": f"{_FOR_TEAM}: what came of referrals" if for_team else "What came of referrals",
        "description": f"{_WHY_TEAM} {left_out}" if for_team else left_out,
        "created": now.astimezone(ZONE).isoformat(timespec="seconds"),
        "resources": [_resource(sheet, prefix) for sheet in SHEETS],
    }
    return json.dumps(package, indent=2) + "\n"


def files(blocks: Sequence[Block], now: datetime, for_team: bool = False) -> dict[str, str]:
    """Return all files of a package by their names; those ``for_team`` cannot be taken for what is published."""
    prefix = TEAM if for_team else ""
    sheets = {prefix + sheet.file: as_csv(sheet, blocks) for sheet in SHEETS}
    return {**sheets, prefix + PACKAGE: data_package(now, for_team)}


def _resource(sheet: Sheet, prefix: str) -> dict[str, Any]:
    codes = {"dimension": (ALL, *DIMENSIONS), "status": (PUBLISHED, LEFT_OUT), **sheet.codes()}
    empty = {"count", "referrals", "contact_days_median", "waiting_days_median"}
    return {
        "name": prefix + sheet.name.replace("_", "-"),
        "path": prefix + sheet.file,
        "profile": "tabular-data-resource",
        "title": sheet.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [
                {
                    "name": name,
                    "type": kind,
                    "description": about,
                    "constraints": {"required": name not in empty}
                    | ({"enum": list(codes[name])} if name in codes else {}),
                }
                for name, kind, about in sheet.fields
            ],
            "missingValues": [""],
            "primaryKey": [name for name, _, _ in _KEY if name != "counted_until"] + list(sheet.codes()),
        },
    }


def _safe(value: Value) -> Value:
    if isinstance(value, float):
        return f"{value:g}"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


__all__ = ["COMBINED", "PACKAGE", "SHEETS", "TEAM", "Sheet", "as_csv", "data_package", "files"]
