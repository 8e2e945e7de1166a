"""The part of a message that tells about the writer, and about now.

«Mijn buurman heeft schulden, ik zoek werk» is about a neighbour's debts and one's own work; «vroeger had ik schulden»
is over. What stands in such a part is no signal of the writer's. Danger is another matter: of whomever it is told,
and whenever it was, it is reacted to. A rule of thumb, not a grammar; its words are in ``content/phrases.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.negation import plain
from bot.assistant.on_behalf import on_behalf
from bot.assistant.phrases import as_regex, get_phrases


@dataclass(frozen=True)
class _Words:
    border: re.Pattern[str]
    other: re.Pattern[str]
    own: re.Pattern[str]
    said: re.Pattern[str]
    they: re.Pattern[str]
    past: re.Pattern[str]
    was: re.Pattern[str]
    now: re.Pattern[str]


def own_part(text: str) -> str | None:
    """Return the text without its parts about somebody else or about long ago.

    ``None`` when it has no such part, or no other one, or when help is asked for that somebody else.
    """
    words, flat = _words(), plain(text)
    if not (words.other.search(flat) or words.past.search(flat)):
        return None
    parts = [part for part in words.border.split(flat) if part.strip()]
    present = [part for part in parts if not _is_past(part, words)]
    own = [part for part in present if not _is_of_another(part, words)]
    left = present if len(own) < len(present) and not _is_of_writer(own, words) else own
    if not left or len(left) == len(parts) or on_behalf(flat) is not None:
        return None
    return ", ".join(part.strip() for part in left)


def _is_of_writer(parts: Sequence[str], words: _Words) -> bool:
    """Return whether these parts are about the writer: «mijn broer heeft schulden, kan hij hier terecht» is not."""
    return any(map(words.own.search, parts)) and not any(map(words.they.search, parts))


def _is_of_another(part: str, words: _Words) -> bool:
    return bool(words.other.search(part)) and not (words.own.search(part) or words.said.search(part))


def _is_past(part: str, words: _Words) -> bool:
    """Return whether a part is about the writer's past: «het was vroeger drukker» says something of now."""
    is_over = words.past.search(part) and words.was.search(part) and not words.now.search(part)
    first = part.strip()
    return bool(is_over and (words.own.search(part) or words.past.match(first) or words.was.match(first)))


@lru_cache(maxsize=1)
def _words() -> _Words:
    found = get_phrases()["told_aside"]
    alone = ("own", "said", "they", "past", "was", "now")
    whole = {name: "|".join(as_regex(word) for word in found[name]) for name in ("border", *alone)}
    persons = "|".join(as_regex(word) for word in found["other"])
    mine = "|".join(as_regex(word) for word in found["mine"])
    return _Words(
        border=re.compile(rf"[.,;:!?\n()]+|\b(?:{whole['border']})\b"),
        other=re.compile(rf"\b(?:{mine})\s+(?:{persons})\b"),
        **{name: re.compile(rf"\b(?:{whole[name]})\b") for name in alone},
    )
