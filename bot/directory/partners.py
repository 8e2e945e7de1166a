"""Partners: who helps with what, where. ``Directory`` knows the partners of all regions and finds the right ones.

``content/regions/<id>/directory.json`` holds a region's partners, ``content/regions/national/directory.json`` those
that help everywhere. Within the same nearness the order of the files counts, so that none is preferred by the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.directory.chain import Chain, read_chain
from bot.directory.hours import Schedule
from bot.directory.hsds import DirectoryError, read_organizations
from bot.directory.hsds_records import APPOINTMENT_MODES, Organization, Service
from bot.directory.municipalities import Municipalities
from bot.directory.regions import (
    DefaultCalendar,
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
    "read_partners",
]

NATIONAL = "national"
_YES_NO = {"yes": True, "no": False}
_MAY_BE_ZERO = frozenset({"notice_hours", "buffer_minutes"})
DESK = "rmt_desk"


class UnknownPartner(LookupError):
    """No partner of this region has this id."""


@dataclass(frozen=True)
class Partner:
    """One service of an organisation, in the role in which it is offered.

    ``municipalities`` are those it serves (empty: the whole region, or the country when ``national``). ``schedule`` is
    None for a partner without a calendar, which is reached by phone, e-mail or website. ``notice_hours`` is the least
    time between booking and appointment. ``assured`` is False as long as nobody has confirmed the entry; ``note`` then
    says what is not known. ``accessibility`` is empty as long as nobody has told it, which is no claim either way;
    ``accessible`` says whether one gets in without steps (``None``: not known). ``buffer_minutes`` lie between two
    appointments. With an interpreter they may be longer, or need more notice (``None``: as all others).
    ``calendar_url`` is the partner's own calendar outside the house (CalDAV), if it has one.
    """

    id: str
    name: str
    role: str
    roles: tuple[str, ...]
    service: str = ""
    municipalities: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    email: str | None = None
    website: str | None = None
    location: str | None = None
    languages: tuple[str, ...] = ("nl",)
    modes: tuple[str, ...] = ("phone",)
    schedule: Schedule | None = None
    seats: int = 1
    slot_minutes: int = 30
    notice_hours: int = 24
    buffer_minutes: int = 0
    interpreter_minutes: int | None = None
    interpreter_notice_hours: int | None = None
    calendar_url: str | None = None
    accessible: bool | None = None
    assured: bool = False
    assured_on: date | None = None
    national: bool = False
    note: str | None = None
    accessibility: tuple[str, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def appointment_mode(self) -> str | None:
        """The first of its ways in which an appointment can be kept; ``None`` for who can only be walked in on."""
        return next((mode for mode in self.modes if mode in APPOINTMENT_MODES), None)

    @property
    def nearness(self) -> int:
        """0 for a partner of the municipality, 1 for one of the region, 2 for a national one."""
        return 2 if self.national else 0 if self.municipalities else 1


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


def read_partners(organizations: Iterable[Organization], form: RegionFile | None, *, national: bool) -> list[Partner]:
    """Return the active services as partners, in the file's order. Raises ``DirectoryError`` for a wrong number."""
    return [
        _partner(organization, service, form, national)
        for organization in organizations
        for service in organization.services
        if service.status == "active"
    ]


def _chains(organizations: Iterable[Organization]) -> list[Chain]:
    active = [service for entry in organizations for service in entry.services if service.status == "active"]
    return [chain for chain in map(read_chain, active) if chain is not None][:1]


def _partner(organization: Organization, service: Service, form: RegionFile | None, national: bool) -> Partner:
    assured = service.setting("assured") != "false" and service.assured_date is not None
    default = form.default_schedule if form and service.setting("calendar") != "none" else None
    schedule = _schedule(service, default, assured)
    phones = tuple(phone.number for phone in service.phones or organization.phones)
    website = service.url or organization.website
    settings = (service.setting("mode") or "").replace(",", " ").split()
    implied = list(default.modes) if default and schedule else ["phone"] if phones else ["website"] if website else []
    return Partner(
        id=service.setting("partner_id") or str(service.id),
        name=organization.name,
        role=next(iter(service.roles), ""),
        roles=service.roles,
        service=service.name,
        municipalities=tuple(area.name for area in service.service_areas),
        phones=phones,
        email=service.email or organization.email,
        website=website,
        location=service.address,
        languages=tuple(language.code for language in service.languages if language.code) or ("nl",),
        modes=tuple(settings or implied),
        schedule=schedule,
        seats=_number(organization, service, "seats", default.seats if default else 1),
        slot_minutes=_number(organization, service, "slot_minutes", default.slot_minutes if default else 30),
        notice_hours=_number(organization, service, "notice_hours", default.notice_hours if default else 24),
        buffer_minutes=_number(organization, service, "buffer_minutes", 0),
        interpreter_minutes=_number(organization, service, "interpreter_minutes", 0) or None,
        interpreter_notice_hours=_number(organization, service, "interpreter_notice_hours", 0) or None,
        calendar_url=service.setting("calendar_url") if service.setting("calendar") == "caldav" else None,
        accessible=_YES_NO.get(service.setting("accessible") or ""),
        assured=assured,
        assured_on=service.assured_date,
        national=national,
        note=service.alert,
        accessibility=service.accessibility,
        descriptions={
            language: text
            for language, text in (("nl", service.description), ("en", service.setting("description_en")))
            if text
        },
    )


def _schedule(service: Service, default: DefaultCalendar | None, assured: bool) -> Schedule | None:
    """Return the service's own hours; without a week of its own the region's, with the service's closed days."""
    own = service.schedule(assured=assured)
    if own is not None and own.has_week:
        return own
    if default is not None and set(service.roles) & set(default.roles):
        extra = [hours for role in service.roles for hours in default.extra_hours.get(role, [])]
        return default.schedule(extra).with_exceptions(own)
    return own if own is not None and own.weekly else None


def _number(organization: Organization, service: Service, setting: str, default: int) -> int:
    value = service.setting(setting)
    if value is None:
        return default
    fits = value.isascii() and value.isdecimal() and len(value) <= 4
    if not fits or (int(value) == 0 and setting not in _MAY_BE_ZERO):
        raise DirectoryError(f"organisation {organization.name!r}, service {service.name!r}: {setting} is {value!r}")
    return int(value)


def _check_ids(folder: Path, partners: Iterable[Partner]) -> None:
    seen: set[str] = set()
    for partner in partners:
        if partner.id in seen:
            raise DirectoryError(f"{folder}: two partners have the id {partner.id!r}; give one another partner_id")
        seen.add(partner.id)
