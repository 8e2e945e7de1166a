"""The planner asks what still changes the outcome, in order, and nothing that is known."""

from datetime import date
from pathlib import Path

import yaml

from bot.intake.course import Plan, next_step
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
    assert next_step(plan, needs, None, ()) == "partner"
    plan = Plan.from_dict({**plan.to_dict(), "partner": "uwv"})
    assert next_step(plan, needs, None, ()) == "contact_channel"
    assert next_step(plan, needs, "phone", ()) == "time"
    plan = Plan.from_dict({**plan.to_dict(), "time": "2026-11-25T09:00:00+01:00"})
    assert next_step(plan, needs, "phone", ("email",)) == "contact"
    assert next_step(plan, needs, "walk_in", ()) == "consent"
    plan = Plan.from_dict({**plan.to_dict(), "consented": True})
    assert next_step(plan, needs, "phone", ("phone",)) == "book"
    plan = plan.with_booked("unemployment_benefit", "ABCD2345")
    assert (plan.partner, plan.time, plan.consented) == (None, None, False)
    assert next_step(plan, needs, "phone", ("phone",)) == "done"


def test_a_new_need_after_a_booking_is_offered():
    plan = Plan(
        offered=("unemployment_benefit",), chosen=("unemployment_benefit",), booked={"unemployment_benefit": "X"}
    )
    assert next_step(plan, needs_of("contract_ending", "debts"), "phone", ("phone",)) == "choice"


def test_two_chosen_needs_are_arranged_one_after_the_other():
    plan = Plan(offered=("unemployment_benefit", "debt_help")).with_choice(["unemployment_benefit", "debt_help"])
    assert plan.current == "unemployment_benefit"
    assert plan.with_booked("unemployment_benefit", "X").current == "debt_help"
    assert plan.without("unemployment_benefit").current == "debt_help"


def test_going_back_forgets_only_what_came_after():
    plan = Plan(chosen=("debt_help",), partner="a", time="t", consented=True)
    assert plan.cleared("time") == Plan(chosen=("debt_help",), partner="a")
    assert plan.cleared() == Plan(chosen=("debt_help",))


def test_switching_arranges_a_booked_need_anew_and_keeps_it_booked():
    plan = Plan(chosen=("debt_help", "training"), booked={"debt_help": "X"}).with_switch("debt_help", "zeist")
    assert (plan.current, plan.booked) == ("debt_help", {"debt_help": "X"})
    assert Plan.from_dict(plan.to_dict()) == plan
    done = plan.with_booked("debt_help", "Y")
    assert (done.current, done.booked, done.switching) == ("training", {"debt_help": "Y"}, None)


def test_a_switch_that_is_not_wanted_after_all_leaves_everything_as_it_was():
    before = Plan(chosen=("debt_help",), booked={"debt_help": "X"})
    assert before.with_switch("debt_help", "zeist").without("debt_help") == before
