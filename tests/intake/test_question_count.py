"""However a conversation goes: at most six questions before the advice, and none of them twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake.decisions import DecisionTable
from bot.intake.planner import next_question
from bot.intake.situation import FACTS, SIGNALS, Situation

TABLE = DecisionTable.parse(
    yaml.safe_load((Path(__file__).parents[2] / "content" / "decisions.yml").read_text("utf-8"))
)
TODAY = date(2026, 11, 22)
MOST_QUESTIONS = 6
ORDER = list(FACTS)


def answers(fact: str) -> list[str | None]:
    """What somebody can answer; ``None``: rather not say."""
    free: dict[str, list[str | None]] = {"municipality": ["Zeist"], "end_date": ["2026-11-25", "2027-03-01"]}
    return [*(FACTS[fact] or free[fact]), None]


@settings(max_examples=400, deadline=None)
@given(data=st.data(), signals=st.sets(st.sampled_from(SIGNALS), min_size=1, max_size=5))
def test_six_questions_at_most_and_none_twice(data: st.DataObject, signals: set[str]) -> None:
    situation = TABLE.implied_facts(Situation().with_signals(dict.fromkeys(signals, 0.9)))
    asked: list[str] = []
    while (fact := next_question(TABLE, situation, TODAY)) is not None:
        assert fact not in asked
        assert fact not in situation.facts
        asked.append(fact)
        answer = data.draw(st.sampled_from(answers(fact)), label=fact)
        known = situation.with_unsaid(fact) if answer is None else situation.with_fact(fact, answer)
        situation = TABLE.implied_facts(known)
    assert len(asked) <= MOST_QUESTIONS
    assert TABLE.needs(situation, TODAY)


@given(signals=st.sets(st.sampled_from(SIGNALS), min_size=1, max_size=4))
def test_rather_not_say_always_leads_on(signals: set[str]) -> None:
    situation = Situation(unsaid=frozenset(FACTS)).with_signals(dict.fromkeys(signals, 0.9))
    assert next_question(TABLE, situation, TODAY) is None
    assert all(need.roles for need in TABLE.needs(situation, TODAY))


def test_the_benefit_is_asked_only_where_it_decides() -> None:
    """A person comes first, not the scheme they come from (KICKSTART Drechtsteden, 2022)."""
    asking = set()
    for signal in SIGNALS:
        situation = TABLE.implied_facts(Situation().with_signals({signal: 0.9}))
        while (fact := next_question(TABLE, situation, TODAY)) is not None:
            situation = situation.with_unsaid(fact)
            if fact == "income":
                asking.add(signal)
    assert asking == {"wants_to_start_business"}  # UWV's leave with WW, the municipality's Bbz with bijstand
