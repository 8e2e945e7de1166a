"""What is known already: the training data, and the sentences that are kept apart for testing."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.conversation.masking import mask
from bot.evaluation.personas.reading import read_personas
from bot.evaluation.reading import InputError, read_text
from bot.settings import ROOT

_PLACEHOLDER = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Example:
    """One sentence of the training data."""

    text: str
    intent: str
    signals: frozenset[str]


#: An example, and the place where it stands.
Standing = tuple[Example, str]


@dataclass(frozen=True)
class Known:
    """The training data by plain form, and the files of the test sentences by their letters."""

    examples: Mapping[str, Sequence[Standing]]
    tests: Mapping[str, str]

    @property
    def intents(self) -> frozenset[str]:
        """The intents that are spoken: those with examples. The others come from buttons or from the pipeline."""
        return frozenset(example.intent for found in self.examples.values() for example, _ in found)


def plain(text: str) -> str:
    """Return what makes two masked texts the same: letters and figures, lower case, no accents, no placeholders."""
    return _bare(_PLACEHOLDER.sub("", text)) or _bare(text) or text.strip()


def letters_of(form: str) -> str:
    """Return a plain form without figures: a test sentence with another date or age is still a test sentence."""
    return "".join(character for character in form if not character.isdigit()) or form


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.casefold())))


def read_known(data: Path, tests: Sequence[Path]) -> Known:
    """Read the folder of training data and the folders of tests.

    Raises ``InputError`` when one is missing or empty, or holds a file that cannot be read.
    """
    examples = defaultdict(list)
    for path in _files(data, "*.yml"):
        for example in examples_in(read_text(path), str(path)):
            examples[plain(mask(example.text).text)].append((example, place(path)))
    if not examples:
        raise InputError(f"{data}: there is no training data in it")
    apart = {
        letters_of(plain(mask(text).text)): place(path)
        for folder in tests
        for path in _test_files(folder)
        for text in _test_texts(path)
    }
    return Known(examples, apart)


def examples_in(source: str, name: str) -> list[Example]:
    """Return the examples of one file of training data. Raises ``InputError``."""
    try:
        blocks = (yaml.load(source, Loader=yaml.CSafeLoader) or {}).get("nlu") or []
        return [example for block in blocks if "intent" in block for example in _examples_of(block)]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{name}, line {line}: {error.problem}") from None
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{name}: is not Rasa training data ({str(error).splitlines()[0]})") from None


def place(path: Path) -> str:
    """Return a path as people name it: from the checkout on."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _examples_of(block: Mapping[str, object]) -> Iterator[Example]:
    intent, written = str(block["intent"]), block["examples"]
    if isinstance(written, str):  # the short form: a line an example, none with signals
        lines = (line.strip() for line in written.splitlines())
        yield from (Example(line[1:].strip(), intent, frozenset()) for line in lines if line.startswith("-"))
    elif isinstance(written, list):
        for item in written:
            signals = (item.get("metadata") or {}).get("signals") or ()
            yield Example(item["text"].strip(), intent, frozenset(signals))


def _files(folder: Path, pattern: str) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    return sorted(folder.rglob(pattern))


def _test_files(folder: Path) -> list[Path]:
    files = [*_files(folder, "*.csv"), *_files(folder, "*.yml")]
    if not files:
        raise InputError(f"{folder}: there is no test file in it (*.csv with the column text, or *.yml with personas)")
    return files


def _test_texts(path: Path) -> list[str]:
    if path.suffix == ".yml":
        return [persona.opening for persona in read_personas(path)]
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    if "text" not in (reader.fieldnames or ()):
        raise InputError(f"{path}: has no column text")
    return [row["text"] for row in reader if row["text"]]
