"""What is known of one resident so far: signals, facts, and what the resident would rather not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

#: The facts and their values, in the order in which they matter (design, section 3.4).
#: ``None`` marks a free value: a municipality's name, an ISO date.
FACTS: Mapping[str, tuple[str, ...] | None] = {
    "municipality": None,
    "work_status": ("employed", "end_in_sight", "flex", "self_employed", "unemployed", "learning", "other"),
    "end_date": None,
    "income": ("wage", "ww", "sickness", "bijstand", "leefgeld", "none", "unsaid"),
    "age_group": ("under_18", "from_18", "from_27", "from_55"),
    "right_to_work": ("dutch_eu", "free_permit", "ukraine_scheme", "asylum", "via_employer", "unknown"),
    "dutch_level": ("none", "basic", "good"),
    "route": ("work_first", "support_first"),
    "offer": ("jobs", "learning_places", "adapted_places"),
    "contact_channel": ("phone", "email", "walk_in"),
}

SAFETY_SIGNALS: tuple[str, ...] = (
    "suicidal_crisis",
    "domestic_violence",
    "homeless_tonight",
    "labour_exploitation",
    "minor_at_risk",
)

SIGNALS: tuple[str, ...] = (
    "self_employed_less_work", "self_employed_stopping", "self_employed_false", "dismissal_threat", "dismissed_now",
    "contract_ending", "flex_no_hours", "benefit_ending", "no_benefit", "on_unemployment_benefit",
    "on_social_assistance", "ukrainian_protection", "refugee_status_holder", "asylum_procedure",
    "permit_via_employer", "eu_worker", "language_need", "low_literacy", "diploma_abroad", "wants_retraining",
    "wants_practical_learning", "debts", "illness_or_stress", "disability", "sheltered_work",
    "young_without_qualification", "older_worker", "care_and_work", "housing_problem", "wants_to_start_business",
    "career_question", "legal_question_dismissal", "looking_for_work", "employer_offers_places", "wants_event",
    "switch_track", "complaint",
    *SAFETY_SIGNALS,
)  # fmt: skip


class FactError(ValueError):
    """A fact has a name or a value that does not exist."""


@dataclass(frozen=True)
class Situation:
    """The facts known so far. Immutable: every change gives a new situation.

    ``signals`` maps a signal to its confidence (0–1), ``facts`` a fact to its value, ``unsaid`` holds the facts
    the resident does not know or would rather not say: they are not asked again.
    """

    signals: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()

    def with_fact(self, name: str, value: str) -> Situation:
        """Set or replace one fact. Raises ``FactError`` for an unknown name or value."""
        check_fact(name, value)
        return replace(self, facts={**self.facts, name: value}, unsaid=self.unsaid - {name})

    def without_fact(self, name: str) -> Situation:
        """Forget one fact, so that it may be asked again."""
        return replace(
            self, facts={key: value for key, value in self.facts.items() if key != name}, unsaid=self.unsaid - {name}
        )

    def with_unsaid(self, name: str) -> Situation:
        """Remember that the resident does not know, or would rather not say, this fact."""
        return replace(self.without_fact(name), unsaid=self.unsaid | {name})

    def with_signals(self, signals: Mapping[str, float]) -> Situation:
        """Add signals; the higher confidence counts. Raises ``FactError`` for an unknown signal."""
        unknown = set(signals) - set(SIGNALS)
        if unknown:
            raise FactError(f"unknown signals: {', '.join(sorted(unknown))}")
        merged = dict(self.signals)
        for name, confidence in signals.items():
            merged[name] = max(confidence, merged.get(name, 0.0))
        return replace(self, signals=merged)

    def without_signals(self, names: Iterable[str]) -> Situation:
        """Forget signals the resident says are not so."""
        gone = set(names)
        return replace(self, signals={key: value for key, value in self.signals.items() if key not in gone})

    @property
    def safety(self) -> str | None:
        """The most urgent safety signal, in the order of ``SAFETY_SIGNALS``; ``None`` when there is none."""
        return next((name for name in SAFETY_SIGNALS if name in self.signals), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that survives JSON (a Rasa slot, a database row)."""
        return {"signals": dict(self.signals), "facts": dict(self.facts), "unsaid": sorted(self.unsaid)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Situation:
        """Rebuild from ``to_dict``; ``None`` gives an empty situation."""
        data = data or {}
        return cls(dict(data.get("signals", {})), dict(data.get("facts", {})), frozenset(data.get("unsaid", ())))


def check_fact(name: str, value: str) -> None:
    """Raise ``FactError`` unless ``value`` is allowed for the fact ``name``."""
    if name not in FACTS:
        raise FactError(f"unknown fact {name!r}")
    allowed = FACTS[name]
    if allowed is not None and value not in allowed:
        raise FactError(f"{value!r} is not a value of {name}: {', '.join(allowed)}")
    if name == "end_date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise FactError(f"{value!r} is not a date (YYYY-MM-DD)") from None
