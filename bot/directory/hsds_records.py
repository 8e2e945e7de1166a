"""The records of Open Referral HSDS 3.1 that a directory holds, as far as we know them.

Fields that HSDS does not have are refused, so that a typing error does not silently drop a phone number.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.directory.hours import Schedule, WeeklyHours

ROLE_TAXONOMY = "doorwijzer-role"
SETTING_TAXONOMY = "doorwijzer-setting"

ROLES = frozenset(
    {
        "rmt_desk", "uwv", "municipality_income", "municipality_debt_help", "municipality_housing", "union_career",
        "legal_aid", "education", "language_point", "sbb", "learning_desk", "kvk", "diploma_office",
        "refugee_support", "sheltered_work_company", "inclusion_chain", "employer_desk", "youth_desk", "health",
        "immigration_lawyer", "coa", "crisis_line", "safe_home", "labour_inspectorate", "childcare_allowance",
    }
)  # fmt: skip
"""All roles a partner can have (design, section 3.3)."""

SETTINGS = frozenset(
    {"partner_id", "assured", "calendar", "mode", "seats", "slot_minutes", "notice_hours", "description_en"}
)
"""What a service can say about itself beyond HSDS."""

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _no_empty(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty: leave the field out instead")
    return value


Text = Annotated[str, BeforeValidator(_no_empty)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    attributes: list[Attribute] = Field(default_factory=list)
    metadata: list[dict[str, Any]] = Field(default_factory=list)


class TaxonomyTerm(BaseModel):
    """A term of a taxonomy; ``code`` is what we read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    code: Text | None = None
    name: Text
    description: Text
    taxonomy: Text | None = None


class Attribute(BaseModel):
    """A term that holds for a record, with a value where it needs one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    link_id: UUID | None = None
    taxonomy_term_id: UUID | None = None
    link_type: Text | None = None
    link_entity: Text | None = None
    value: Text | None = None
    taxonomy_term: TaxonomyTerm | None = None
    metadata: list[dict[str, Any]] = Field(default_factory=list)


class Language(_Record):
    """A language in which a service is given."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    phone_id: UUID | None = None
    name: Text | None = None
    code: Text | None = None
    note: Text | None = None


class Phone(_Record):
    """A number, as it is said and dialled."""

    location_id: UUID | None = None
    service_id: UUID | None = None
    organization_id: UUID | None = None
    contact_id: UUID | None = None
    service_at_location_id: UUID | None = None
    number: Text
    extension: int | None = None
    type: Text | None = None
    description: Text | None = None
    languages: list[Language] = Field(default_factory=list)


class HoursRecord(_Record):
    """Hours of a week, as RFC 5545 words them. Times are those on the clock in the Netherlands."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    service_at_location_id: UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    freq: Literal["WEEKLY"] = "WEEKLY"
    wkst: Text | None = None
    interval: Literal[1] = 1
    byday: Text
    opens_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    closes_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    description: Text | None = None
    schedule_link: Text | None = None
    attending_type: Text | None = None
    notes: Text | None = None

    def weekly(self) -> list[WeeklyHours]:
        """Return the hours by day. Raises ``ValueError`` for an unknown day or for closing before opening."""
        return weekly_hours(self.byday.split(","), self.opens_at, self.closes_at, self.valid_from, self.valid_to)


def weekly_hours(
    days: list[str], opens: str, closes: str, valid_from: date | None = None, valid_to: date | None = None
) -> list[WeeklyHours]:
    """Turn days (``MO`` … ``SU``) and times (``HH:MM``) into hours. Raises ``ValueError`` saying what is wrong."""
    unknown = [day for day in days if day.strip().upper() not in WEEKDAYS]
    if unknown or not days:
        raise ValueError(f"days are {', '.join(WEEKDAYS)}, not {', '.join(unknown) or 'none'}")
    span = (time.fromisoformat(opens), time.fromisoformat(closes), valid_from, valid_to)
    return [WeeklyHours(WEEKDAYS.index(day.strip().upper()), *span) for day in days]


class Address(_Record):
    """An address in the Netherlands."""

    location_id: UUID | None = None
    attention: Text | None = None
    address_1: Text
    address_2: Text | None = None
    city: Text
    region: Text | None = None
    state_province: Text
    postal_code: Text
    country: Text
    address_type: Literal["physical", "postal", "virtual"]


class Location(_Record):
    """Where a service is given."""

    location_type: Literal["physical", "postal", "virtual"]
    url: Text | None = None
    organization_id: UUID | None = None
    name: Text | None = None
    alternate_name: Text | None = None
    description: Text | None = None
    transportation: Text | None = None
    latitude: float | None = None
    longitude: float | None = None
    languages: list[Language] = Field(default_factory=list)
    addresses: list[Address] = Field(default_factory=list)
    accessibility: list[dict[str, Any]] = Field(default_factory=list)
    phones: list[Phone] = Field(default_factory=list)
    schedules: list[HoursRecord] = Field(default_factory=list)


class ServiceAtLocation(_Record):
    """A service at one of its locations."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    description: Text | None = None
    phones: list[Phone] = Field(default_factory=list)
    schedules: list[HoursRecord] = Field(default_factory=list)
    location: Location | None = None


class ServiceArea(_Record):
    """A municipality in which a service is given; a service without any is given in the whole region."""

    service_id: UUID | None = None
    name: Text
    description: Text | None = None
    extent: Text | None = None
    extent_type: Text | None = None
    uri: Text | None = None


class Service(_Record):
    """What an organisation offers; each is a partner of its own, with its own calendar."""

    organization_id: UUID | None = None
    program_id: UUID | None = None
    name: Text
    alternate_name: Text | None = None
    description: Text | None = None
    url: Text | None = None
    email: Text | None = None
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    interpretation_services: Text | None = None
    application_process: Text | None = None
    fees_description: Text | None = None
    eligibility_description: Text | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    assured_date: date | None = None
    assurer_email: Text | None = None
    alert: Text | None = None
    last_modified: Text | None = None
    phones: list[Phone] = Field(default_factory=list)
    schedules: list[HoursRecord] = Field(default_factory=list)
    service_areas: list[ServiceArea] = Field(default_factory=list)
    service_at_locations: list[ServiceAtLocation] = Field(default_factory=list)
    languages: list[Language] = Field(default_factory=list)
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    cost_options: list[dict[str, Any]] = Field(default_factory=list)
    required_documents: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def roles(self) -> tuple[str, ...]:
        """Codes of the roles, in the order of the file."""
        return tuple(term.code or "" for term, _ in self._terms(ROLE_TAXONOMY))

    def setting(self, code: str) -> str | None:
        """Return one setting's value, or ``None`` when the service does not have it."""
        return next((value for term, value in self._terms(SETTING_TAXONOMY) if term.code == code), None)

    @property
    def unknown_settings(self) -> tuple[str, ...]:
        """Codes of settings that do not exist, and of those that lack a value."""
        terms = self._terms(SETTING_TAXONOMY)
        return tuple(str(term.code) for term, value in terms if term.code not in SETTINGS or value is None)

    def schedule(self, *, assured: bool) -> Schedule | None:
        """Return its own hours, or ``None`` when it names none. Raises ``ValueError`` for wrong hours."""
        places = self.service_at_locations
        records = [*self.schedules, *(record for place in places for record in place.schedules)]
        hours = tuple(hours for record in records for hours in record.weekly())
        return Schedule(hours, assured) if hours else None

    @property
    def address(self) -> str | None:
        """The first address where people can come, on one line."""
        for place in self.service_at_locations:
            for address in place.location.addresses if place.location else ():
                if address.address_type == "physical":
                    return f"{address.address_1}, {address.postal_code} {address.city}"
        return None

    def _terms(self, taxonomy: str) -> list[tuple[TaxonomyTerm, str | None]]:
        return [
            (attribute.taxonomy_term, attribute.value)
            for attribute in self.attributes
            if attribute.taxonomy_term is not None and attribute.taxonomy_term.taxonomy == taxonomy
        ]


class Organization(_Record):
    """An organisation with its services."""

    name: Text
    alternate_name: Text | None = None
    description: Text
    email: Text | None = None
    website: Text | None = None
    legal_status: Text | None = None
    logo: Text | None = None
    uri: Text | None = None
    parent_organization_id: UUID | None = None
    phones: list[Phone] = Field(default_factory=list)
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    locations: list[Location] = Field(default_factory=list)
    organization_identifiers: list[dict[str, Any]] = Field(default_factory=list)
    services: list[Service] = Field(default_factory=list)
