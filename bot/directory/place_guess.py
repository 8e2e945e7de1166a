"""Which municipality a mistyped name is likely to mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

SHORTEST = 4
"""Letters below which a word is too short to be guessed at."""
LONG = 6
"""Letters from which a name is recognised in spite of a slip, even where nobody asked for it."""
ALIKE = 0.86
"""Jaro-Winkler similarity from which a name is worth proposing; it forgives letters in another order."""


@dataclass(frozen=True)
class Guess:
    """The likeliest municipalities, best first; ``sure`` when the slip is small and no other name is as near."""

    names: tuple[str, ...]
    sure: bool


class PlaceGuess:
    """Compares with all known names, without their spaces: "nieuw egein" and "bergenopzoom" are slips too."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        for key, municipalities in names.items():
            compact = key.replace(" ", "")
            self._names[compact] = tuple(dict.fromkeys((*self._names.get(compact, ()), *municipalities)))
        self._keys = list(self._names)

    def best(self, candidates: Iterable[str], *, daring: bool) -> Guess | None:
        """Return the best guess over all candidates (normalised text), or ``None``.

        ``daring`` allows bigger slips, for text that surely is meant as a place.
        """
        found = [
            (score, guess)
            for candidate in candidates
            if len(candidate) >= SHORTEST
            for score, guess in self._nearest(candidate.replace(" ", ""), daring)
        ]
        return max(found, key=lambda hit: hit[0])[1] if found else None

    def _nearest(self, text: str, daring: bool) -> list[tuple[float, Guess]]:
        alike = process.extract(text, self._keys, scorer=JaroWinkler.similarity, score_cutoff=ALIKE, limit=6)
        hits = [_Hit(OSA.distance(text, key), score, key) for key, score, _ in alike]
        hits = [hit for hit in hits if _counts(text, hit, daring)]
        if not hits:
            return []
        slips = min(hit.slips for hit in hits)
        nearest = {name for hit in hits if hit.slips == slips for name in self._names[hit.key]}
        if len(nearest) == 1 and any(_small(text, hit) for hit in hits if hit.slips == slips):
            return [(hits[0].alike, Guess(tuple(nearest), sure=True))]
        names = dict.fromkeys(name for hit in hits for name in self._names[hit.key])
        return [(hits[0].alike, Guess(tuple(names)[:3], sure=False))]


class _Hit(NamedTuple):
    slips: int
    alike: float
    key: str


def _small(text: str, hit: _Hit) -> bool:
    """One slip in a name of some length, two in a long one; people get the first letter right."""
    if hit.key[0] != text[0] or len(hit.key) < LONG:
        return hit.slips == 0
    return hit.slips <= (1 if len(text) < 10 else 2)


def _counts(text: str, hit: _Hit, daring: bool) -> bool:
    if not daring:
        return _small(text, hit)
    if hit.slips <= len(text) // 4:
        return True
    # the right letters in a wrong order: "wodeen" for Woerden
    left, right = Counter(text), Counter(hit.key)
    return len(text) >= LONG and hit.alike >= 0.9 and ((left - right) + (right - left)).total() <= 2
