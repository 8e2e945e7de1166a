"""Municipalities and their regions: ``content/municipalities.csv``, and the names of ``content/regions/index.yml``.

A resident may write a name, a village, an old name, a postcode, or any of these with a typing error. Finding one in
running text is the work of ``place_finder``; this module holds the tables and the functions others call.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.directory.place_finder import MunicipalityMatch, Place, PlaceFinder
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

_COLUMNS = ("municipality", "region", "aliases", "postcodes")


class UnknownMunicipality(LookupError):
    """No municipality has this name."""


class MunicipalityTableError(ValueError):
    """A table cannot be read; the message names the file and the line."""


@dataclass(frozen=True)
class _Row:
    place: Place
    postcodes: tuple[tuple[int, int], ...]


class Municipalities:
    """All municipalities, with every way to find one. Keep it: the first search builds the indexes."""

    def __init__(self, rows: list[_Row], region_names: Mapping[str, str], words: Words) -> None:
        self.region_names = dict(region_names)
        self._region = {row.place.name: row.place.region for row in rows}
        self._rows = rows
        self._words = words

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
        return cls(rows, names, _read_words(content_dir / "municipalities.yml"))

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
        return self._finder.find(text, asked=asked)

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


def _read_words(path: Path) -> Words:
    try:
        return Words.model_validate(yaml.safe_load(path.read_text("utf-8")))
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
