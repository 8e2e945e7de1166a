"""What somebody would rather not: «mail, bellen kost me te veel energie», «liever mailen dan bellen».

For facts in which there is a choice (``preference.of`` in ``content/phrases.yml``) naming a thing is not wanting it. A
part of a sentence that speaks against what it names is passed over, and so is what stands behind «rather … than».
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.negation import Word, get_cues
from bot.assistant.phrases import as_regex, get_phrases

_BREAK = re.compile(r"[.,;:!?\n()]|\s[-–—]+\s")


@dataclass(frozen=True)
class Part:
    """A part of a text between two breaks: where it stands, and from where on it is passed over."""

    start: int
    end: int
    passed_from: int
    words: tuple[Word, ...]


@dataclass(frozen=True)
class _Cues:
    of: frozenset[str]
    against: re.Pattern[str]
    behind: re.Pattern[str]
    courtesy: frozenset[str]
    wish: re.Pattern[str]


@lru_cache(maxsize=1)
def _cues() -> _Cues:
    entry = get_phrases()["preference"]
    rather, than, instead = (_any(entry[kind]) for kind in ("rather", "than", "instead"))
    return _Cues(
        frozenset(entry["of"]),
        re.compile(_any(entry["against"])),
        re.compile(rf"{rather}.*?{than}|{instead}"),
        frozenset(word for words in entry["courtesy"].values() for word in words),
        re.compile(_any(entry["wish"])),
    )


def _any(listed: dict[str, list[str]]) -> str:
    phrases = [str(phrase) for words in listed.values() for phrase in words]
    return rf"(?<![\w+-])(?:{'|'.join(as_regex(phrase) for phrase in phrases)})(?![\w+-])"


def is_choice(name: str) -> bool:
    """Return whether a fact or choice is one in which somebody may prefer one value to another."""
    return name in _cues().of


def parts_of(flat: str, words: list[Word]) -> list[Part]:
    """Return the parts of a text (in ``plain`` form): they end at punctuation and at words such as «want» and «but»."""
    ends = [(match.start(), match.end()) for match in _BREAK.finditer(flat)]
    ends += [(word.start, word.end) for word in words if word.text in get_cues().ends]
    parts, start = [], 0
    for stop, following in [*sorted(ends), (len(flat), len(flat))]:
        inside = tuple(word for word in words if start <= word.start and word.end <= stop)
        if inside:
            parts.append(Part(start, stop, _passed_from(flat, start, stop, inside), inside))
        start = max(start, following)
    return parts


def _passed_from(flat: str, start: int, stop: int, words: tuple[Word, ...]) -> int:
    """Return from where on a part is passed over: its start, what is behind a comparison, or its end (nothing)."""
    for against in _cues().against.finditer(flat, start, stop):
        if not any(word.denied and against.start() <= word.start < against.end() for word in words):
            return start
    behind = _cues().behind.search(flat, start, stop)
    return behind.end() if behind else stop


def is_passed_over(parts: list[Part], start: int, *, asked_for: bool) -> bool:
    """Return whether what stands at ``start`` is named, but not wanted.

    ``asked_for`` marks words that are a request in themselves («bel mij»): they stand whatever is said beside them,
    but not behind «rather … than».
    """
    part = next((part for part in parts if part.start <= start < part.end), None)
    if part is None:
        return False
    return start >= part.passed_from and not (asked_for and part.passed_from == part.start)


def is_wished(flat: str, parts: list[Part], start: int) -> bool:
    """Return whether the part of a text with what stands at ``start`` says that it is wanted: «graag per mail»."""
    part = next((part for part in parts if part.start <= start < part.end), None)
    return part is not None and bool(_cues().wish.search(flat, part.start, part.end))


def is_whole_part(parts: list[Part], start: int, end: int) -> bool:
    """Return whether the first or the last part of a text says this and nothing else, but for «please» and the like."""
    for part in (*parts[:1], *parts[-1:]):
        beside = [word.text for word in part.words if word.end <= start or end <= word.start]
        if part.start <= start and end <= part.end and _cues().courtesy.issuperset(beside):
            return True
    return False
