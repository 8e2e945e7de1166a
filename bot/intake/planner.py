"""Which question comes next: only a question whose answer still changes something is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.intake.decisions import DecisionTable, Need
from bot.intake.situation import FACTS, Situation

#: Asked at the booking, not at the intake: it changes how somebody is helped, not by whom.
ASKED_LATER = frozenset({"contact_channel"})


def next_question(table: DecisionTable, situation: Situation, today: date, settled: Iterable[str] = ()) -> str | None:
    """Return the fact to ask now, or ``None`` when routing needs nothing more.

    A fact is asked when a partner cannot do without it (``ask`` in the table) or when one of its values would lead
    to other needs or other roles; facts come in the order of ``FACTS``. What is known, unknown to the resident, or
    rather not said is not asked. ``settled`` names needs already booked: they ask nothing any more.
    """
    done = frozenset(settled)
    needs = [need for need in table.needs(situation, today) if need.id not in done and need.rank != "safety"]
    asked_for = {fact for need in needs for fact in need.ask}
    for fact in FACTS:
        if fact in situation.facts or fact in situation.unsaid or fact in ASKED_LATER or not needs:
            continue
        weighs = fact in table.weighed_facts(situation)
        if fact in asked_for or (weighs and _changes_outcome(table, situation, fact, today, done)):
            return fact
    return None


def _changes_outcome(table: DecisionTable, situation: Situation, fact: str, today: date, done: frozenset[str]) -> bool:
    outcomes = {_outcome(table.needs(situation, today), done)}
    for value in _possible(fact, today):
        outcomes.add(_outcome(table.needs(situation.with_fact(fact, value), today), done))
        if len(outcomes) > 1:
            return True
    return False


def _possible(fact: str, today: date) -> tuple[str, ...]:
    """Values that stand for all answers. A municipality decides who helps, not which role, so it has none here."""
    if fact == "end_date":
        return (today.isoformat(), (today + timedelta(days=90)).isoformat())
    return FACTS[fact] or ()


def _outcome(needs: list[Need], done: frozenset[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what the resident would notice: which help, from whom. Urgency alone is no reason to ask."""
    return tuple((need.id, need.roles) for need in needs if need.id not in done)
