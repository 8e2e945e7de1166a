"""Whether what stands right behind a place fits it: «Oosterhout Gelderland» and «Zwijndrecht bij Antwerpen» do not.

Several places bear the same name. A province, a neighbour in another province or a town abroad behind a name says that
another one may be meant: then it is asked. The words are in ``content/municipalities.yml`` (``fit``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from bot.directory.place_text import normalise, tokenise

#: The longest name that is looked for, in words.
_LONGEST = 5


class Province(BaseModel):
    """How people write a province, and the labour market regions that lie in it, wholly or in part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[str, ...]
    regions: frozenset[str]


class Fit(BaseModel):
    """The words: between a place and its neighbour, towns abroad, and the provinces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nearby: frozenset[str]
    towns_abroad: frozenset[str]
    provinces: dict[str, Province]


class PlaceFit:
    """Compares a place with what is said of it. ``named`` gives the municipality of a normalised name."""

    def __init__(self, fit: Fit, named: Callable[[str], str | None], region: Mapping[str, str]) -> None:
        self._named, self._region = named, region
        self._nearby = {normalise(words) for words in fit.nearby}
        self._abroad = {normalise(town) for town in fit.towns_abroad}
        self._provinces = {normalise(name): item.regions for item in fit.provinces.values() for name in item.names}
        self._of_region: dict[str, set[str]] = {}
        for province, item in fit.provinces.items():
            for region_id in item.regions:
                self._of_region.setdefault(region_id, set()).add(province)

    def is_doubted(self, text: str, name: str) -> bool:
        """Return whether the text says something right behind the municipality ``name`` that does not fit it."""
        words = [token.word for token in tokenise(text)]
        return any(self._misfits(behind, name) for behind in self._behind(words, name))

    def _behind(self, words: Sequence[str], name: str) -> Iterator[Sequence[str]]:
        """Yield the words behind each place where the municipality is named."""
        for first in range(len(words)):
            for end in range(first + 1, min(first + _LONGEST, len(words)) + 1):
                if self._named(" ".join(words[first:end])) == name:
                    yield words[end:]

    def _misfits(self, behind: Sequence[str], name: str) -> bool:
        link = next((count for count in (3, 2, 1) if " ".join(behind[:count]) in self._nearby), 0)
        rest = behind[link or (1 if behind[:1] == ["in"] else 0) :]
        for count in range(1, min(_LONGEST, len(rest)) + 1):
            said = " ".join(rest[:count])
            if said in self._abroad or (not link and self._is_elsewhere(name, said)):
                return True
            other = self._named(said) if link else None
            if other is not None and self._is_far(name, other):
                return True
        return False

    def _is_elsewhere(self, name: str, province: str) -> bool:
        return province in self._provinces and self._region[name] not in self._provinces[province]

    def _is_far(self, name: str, other: str) -> bool:
        here, there = (self._of_region.get(self._region[place], set()) for place in (name, other))
        return here.isdisjoint(there)
