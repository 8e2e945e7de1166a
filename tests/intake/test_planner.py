"""The planner asks what still changes the outcome, in order, and nothing that is known."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from bot.intake.course import Agreement, Plan, next_step
from bot.intake.decisions import DecisionTable
from bot.intake.planner import next_question
from bot.intake.situation import Situation

TODAY = date(2026, 11, 22)
TABLE = DecisionTable.parse(
    yaml.safe_load((Path(__file__).parents[2] / "content" / "decisions.yml").read_text("utf-8"))
)


def asked(situation: Situation, settled=()) -> list[str]:
    """All questions, in order, when every one is answered with "rather not say"."""
    situation = TABLE.implied_facts(situation)
    questions = []
    while question := next_question(TABLE, situation, TODAY, settled):
        questions.append(question)
        situation = situation.with_unsaid(question)
    return questions


def signals(*names: str) -> Situation:
    return Situation().with_signals(dict.fromkeys(names, 0.9))


def test_nothing_known_asks_no_fact():
    assert asked(Situation()) == []


def test_a_freelancer_is_asked_only_where_they_live():
    assert asked(signals("self_employed_less_work")) == ["municipality"]


def test_somebody_without_a_benefit_is_asked_the_age_because_it_changes_who_helps():
    assert asked(signals("no_benefit")) == ["municipality", "age_group"]


def test_what_the_opening_said_is_not_asked():
    situation = signals("contract_ending").with_fact("municipality", "Zeist")
    assert asked(situation) == ["end_date"]
    assert asked(situation.with_fact("end_date", "2026-12-31")) == []


def test_a_safety_need_alone_asks_nothing():
    assert asked(signals("suicidal_crisis")) == []


def test_a_booked_need_asks_nothing_more():
    assert asked(signals("contract_ending"), settled=["unemployment_benefit"]) == []


def needs_of(*names: str):
    return TABLE.needs(signals(*names), TODAY)


def test_the_steps_of_a_booking_come_in_order():
    needs = needs_of("contract_ending")
    plan = Plan()
    assert next_step(plan, needs, None, ()) == "choice"
    plan = Plan(offered=("unemployment_benefit",)).with_choice(["unemployment_benefit"])
    assert next_step(plan, needs, None, ()) == "time", "a time is offered with its partner"
    assert next_step(plan, needs, None, (), equals=True) == "partner", "where the table prefers nobody"
    plan = plan.agree(partner="uwv")
    assert next_step(plan, needs, None, (), equals=True) == "time"
    plan = plan.agree(time="2026-11-25T09:00:00+01:00")
    assert next_step(plan, needs, None, ()) == "contact_channel"
    assert next_step(plan, needs, "phone", ("email",)) == "contact"
    assert next_step(plan, needs, "walk_in", ()) == "consent"
    plan = plan.with_consent()
    assert next_step(plan, needs, "phone", ("phone",)) == "book"
    plan = plan.with_booked("unemployment_benefit", "ABCD2345")
    assert (plan.agreed, plan.consented) == ({}, False)
    assert next_step(plan, needs, "phone", ("phone",)) == "done"


def test_what_moves_to_another_partner_has_the_question_for_the_partner():
    needs = needs_of("contract_ending")
    plan = Plan(chosen=("unemployment_benefit",), booked={"unemployment_benefit": "X"})
    assert next_step(plan.with_switch("unemployment_benefit", "uwv"), needs, "phone", ("phone",)) == "partner"


def test_what_is_booked_is_not_offered_again():
    plan = Plan(booked={"unemployment_benefit": "X"})
    assert next_step(plan, needs_of("contract_ending"), "phone", ("phone",)) == "done"


def test_a_new_need_after_a_booking_is_offered():
    plan = Plan(
        offered=("unemployment_benefit",), chosen=("unemployment_benefit",), booked={"unemployment_benefit": "X"}
    )
    assert next_step(plan, needs_of("contract_ending", "debts"), "phone", ("phone",)) == "choice"


def two_needs() -> Plan:
    return Plan(offered=("unemployment_benefit", "debt_help")).with_choice(["unemployment_benefit", "debt_help"])


def test_two_chosen_needs_get_their_times_one_after_the_other():
    plan = two_needs()
    assert plan.current == "unemployment_benefit"
    plan = plan.agree(partner="uwv", time="t")
    assert plan.current == "debt_help"
    assert plan.without("debt_help").current == "unemployment_benefit"
    assert plan.with_booked("unemployment_benefit", "X").current == "debt_help"


def test_the_rest_is_asked_once_for_both_and_equals_only_at_the_first():
    needs = needs_of("contract_ending", "debts")
    plan = two_needs().agree(partner="uwv", time="t")
    assert next_step(plan, needs, None, (), equals=True) == "time"
    plan = plan.agree(partner="zeist", no_time=True)
    assert next_step(plan, needs, None, ()) == "contact_channel"
    assert next_step(plan, needs, "phone", ()) == "contact"
    assert next_step(plan, needs, "phone", ("phone",)) == "consent"
    assert plan.to_send == ("unemployment_benefit", "debt_help")
    assert Plan.from_dict(plan.to_dict()) == plan


def test_one_by_one_the_consent_is_about_the_first_and_it_ends_with_the_last():
    plan = replace(two_needs(), one_by_one=True)
    assert plan.to_send == ("unemployment_benefit",)
    plan = plan.with_booked("unemployment_benefit", "X")
    assert (plan.to_send, plan.one_by_one) == (("debt_help",), True)
    assert plan.with_booked("debt_help", "Y").one_by_one is False


def test_going_back_forgets_only_what_came_after():
    plan = Plan(chosen=("debt_help", "training"), agreed={"debt_help": Agreement("a", "t")}, consented=True)
    other = plan.agree(partner="b", time="u")
    assert other.cleared("debt_help", "time").agreed == {"debt_help": Agreement("a"), "training": Agreement("b", "u")}
    assert other.cleared("debt_help").agreed == {"training": Agreement("b", "u")}
    assert other.cleared("debt_help", "consent") == replace(other, consented=False)
    assert plan.cleared(None) == replace(plan, consented=False)


def test_a_need_that_is_gone_is_dropped_and_offered_when_it_comes_back():
    plan = replace(two_needs(), booked={"unemployment_benefit": "X"})
    plan = plan.agree(partner="zeist", time="t").only([])
    assert (plan.chosen, plan.offered, plan.agreed) == (("unemployment_benefit",), ("unemployment_benefit",), {})


def test_a_plan_of_an_earlier_version_is_read_and_asks_anew():
    plan = Plan.from_dict({"chosen": ["debt_help"], "partner": "a", "time": "t", "hold": "x"})
    assert (plan.current, plan.agreed) == ("debt_help", {})
    assert Plan.from_dict(None) == Plan()


def test_switching_arranges_a_booked_need_anew_and_keeps_it_booked():
    plan = Plan(chosen=("debt_help", "training"), booked={"debt_help": "X"}).with_switch("debt_help", "zeist")
    assert (plan.current, plan.booked) == ("debt_help", {"debt_help": "X"})
    assert Plan.from_dict(plan.to_dict()) == plan
    done = plan.with_booked("debt_help", "Y")
    assert (done.current, done.booked, done.switching) == ("training", {"debt_help": "Y"}, None)


def test_a_switch_that_is_not_wanted_after_all_leaves_everything_as_it_was():
    before = Plan(chosen=("debt_help",), booked={"debt_help": "X"})
    assert before.with_switch("debt_help", "zeist").without("debt_help") == before
