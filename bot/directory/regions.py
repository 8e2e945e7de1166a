"""Regions: ``content/regions/index.yml`` names all of them, a ``region.yml`` says how the ones served here work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.directory.hours import Schedule, is_open, next_opening
from bot.directory.hsds import DirectoryError
from bot.directory.hsds_places import weekly_hours

__all__ = ["HandOver", "Region", "RegionFile", "RegionIndex", "UnknownRegion", "read_index", "read_region"]


def _as_clock(value: object) -> object:
    # YAML reads 09:30 as the number 570 when nobody quotes it
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value


Clock = Annotated[str, BeforeValidator(_as_clock), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class UnknownRegion(LookupError):
    """No region has this id."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HoursForm(_Form):
    """Days and times; closing at 00:00 is the end of the day."""

    days: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] = Field(min_length=1)
    opens: Clock
    closes: Clock


class HoursOfDesk(_Form):
    """When staff are there. ``assured`` is False for an assumption."""

    assured: bool
    note: str = ""
    hours: list[HoursForm]

    def schedule(self, extra: list[HoursForm] | None = None) -> Schedule:
        """Return the schedule. Raises ``ValueError`` when something closes before it opens."""
        forms = [*self.hours, *(extra or [])]
        weekly = (hours for form in forms for hours in weekly_hours(list(form.days), form.opens, form.closes))
        return Schedule(tuple(weekly), self.assured)


class DefaultCalendar(HoursOfDesk):
    """The calendar of partners that have a role named here and publish no hours of their own."""

    roles: list[str]
    extra_hours: dict[str, list[HoursForm]] = Field(default_factory=dict)
    slot_minutes: int = Field(ge=5, le=480)
    seats: int = Field(ge=1, le=100)
    notice_hours: int = Field(ge=0, le=24 * 14)
    modes: list[Literal["phone", "in_person", "video"]] = Field(min_length=1)


class RegionFile(_Form):
    """What ``region.yml`` holds."""

    brand: str
    website: str
    last_resort: str
    """Id of the partner that can always take somebody in."""
    assurance_days: int = Field(365, ge=1)
    """Days after which what was once checked must be checked again."""
    desk_roles: list[str] = Field(default_factory=list)
    """Roles that no partner here has, on purpose: the region's own desk takes them."""
    desk_hours: HoursOfDesk
    default_schedule: DefaultCalendar


class HandOver(_Form):
    """The desk of a region that is not served here."""

    name: str
    website: str


class RegionEntry(_Form):
    """One line of the index."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    name: str
    hand_over: HandOver | None = None


class RegionIndex(_Form):
    """What ``index.yml`` holds."""

    hand_over: HandOver
    regions: list[RegionEntry]

    def desk_of(self, entry: RegionEntry) -> HandOver:
        """Return to whom a region is handed over."""
        given = entry.hand_over or self.hand_over
        return HandOver(name=given.name.format(region=entry.name), website=given.website)


@dataclass(frozen=True)
class Region:
    """An arbeidsmarktregio.

    ``served`` says whether it has a directory here; if not, ``brand`` and ``website`` are those of its own desk.
    """

    id: str
    name: str
    brand: str
    website: str
    municipalities: tuple[str, ...]
    served: bool
    last_resort: str | None = None
    desk_hours: Schedule | None = None

    @property
    def place(self) -> str:
        """The name as it stands after the word «regio»: «Zwolle» for «Regio Zwolle»."""
        return self.name.removeprefix("Regio ")

    def desk_open(self, moment: datetime) -> tuple[bool, datetime | None]:
        """Return whether the region's own desk is staffed at an aware moment, and when it opens next if it is not."""
        if self.desk_hours is None:
            return False, None
        if is_open(self.desk_hours, moment):
            return True, None
        return False, next_opening(self.desk_hours, moment)


_Read = TypeVar("_Read", bound=BaseModel)


def read_index(path: Path) -> RegionIndex:
    """Read ``index.yml``. Raises ``DirectoryError`` naming the file and the field."""
    index = _read(path, RegionIndex)
    ids = [entry.id for entry in index.regions]
    doubled = {region_id for region_id in ids if ids.count(region_id) > 1}
    if doubled:
        raise DirectoryError(f"{path}: {', '.join(sorted(doubled))} stands there twice")
    return index


def read_region(path: Path) -> RegionFile:
    """Read a ``region.yml``. Raises ``DirectoryError`` naming the file and the field."""
    form = _read(path, RegionFile)
    try:
        form.desk_hours.schedule()
        for role in ("", *form.default_schedule.extra_hours):
            form.default_schedule.schedule(form.default_schedule.extra_hours.get(role))
    except ValueError as error:
        raise DirectoryError(f"{path}: {error}") from error
    return form


def _read(path: Path, form: type[_Read]) -> _Read:
    try:
        return form.model_validate(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader))
    except OSError as error:
        raise DirectoryError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise DirectoryError(f"{path}, {'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DirectoryError(f"{path}: {error}") from error
