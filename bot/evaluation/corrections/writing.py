"""Writing corrections into the training data: ``corrections.<lang>.yml``, in the long form of the other files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.evaluation.corrections.checking import Correction
from bot.evaluation.corrections.known import Example, examples_in
from bot.evaluation.reading import InputError, read_text
from bot.intake.situation import SIGNALS

_HEADER = 'version: "3.1"\n\nnlu:\n'
_INDENT = "\n" + " " * 10


def append(folder: Path, corrections: Sequence[Correction]) -> dict[Path, int]:
    """Add the corrections to the files of their languages, and return how many each file got.

    What stands in a file stays as it is. Raises ``InputError`` when a file would not read back as it was written, or
    cannot be written; then none is changed.
    """
    added = {
        folder / f"corrections.{lang}.yml": [each.example for each in corrections if each.lang == lang]
        for lang in sorted({each.lang for each in corrections})
    }
    if added:
        _replace({path: _longer(path, examples) for path, examples in added.items()})
    return {path: len(examples) for path, examples in added.items()}


def _longer(path: Path, examples: Sequence[Example]) -> str:
    before = read_text(path) if path.exists() else ""
    before = before if before.strip() else _HEADER
    intents = list(dict.fromkeys(example.intent for example in examples))
    ordered = sorted(examples, key=lambda example: intents.index(example.intent))
    after = before if before.endswith("\n") else before + "\n"
    after += "".join(_block(intent, group) for intent, group in groupby(ordered, lambda example: example.intent))
    if _read_back(after, path) != [*examples_in(before, str(path)), *ordered]:
        raise InputError(f"{path}: nothing can be added at its end; put `nlu:` last and `- intent` two spaces in")
    return after


def _read_back(source: str, path: Path) -> list[Example] | None:
    try:
        return examples_in(source, str(path))
    except InputError:
        return None


def _block(intent: str, examples: Iterable[Example]) -> str:
    return f"  - intent: {intent}\n    examples:\n" + "".join(map(_entry, examples))


def _entry(example: Example) -> str:
    signals = ", ".join(name for name in SIGNALS if name in example.signals)
    text = _INDENT + example.text.replace("\n", _INDENT)
    return f"      - text: |{text}\n        metadata:\n          signals: [{signals}]\n"


def _replace(texts: Mapping[Path, str]) -> None:
    """Write beside the files first, and put all in their place only then."""
    try:
        with TemporaryDirectory(dir=next(iter(texts)).parent, prefix=".corrections.") as beside:
            for path, text in texts.items():
                Path(beside, path.stem).write_text(text, "utf-8")  # not .yml: training must never see it
            for path in texts:
                Path(beside, path.stem).replace(path)
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}") from None
