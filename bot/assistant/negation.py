"""Which words of a text are denied: "ik heb géén schulden", "I don't have debts".

A rule of thumb, not a grammar: a denying word covers the next words of its part of the sentence, and in Dutch "niet"
also the words before it ("dat heb ik niet"). The words themselves are in ``content/phrases.yml``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.phrases import get_phrases

#: How many words after and before a denying word are covered.
WORDS_AFTER, WORDS_BEFORE = 4, 4

_WORD = re.compile(r"[\w'’+-]+|[.,;:!?\n()]")
_BREAK = re.compile(r"[.,;:!?\n()]")


@dataclass(frozen=True)
class Cues:
    """The words that deny what follows, those that deny what precedes, and those that end either."""

    before: frozenset[str]
    after: frozenset[str]
    ends: frozenset[str]


@dataclass(frozen=True)
class Word:
    """One word with its place; ``denied`` by another word, which itself is a ``cue``."""

    text: str
    start: int
    end: int
    denied: bool = False
    cue: bool = False


@lru_cache(maxsize=1)
def get_cues() -> Cues:
    """Return the denying words of all languages together: people mix them, and they do not clash."""
    languages = get_phrases()["negation"].values()
    before, after, ends = (
        frozenset(word for entry in languages for word in entry[kind].split()) for kind in ("before", "after", "ends")
    )
    return Cues(before, after, ends)


def plain(text: str) -> str:
    """Return a text in lower case without accents, every character in its place ("géén" becomes "geen")."""
    return "".join(_plain_character(character) for character in text)


@lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    if character == "’":
        return "'"
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def words_of(text: str, cues: Cues | None = None) -> list[Word]:
    """Return the words of a text in ``plain`` form, each with whether it is denied."""
    cues = cues or get_cues()
    flat = plain(text)
    spans = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(flat)]
    denied: set[int] = set()
    for at, (word, _, _) in enumerate(spans):
        if word in cues.before:
            denied |= _reach(spans, cues, range(at + 1, min(at + 1 + WORDS_AFTER, len(spans))))
        if word in cues.after:
            denied |= _reach(spans, cues, range(at - 1, max(at - 1 - WORDS_BEFORE, -1), -1))
    cue_words = cues.before | cues.after
    return [
        Word(word, start, end, at in denied and word not in cue_words, word in cue_words)
        for at, (word, start, end) in enumerate(spans)
        if not _BREAK.fullmatch(word)
    ]


def _reach(spans: list[tuple[str, int, int]], cues: Cues, places: range) -> set[int]:
    covered = set()
    for place in places:
        word = spans[place][0]
        if word in cues.ends or _BREAK.fullmatch(word):
            break
        covered.add(place)
    return covered


def mark(text: str) -> str:
    """Return the text in lower case with denied words in CAPITALS, so that they count as other words."""
    return " ".join(word.text.upper() if word.denied else word.text for word in words_of(text))
