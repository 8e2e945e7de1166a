"""Events: job fairs, information afternoons, workshops. ``content/events.yml`` holds those that are known.

An event is offered beside an appointment, to those whose needs it names. Times in the file are on the clock of the
Netherlands; here they are aware.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.clock import ZONE

__all__ = ["Event", "Events", "EventsInvalid", "Place"]

#: Whoever asks for an event is offered all of them.
WANTED = frozenset({"event", "wants_event"})
#: More places than this at one event is a slip of the pen.
MOST_PLACES = 10_000


class EventsInvalid(ValueError):
    """The file of events cannot be read; the message says where."""


def _as_local(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("give the time on the clock of the Netherlands, without a zone")
    return moment.replace(tzinfo=ZONE)


LocalTime = Annotated[datetime, AfterValidator(_as_local)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Form):
    """Where it is. ``address`` is None as long as nobody has confirmed one."""

    name: str = Field(min_length=1, max_length=80)
    municipality: str
    address: str | None = Field(None, min_length=1, max_length=80)

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.address, self.municipality) if part)


class Event(_Form):
    """One event; ``content/events.yml`` explains its fields."""

    id: Id
    region: str
    kind: Literal["job_fair", "information", "workshop", "open_walk_in"]
    title: dict[str, Annotated[str, Field(min_length=1, max_length=80)]] = Field(min_length=1)
    description: dict[str, Words] = Field(min_length=1)
    languages: tuple[str, ...] = Field(min_length=1)
    start: LocalTime
    end: LocalTime
    place: Place
    for_needs: tuple[str, ...] = ()
    for_signals: tuple[str, ...] = ()
    places: int | None = Field(None, ge=1, le=MOST_PLACES, strict=True)
    """How many may sign up; None: anybody may come, without signing up."""
    sign_up_until: LocalTime | None = None
    contact: bool = Field(False, strict=True)
    organiser: str
    source: str = Field(min_length=1)
    checked: date

    @model_validator(mode="after")
    def _in_order(self) -> Event:
        if self.end <= self.start:
            raise ValueError(f"event {self.id}: ends before it starts")
        if self.sign_up_until is not None and self.sign_up_until > self.start:
            raise ValueError(f"event {self.id}: the sign-up closes after the start")
        if self.places is None and (self.contact or self.sign_up_until is not None):
            raise ValueError(f"event {self.id}: sign_up_until and contact need a number of places")
        return self

    @property
    def closes(self) -> datetime:
        """The moment from which nobody can sign up any more."""
        return self.sign_up_until or self.start

    def called(self, language: str) -> str:
        """Return the title in this language, else in the first one there is."""
        return self.title.get(language) or next(iter(self.title.values()))

    def described(self, language: str) -> str:
        """Return the description in this language, else in the first one there is."""
        return self.description.get(language) or next(iter(self.description.values()))

    def suits(self, wishes: Collection[str]) -> bool:
        """Return whether it is for one of these needs or signals."""
        return not WANTED.isdisjoint(wishes) or not set(wishes).isdisjoint({*self.for_needs, *self.for_signals})


class _EventsFile(_Form):
    events: tuple[Event, ...]


class Events:
    """All known events."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.all = tuple(sorted(events, key=lambda event: (event.start, event.id)))

    @classmethod
    def load(cls, content_dir: Path) -> Events:
        """Read ``events.yml``. Raises ``EventsInvalid`` when it is missing or faulty."""
        path = content_dir / "events.yml"
        try:
            read = _EventsFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except OSError as error:
            raise EventsInvalid(f"{path.name}: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise EventsInvalid(f"{path.name}, {where}: {first['msg']}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # a ValueError: no UTF-8, no such date
            raise EventsInvalid(f"{path.name}: {error}") from error
        return cls(read.events)

    def get(self, event_id: str) -> Event | None:
        """Return the event with this id."""
        return next((event for event in self.all if event.id == event_id), None)

    def upcoming(self, region: str, wishes: Collection[str], now: datetime, language: str | None = None) -> list[Event]:
        """Return the events one can still go to, the first ones first.

        Args:
            region: the region's id.
            wishes: ids of needs and signals; with ``event`` or ``wants_event`` among them every event suits.
            now: an aware moment; an event that began, or whose sign-up closed, is left out.
            language: events in which it is spoken go before the others.
        """
        open_ = [event for event in self.all if event.region == region and event.closes > now and event.suits(wishes)]
        return sorted(open_, key=lambda event: language is not None and language not in event.languages)
