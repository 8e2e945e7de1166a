"""The words of an appointment, and the one port through which every calendar is used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Mode = Literal["phone", "in_person", "video"]
Field = Literal["name", "phone", "email"]

#: What has to be known of somebody, by the way in which the appointment is kept.
REQUIRED_FIELDS: dict[str, tuple[Field, ...]] = {
    "phone": ("name", "phone"),
    "video": ("name", "email"),
    "in_person": ("name",),
}


class SeatTaken(RuntimeError):
    """All seats at this time are taken, or the time is over."""


class AlreadyBusy(SeatTaken):
    """The resident has another appointment then, or is on the way from one to the other."""


class CalendarUnavailable(RuntimeError):
    """A calendar outside the house does not answer, or not in its own words. What it holds is not known."""


@dataclass(frozen=True)
class Product:
    """What can be booked. ``minutes`` is how long it takes, ``notice_hours`` the least time between now and then."""

    id: str
    """appointment | interpreter"""
    name: str
    minutes: int
    notice_hours: int


@dataclass(frozen=True)
class Location:
    """Where, or how, an appointment is kept. ``address`` is ``None`` when it is no place, or not known.

    ``accessible`` says whether one gets in without steps; ``None`` is not known, and is to be said so.
    """

    id: str
    mode: Mode
    name: str
    address: str | None = None
    accessible: bool | None = None


@dataclass(frozen=True)
class Slot:
    """A time with a partner. ``start`` and ``end`` are aware; ``mode`` is phone, in_person or video."""

    start: datetime
    end: datetime
    mode: str
    location: str | None = None

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end in UTC, to reckon with: in the hour that the clock shows twice, its own time goes wrong."""
        return self.start.astimezone(UTC), self.end.astimezone(UTC)


@dataclass(frozen=True)
class Visit:
    """Who comes: a resident's referral, without a word about the person.

    ``key`` (at most 64 characters) makes it the same visit when it is asked for twice. ``reference`` is what resident
    and partner call it by.
    """

    key: str
    conversation_id: str
    reference: str
    referral_id: int | None = None
    """``None`` as long as the referral has not been written; the house's own calendar needs it."""


@dataclass(frozen=True)
class Placed:
    """A visit that stands in a calendar. ``id`` is the calendar's own name for it; ``seat`` counts from 1."""

    id: str
    slot: Slot
    seat: int


class Calendar(ABC):
    """A partner's calendar. Every one behaves alike: ``tests/referral/calendars/test_contract.py``.

    Every method that speaks to something outside the house raises ``CalendarUnavailable`` when that does not answer;
    never call those inside a database transaction.
    """

    @abstractmethod
    def products(self) -> list[Product]:
        """Return what can be booked: an appointment, and one with an interpreter; none without hours."""

    @abstractmethod
    def locations(self, product: Product) -> list[Location]:
        """Return where or how ``product`` can be had, the partner's first choice first. Walking in is none of them."""

    @abstractmethod
    def dates(self, product: Product, location: Location, now: datetime) -> list[date]:
        """Return the days, in the Netherlands, on which something is free, in order; those of ``HORIZON_DAYS``."""

    @abstractmethod
    def times(self, product: Product, location: Location, day: date, now: datetime) -> list[Slot]:
        """Return the free times of a day in order, none nearer than the notice; empty for a day without any."""

    @abstractmethod
    def create(self, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """Take a seat. The same visit at the same time again gives the seat it has.

        Raises ``SeatTaken`` when there is none, when the time is over, or when the visit stands at another time.
        """

    @abstractmethod
    def change(self, placed_id: str, slot: Slot, visit: Visit, now: datetime) -> Placed:
        """Take a seat at another time, and only then give up the one of ``placed_id``.

        ``visit`` has a key of its own for the new time. Doing it again gives the seat there is. Raises ``SeatTaken``
        and ``LookupError`` (nothing has this id); then the former seat still stands.
        """

    @abstractmethod
    def cancel(self, placed_id: str, now: datetime) -> bool:
        """Give a seat up; return whether there was one. Doing it again changes nothing."""

    def required_fields(self, product: Product, location: Location) -> tuple[Field, ...]:
        """Return what has to be known of who comes: the name, and what that way of meeting needs."""
        return REQUIRED_FIELDS[location.mode]
