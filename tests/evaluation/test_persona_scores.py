"""From outcomes to figures."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.scores import failures, percentile, report
from bot.evaluation.personas.simulator import Outcome


def outcome(expect: dict[str, Any], **found: Any) -> Outcome:
    return Outcome(Persona.model_validate({"id": "p", "language": "nl", "opening": "o", "expect": expect}), **found)


@pytest.mark.parametrize(
    ("expect", "found", "told"),
    [
        ({"needs": ["debt_help"]}, {"needs": ["debt_help"]}, []),
        ({"needs": ["debt_help"]}, {}, ["need missing: debt_help"]),
        ({"not_needs": ["debt_help"]}, {"needs": ["debt_help"]}, ["need too many: debt_help"]),
        ({"first_role": "uwv"}, {"roles": ["kvk", "uwv"]}, ["first role: kvk instead of uwv"]),
        ({"first_role": "uwv"}, {}, ["first role: none instead of uwv"]),
        ({"safety": None}, {"safety": "minor_at_risk"}, ["safety: minor_at_risk instead of none"]),
        ({}, {"safety": "minor_at_risk"}, []),
        ({"booked": False}, {"references": ["AB2CD3E4"]}, ["booked, and should not be"]),
        ({"booked": True}, {}, ["not booked"]),
        ({"handoff": True}, {}, ["not handed off"]),
        ({"handoff": False}, {"handoff": True}, ["handed off, and should not be"]),
        ({"max_turns": 3}, {"turns": 4}, ["4 turns, at most 3"]),
        ({}, {"dead_end": "no answer in turn 2"}, ["dead end: no answer in turn 2"]),
    ],
)
def test_failures_say_what_differs(expect: dict[str, Any], found: dict[str, Any], told: list[str]) -> None:
    assert failures(outcome(expect, **found)) == told


def test_the_summary_counts_needs_over_all_personas() -> None:
    summary = report(
        [
            outcome({"needs": ["a", "b"], "first_role": "uwv"}, needs=["a", "b"], roles=["uwv"], turns=4, turn_ms=[10]),
            outcome({"needs": ["c", "d"], "first_role": "uwv"}, needs=["c"], roles=["kvk"], turns=9, turn_ms=[30, 20]),
            outcome({}, turns=5, dead_end="x"),
        ]
    )["summary"]
    assert summary == {
        "personas": 3,
        "passed": 1,
        "needs_recall": 0.75,
        "first_role_accuracy": 0.5,
        "dead_ends": 1,
        "median_turns": 5,
        "median_questions": 0,
        "most_questions": 0,
        "turn_ms_p50": 20,
        "turn_ms_p95": 30,
    }


def test_nothing_expected_gives_no_share() -> None:
    summary = report([outcome({})])["summary"]
    assert summary["needs_recall"] is None
    assert summary["turn_ms_p95"] is None


def test_a_state_seen_once_stays_seen() -> None:
    one = outcome({})
    one.note(
        {
            "signals": [{"id": "homeless_tonight", "confidence": 0.9}],
            "needs": [{"id": "a", "role": "uwv"}],
            "handoff": {},
        }
    )
    one.note({"handoff": {"reason": "safety"}, "signals": [], "needs": []})
    one.note({"handoff": None, "signals": [{"id": "debts", "confidence": 1}], "needs": None, "referrals": None})
    assert one.handoff
    assert one.safety == "homeless_tonight"
    assert one.signals == ["homeless_tonight", "debts"]
    assert one.needs == ["a"]


def test_drafts_and_cancelled_referrals_are_not_booked() -> None:
    one = outcome({})
    states = ("draft", "cancelled", "failed", "requested")
    one.note({"referrals": [{"reference": state, "status": state} for state in states]})
    assert one.references == ["requested"]


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7], 50) == 7
    assert percentile([], 50) is None
