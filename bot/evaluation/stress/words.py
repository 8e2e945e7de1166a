"""The words, keys and emoji that go into the sentences: ``words.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Words:
    """What is written in place of what; all words are lower-case.

    ``neighbours`` holds the keys beside a letter; ``chat`` (per language) the ways to write a word or phrase in a
    chat; ``other_language`` (per language) what it is called in the other one.
    """

    neighbours: Mapping[str, str]
    emoji: Sequence[str]
    chat: Mapping[str, Mapping[str, Sequence[str]]]
    other_language: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def get_words() -> Words:
    """Return the words of ``words.yml`` (read once)."""
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text("utf-8"))
    to_english: dict[str, str] = data["pairs"]
    return Words(
        neighbours=_neighbours(data["keyboard"]),
        emoji=data["emoji"],
        chat={
            language: {word: [ways] if isinstance(ways, str) else ways for word, ways in spelling.items()}
            for language, spelling in data["chat_spelling"].items()
        },
        other_language={
            "nl": to_english,
            "en": {english: dutch for dutch, english in reversed(to_english.items())},  # reversed: the first one stays
        },
    )


def _neighbours(rows: Sequence[str]) -> dict[str, str]:
    keys = [
        (letter, number, column + number / 2) for number, row in enumerate(rows) for column, letter in enumerate(row)
    ]
    return {
        letter: "".join(
            other for other, y, x in keys if other != letter and abs(y - own_y) <= 1 and abs(x - own_x) <= 1
        )
        for letter, own_y, own_x in keys
    }
