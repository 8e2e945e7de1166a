"""``doorwijzer corrections``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.evaluation.corrections.checking import Outcome, check_rows
from bot.evaluation.corrections.known import place, read_known
from bot.evaluation.corrections.reading import read_rows
from bot.evaluation.corrections.writing import append
from bot.texts import get_texts

_NEXT = """\
Next: train, measure, compare with the figures from before (docs/figures.md), and commit.
  make train
  doorwijzer evaluate signals tests/understanding/signals.csv"""
_NAMES = "The mask does not know every name: who adds a text has read it, and leaves no name in it."


def check_corrections(file: Path, data: Path, tests: Sequence[Path]) -> Outcome:
    """Check every row of ``file``; nothing is written. Raises ``InputError`` when a file cannot be read."""
    rows, faults = read_rows(file)
    outcome = check_rows(rows, read_known(data, tests), get_texts().languages)
    outcome.faults = sorted([*faults, *outcome.faults], key=lambda fault: fault.line)
    return outcome


def add_corrections(outcome: Outcome, data: Path) -> None:
    """Write what is new into the folder ``data`` and say what comes next. Raises ``InputError``."""
    for path, count in append(data, outcome.new).items():
        print(f"✓ {place(path)}: {count} added")
    if outcome.new:
        print(_NEXT)


def print_outcome(file: Path, outcome: Outcome) -> None:
    """Print every fault with its line; else what is new, with each text that was masked."""
    for fault in outcome.faults:
        print(f"✗ {file}, line {fault.line}: {fault.told}")
    if outcome.faults:
        print("Nothing is written while a row has a fault.")
        return
    masked = [correction for correction in outcome.new if correction.masked]
    for correction in masked:
        print(f"line {correction.line}, masked: {' '.join(correction.example.text.split())}")
    print(f"✓ {file}: {len(outcome.new)} new ({len(masked)} masked), {outcome.known} in the training data already")
    if outcome.new:
        print(_NAMES)
