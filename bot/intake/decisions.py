"""The decision table (``content/decisions.yml``): from a situation to needs, each with its reasons.

Evaluated by plain code over plain data: the same situation gives the same needs, and every need says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.intake.situation import FACTS, SIGNALS, Situation, check_fact

#: The order in which needs are shown; the head of ``content/decisions.yml`` says what each is.
Rank = Literal["safety", "deadline", "main", "basic", "wish", "also"]
RANKS: tuple[Rank, ...] = get_args(Rank)

#: What help there is; every one of them has a row. Add, don't rename: referrals carry these names.
NEEDS: tuple[str, ...] = (
    "income_support_self_employed", "business_advice", "business_start", "unemployment_benefit", "social_assistance",
    "work_to_work", "job_search", "career_advice", "legal_advice", "debt_help", "language_course", "literacy_support",
    "diploma_recognition", "training", "practical_learning", "sheltered_work", "health_at_work", "disability_benefit",
    "back_to_school", "newcomer_guidance", "ukraine_work_guidance", "residence_advice", "housing_help",
    "childcare_costs", "employer_services", "event", "complaint_handling", "crisis_help", "violence_help",
    "shelter_tonight", "exploitation_help",
)  # fmt: skip

#: The tables of the page for policy officers (docs/decisions.md), in this order.
Theme = Literal[
    "safety", "self_employed", "dismissal", "benefits", "newcomers", "learning", "health", "money_and_home",
    "direction", "employers", "service",
]  # fmt: skip
THEMES: tuple[Theme, ...] = get_args(Theme)

#: A last day within this many days makes a need urgent (domain, section 4: "a deadline within 7 days").
URGENT_DAYS = 7


class DecisionsInvalid(ValueError):
    """The decision table does not have the agreed form; the message says where."""


class Clause(BaseModel):
    """One way in which a row can hold.

    ``facts`` are worth a question, ``known`` count only when they are known anyway. ``near`` asks for a last day
    within ``URGENT_DAYS``; ``alone`` for nothing told beside the clause's own signals.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    signals: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    known: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: tuple[str, ...] = ()
    unless_facts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    near: bool = False
    alone: bool = False

    @model_validator(mode="after")
    def _known(self) -> Clause:
        unknown = (set(self.signals) | set(self.unless)) - set(SIGNALS)
        if unknown:
            raise ValueError(f"unknown signals: {', '.join(sorted(unknown))}")
        if not self.signals and not self.facts:
            raise ValueError("a clause needs a signal or a fact")
        for facts in (self.facts, self.known, self.unless_facts):
            for name, values in facts.items():
                if not values:
                    raise ValueError(f"{name}: name at least one value")
                for value in values:
                    check_fact(name, value)
        return self

    def holds(self, situation: Situation, today: date) -> bool:
        """Return whether the clause is true of the situation."""
        return (
            all(name in situation.signals for name in self.signals)
            and all(situation.facts.get(name) in values for name, values in (*self.facts.items(), *self.known.items()))
            and not any(name in situation.signals for name in self.unless)
            and not any(situation.facts.get(name) in values for name, values in self.unless_facts.items())
            and (not self.near or _is_near(situation.facts.get("end_date"), today))
            and (not self.alone or set(situation.signals) <= set(self.signals))
        )

    @property
    def causes(self) -> tuple[str, ...]:
        """Ids of the signals and facts that make the clause true."""
        return (*self.signals, *self.facts, *self.known)


class Row(BaseModel):
    """One row of the table; see the head of ``content/decisions.yml`` for its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    theme: Theme
    when: tuple[Clause, ...] = ()
    need: str
    roles: tuple[str, ...] = Field(min_length=1)
    rank: Rank
    ask: tuple[str, ...] = ()
    exact_with: tuple[str, ...] = Field((), alias="with")
    note: str | None = None
    person: bool = False
    source: str = Field(min_length=1)
    checked: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _known(self) -> Row:
        unknown = (set(self.ask) | set(self.exact_with)) - set(FACTS)
        if unknown:
            raise ValueError(f"row {self.id}: unknown facts: {', '.join(sorted(unknown))}")
        if self.need not in NEEDS:
            raise ValueError(f"row {self.id}: unknown need {self.need}")
        return self

    def causes(self, situation: Situation, today: date) -> tuple[str, ...]:
        """Return why the row holds for a situation; empty when it does not."""
        causes: dict[str, None] = {}
        for clause in self.when:
            if clause.holds(situation, today):
                causes.update(dict.fromkeys(clause.causes))
        # A fact that a signal already states is no second reason.
        signals = [cause for cause in causes if cause in SIGNALS]
        return tuple(signals or causes)


@dataclass(frozen=True)
class Need:
    """What help is needed, who gives it, and why.

    ``because`` holds ids of signals and facts; ``roles`` the first role first; ``notes`` names dated texts that go with
    the advice; ``urgent`` says a deadline is near; ``person`` that staff must be called, whatever the resident books.
    """

    id: str
    rows: tuple[str, ...]
    roles: tuple[str, ...]
    because: tuple[str, ...]
    rank: Rank
    ask: tuple[str, ...]
    source: str
    checked: date
    valid_until: date | None = None
    notes: tuple[str, ...] = ()
    urgent: bool = False
    person: bool = False


class DecisionTable(BaseModel):
    """The whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    version: str
    implied: Mapping[str, Mapping[str, str]]
    strengths: tuple[str, ...] = ()
    rows: tuple[Row, ...]
    default_row: Row = Field(alias="default")

    @model_validator(mode="after")
    def _consistent(self) -> DecisionTable:
        ids = [row.id for row in self.rows]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"rows with the same id: {', '.join(twice)}")
        for row in self.rows:
            if not row.when:
                raise ValueError(f"row {row.id}: needs a `when`")
        for signal, facts in self.implied.items():
            if signal not in SIGNALS:
                raise ValueError(f"implied: unknown signal {signal}")
            for name, value in facts.items():
                check_fact(name, value)
        return self

    @classmethod
    def parse(cls, data: Any) -> DecisionTable:
        """Build the table from parsed YAML. Raises ``DecisionsInvalid`` naming the place of the fault."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "table"
            raise DecisionsInvalid(f"content/decisions.yml, {place}: {first['msg']}") from error

    def implied_facts(self, situation: Situation) -> Situation:
        """Add the facts that the signals state, where the resident has not said otherwise."""
        for name, value in self.stated_by(situation).items():
            if name not in situation.facts and name not in situation.unsaid:
                situation = situation.with_fact(name, value)
        return situation

    def stated_by(self, situation: Situation) -> dict[str, str]:
        """Return the facts that the situation's signals state; where two differ, the first counts."""
        stated: dict[str, str] = {}
        for signal in situation.signals:
            stated = {**self.implied.get(signal, {}), **stated}
        return stated

    def weighed_facts(self, situation: Situation) -> frozenset[str]:
        """Return the facts worth a question: those that clauses weigh (``facts``) whose signals hold."""
        return frozenset(
            fact
            for row in self.rows
            for clause in row.when
            if clause.signals and all(name in situation.signals for name in clause.signals)
            for fact in clause.facts
        )

    def needs(self, situation: Situation, today: date) -> list[Need]:
        """Return the needs of a situation in the order of their ranks, safety first; within a rank that of the table.

        Nothing known gives an empty list; something known that no row covers gives the open door (the RMT's desk).
        """
        found: dict[str, Need] = {}
        for row in self.rows:
            causes = row.causes(situation, today)
            if causes:
                need = _need(row, causes, situation, today)
                found[need.id] = _merge(found[need.id], need) if need.id in found else need
        if not found and (situation.signals or "work_status" in situation.facts):
            causes = tuple(situation.signals) or ("work_status",)
            return [_need(self.default_row, causes, situation, today)]
        return sorted(found.values(), key=lambda need: RANKS.index(need.rank))


def _need(row: Row, causes: tuple[str, ...], situation: Situation, today: date) -> Need:
    exact = tuple(name for name in row.exact_with if name in situation.facts and name not in causes)
    return Need(
        id=row.need,
        rows=(row.id,),
        roles=row.roles,
        because=(*causes, *exact),
        rank=row.rank,
        ask=row.ask,
        source=row.source,
        checked=row.checked,
        valid_until=row.valid_until,
        notes=(row.note,) if row.note else (),
        urgent=row.rank == "safety" or _is_near(situation.facts.get("end_date"), today),
        # A rule past its last day may have changed: staff look at it.
        person=row.person or (row.valid_until is not None and row.valid_until < today),
    )


def _is_near(end_date: str | None, today: date) -> bool:
    return end_date is not None and date.fromisoformat(end_date) - today <= timedelta(days=URGENT_DAYS)


def _merge(first: Need, other: Need) -> Need:
    """Two rows that ask for the same help are one need with the reasons of both."""
    return Need(
        id=first.id,
        rows=(*first.rows, *other.rows),
        roles=tuple(dict.fromkeys((*first.roles, *other.roles))),
        because=tuple(dict.fromkeys((*first.because, *other.because))),
        rank=min(first.rank, other.rank, key=RANKS.index),
        ask=tuple(dict.fromkeys((*first.ask, *other.ask))),
        source=first.source,
        checked=min(first.checked, other.checked),
        valid_until=min((day for day in (first.valid_until, other.valid_until) if day), default=None),
        notes=tuple(dict.fromkeys((*first.notes, *other.notes))),
        urgent=first.urgent or other.urgent,
        person=first.person or other.person,
    )
