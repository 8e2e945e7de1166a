"""Reading the public data sets as their makers publish them, and the project's own training data."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bot.evaluation.reading import InputError, read_text
from bot.evaluation.signals.reading import read_sentences

#: The own label of a text without a signal; the public sets' words for a text that is out of scope.
NO_SIGNAL = "none"
HINT3_OUT_OF_SCOPE = "NO_NODES_DETECTED"
HINT3_COLUMNS = ("sentence", "label")
SITUATION = "tell"


class Example(NamedTuple):
    """One text and its label; ``None``: out of scope, a text that no label fits."""

    text: str
    label: str | None


def read_xsid(path: Path) -> list[Example]:
    """Return the sentences of an xSID file (CoNLL with ``# text = …`` and ``# intent = …``). Raises ``InputError``."""
    return _some(path, [_xsid_sentence(block, f"{path}, line {line}") for line, block in _blocks(read_text(path))])


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield what stands between empty lines, with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _xsid_sentence(block: list[str], place: str) -> Example:
    comments = (line[1:].partition("=") for line in block if line.startswith("#"))
    told = {name.strip(): value.strip() for name, _, value in comments}
    for name in ("text", "intent"):
        if not told.get(name):
            raise InputError(f"{place}: the sentence has no '# {name} = …'")
    return Example(told["text"], told["intent"])


def read_hint3(path: Path) -> list[Example]:
    """Return the messages of a HINT3 file (CSV with ``sentence,label``). Raises ``InputError``."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    examples = []
    before = 0  # the last line of the row before: a row may take several lines
    try:
        if tuple(reader.fieldnames or ()) != HINT3_COLUMNS:
            raise InputError(f"{path}, line 1: the columns must be {','.join(HINT3_COLUMNS)}")
        before = reader.line_num
        for row in reader:
            examples.append(_hint3_message(row, f"{path}, line {before + 1}"))
            before = reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}, line {before + 1}: {error}") from None
    return _some(path, examples)


def _hint3_message(row: dict[str, str | None], place: str) -> Example:
    text, label = (row[name] for name in HINT3_COLUMNS)
    if text is None or label is None or None in row or not text.strip() or not label.strip():
        raise InputError(f"{place}: must have a sentence and a label, and no more")
    return Example(text, None if label == HINT3_OUT_OF_SCOPE else label)


def read_clinc150(path: Path) -> tuple[list[Example], list[Example]]:
    """Return training and test of a CLINC150 file (JSON); the test has the out-of-scope messages too.

    Raises ``InputError``.
    """
    try:
        data = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: is not JSON: {error}") from None
    train, test, outside = (_clinc_part(path, data, name) for name in ("train", "test", "oos_test"))
    return train, [*test, *(Example(text, None) for text, _ in outside)]


def _clinc_part(path: Path, data: Any, name: str) -> list[Example]:
    part = data.get(name) if isinstance(data, dict) else None
    if not isinstance(part, list):
        raise InputError(f"{path}: there is no list {name!r} in it")
    for number, pair in enumerate(part, 1):
        whole = isinstance(pair, list) and len(pair) == 2 and all(isinstance(value, str) for value in pair)
        if not whole or not all(value.strip() for value in pair):
            raise InputError(f"{path}: {name!r}, number {number}: must be [text, label]")
    return _some(path, [Example(*pair) for pair in part])


def read_own_training(folder: Path) -> list[Example]:
    """Return the situations of the project's training data that give at most one signal. Raises ``InputError``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old libraries, on themselves
        from rasa.shared.exceptions import RasaException  # noqa: PLC0415 - takes seconds
        from rasa.shared.nlu.training_data.loading import load_data  # noqa: PLC0415

        try:
            messages = load_data(str(folder)).intent_examples
        except (RasaException, ValueError, OSError) as error:
            raise InputError(f"{folder}: {next(iter(str(error).splitlines()), 'cannot be read')}") from None
    told = [
        (message.get("text"), (message.get("metadata", {}).get("example") or {}).get("signals") or [])
        for message in messages
        if message.get("intent") == SITUATION
    ]
    return _some(folder, [Example(text, _only(signals)) for text, signals in told if len(signals) <= 1])


def read_own_test(path: Path) -> list[Example]:
    """Return the sentences of a signals file that give at most one signal. Raises ``InputError``."""
    told = [(sentence.text, list(sentence.signals)) for sentence in read_sentences(path)]
    return _some(path, [Example(text, _only(signals)) for text, signals in told if len(signals) <= 1])


def _only(signals: list[str]) -> str:
    return signals[0] if signals else NO_SIGNAL


def _some(path: Path, examples: list[Example]) -> list[Example]:
    if not examples:
        raise InputError(f"{path}: there is nothing in it that the benchmark can use")
    return examples
