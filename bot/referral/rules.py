"""The rules of a referral as staff wrote them (``content/referral.yml``): owners, due dates, outcomes, reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.clock import ZONE
from bot.directory.hours import is_holiday
from bot.settings import get_settings

Owner = Literal["resident", "partner", "desk", "none"]
#: The codes of a FHIR Task (R5), where it has one.
STATES = (
    "draft", "needs_review", "requested", "accepted", "in_progress", "on_hold", "completed", "rejected", "failed",
    "cancelled",
)  # fmt: skip
#: Reasons that the program gives itself; all others are the partner's.
_OWN_REASONS = ("not_reached", "other")
_PARTS_OF_DAY = ("morning", "afternoon", "evening")
_Entry = TypeVar("_Entry")
SATURDAY = 5
#: Until when on its last day something may be done: the end of a working day, not of the night.
CLOSE_OF_DAY = time(17)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Model):
    """One code in words."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the words; English for a language there are none in."""
        return self.nl if language == "nl" else self.en


class Due(_Model):
    """How long a state may last: working days, or days of any kind."""

    working_days: int = Field(0, ge=0, le=60)
    days: int = Field(0, ge=0, le=366)


class State(Label):
    """A state: its words, who takes the next step, and by when (``None``: nobody has to)."""

    owner: Owner
    due: Due | None = None


def _codes(needed: Sequence[str], *, only: bool = False) -> Callable[[dict[str, _Entry]], dict[str, _Entry]]:
    """Return a check that a list has these codes (and no other ones)."""

    def check(given: dict[str, _Entry]) -> dict[str, _Entry]:
        if missing := [code for code in needed if code not in given]:
            raise ValueError(f"missing {', '.join(missing)}")
        if unknown := [code for code in given if only and code not in needed]:
            raise ValueError(f"unknown {', '.join(unknown)}")
        return given

    return check


class ReferralRules(_Model):
    """All of ``content/referral.yml``."""

    states: Annotated[dict[str, State], AfterValidator(_codes(STATES, only=True))]
    outcomes: dict[str, Label] = Field(min_length=1)
    reasons: Annotated[dict[str, Label], AfterValidator(_codes(_OWN_REASONS))]
    travel_minutes: int = Field(ge=0, le=240)
    call_back: Annotated[dict[str, Label], AfterValidator(_codes(_PARTS_OF_DAY, only=True))]

    def due_at(self, state: str, since: datetime) -> datetime | None:
        """Return when the step after ``state`` is due, or ``None``: the close of the last day it counts.

        Raises ``KeyError`` for a state that does not exist.
        """
        due = self.states[state].due
        if due is None:
            return None
        day = since.astimezone(ZONE).date() + timedelta(days=due.days)
        for _ in range(due.working_days):
            day = _next_working_day(day)
        return datetime.combine(day, CLOSE_OF_DAY, ZONE)


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while day.weekday() >= SATURDAY or is_holiday(day):
        day += timedelta(days=1)
    return day


def read_rules(path: Path) -> ReferralRules:
    """Read the rules. Raises ``pydantic.ValidationError`` or ``yaml.YAMLError`` for a file that cannot be used."""
    return ReferralRules.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def referral_rules() -> ReferralRules:
    """Return the rules of this installation (read once)."""
    return read_rules(get_settings().content_dir / "referral.yml")
