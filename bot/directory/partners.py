"""Partners: who helps with what, where. ``Directory`` knows the partners of all regions and finds the right ones.

``content/regions/<id>/directory.json`` holds a region's partners, ``content/regions/national/directory.json`` those
that help everywhere. Within the same nearness the order of the files counts, so that none is preferred by the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from bot.directory.chain import Chain, read_chain
from bot.directory.hsds import DirectoryError, read_organizations
from bot.directory.hsds_records import Organization
from bot.directory.municipalities import Municipalities
from bot.directory.partner import Partner, read_partners
from bot.directory.regions import (
    Region,
    RegionFile,
    RegionIndex,
    UnknownRegion,
    read_index,
    read_region,
)

__all__ = [
    "Chain",
    "Directory",
    "DirectoryError",
    "Partner",
    "Region",
    "UnknownPartner",
    "UnknownRegion",
]

NATIONAL = "national"
DESK = "rmt_desk"


class UnknownPartner(LookupError):
    """No partner of this region has this id."""


class Directory:
    """All regions with their partners. Immutable once loaded; safe to share between threads."""

    def __init__(
        self,
        regions: Mapping[str, Region],
        partners: Mapping[str, tuple[Partner, ...]],
        chains: Mapping[str, Chain] | None = None,
    ) -> None:
        self._regions = dict(regions)
        self._partners = dict(partners)
        self._chains = dict(chains or {})

    @classmethod
    def load(cls, regions_dir: Path) -> Directory:
        """Read all regions. Raises ``DirectoryError`` or ``MunicipalityTableError`` for a file that cannot be used."""
        index = read_index(regions_dir / "index.yml")
        municipalities = Municipalities.load(regions_dir.parent)
        national = read_organizations(regions_dir / NATIONAL / "directory.json")
        regions: dict[str, Region] = {}
        partners: dict[str, tuple[Partner, ...]] = {}
        chains: dict[str, Chain] = {}
        for entry in index.regions:
            towns = municipalities.in_region(entry.id)
            folder = regions_dir / entry.id
            if folder.is_dir():
                form = read_region(folder / "region.yml")
                regions[entry.id] = _served(entry.id, entry.name, form, towns)
                organizations = read_organizations(folder / "directory.json")
                own = read_partners(organizations, form, national=False)
                chains.update((entry.id, chain) for chain in _chains(organizations))
            else:
                form = None
                regions[entry.id] = _handed_over(index, entry.id, towns)
                own = [_hand_over_desk(regions[entry.id])]
            partners[entry.id] = (*own, *read_partners(national, form, national=True))
            _check_ids(folder, partners[entry.id])
        return cls(regions, partners, chains)

    @property
    def regions(self) -> tuple[Region, ...]:
        """All regions, in the order of the index."""
        return tuple(self._regions.values())

    def region(self, region_id: str) -> Region:
        """Return a region. Raises ``UnknownRegion`` (a ``LookupError``)."""
        try:
            return self._regions[region_id]
        except KeyError:
            raise UnknownRegion(f"no region has the id {region_id!r}") from None

    def all_partners(self, region_id: str) -> tuple[Partner, ...]:
        """Return every partner of a region, national ones last, each in its first role. Raises ``UnknownRegion``."""
        self.region(region_id)
        return self._partners[region_id]

    def partner(self, region_id: str, partner_id: str) -> Partner:
        """Return one partner, in its first role. Raises ``UnknownRegion`` or ``UnknownPartner``."""
        for partner in self.all_partners(region_id):
            if partner.id == partner_id:
                return partner
        raise UnknownPartner(f"{region_id} has no partner {partner_id!r}")

    def listed(self, region_id: str, partner_id: str) -> Partner | None:
        """Return one partner as it is now, in its first role; ``None`` when it or its region has left the directory."""
        try:
            return self.partner(region_id, partner_id)
        except (UnknownRegion, UnknownPartner):
            return None

    def chain(self, region_id: str) -> Chain | None:
        """Return the region's route from benefit to job, or ``None`` when it has none. Raises ``UnknownRegion``."""
        self.region(region_id)
        return self._chains.get(region_id)

    def partners(self, region_id: str, role: str, municipality: str | None = None) -> list[Partner]:
        """Return who takes this role for somebody in a municipality: its own first, then regional, then national ones.

        Partners of other municipalities are left out. Never empty: without anybody it is the region's own desk, else
        its last resort (so ``partner.role`` may differ from ``role``). Raises ``UnknownRegion``.
        """
        found = self._serving(region_id, role, municipality)
        return found or self._serving(region_id, DESK, municipality)[:1] or [self._last_resort(region_id)]

    def _serving(self, region_id: str, role: str, municipality: str | None) -> list[Partner]:
        serving = [
            replace(partner, role=role)
            for partner in self.all_partners(region_id)
            if role in partner.roles and (not partner.municipalities or municipality in partner.municipalities)
        ]
        return sorted(serving, key=lambda partner: partner.nearness)

    def _last_resort(self, region_id: str) -> Partner:
        named = self.region(region_id).last_resort
        own = self._partners[region_id]
        return next((partner for partner in own if partner.id == named), own[0])


def _served(region_id: str, name: str, form: RegionFile, towns: tuple[str, ...]) -> Region:
    return Region(
        id=region_id,
        name=name,
        brand=form.brand,
        website=form.website,
        municipalities=towns,
        served=True,
        last_resort=form.last_resort,
        desk_hours=form.desk_hours.schedule(),
    )


def _handed_over(index: RegionIndex, region_id: str, towns: tuple[str, ...]) -> Region:
    entry = next(entry for entry in index.regions if entry.id == region_id)
    desk = index.desk_of(entry)
    return Region(region_id, entry.name, desk.name, desk.website, towns, served=False)


def _hand_over_desk(region: Region) -> Partner:
    return Partner(
        id=f"werkcentrum-{region.id}",
        name=region.brand,
        role=DESK,
        roles=(DESK,),
        website=region.website,
        modes=("website",),
    )


def _chains(organizations: Iterable[Organization]) -> list[Chain]:
    active = [service for entry in organizations for service in entry.services if service.status == "active"]
    return [chain for chain in map(read_chain, active) if chain is not None][:1]


def _check_ids(folder: Path, partners: Iterable[Partner]) -> None:
    seen: set[str] = set()
    for partner in partners:
        if partner.id in seen:
            raise DirectoryError(f"{folder}: two partners have the id {partner.id!r}; give one another partner_id")
        seen.add(partner.id)
