"""Municipalities and their regions: ``content/municipalities.csv``, and the names of ``content/regions/index.yml``.

A resident may write a name, a village, an old name, a postcode, or any of these with a typing error. This module holds
the tables, crosses out the places that are somebody else's, abroad or from before, lets ``place_finder`` search the
rest, and compares an answer in which nothing was found once more by its sound.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import dropwhile
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.directory.place_finder import MAX_TEXT, MunicipalityMatch, Place, PlaceFinder
from bot.directory.place_fit import Fit, PlaceFit
from bot.directory.place_guess import LONG, PlaceGuess
from bot.directory.place_text import Words, normalise
from bot.directory.regions import UnknownRegion, read_index
from bot.settings import get_settings

__all__ = [
    "Municipalities",
    "MunicipalityMatch",
    "MunicipalityTableError",
    "UnknownMunicipality",
    "UnknownRegion",
    "find_municipality",
    "get_municipalities",
    "region_name",
    "region_of",
]

#: Letters that sound alike in Dutch names, in the order in which they are replaced.
_SOUNDS = (
    (r"[\s-]", ""), (r"ij|ei|y", "y"), (r"ou|au", "ou"), (r"ph|v", "f"), (r"ch|g", "g"), (r"ck|c|q", "k"), (r"th", "t"),
    (r"z", "s"), (r"d\b|dt", "t"), (r"(.)\1+", r"\1"),
)  # fmt: skip
_COLUMNS = ("municipality", "region", "aliases", "postcodes")


class UnknownMunicipality(LookupError):
    """No municipality has this name."""


class MunicipalityTableError(ValueError):
    """A table cannot be read; the message names the file and the line."""


@dataclass(frozen=True)
class _Row:
    place: Place
    postcodes: tuple[tuple[int, int], ...]


_SomeWords = Annotated[frozenset[str], Field(min_length=1)]


def _either(words: Iterable[str]) -> str:
    return "|".join(r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=len, reverse=True))


class _NotOwn(BaseModel):
    """Words near a place that is not the writer's home: ``content/municipalities.yml`` says what each is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: _SomeWords
    people_do: _SomeWords
    titles: _SomeWords
    past: _SomeWords
    leaving: _SomeWords
    abroad: _SomeWords
    nearby: _SomeWords
    denials: _SomeWords

    def patterns(self, names: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        """Return what finds such places, each in its group ``gone``; a clause does not end inside ``names``."""
        people, do, titles, past, leaving, abroad, nearby, denials = (_either(words) for _, words in self)
        ends = r"[.,;:!?\n()]|\b(?:maar|but|en|and|waar|where|nu|now|naar|to)\b|$"
        rest = rf"(?P<gone>(?:{_either(names)}|.)*?)(?={ends})"
        word = r"[^\W\d_][\w'’-]*"
        company = r"(?!(?:with|met|bij|at)\b)"  # "I live with friends in Zeist" is about the writer
        between = rf"(?:(?!(?:en|and|maar|but|ik|my|mijn|woon|wonen)\b){word}\s+)"
        patterns = (
            # "mijn zus woont in Dordrecht"; not "my family and I live", nor "bij mijn ouders in Zeist"
            rf"\b(?:{people})\s+(?:{word}\s+)?(?:{do})\b{rest}",
            rf"\b(?:{do})\s+(?:{company}{word}\s+)?(?:{people})\b{rest}",
            # "mevrouw Van Utrecht", "mijn collega Peter Zeist"
            rf"\b(?:{titles})\.?\s+(?:(?:van|de|den|der)\s+)*(?P<gone>{word})",
            rf"\b(?:{titles}|{people})\s+(?P<gone>(?-i:(?:[A-Z][\w'’-]*\s*|(?:van|de|den|der)\s+){{1,5}}))",
            # "ik woonde vroeger in Zeist", "moved away from Utrecht", "ik woon niet meer in Utrecht"
            rf"(?<!have )(?<!ve )(?<!always )\b(?:{past})\s+(?:ik\s+)?{between}{{0,3}}?(?:in|te|op|at|bij)\b{rest}",
            rf"\b(?:{leaving})\s+(?:{word}\s+)?(?:from|uit|vanuit|van)\b{rest}",
            rf"\b(?:{denials})\s+{between}{{0,2}}?(?:in|te|op|uit|from|at)\b{rest}",
            # "in Bergen in Norway", "in Bergen, Norway"
            rf"\b(?:in|te|uit|from|op|near|to|naar)\s+(?P<gone>{between}{{0,2}}?{word})(?:\s+(?:in|op)|,)\s+(?:{abroad})\b",
            # "in Oosterhout bij Breda"; but "Wijk bij Duurstede" is one name
            rf"\b(?:in|te|uit|from)\s+(?!(?:een|a|an|the|de|het|mijn|my|wijk)\b)(?:{word}[\s,]+){{1,3}}?(?:{nearby})\s+"
            rf"(?P<gone>(?:{word}\s+(?:op|aan|bij)\s+)?{word})",
        )
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


class Municipalities:
    """All municipalities, with every way to find one. Keep it: the first search builds the indexes."""

    def __init__(
        self, rows: list[_Row], region_names: Mapping[str, str], words: Words, not_own: _NotOwn, fit: Fit
    ) -> None:
        self.region_names = dict(region_names)
        self._region = {row.place.name: row.place.region for row in rows}
        self._rows = rows
        self._words = words
        self._fit_words = fit
        self._others = not_own.patterns(name for name in self._region if "," in name or " en " in name)

    @classmethod
    def load(cls, content_dir: Path) -> Municipalities:
        """Read the tables below ``content_dir``.

        Raises ``MunicipalityTableError`` for a wrong line, a doubled municipality or postcode, or an unknown region,
        and ``DirectoryError`` for an index of regions that cannot be read.
        """
        names = {entry.id: entry.name for entry in read_index(content_dir / "regions" / "index.yml").regions}
        path = content_dir / "municipalities.csv"
        try:
            rows = _read_rows(path)
        except (csv.Error, UnicodeDecodeError) as error:
            raise MunicipalityTableError(f"{path}: {error}") from error
        _check_rows(path, rows, names)
        return cls(rows, names, *_read_words(content_dir / "municipalities.yml"))

    @property
    def names(self) -> tuple[str, ...]:
        """Official names of all municipalities, in the order of the table."""
        return tuple(self._region)

    def in_region(self, region_id: str) -> tuple[str, ...]:
        """Return the municipalities of one region. Raises ``UnknownRegion``."""
        self.region_name(region_id)
        return tuple(name for name, region in self._region.items() if region == region_id)

    @cached_property
    def _finder(self) -> PlaceFinder:
        places = [row.place for row in self._rows]
        spans = [(span, row.place.name) for row in self._rows for span in row.postcodes]
        postcodes = {code: name for (first, last), name in spans for code in range(first, last + 1)}
        return PlaceFinder(places, postcodes, self._words, tuple(self.region_names.values()))

    def find(self, text: str, *, asked: bool = False) -> MunicipalityMatch | None:
        """Find the municipality somebody lives in; see ``find_municipality``."""
        own = self._without_others(text[:MAX_TEXT])
        match = self._finder.find(own, asked=asked) or (self._find_by_sound(own) if asked else None)
        if match is not None and match.sure and self._fit.is_doubted(text[:MAX_TEXT], match.name):
            return replace(match, sure=False)
        return match

    def _without_others(self, text: str) -> str:
        """Return the text with "x" for the letters of places that are not the writer's home."""
        for pattern in self._others:
            text = pattern.sub(_crossed_out, text)
        return text

    @cached_property
    def _fit(self) -> PlaceFit:
        return PlaceFit(self._fit_words, self._finder.named, self._region)

    @cached_property
    def _sounds(self) -> PlaceGuess:
        sounds: dict[str, dict[str, None]] = {}  # an ordered set of municipalities for each
        for place in (row.place for row in self._rows):
            for name in (place.name, *place.aliases):
                sounds.setdefault(_sound(normalise(name)), {})[place.name] = None
        return PlaceGuess({sound: tuple(names) for sound, names in sounds.items()})

    def _find_by_sound(self, text: str) -> MunicipalityMatch | None:
        """Find a mistyped name that is all of an answer, or all before its comma: "rucfen", "Bergen op Zoon"."""
        ordinary = self._words.never | self._words.ordinary | self._words.very_ordinary
        for part in re.split(r"[,.;()\n]", text):
            said = list(dropwhile(self._words.fillers.__contains__, normalise(part).split()))
            long_enough = len(said) <= 5 and len("".join(said)) >= LONG
            guess = self._sounds.best([_sound(" ".join(said))], daring=False) if long_enough else None
            if guess and not ordinary.issuperset(said):
                return MunicipalityMatch(guess.names[0], self._region[guess.names[0]], guess.sure, guess.names[1:])
        return None

    def region_of(self, municipality: str) -> str:
        """Return the region's id for an official name, or for another name that means one municipality only.

        Raises ``UnknownMunicipality``.
        """
        if municipality in self._region:
            return self._region[municipality]
        name = self._finder.named(normalise(municipality))
        if name is None:
            raise UnknownMunicipality(f"no municipality is called {municipality!r}")
        return self._region[name]

    def region_name(self, region_id: str) -> str:
        """Return the name of a region. Raises ``UnknownRegion``."""
        try:
            return self.region_names[region_id]
        except KeyError:
            raise UnknownRegion(f"no region has the id {region_id!r}") from None


def _read_rows(path: Path) -> list[_Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise MunicipalityTableError(f"{path}: the first line must be {','.join(_COLUMNS)}")
        return [_read_row(f"{path}, line {reader.line_num}", line) for line in reader]


def _crossed_out(found: re.Match[str]) -> str:
    start, end = (place - found.start() for place in found.span("gone"))
    return found[0][:start] + re.sub(r"\w", "x", found["gone"]) + found[0][end:]


def _sound(name: str) -> str:
    """Return how a name sounds, about: names that sound the same come out the same."""
    for letters, sound in _SOUNDS:
        name = re.sub(letters, sound, name)
    return name


def _read_words(path: Path) -> tuple[Words, _NotOwn, Fit]:
    try:
        words = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        not_own, fit = (words.pop(name, {}) if isinstance(words, dict) else {} for name in ("not_own", "fit"))
        return Words.model_validate(words), _NotOwn.model_validate(not_own), Fit.model_validate(fit)
    except ValidationError as error:
        first = error.errors()[0]
        raise MunicipalityTableError(f"{path}, {'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MunicipalityTableError(f"{path}: {error}") from error


def _read_row(where: str, line: Mapping[str, str | None]) -> _Row:
    # csv puts surplus values under None and fills missing ones with None
    if None in line or any(value is None for value in line.values()) or not line["municipality"] or not line["region"]:
        raise MunicipalityTableError(f"{where}: needs {len(_COLUMNS)} values, the first two not empty")
    aliases = [alias.strip() for alias in (line["aliases"] or "").split(";") if alias.strip()]
    place = Place(
        name=line["municipality"],
        region=line["region"],
        aliases=tuple(alias for alias in aliases if not alias.endswith("?")),
        doubtful=tuple(alias[:-1] for alias in aliases if alias.endswith("?")),
    )
    spans = [span for span in (line["postcodes"] or "").split(";") if span]
    return _Row(place, tuple(_read_span(where, span) for span in spans))


def _read_span(where: str, span: str) -> tuple[int, int]:
    first, _, last = span.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise MunicipalityTableError(f"{where}: postcodes are written as 3511 or 3511-3585, not {span!r}")
    bounds = (int(first), int(last or first))
    if not 1000 <= bounds[0] <= bounds[1] <= 9999:  # a Dutch postcode's digits never begin with 0
        raise MunicipalityTableError(f"{where}: {span!r} is no range of postcodes")
    return bounds


def _check_rows(path: Path, rows: list[_Row], region_names: Mapping[str, str]) -> None:
    seen: set[str] = set()
    owner: dict[int, str] = {}
    for row in rows:
        name, region = row.place.name, row.place.region
        if name in seen:
            raise MunicipalityTableError(f"{path}: {name} stands there twice")
        if region not in region_names:
            raise MunicipalityTableError(f"{path}: {name} is in region {region!r}, which regions/index.yml lacks")
        seen.add(name)
        for first, last in row.postcodes:
            for code in range(first, last + 1):
                if code in owner:
                    raise MunicipalityTableError(f"{path}: postcode {code} is with {owner[code]} and with {name}")
                owner[code] = name


@lru_cache(maxsize=1)
def get_municipalities() -> Municipalities:
    """Return the municipalities of this installation (read once)."""
    return Municipalities.load(get_settings().content_dir)


def find_municipality(text: str, *, asked: bool = False) -> MunicipalityMatch | None:
    """Find the municipality in which the writer lives, in an answer or anywhere in a message.

    ``asked`` says that the text answers the question for it, so that a rough guess is worth proposing. A match that
    is not ``sure`` must be put to the resident before it is used. Returns ``None`` when nothing is found.
    """
    return get_municipalities().find(text, asked=asked)


def region_of(municipality: str) -> str:
    """Return the id of a municipality's region. Raises ``UnknownMunicipality``."""
    return get_municipalities().region_of(municipality)


def region_name(region_id: str) -> str:
    """Return the name of a region. Raises ``UnknownRegion``."""
    return get_municipalities().region_name(region_id)
