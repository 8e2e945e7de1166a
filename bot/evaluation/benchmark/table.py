"""The benchmark's table for people: one line a row, our figure and DIET's under each heading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.evaluation.benchmark.pipelines import DIET, OURS

NAME_WIDTH, WIDTH = 18, 8
COLUMNS = {
    "accuracy": ("accuracy", ".3f"),
    "macro F1": ("macro_f1", ".3f"),
    "out of scope": ("out_of_scope_recall", ".3f"),
    "training s": ("training_seconds", ".0f"),
    "ms p50": ("parse_ms_p50", ".1f"),
    "ms p95": ("parse_ms_p95", ".1f"),
    "peak MB": ("peak_mb", ".0f"),
}
ABOVE = {True: "yes", False: "no", None: "-"}


def table(result: Mapping[str, Any]) -> str:
    """Return the table; a figure that is not there is a dash."""
    headings = "".join(f"{heading:>{2 * WIDTH}}" for heading in COLUMNS)
    names = f"{'ours':>{WIDTH}}{'DIET':>{WIDTH}}" * len(COLUMNS)
    lines = [f"{'':{NAME_WIDTH}}{headings}", f"{'row':{NAME_WIDTH}}{names}  ours above"]
    return "\n".join([*lines, *map(_line, result["rows"])])


def _line(row: Mapping[str, Any]) -> str:
    cells = (_cell(row[name].get(key), form) for key, form in COLUMNS.values() for name in (OURS, DIET))
    return f"{row['row']:{NAME_WIDTH}}{''.join(cells)}  {ABOVE[row['ours_above']]}"


def _cell(value: float | None, form: str) -> str:
    return f"{'-' if value is None else format(value, form):>{WIDTH}}"
