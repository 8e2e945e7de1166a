"""Mends mistyped months and weekdays ("febuari", "wensday") before dates are looked for."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.assistant.date_words import MONTHS, WEEKDAYS

_LONG, _VERY_LONG = 6, 8
"""Letters from which a name is recognised in spite of one slip, and of two."""
_WORD = re.compile(r"[^\W\d_]{5,15}")
_NAMES = [name for name in (*MONTHS, *WEEKDAYS) if len(name) >= 5]
_KNOWN = frozenset((*MONTHS, *WEEKDAYS))
#: Endings that make another word of a name: "mondays", "maandagen", "zondagse".
_OTHER_WORD = ("s", "en", "se", "avond", "middag")


def mend(text: str) -> tuple[str, list[int]]:
    """Return the text in lower case with its months and weekdays spelled right, and where each letter came from.

    The list has one more place than the mended text has letters: the end.
    """
    parts: list[str] = []
    origins: list[int] = []
    lowered = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    end = 0
    for found in _WORD.finditer(lowered):
        right = _mended(found.group())
        if right is None:
            continue
        parts += [lowered[end : found.start()], right]
        origins += range(end, found.start())
        origins += [min(found.start() + i, found.end() - 1) for i in range(len(right))]
        end = found.end()
    parts.append(lowered[end:])
    origins += range(end, len(text) + 1)
    return "".join(parts), origins


@lru_cache(maxsize=4096)
def _mended(word: str) -> str | None:
    if word in _KNOWN:
        return None
    near = [name for name in _NAMES if name[0] == word[0] and _is_slip(word, name)]
    return min(near, key=lambda name: OSA.distance(word, name)) if near else None


def _is_slip(word: str, name: str) -> bool:
    if word.startswith(name) and word[len(name) :] in _OTHER_WORD:
        return False
    if len(name) < _LONG:  # "kaart" is no "maart": only letters in another order, or one too often
        return _squeezed(word) == _squeezed(name) or (sorted(word) == sorted(name) and OSA.distance(word, name) == 1)
    return OSA.distance(word, name) <= (2 if len(name) >= _VERY_LONG else 1)


def _squeezed(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)
