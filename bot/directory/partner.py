"""A partner, and how it is read from a service in a region's ``directory.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.directory.hours import Schedule
from bot.directory.hsds import DirectoryError
from bot.directory.hsds_records import APPOINTMENT_MODES, Organization, Service
from bot.directory.regions import DefaultCalendar, RegionFile

_YES_NO = {"yes": True, "no": False}
_MAY_BE_ZERO = frozenset({"notice_hours", "buffer_minutes"})


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
    def appointment_modes(self) -> tuple[str, ...]:
        """The ways to keep an appointment, its own first choice first; nobody is sent to where no address is known."""
        return tuple(m for m in self.modes if m in APPOINTMENT_MODES and (m != "in_person" or self.location))

    @property
    def appointment_mode(self) -> str | None:
        """The first of its ways in which an appointment can be kept; ``None`` for who can only be walked in on."""
        return next(iter(self.appointment_modes), None)

    @property
    def nearness(self) -> int:
        """0 for a partner of the municipality, 1 for one of the region, 2 for a national one."""
        return 2 if self.national else 0 if self.municipalities else 1


def read_partners(organizations: Iterable[Organization], form: RegionFile | None, *, national: bool) -> list[Partner]:
    """Return the active services as partners, in the file's order. Raises ``DirectoryError`` for a wrong number."""
    return [
        _partner(organization, service, form, national)
        for organization in organizations
        for service in organization.services
        if service.status == "active"
    ]


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
