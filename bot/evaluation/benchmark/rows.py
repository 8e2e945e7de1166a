"""The rows of the benchmark: which data each one trains on, and which it is tested on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from bot.evaluation.benchmark.reading import (
    HINT3_OUT_OF_SCOPE,
    Example,
    read_clinc150,
    read_hint3,
    read_own_test,
    read_own_training,
    read_xsid,
)
from bot.evaluation.reading import InputError


@dataclass(frozen=True)
class Places:
    """Where the data are: the public sets, and the project's own training sentences and test sentences.

    ``own_most``: learn our own set from at most so many training sentences, and not from all of them.
    """

    public: Path
    own_training: Path
    own_test: Path
    own_most: int | None = None


@dataclass(frozen=True)
class Row:
    """One row: what both pipelines learn, and what they are asked."""

    name: str
    train: list[Example]
    test: list[Example]

    @property
    def in_scope(self) -> int:
        """How many messages of the test a label fits."""
        return sum(example.label is not None for example in self.test)


Parts = tuple[list[Example], list[Example]]


def _xsid(places: Places, *, train: tuple[str, ...], test: tuple[str, ...]) -> Parts:
    def read(languages: tuple[str, ...], part: str) -> list[Example]:
        files = [places.public / "xsid-0.7" / f"{language}.{part}.conll" for language in languages]
        return [example for file in files for example in read_xsid(file)]

    return read(train, "valid"), read(test, "test")


def _hint3(places: Places, *, shop: str) -> Parts:
    files = [places.public / "hint3" / "v1" / part / f"{shop}_{part}.csv" for part in ("train", "test")]
    train, test = (read_hint3(file) for file in files)
    if any(example.label is None for example in train):
        raise InputError(f"{files[0]}: {HINT3_OUT_OF_SCOPE} is a label for tests only")
    if all(example.label is None for example in test):
        raise InputError(f"{files[1]}: no message of it is in scope")
    return train, test


def _clinc150(places: Places) -> Parts:
    return read_clinc150(places.public / "clinc150" / "data_small.json")


def _own(places: Places) -> Parts:
    test = read_own_test(places.own_test)  # first: a wrong file is told at once, the training data take seconds
    train = read_own_training(places.own_training)
    return (train if places.own_most is None else draw(train, places.own_most)), test


def draw(examples: list[Example], most: int) -> list[Example]:
    """Return at most ``most`` examples, each label with its share of them; the same ones every time."""
    of_label: defaultdict[str | None, list[Example]] = defaultdict(list)
    for example in Random(0).sample(examples, len(examples)):
        of_label[example.label].append(example)
    # Where an example stands in its label, from 0 to 1: the first half of all has the first half of every label.
    standing = [
        ((place + 0.5) / len(same), example) for same in of_label.values() for place, example in enumerate(same)
    ]
    return [example for _, example in sorted(standing, key=lambda each: each[0])[:most]]


ROWS: dict[str, Callable[[Places], Parts]] = {
    "xsid-nl": partial(_xsid, train=("nl",), test=("nl",)),
    "xsid-en": partial(_xsid, train=("en",), test=("en",)),
    "xsid-mixed": partial(_xsid, train=("nl", "en"), test=("nl", "en")),
    "xsid-en-to-nl": partial(_xsid, train=("en",), test=("nl",)),
    "hint3-curekart": partial(_hint3, shop="curekart"),
    "hint3-powerplay11": partial(_hint3, shop="powerplay11"),
    "hint3-sofmattress": partial(_hint3, shop="sofmattress"),
    "clinc150": _clinc150,
    "own": _own,
}


def read_rows(wanted: str, places: Places) -> list[Row]:
    """Read the wanted rows: names with commas between, ``hint3`` for all of that set, nothing for all rows.

    Raises ``InputError`` naming the unknown row, or the file that is missing or broken.
    """
    if not places.public.is_dir():
        raise InputError(f"{places.public}: there is no such folder")
    return [Row(name, *ROWS[name](places)) for name in _named(wanted)]


def _named(wanted: str) -> list[str]:
    chosen: set[str] = set()
    for name in [part.strip() for part in wanted.split(",") if part.strip()] or ROWS:
        fitting = {name} & set(ROWS) or {row for row in ROWS if row.startswith(f"{name}-")}
        if not fitting:
            raise InputError(f"there is no row {name!r}; there are: {', '.join(ROWS)}")
        chosen |= fitting
    return [row for row in ROWS if row in chosen]
