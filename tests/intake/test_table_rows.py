"""Every row of ``content/decisions.yml``: it can be reached, and it leads to the help the domain asks for."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from bot.decisions_check import example
from bot.intake.decisions import NEEDS, Clause, DecisionsInvalid, DecisionTable
from bot.intake.planner import next_question
from bot.intake.situation import SAFETY_SIGNALS, Situation

TODAY = date(2026, 11, 22)
SOON, LATER = (TODAY + timedelta(days=7)).isoformat(), (TODAY + timedelta(days=8)).isoformat()
DATA = yaml.safe_load((Path(__file__).parents[2] / "content" / "decisions.yml").read_text("utf-8"))
TABLE = DecisionTable.parse(DATA)
CLAUSES = [
    pytest.param(row, clause, id=f"{row.id}-{number}")
    for row in TABLE.rows
    for number, clause in enumerate(row.when, start=1)
]


def situation(signals: str = "", **facts: str) -> Situation:
    told = Situation().with_signals(dict.fromkeys(signals.split(), 0.9))
    for name, value in facts.items():
        told = told.with_fact(name, value)
    return TABLE.implied_facts(told)


def needs(signals: str = "", **facts: str):
    return {need.id: need for need in TABLE.needs(situation(signals, **facts), TODAY)}


@pytest.mark.parametrize(("row", "clause"), CLAUSES)
def test_each_clause_of_each_row_gives_its_need_from_its_role(row, clause):
    found = {need.id: need for need in TABLE.needs(example(TABLE, clause, TODAY), TODAY)}[row.need]
    assert row.id in found.rows
    assert set(row.roles) <= set(found.roles)
    assert found.because
    assert found.person >= row.person
    assert row.note is None or row.note in found.notes
    if found.rows[0] == row.id:
        assert found.roles[0] == row.roles[0]


#: The domain's section 4, row by row: what is told, the need, the first and the second role.
DOMAIN = [
    ("self_employed_less_work", {}, "income_support_self_employed", "municipality_income", "kvk"),
    ("self_employed_stopping", {}, "income_support_self_employed", "municipality_income", "rmt_desk"),
    ("self_employed_false", {}, "work_to_work", "rmt_desk", "union_career"),
    ("self_employed_less_work debts", {}, "debt_help", "municipality_debt_help", "kvk"),
    ("dismissal_threat", {}, "work_to_work", "rmt_desk", "union_career"),
    ("dismissed_now", {}, "legal_advice", "legal_aid", "rmt_desk"),
    ("dismissal_threat", {"end_date": SOON}, "legal_advice", "legal_aid", "rmt_desk"),
    ("dismissal_threat illness_or_stress", {}, "legal_advice", "legal_aid", "union_career"),
    ("contract_ending", {}, "unemployment_benefit", "uwv", "rmt_desk"),
    ("", {"work_status": "end_in_sight"}, "unemployment_benefit", "uwv", "rmt_desk"),
    ("flex_no_hours", {}, "legal_advice", "union_career", "legal_aid"),
    ("benefit_ending", {}, "job_search", "rmt_desk", "municipality_income"),
    ("benefit_ending on_unemployment_benefit", {}, "job_search", "rmt_desk", "municipality_income"),
    ("no_benefit", {}, "job_search", "rmt_desk", "municipality_income"),
    ("no_benefit", {"age_group": "from_55"}, "job_search", "rmt_desk", "union_career"),
    ("no_benefit", {"age_group": "under_18"}, "back_to_school", "youth_desk", "rmt_desk"),
    ("on_social_assistance", {}, "job_search", "municipality_income", "inclusion_chain"),
    ("on_social_assistance", {"route": "work_first"}, "job_search", "municipality_income", "employer_desk"),
    (
        "on_social_assistance", {"route": "support_first"},
        "job_search", "municipality_income", "sheltered_work_company",
    ),
    ("", {"income": "ww"}, "job_search", "uwv", "rmt_desk"),
    ("", {"income": "bijstand"}, "job_search", "municipality_income", "inclusion_chain"),
    ("", {"income": "none"}, "job_search", "rmt_desk", "municipality_income"),
    ("", {"income": "sickness"}, "health_at_work", "health", "rmt_desk"),
    ("", {"income": "leefgeld"}, "newcomer_guidance", "municipality_income", "rmt_desk"),
    ("", {"work_status": "learning"}, "training", "learning_desk", "education"),
    ("", {"work_status": "employed"}, "career_advice", "rmt_desk", "union_career"),
    ("", {"work_status": "flex"}, "career_advice", "rmt_desk", "union_career"),
    ("", {"work_status": "unemployed"}, "job_search", "rmt_desk", "uwv"),
    ("", {"work_status": "self_employed"}, "business_advice", "rmt_desk", "kvk"),
    ("ukrainian_protection", {}, "ukraine_work_guidance", "rmt_desk", "municipality_income"),
    ("", {"right_to_work": "ukraine_scheme"}, "ukraine_work_guidance", "rmt_desk", "municipality_income"),
    ("refugee_status_holder", {}, "newcomer_guidance", "municipality_income", "refugee_support"),
    ("asylum_procedure", {}, "newcomer_guidance", "coa", "uwv"),
    ("", {"right_to_work": "asylum"}, "newcomer_guidance", "coa", "uwv"),
    ("permit_via_employer", {}, "residence_advice", "immigration_lawyer", "rmt_desk"),
    ("", {"right_to_work": "via_employer"}, "residence_advice", "immigration_lawyer", "rmt_desk"),
    ("", {"right_to_work": "unknown"}, "residence_advice", "refugee_support", "immigration_lawyer"),
    ("eu_worker", {}, "residence_advice", "rmt_desk", "uwv"),
    ("language_need", {}, "language_course", "education", "language_point"),
    ("low_literacy", {}, "literacy_support", "language_point", "education"),
    ("diploma_abroad", {}, "diploma_recognition", "diploma_office", "sbb"),
    ("wants_retraining", {}, "training", "learning_desk", "education"),
    ("wants_retraining on_unemployment_benefit", {}, "training", "learning_desk", "uwv"),
    ("wants_practical_learning", {}, "practical_learning", "learning_desk", "sbb"),
    ("debts", {}, "debt_help", "municipality_debt_help", None),
    ("illness_or_stress", {}, "health_at_work", "health", "rmt_desk"),
    ("disability", {}, "disability_benefit", "uwv", "union_career"),
    ("sheltered_work", {}, "sheltered_work", "municipality_income", "sheltered_work_company"),
    ("sheltered_work", {"route": "work_first"}, "sheltered_work", "municipality_income", "employer_desk"),
    (
        "sheltered_work", {"route": "support_first"},
        "sheltered_work", "municipality_income", "sheltered_work_company",
    ),
    ("young_without_qualification", {}, "back_to_school", "youth_desk", "education"),
    ("older_worker", {}, "job_search", "rmt_desk", "union_career"),
    ("looking_for_work", {"age_group": "from_55"}, "job_search", "rmt_desk", "union_career"),
    ("looking_for_work", {}, "job_search", "rmt_desk", "uwv"),
    ("looking_for_work", {"age_group": "under_18"}, "back_to_school", "youth_desk", "rmt_desk"),
    ("care_and_work", {}, "childcare_costs", "rmt_desk", "municipality_income"),
    ("housing_problem", {}, "housing_help", "municipality_housing", "legal_aid"),
    ("wants_to_start_business", {}, "business_start", "kvk", "rmt_desk"),
    ("wants_to_start_business", {"income": "ww"}, "business_start", "uwv", "kvk"),
    ("wants_to_start_business", {"income": "bijstand"}, "business_start", "municipality_income", "kvk"),
    ("career_question", {}, "career_advice", "union_career", "learning_desk"),
    ("legal_question_dismissal", {}, "legal_advice", "legal_aid", "union_career"),
    ("employer_offers_places", {}, "employer_services", "employer_desk", "sbb"),
    ("employer_offers_places", {"offer": "jobs"}, "employer_services", "employer_desk", "rmt_desk"),
    ("employer_offers_places", {"offer": "learning_places"}, "employer_services", "employer_desk", "sbb"),
    (
        "employer_offers_places", {"offer": "adapted_places"},
        "employer_services", "employer_desk", "sheltered_work_company",
    ),
    ("wants_event", {}, "event", "rmt_desk", None),
    ("switch_track", {}, "career_advice", "rmt_desk", "inclusion_chain"),
    ("complaint", {}, "complaint_handling", "rmt_desk", None),
]  # fmt: skip


@pytest.mark.parametrize(("signals", "facts", "need", "first", "second"), DOMAIN)
def test_the_domain_row_by_row(signals, facts, need, first, second):
    found = needs(signals, **facts)[need]
    assert (*found.roles, None)[:2] == (first, second)


@pytest.mark.parametrize(
    ("signals", "facts", "need", "person"),
    [
        ("complaint", {}, "complaint_handling", True),
        ("ukrainian_protection", {"right_to_work": "unknown"}, "residence_advice", True),
        ("ukrainian_protection", {}, "ukraine_work_guidance", False),
        ("housing_problem flex_no_hours", {}, "housing_help", True),
        ("housing_problem", {}, "housing_help", False),
        ("dismissed_now", {"end_date": SOON}, "legal_advice", True),
        ("dismissed_now", {"end_date": LATER}, "legal_advice", False),
        ("contract_ending", {"end_date": SOON}, "unemployment_benefit", True),
        ("contract_ending", {"end_date": LATER}, "unemployment_benefit", False),
        ("permit_via_employer", {"end_date": SOON}, "residence_advice", True),
        ("permit_via_employer", {}, "residence_advice", False),
    ],
)
def test_when_staff_are_called(signals, facts, need, person):
    assert needs(signals, **facts)[need].person is person


def test_people_from_ukraine_with_another_nationality_are_not_told_of_the_scheme():
    assert list(needs("ukrainian_protection", right_to_work="unknown")) == ["residence_advice"]


def test_a_rule_past_its_last_day_brings_a_person():
    told = situation("ukrainian_protection")
    assert [need.person for need in TABLE.needs(told, date(2027, 3, 4))] == [False]
    assert [need.person for need in TABLE.needs(told, date(2027, 3, 5))] == [True]


def test_who_wants_support_first_gets_debts_and_health_before_work():
    told = "on_social_assistance debts illness_or_stress"
    assert list(needs(told, route="support_first")) == ["debt_help", "health_at_work", "job_search"]
    assert list(needs(told, route="work_first")) == ["job_search", "health_at_work", "debt_help"]


def test_a_special_case_keeps_the_notes_of_both_rows():
    stopping = needs("self_employed_stopping older_worker")["income_support_self_employed"]
    assert stopping.notes == ("bbz_before_stopping", "ioaz")
    assert needs("benefit_ending", age_group="from_55")["job_search"].notes == ("ioaw", "before_benefit_ends")


@pytest.mark.parametrize(
    ("signals", "asked"),
    [
        ("debts", ["municipality"]),
        ("housing_problem", ["municipality"]),
        ("looking_for_work", ["municipality"]),
        ("wants_retraining", ["municipality"]),
        ("self_employed_stopping", ["municipality"]),
        ("ukrainian_protection", ["municipality"]),
        ("illness_or_stress", ["municipality"]),
        ("contract_ending", ["municipality", "end_date"]),
        ("no_benefit", ["municipality", "age_group"]),
        ("wants_to_start_business", ["municipality", "income"]),
        ("on_social_assistance", ["municipality", "route"]),
        ("sheltered_work", ["municipality", "route"]),
        ("employer_offers_places", ["municipality", "offer"]),
        ("complaint", []),
    ],
)
def test_few_questions(signals, asked):
    told, questions = situation(signals), []
    while question := next_question(TABLE, told, TODAY):
        questions.append(question)
        told = told.with_unsaid(question)
    assert questions == asked


def clause(**fields) -> Clause:
    return Clause(**fields)


@pytest.mark.parametrize(
    ("fields", "told", "holds"),
    [
        ({"signals": ["debts"]}, ("debts", {}), True),
        ({"signals": ["debts"]}, ("complaint", {}), False),
        ({"signals": ["debts", "complaint"]}, ("debts", {}), False),
        ({"facts": {"income": ["ww", "none"]}}, ("", {"income": "none"}), True),
        ({"facts": {"income": ["ww"]}}, ("", {"income": "wage"}), False),
        ({"facts": {"income": ["ww"]}}, ("", {}), False),
        ({"signals": ["debts"], "known": {"income": ["ww"]}}, ("debts", {"income": "ww"}), True),
        ({"signals": ["debts"], "known": {"income": ["ww"]}}, ("debts", {}), False),
        ({"signals": ["debts"], "unless": ["complaint"]}, ("debts complaint", {}), False),
        ({"signals": ["debts"], "unless_facts": {"income": ["ww"]}}, ("debts", {"income": "ww"}), False),
        ({"signals": ["debts"], "unless_facts": {"income": ["ww"]}}, ("debts", {}), True),
        ({"signals": ["debts"], "near": True}, ("debts", {"end_date": SOON}), True),
        ({"signals": ["debts"], "near": True}, ("debts", {"end_date": LATER}), False),
        ({"signals": ["debts"], "near": True}, ("debts", {}), False),
        ({"signals": ["debts"], "alone": True}, ("debts", {"income": "ww"}), True),
        ({"signals": ["debts"], "alone": True}, ("debts complaint", {}), False),
        ({"facts": {"income": ["ww"]}, "alone": True}, ("", {"income": "ww"}), True),
        ({"facts": {"income": ["ww"]}, "alone": True}, ("debts", {"income": "ww"}), False),
    ],
)
def test_every_condition_of_a_clause(fields, told, holds):
    signals, facts = told
    assert clause(**fields).holds(situation(signals, **facts), TODAY) is holds


def test_only_what_is_worth_a_question_is_asked():
    row = next(row for row in DATA["rows"] if row["id"] == "debts")

    def asked(**when):
        table = DecisionTable.parse({**DATA, "rows": [{**row, "when": [{"signals": ["debts"], **when}]}]})
        return set(table.weighed_facts(situation("debts")))

    assert asked(facts={"income": ["ww"]}) == {"income"}
    assert asked(known={"income": ["ww"]}) == set()
    assert asked(unless_facts={"income": ["ww"]}) == set()


@pytest.mark.parametrize("when", [{"known": {"income": ["ww"]}}, {"near": True}, {"facts": {"income": []}}])
def test_a_clause_that_cannot_be_meant_is_refused(when):
    with pytest.raises(DecisionsInvalid):
        DecisionTable.parse({**DATA, "rows": [{**DATA["rows"][0], "when": [when]}]})


def test_every_need_has_a_row_and_safety_stands_alone():
    assert {row.need for row in TABLE.rows} == set(NEEDS)
    for signal in SAFETY_SIGNALS:
        assert [need.rank for need in needs(signal).values()] == ["safety"]
