"""The services and organisations of Open Referral HSDS 3.1 that a directory holds, as far as we know them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from bot.directory.hours import Schedule
from bot.directory.hsds_base import Language, Phone, Record, TaxonomyTerm, Text
from bot.directory.hsds_places import HoursRecord, Location, ServiceArea, ServiceAtLocation

ROLE_TAXONOMY = "doorwijzer-role"
SETTING_TAXONOMY = "doorwijzer-setting"
PHASE_TAXONOMY = "doorwijzer-phase"
MEMBER_TAXONOMY = "doorwijzer-member"

ROLES = frozenset(
    {
        "rmt_desk", "uwv", "municipality_income", "municipality_debt_help", "municipality_housing", "union_career",
        "legal_aid", "education", "language_point", "sbb", "learning_desk", "kvk", "diploma_office",
        "refugee_support", "sheltered_work_company", "inclusion_chain", "employer_desk", "youth_desk", "health",
        "immigration_lawyer", "coa", "crisis_line", "safe_home", "labour_inspectorate", "childcare_allowance",
    }
)  # fmt: skip
"""All roles a partner can have (design, section 3.3)."""

APPOINTMENT_MODES = ("phone", "in_person", "video")
"""Ways in which an appointment can be kept."""

CALENDARS = frozenset({"none", "caldav"})
"""Values of the setting ``calendar``: no appointments, or an outside calendar. Without it the house keeps one."""

MODES = frozenset({*APPOINTMENT_MODES, "walk_in", "email", "website"})
"""Ways to reach a partner; ``walk_in`` is without an appointment."""

SETTINGS = frozenset(
    {
        "partner_id", "assured", "calendar", "mode", "seats", "slot_minutes", "notice_hours", "description_en",
        "places", "entry_role", "calendar_url", "buffer_minutes", "interpreter_minutes", "interpreter_notice_hours",
        "accessible",
    }
)  # fmt: skip
"""What a service can say about itself beyond HSDS."""


class Service(Record):
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
    wait_time: Text | None = None
    fees_description: Text | None = None
    fees: Text | None = None
    accreditations: Text | None = None
    licenses: Text | None = None
    organization: dict[str, Any] | None = None
    program: dict[str, Any] | None = None
    funding: list[dict[str, Any]] = Field(default_factory=list)
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
        return tuple(term.code or "" for term, _ in self.terms(ROLE_TAXONOMY))

    def setting(self, code: str) -> str | None:
        """Return one setting's value, or ``None`` when the service does not have it."""
        return next((value for term, value in self.terms(SETTING_TAXONOMY) if term.code == code), None)

    @property
    def unknown_settings(self) -> tuple[str, ...]:
        """Codes of settings that do not exist, and of those that lack a value."""
        terms = self.terms(SETTING_TAXONOMY)
        return tuple(str(term.code) for term, value in terms if term.code not in SETTINGS or value is None)

    def schedule(self, *, assured: bool) -> Schedule | None:
        """Return its own hours and closed days, or ``None`` without any. Raises ``ValueError`` for wrong ones."""
        places = self.service_at_locations
        records = [*self.schedules, *(record for place in places for record in place.schedules)]
        hours = tuple(hours for record in records for hours in record.weekly())
        closed = tuple(closure for record in records if (closure := record.closure()) is not None)
        return Schedule(hours, assured, closed) if hours or closed else None

    @property
    def address(self) -> str | None:
        """The first address where people can come, on one line; without a whole one, what its place says of it."""
        places = [place.location for place in self.service_at_locations if place.location]
        for place in places:
            for address in place.addresses:
                if address.address_type == "physical":
                    return f"{address.address_1}, {address.postal_code} {address.city}"
        return next((place.description for place in places if place.location_type == "physical"), None)

    @property
    def accessibility(self) -> tuple[str, ...]:
        """What its places say about getting in and around with a disability."""
        places = [place.location for place in self.service_at_locations if place.location]
        told = [entry.description or entry.details for place in places for entry in place.accessibility]
        return tuple(text for text in told if text)

    def terms(self, taxonomy: str) -> list[tuple[TaxonomyTerm, str | None]]:
        """Return the terms of a taxonomy that hold for this service, each with its value, in the file's order."""
        return [
            (attribute.taxonomy_term, attribute.value)
            for attribute in self.attributes
            if attribute.taxonomy_term is not None and attribute.taxonomy_term.taxonomy == taxonomy
        ]


class Organization(Record):
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
    tax_status: Text | None = None
    tax_id: Text | None = None
    year_incorporated: int | None = None
    funding: list[dict[str, Any]] = Field(default_factory=list)
    programs: list[dict[str, Any]] = Field(default_factory=list)
    phones: list[Phone] = Field(default_factory=list)
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    locations: list[Location] = Field(default_factory=list)
    organization_identifiers: list[dict[str, Any]] = Field(default_factory=list)
    services: list[Service] = Field(default_factory=list)
