"""The decision table: needs with reasons, in the right order, and never a forbidden combination."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.decisions_check import BASIC_NEEDS, WISHES
from bot.directory.partners import Directory
from bot.intake.decisions import NEEDS, RANKS, DecisionsInvalid, DecisionTable
from bot.intake.situation import FACTS, SAFETY_SIGNALS, SIGNALS, Situation

TODAY = date(2026, 11, 22)
PATH = Path(__file__).parents[2] / "content" / "decisions.yml"
DATA = yaml.safe_load(PATH.read_text("utf-8"))
TABLE = DecisionTable.parse(DATA)
DIRECTORY = Directory.load(PATH.parent / "regions")


def situation(*signals: str, **facts: str) -> Situation:
    result = Situation().with_signals(dict.fromkeys(signals, 0.9))
    for name, value in facts.items():
        result = result.with_fact(name, value)
    return TABLE.implied_facts(result)


def needs(*signals: str, **facts: str):
    return TABLE.needs(situation(*signals, **facts), TODAY)


@pytest.mark.parametrize(
    ("signals", "need", "roles"),
    [
        (["self_employed_less_work"], "income_support_self_employed", ("municipality_income", "kvk", "rmt_desk")),
        (["contract_ending"], "unemployment_benefit", ("uwv", "rmt_desk")),
        (["no_benefit"], "job_search", ("rmt_desk", "municipality_income")),
        (["ukrainian_protection"], "ukraine_work_guidance", ("rmt_desk", "municipality_income", "refugee_support")),
        (["debts"], "debt_help", ("municipality_debt_help",)),
        (["language_need"], "language_course", ("education", "language_point", "municipality_income")),
        (["suicidal_crisis"], "crisis_help", ("crisis_line",)),
        (["domestic_violence"], "violence_help", ("safe_home",)),
        (["minor_at_risk"], "violence_help", ("safe_home",)),
        (["homeless_tonight"], "shelter_tonight", ("municipality_housing",)),
        (["labour_exploitation"], "exploitation_help", ("labour_inspectorate",)),
    ],
)
def test_each_situation_of_this_step_has_its_need_and_roles(signals, need, roles):
    (found,) = needs(*signals)
    assert (found.id, found.roles, found.because) == (need, roles, tuple(signals))
    assert found.source
    assert found.checked <= TODAY


def test_a_freelancer_with_debts_has_two_needs_never_one():
    found = needs("debts", "self_employed_less_work")
    assert [need.id for need in found] == ["income_support_self_employed", "debt_help"]
    assert [need.because for need in found] == [("self_employed_less_work",), ("debts",)]


def test_safety_comes_first_then_deadlines_then_the_rest():
    found = needs("debts", "no_benefit", "contract_ending", "suicidal_crisis")
    assert [need.rank for need in found] == ["safety", "deadline", "main", "basic"]


@pytest.mark.parametrize(
    ("signals", "order"),
    [
        ("looking_for_work housing_problem", ["housing_help", "job_search"]),
        ("looking_for_work debts", ["debt_help", "job_search"]),
        ("looking_for_work older_worker housing_problem", ["housing_help", "job_search"]),
        ("wants_retraining career_question debts", ["debt_help", "training", "career_advice"]),
        ("looking_for_work language_need", ["job_search", "language_course"]),
        ("wants_retraining care_and_work", ["training", "childcare_costs"]),
        # a situation goes first: it is mostly the cause
        ("no_benefit looking_for_work debts", ["job_search", "debt_help"]),
        ("flex_no_hours debts looking_for_work", ["legal_advice", "debt_help", "job_search"]),
        ("illness_or_stress housing_problem", ["health_at_work", "housing_help"]),
        ("contract_ending housing_problem wants_event", ["unemployment_benefit", "housing_help", "event"]),
    ],
)
def test_a_roof_and_debts_come_after_the_situation_and_before_a_wish(signals, order):
    assert [need.id for need in needs(*signals.split())] == order


def test_the_last_day_is_part_of_the_reason_and_makes_it_urgent_within_a_week():
    (calm,) = needs("contract_ending", end_date="2027-01-31")
    (near,) = needs("contract_ending", end_date="2026-11-29")
    assert calm.because == ("contract_ending", "end_date")
    assert (calm.urgent, near.urgent) == (False, True)


def test_the_same_help_asked_for_twice_is_one_need_with_both_reasons():
    (found,) = [need for need in needs("contract_ending", "dismissed_now") if need.id == "unemployment_benefit"]
    assert set(found.because) >= {"contract_ending", "dismissed_now"}


@pytest.mark.parametrize(("age", "second"), [("from_27", "municipality_income"), ("from_55", "union_career")])
def test_age_changes_who_comes_second_for_somebody_without_a_benefit(age, second):
    (found,) = needs("no_benefit", age_group=age)
    assert found.roles[:2] == ("rmt_desk", second)


def test_what_a_signal_states_is_known_and_what_was_said_wins():
    assert situation("contract_ending").facts["work_status"] == "end_in_sight"
    assert situation("contract_ending", work_status="flex").facts["work_status"] == "flex"


def test_nothing_known_gives_no_need_and_a_known_status_gives_the_open_door():
    assert needs() == []
    (found,) = needs(work_status="other")
    assert (found.rows, found.roles) == (("open_door",), ("rmt_desk",))


situations = st.builds(
    lambda signals, facts: situation(*signals, **facts),
    st.sets(st.sampled_from(SIGNALS), max_size=5),
    st.fixed_dictionaries(
        {},
        optional={name: st.sampled_from(values) for name, values in FACTS.items() if values}
        | {"end_date": st.dates(TODAY - timedelta(days=400), TODAY + timedelta(days=400)).map(date.isoformat)},
    ),
)


@given(situations)
def test_any_situation_leads_somewhere_and_never_to_a_forbidden_partner(any_situation):
    found = TABLE.needs(any_situation, TODAY)
    if any_situation.signals or "work_status" in any_situation.facts:
        assert found
    for need in found:
        assert need.roles or need.person
        assert need.because
        assert need.id in NEEDS  # none of them is a rejection
        assert not (need.id in {"language_course", "literacy_support"} and "uwv" in need.roles)
    ids = {need.id: need for need in found}
    under_the_scheme = any_situation.facts.get("right_to_work") == "ukraine_scheme"
    if under_the_scheme or "ukrainian_protection" in any_situation.signals:
        assert not ids.keys() & {"income_support_self_employed", "business_start", "business_advice"}
        assert not any("kvk" in need.roles for need in found)
    if "debts" in any_situation.signals:
        assert ids["debt_help"].roles[0] == "municipality_debt_help"
        assert "municipality_income" not in ids["debt_help"].roles  # Bbz never comes in its place
    assert [RANKS.index(need.rank) for need in found] == sorted(RANKS.index(need.rank) for need in found)


@given(situations)
def test_a_wish_alone_puts_no_basic_need_aside(any_situation):
    found = TABLE.needs(any_situation, TODAY)
    wishes = [place for place, need in enumerate(found) if WISHES.issuperset(need.because)]
    basic = [place for place, need in enumerate(found) if need.id in BASIC_NEEDS]
    assert not wishes or not basic or max(basic) < min(wishes)


@given(situations)
def test_every_situation_has_a_partner_in_the_region_or_a_person(any_situation):
    for need in TABLE.needs(any_situation, TODAY):
        assert need.person or all(DIRECTORY.partners("midden-utrecht", role) for role in need.roles)


@given(situations, st.sampled_from(SAFETY_SIGNALS), st.sampled_from(SIGNALS))
def test_one_more_signal_never_loses_a_safety_need(any_situation, safety, other):
    before = TABLE.needs(any_situation.with_signals({safety: 1.0}), TODAY)
    after = TABLE.needs(any_situation.with_signals({safety: 1.0, other: 1.0}), TODAY)
    assert {need.id for need in before if need.rank == "safety"} <= {need.id for need in after}


@given(situations, st.sampled_from(SAFETY_SIGNALS), st.sampled_from([(n, v) for n in FACTS for v in FACTS[n] or ()]))
def test_one_more_fact_never_loses_a_safety_need(any_situation, safety, fact):
    endangered = any_situation.with_signals({safety: 1.0})
    before = [need.id for need in TABLE.needs(endangered, TODAY) if need.rank == "safety"]
    assert before
    assert before == [need.id for need in TABLE.needs(endangered.with_fact(*fact), TODAY) if need.rank == "safety"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"need": None}, "rows.0.need"),
        ({"when": [{"signals": ["happy"]}]}, "unknown signals: happy"),
        ({"when": [{"facts": {"income": ["millions"]}}]}, "not a value of income"),
        ({"when": [{}]}, "a clause needs a signal or a fact"),
        ({"when": []}, "needs a `when`"),
        ({"roles": []}, "rows.0.roles"),
        ({"source": ""}, "rows.0.source"),
        ({"checked": "yesterday"}, "rows.0.checked"),
        ({"ask": ["shoe_size"]}, "unknown facts: shoe_size"),
        ({"id": "debts"}, "rows with the same id: debts"),
        ({"colour": "red"}, "rows.0.colour"),
        ({"need": "happiness"}, "unknown need happiness"),
        ({"theme": "weather"}, "rows.0.theme"),
        ({"person": "perhaps"}, "rows.0.person"),
    ],
)
def test_a_fault_in_the_table_is_named(change, place):
    broken = {**DATA, "rows": [{**DATA["rows"][0], **change}, *DATA["rows"][1:]]}
    with pytest.raises(DecisionsInvalid, match=place.replace(".", r"\.")):
        DecisionTable.parse(broken)
