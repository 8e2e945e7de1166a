"""Reading labelled sentences: CSV with the columns ``lang,text,signals``, ``;`` between several signals."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from bot.evaluation.reading import InputError, read_text
from bot.intake.situation import SIGNALS

COLUMNS = ("lang", "text", "signals")


@dataclass(frozen=True)
class Sentence:
    """One labelled sentence."""

    lang: str
    text: str
    signals: frozenset[str]


def read_sentences(path: Path) -> list[Sentence]:
    """Return the sentences of a file. Raises ``InputError`` naming the line; further columns are left aside."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    sentences = []
    before = 0  # the last line of the row before: a row may take several lines
    try:
        lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if lacking:
            raise InputError(f"{path}, line 1: the column {lacking[0]} is missing (needed: {', '.join(COLUMNS)})")
        before = reader.line_num
        for row in reader:
            sentences.append(_sentence(row, f"{path}, line {before + 1}"))
            before = reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}, line {before + 1}: {error}") from None
    if not sentences:
        raise InputError(f"{path}: there is no sentence in it")
    return sentences


def _sentence(row: dict[str, str | None], place: str) -> Sentence:
    lang, text, labels = (row.get(name) for name in COLUMNS)
    if lang is None or text is None or labels is None or None in row:
        raise InputError(f"{place}: must have {len(COLUMNS)} columns (a text with a comma needs quotes)")
    if not lang.strip() or not text.strip():
        raise InputError(f"{place}: lang and text must not be empty")
    signals = [part.strip() for part in labels.split(";") if part.strip()]
    unknown = [name for name in signals if name not in SIGNALS]
    if unknown:
        raise InputError(f"{place}: unknown signal {unknown[0]!r}")
    return Sentence(lang.strip(), text, frozenset(signals))
