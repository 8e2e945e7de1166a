"""Places in a text that hold personal data, and who claimed which place first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml

from bot.settings import get_settings


@dataclass(frozen=True)
class Span:
    """Characters ``start`` to ``end`` of a text. ``kind`` is empty for what must stay as it is (a date).

    ``value`` is what the vault may keep (a phone number in E.164); ``instead`` replaces the usual placeholder.
    """

    start: int
    end: int
    kind: str = ""
    value: str = ""
    instead: str | None = None


class Claims:
    """The spans of one text that do not overlap: the first to claim a place has it."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)
        self._spans: list[Span] = []

    def add(self, spans: Iterable[Span]) -> None:
        """Claim each span whose place is still free."""
        for span in spans:
            if span.start < span.end and self.free(span.start, span.end):
                self._taken[span.start : span.end] = b"\x01" * (span.end - span.start)
                self._spans.append(span)

    def free(self, start: int, end: int) -> bool:
        """Return whether nobody claimed any of these characters."""
        return self._taken.find(1, start, end) < 0

    def __iter__(self) -> Iterator[Span]:
        return iter(sorted(self._spans, key=lambda span: span.start))


@dataclass(frozen=True)
class Words:
    """The word lists of ``content/masking.yml``, ready to look things up in."""

    placeholders: dict[str, dict[str, str]]
    lists: dict[str, frozenset[str]]
    name_phrases: tuple[str, ...]
    streets: dict[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> frozenset[str]:
        return self.lists[name]


@lru_cache(maxsize=1)
def get_words() -> Words:
    """Return the word lists of this installation (read once)."""
    data = yaml.safe_load((get_settings().content_dir / "masking.yml").read_text("utf-8"))
    lists = {
        name: frozenset(value.split() if isinstance(value, str) else map(str, value))
        for name, value in data.items()
        if name not in ("placeholders", "name_phrases", "streets")
    }
    streets = {name: tuple(ends) for name, ends in data["streets"].items()}
    return Words(data["placeholders"], lists, tuple(data["name_phrases"]), streets)


def either(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return f"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})"
