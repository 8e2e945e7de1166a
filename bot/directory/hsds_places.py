"""Where and when: places, areas and hours of Open Referral HSDS 3.1, as far as we know them."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from bot.directory.hours import Closure, WeeklyHours
from bot.directory.hsds_base import Language, Phone, Record, Text

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class HoursRecord(Record):
    """Hours of a week, as RFC 5545 words them. Times are those on the clock in the Netherlands.

    With ``valid_from`` and ``valid_to`` on the same day they are the other hours of that day, in place of the week's.
    Without ``opens_at`` and ``closes_at`` it is closed from ``valid_from`` to ``valid_to``.
    """

    service_id: UUID | None = None
    location_id: UUID | None = None
    service_at_location_id: UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    freq: Literal["WEEKLY"] = "WEEKLY"
    wkst: Text | None = None
    interval: Literal[1] = 1
    byday: Text | None = None
    opens_at: ClockTime | None = None
    closes_at: ClockTime | None = None
    description: Text | None = None
    schedule_link: Text | None = None
    attending_type: Text | None = None
    notes: Text | None = None

    @property
    def is_closure(self) -> bool:
        """Whether it says when it is closed, instead of open."""
        return self.opens_at is None and self.closes_at is None

    def weekly(self) -> list[WeeklyHours]:
        """Return the hours by day. Raises ``ValueError`` for an unknown day or for closing before opening."""
        if self.is_closure:
            return []
        if self.opens_at is None or self.closes_at is None:
            raise ValueError("has an opening without a closing time, or the other way round")
        return weekly_hours(self._days(), self.opens_at, self.closes_at, self.valid_from, self.valid_to)

    def closure(self) -> Closure | None:
        """Return when it is closed, or ``None`` for hours. Raises ``ValueError`` without both days, or in disorder."""
        if not self.is_closure:
            return None
        if self.valid_from is None or self.valid_to is None:
            raise ValueError(
                "has no times: give opens_at and closes_at, or valid_from and valid_to of days it is closed"
            )
        return Closure(self.valid_from, self.valid_to, frozenset(map(weekday, self._days())))

    def _days(self) -> list[str]:
        if self.byday is not None:
            return self.byday.split(",")
        one_day = self.valid_from is not None and self.valid_from == self.valid_to
        return [WEEKDAYS[self.valid_from.weekday()]] if one_day and self.valid_from else []


def weekly_hours(
    days: list[str], opens: str, closes: str, valid_from: date | None = None, valid_to: date | None = None
) -> list[WeeklyHours]:
    """Turn days (``MO`` … ``SU``) and times (``HH:MM``) into hours. Raises ``ValueError`` saying what is wrong."""
    if not days:
        raise ValueError(f"days are {', '.join(WEEKDAYS)}, not none")
    span = (time.fromisoformat(opens), time.fromisoformat(closes), valid_from, valid_to)
    return [WeeklyHours(weekday(day), *span) for day in days]


def weekday(day: str) -> int:
    """Return the number of a day (``MO`` is 0). Raises ``ValueError`` for one that does not exist."""
    if day.strip().upper() not in WEEKDAYS:
        raise ValueError(f"days are {', '.join(WEEKDAYS)}, not {day}")
    return WEEKDAYS.index(day.strip().upper())


class Address(Record):
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


class Accessibility(Record):
    """How people with a disability get in and around."""

    location_id: UUID | None = None
    description: Text | None = None
    details: Text | None = None
    url: Text | None = None


class Location(Record):
    """Where a service is given. ``description`` says so as far as it is known when there is no whole address."""

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
    accessibility: list[Accessibility] = Field(default_factory=list)
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    external_identifier: Text | None = None
    external_identifier_type: Text | None = None
    phones: list[Phone] = Field(default_factory=list)
    schedules: list[HoursRecord] = Field(default_factory=list)


class ServiceAtLocation(Record):
    """A service at one of its locations."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    description: Text | None = None
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    phones: list[Phone] = Field(default_factory=list)
    schedules: list[HoursRecord] = Field(default_factory=list)
    location: Location | None = None


class ServiceArea(Record):
    """A municipality in which a service is given; a service without any is given in the whole region."""

    service_id: UUID | None = None
    name: Text
    description: Text | None = None
    extent: Text | None = None
    extent_type: Text | None = None
    uri: Text | None = None
