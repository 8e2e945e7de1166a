"""The decision table (``content/decisions.yml``): from a situation to needs, each with its reasons.

Evaluated by plain code over plain data: the same situation gives the same needs, and every need says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.intake.situation import FACTS, SIGNALS, Situation, check_fact

Rank = Literal["safety", "deadline", "main", "also"]
RANKS: tuple[Rank, ...] = ("safety", "deadline", "main", "also")

#: A last day within this many days makes a need urgent (domain, section 4: "a deadline within 7 days").
URGENT_DAYS = 7


class DecisionsInvalid(ValueError):
    """The decision table does not have the agreed form; the message says where."""


class Clause(BaseModel):
    """One way in which a row can hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signals: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: tuple[str, ...] = ()
    unless_facts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Clause:
        unknown = (set(self.signals) | set(self.unless)) - set(SIGNALS)
        if unknown:
            raise ValueError(f"unknown signals: {', '.join(sorted(unknown))}")
        if not self.signals and not self.facts:
            raise ValueError("a clause needs a signal or a fact")
        for facts in (self.facts, self.unless_facts):
            for name, values in facts.items():
                for value in values:
                    check_fact(name, value)
        return self

    def holds(self, situation: Situation) -> bool:
        """Return whether the clause is true of the situation."""
        return (
            all(name in situation.signals for name in self.signals)
            and all(situation.facts.get(name) in values for name, values in self.facts.items())
            and not any(name in situation.signals for name in self.unless)
            and not any(situation.facts.get(name) in values for name, values in self.unless_facts.items())
        )

    @property
    def causes(self) -> tuple[str, ...]:
        """Ids of the signals and facts that make the clause true."""
        return (*self.signals, *self.facts)


class Row(BaseModel):
    """One row of the table; see the head of ``content/decisions.yml`` for its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    when: tuple[Clause, ...] = ()
    need: str
    roles: tuple[str, ...] = Field(min_length=1)
    rank: Rank
    ask: tuple[str, ...] = ()
    exact_with: tuple[str, ...] = Field((), alias="with")
    note: str | None = None
    source: str = Field(min_length=1)
    checked: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _known(self) -> Row:
        unknown = (set(self.ask) | set(self.exact_with)) - set(FACTS)
        if unknown:
            raise ValueError(f"row {self.id}: unknown facts: {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True)
class Need:
    """What help is needed, who gives it, and why.

    ``because`` holds ids of signals and facts; ``roles`` the first role first; ``urgent`` says a deadline is near.
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
    note: str | None = None
    urgent: bool = field(default=False)


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
        """Return the facts that rows of this situation weigh: those in clauses whose signals hold."""
        return frozenset(
            fact
            for row in self.rows
            for clause in row.when
            if clause.signals and all(name in situation.signals for name in clause.signals)
            for fact in (*clause.facts, *clause.unless_facts)
        )

    def needs(self, situation: Situation, today: date) -> list[Need]:
        """Return the needs of a situation: safety first, then deadlines, then the rest, in the table's order.

        Nothing known gives an empty list; something known that no row covers gives the open door (the RMT's desk).
        """
        found: dict[str, Need] = {}
        for row in self.rows:
            causes = _causes(row, situation)
            if causes:
                need = _need(row, causes, situation, today)
                found[need.id] = _merge(found[need.id], need) if need.id in found else need
        if not found and (situation.signals or "work_status" in situation.facts):
            causes = tuple(situation.signals) or ("work_status",)
            return [_need(self.default_row, causes, situation, today)]
        return sorted(found.values(), key=lambda need: RANKS.index(need.rank))


def _causes(row: Row, situation: Situation) -> tuple[str, ...]:
    causes: dict[str, None] = {}
    for clause in row.when:
        if clause.holds(situation):
            causes.update(dict.fromkeys(clause.causes))
    # A fact that a signal already states is no second reason.
    signals = [cause for cause in causes if cause in SIGNALS]
    return tuple(signals or causes)


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
        note=row.note,
        urgent=row.rank == "safety" or _is_near(situation.facts.get("end_date"), today),
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
        note=first.note or other.note,
        urgent=first.urgent or other.urgent,
    )
