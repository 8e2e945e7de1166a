"""From outcomes to figures: what failed for each persona, and the summary over all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from bot.evaluation.personas.behaviour import extra_turns
from bot.evaluation.personas.simulator import Outcome


def failures(outcome: Outcome) -> list[str]:
    """Return, in words, where an outcome differs from what its persona expects."""
    expect, behaviour = outcome.persona.expect, outcome.persona.behaviour
    found = [f"dead end: {outcome.dead_end}"] if outcome.dead_end else []
    found += [f"need missing: {need}" for need in expect.needs if need not in outcome.needs]
    found += [f"need too many: {need}" for need in expect.not_needs if need in outcome.needs]
    first = _first_role(outcome)
    if expect.first_role is not None and first != expect.first_role:
        found.append(f"first role: {first or 'none'} instead of {expect.first_role}")
    if expect.checks_safety and outcome.safety != expect.safety:
        found.append(f"safety: {outcome.safety or 'none'} instead of {expect.safety or 'none'}")
    if expect.booked is not None and outcome.booked != expect.booked:
        found.append("booked, and should not be" if outcome.booked else "not booked")
    # Who says nothing useful twice may be offered a person, whatever else is expected.
    may_meet_a_person = outcome.handoff and "useless_twice" in behaviour
    if expect.handoff is not None and outcome.handoff != expect.handoff and not may_meet_a_person:
        found.append("handed off, and should not be" if outcome.handoff else "not handed off")
    most = None if expect.max_turns is None else expect.max_turns + extra_turns(outcome.persona)
    if most is not None and outcome.turns > most:
        found.append(f"{outcome.turns} turns, at most {most}")
    return found


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return ``{"summary", "personas"}`` as agreed in the design, section 4.

    ``needs_recall`` is the share of all expected needs that were found, ``first_role_accuracy`` the share of the
    personas that expect a first role; both are ``null`` when no persona expects any. Questions are those about facts
    before the first advice.
    """
    rows = [_row(outcome) for outcome in outcomes]
    expected = [(need, outcome) for outcome in outcomes for need in outcome.persona.expect.needs]
    with_role = [outcome for outcome in outcomes if outcome.persona.expect.first_role is not None]
    times = [milliseconds for outcome in outcomes for milliseconds in outcome.turn_ms]
    summary = {
        "personas": len(rows),
        "passed": sum(row["passed"] for row in rows),
        "needs_recall": _share([need in outcome.needs for need, outcome in expected]),
        "first_role_accuracy": _share([_first_role(one) == one.persona.expect.first_role for one in with_role]),
        "dead_ends": sum(outcome.dead_end is not None for outcome in outcomes),
        "median_turns": median(outcome.turns for outcome in outcomes) if outcomes else None,
        "median_questions": median(outcome.questions for outcome in outcomes) if outcomes else None,
        "most_questions": max((outcome.questions for outcome in outcomes), default=None),
        "turn_ms_p50": percentile(times, 50),
        "turn_ms_p95": percentile(times, 95),
    }
    return {"summary": summary, "personas": rows}


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the smallest value that at least ``percent`` % of the values do not exceed (nearest rank)."""
    if not values:
        return None
    rank = max(1, math.ceil(len(values) * percent / 100))
    return round(sorted(values)[rank - 1], 1)


def _row(outcome: Outcome) -> dict[str, Any]:
    wrong = failures(outcome)
    return {
        "id": outcome.persona.id,
        "passed": not wrong,
        "failures": wrong,
        "signals": outcome.signals,
        "needs": outcome.needs,
        "roles": outcome.roles,
        "first_role": _first_role(outcome),
        "safety": outcome.safety,
        "booked": outcome.booked,
        "reference": outcome.references[0] if outcome.references else None,
        "turns": outcome.turns,
        "questions": outcome.questions,
    }


def _first_role(outcome: Outcome) -> str | None:
    return outcome.roles[0] if outcome.roles else None


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None
