"""The words of a message, and the words that tell what a place name means where it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

_SENTENCE_END = frozenset(".!?\n;:")
_PAUSE = _SENTENCE_END | frozenset(",()")
_WORD = re.compile(r"[^\W\d_]+")


class Words(BaseModel):
    """The words that tell what a name means where it stands: ``content/municipalities.yml`` says what each is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ordinary: frozenset[str]
    very_ordinary: frozenset[str]
    never: frozenset[str]
    two_letters: frozenset[str]
    home: frozenset[str]
    home_titles: frozenset[str]
    elsewhere: frozenset[str]
    prepositions: frozenset[str]
    near: frozenset[str]
    distances: frozenset[str]
    long_ago: frozenset[str]
    origins: frozenset[str]
    towards: frozenset[str]
    negations: frozenset[str]
    postcode: frozenset[str]
    not_a_home: frozenset[str]
    districts: frozenset[str]
    articles: frozenset[str]
    fillers: frozenset[str]


@dataclass(frozen=True)
class Token:
    """One word: normalised, and how it was written."""

    word: str
    capital: bool
    glued: bool  # with a hyphen to the word before
    opens: bool  # first of a sentence
    pause: bool  # some punctuation before it
    start: int


def normalise(text: str) -> str:
    """Return the words of a name in lower case, without accents, apostrophes and hyphens."""
    return " ".join(token.word for token in tokenise(text))


def tokenise(text: str) -> list[Token]:
    """Return the words of a text; digits and punctuation only show in what the words remember."""
    tokens: list[Token] = []
    end = 0
    for found in _WORD.finditer(text):
        raw, between = found.group(), text[end : found.start()]
        plain = (raw if raw.isascii() else _without_accents(raw)).casefold()
        tokens.append(
            Token(
                word="st" if plain == "sint" else plain,
                capital=raw[0].isupper(),
                glued=bool(tokens) and between in {"-", "\u2010", "\u2011", "\u2013"},
                opens=not tokens or not _SENTENCE_END.isdisjoint(between),
                pause=not _PAUSE.isdisjoint(between),
                start=found.start(),
            )
        )
        end = found.end()
    return tokens


def _without_accents(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def breaks(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Return whether a sentence begins somewhere in ``tokens[first:last + 1]``, its first word aside."""
    return any(tokens[i].opens for i in range(max(first, 1), min(last + 1, len(tokens))))
