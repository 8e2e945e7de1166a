"""Reading corrections: CSV with the columns ``lang,text,intent,signals``, as a spreadsheet saves it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.reading import InputError, read_text

COLUMNS = ("lang", "text", "intent", "signals")


@dataclass(frozen=True)
class Row:
    """One row as it was written; nothing of it is checked yet."""

    line: int
    lang: str
    text: str
    intent: str
    signals: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong on a line, and what to do about it."""

    line: int
    told: str


def read_rows(path: Path) -> tuple[list[Row], list[Fault]]:
    """Return the rows of a file, and the lines that are no row.

    Empty rows and further columns are left aside. Raises ``InputError`` when it is no such file at all.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows, faults = [], []
    line = 1  # where the next row begins: a row may take several lines
    try:
        header = [name.strip() for name in next(reader, [])]
        lacking = [name for name in COLUMNS if name not in header]
        if lacking:
            raise InputError(f"{path}, line 1: the column {lacking[0]} is missing (needed: {', '.join(COLUMNS)})")
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                rows.append(_row(line, dict(zip(header, cells, strict=True))))
            elif cells:
                faults.append(Fault(line, f"has {len(cells)} columns, not {len(header)}: quote a text with , or ;"))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {line}: {error}") from None
    rows = [row for row in rows if row.lang or row.text.strip() or row.intent or row.signals]
    if not rows and not faults:
        raise InputError(f"{path}: there is no correction in it")
    return rows, faults


def _delimiter(text: str) -> str:
    """Return what stands between the columns: a Dutch spreadsheet saves CSV with semicolons."""
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _row(line: int, cells: dict[str, str]) -> Row:
    signals = tuple(part.strip() for part in cells["signals"].split(";") if part.strip())
    return Row(line, cells["lang"].strip(), cells["text"], cells["intent"].strip(), signals)
