"""What a correction must be before it may be trained on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.conversation.masking import clean, mask
from bot.evaluation.corrections.known import Example, Known, Standing, letters_of, plain
from bot.evaluation.corrections.reading import Fault, Row
from bot.intake.situation import SAFETY_SIGNALS, SIGNALS

MOST_CHARACTERS = 400
DEFAULT_INTENT = "tell"

#: Texts that Rasa would read otherwise than they are written, or that a spreadsheet has spoilt; and what to do.
_UNFIT = (
    (re.compile(r"\A/"), "begins with /, the sign of a button: leave the / out"),
    (re.compile(r"\][(\[{]"), "has (, [ or { right after ], which Rasa reads as a mark: put a space between"),
    (re.compile(r"\\[uU]"), "has \\u, which Rasa reads as a code: put a space between"),
    (re.compile(r"[\ufffd-\uffff]"), "has a broken character: write the text anew and save the file as UTF-8"),
    (re.compile(r"\A#[A-Z/]+[?!0]*\Z"), "is a spreadsheet's error: write the text anew, in a cell of the type text"),
)


@dataclass(frozen=True)
class Correction:
    """A sound row: the text as it will be trained on, and what it means."""

    line: int
    lang: str
    example: Example
    masked: bool


@dataclass
class Outcome:
    """What was found in a file: faults, new corrections, and how many sentences stand in the training data already."""

    faults: list[Fault] = field(default_factory=list)
    new: list[Correction] = field(default_factory=list)
    known: int = 0


def check_rows(rows: Iterable[Row], known: Known, languages: Collection[str]) -> Outcome:
    """Check every row against the known sentences and against the rows before it."""
    outcome = Outcome()
    intents = known.intents
    before: dict[str, Standing] = {}
    for row in rows:
        correction = _correction(row)
        example = correction.example
        key = plain(example.text)
        told = [*_label_faults(row.lang, example, languages, intents), *_text_faults(example.text)]
        if where := known.tests.get(letters_of(key)):
            told.append(f"is a test sentence ({where}), which is never trained on: leave it out")
        if told:
            outcome.faults += [Fault(row.line, each) for each in told]
            continue
        standing = [*known.examples.get(key, ()), *([before[key]] if key in before else ())]
        if any((other.intent, other.signals) == (example.intent, example.signals) for other, _ in standing):
            outcome.known += 1
        elif standing:
            outcome.faults += [Fault(row.line, _conflict(example, other, where)) for other, where in standing]
        else:
            outcome.new.append(correction)
            before[key] = example, f"line {row.line}"
    return outcome


def _correction(row: Row) -> Correction:
    text = clean(row.text).strip()
    masked = mask(text, row.lang).text.strip() if len(text) <= MOST_CHARACTERS else text
    example = Example(masked, row.intent or DEFAULT_INTENT, frozenset(row.signals))
    return Correction(row.line, row.lang, example, masked != text)


def _label_faults(lang: str, example: Example, languages: Collection[str], intents: Collection[str]) -> Iterator[str]:
    if lang not in languages:
        yield _unknown("language", lang, languages)
    if example.intent not in intents:
        yield _unknown("intent", example.intent, intents)
    for name in sorted(example.signals - set(SIGNALS)):
        yield _unknown("signal", name, SIGNALS)


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    close = get_close_matches(name[:60], known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known))}"
    return f"unknown {kind} {name[:60]!r} ({hint})"


def _text_faults(text: str) -> Iterator[str]:
    if not text:
        yield "the text is empty"
    if len(text) > MOST_CHARACTERS:
        yield f"the text has {len(text)} characters, {MOST_CHARACTERS} at most: keep what the labels are about"
    yield from (told for pattern, told in _UNFIT if pattern.search(text))


def _conflict(example: Example, other: Example, where: str) -> str:
    lost = [name for name in SAFETY_SIGNALS if name in other.signals - example.signals]
    if lost:
        return f"{where} has it as {', '.join(lost)}; no row takes a safety signal away: if it is none, mend it there"
    labels = ", ".join([other.intent, *sorted(other.signals)] if other.signals else [other.intent, "no signals"])
    return f"{where} has it as {labels}: mend it there, or leave this row out"
