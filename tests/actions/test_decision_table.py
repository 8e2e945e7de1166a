"""What the table says reaches the conversation: staff who are called, notes, the first step, an employer's offer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import clock
from bot.store import tables
from bot.texts import get_texts
from tests.actions.driver import Conversation


def handoffs(house) -> list[str]:
    with house() as session:
        return [handoff.reason for handoff in session.scalars(select(tables.Handoff))]


def test_a_complaint_calls_staff_once_and_the_conversation_goes_on(talk_in, house):
    talk_in.hear("tell", "complaint")
    assert handoffs(house) == ["complaint"]
    talk_in.hear("handoff_choice", wish="continue")
    talk_in.hear("tell", "complaint")
    talk_in.hear("tell", "debts", municipality="Utrecht")
    assert handoffs(house) == ["complaint"]
    assert talk_in.asking == "time"


@pytest.mark.parametrize(("day", "reasons"), [(7, ["needed"]), (8, [])])
def test_a_last_day_within_a_week_calls_staff(talk_in, house, day, reasons):
    end = (clock.today() + timedelta(days=day)).isoformat()
    talk_in.hear("tell", "contract_ending", municipality="Zeist", end_date=end)
    assert handoffs(house) == reasons


def test_an_open_handoff_is_not_asked_for_again(talk_in, house):
    talk_in.hear("person")
    talk_in.hear("handoff_choice", wish="continue")
    talk_in.hear("tell", "complaint")
    assert handoffs(house) == ["asked"]


def test_the_notes_of_a_special_case_are_all_said(talk_in):
    talk_in.hear("tell", "self_employed_stopping", "older_worker", municipality="Utrecht")
    assert "Bbz" in talk_in.words
    assert "IOAZ" in talk_in.words


def test_with_debts_the_choice_is_the_municipality_or_geldfit(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert "1. Gemeente Zeist: " in talk_in.words
    assert "2. Geldfit: " in talk_in.words
    assert "Geldfit" in " ".join(button["title"] for button in talk_in.said[-1]["buttons"])


@pytest.mark.parametrize(
    ("answer", "role"), [("work_first", "employer_desk"), ("support_first", "sheltered_work_company")]
)
def test_the_first_step_is_asked_and_changes_who_helps(talk_in, answer, role):
    talk_in.hear("tell", "on_social_assistance", municipality="Utrecht")
    assert talk_in.asking == "route"
    talk_in.hear("answer", route=answer)
    (need,) = talk_in.state["needs"]
    assert need["role"] == "municipality_income"
    assert get_texts().get(f"role.{role}", talk_in.slots.get("language") or "nl") in talk_in.words


@pytest.mark.parametrize("intent", ["rather_not_say", "dont_know"])
@pytest.mark.parametrize("signal", ["on_social_assistance", "employer_offers_places"])
def test_no_answer_leads_on(talk_in, signal, intent):
    talk_in.hear("tell", signal, municipality="Utrecht")
    assert talk_in.asking in {"route", "offer"}
    talk_in.hear(intent)
    assert talk_in.asking == "time"


def test_an_employers_offer_is_asked_and_goes_with_the_reason(house):
    talk = Conversation()
    talk.hear("start", language="nl", region="midden-utrecht")
    talk.hear("tell", "employer_offers_places", municipality="Utrecht")
    talk.press("Plekken met begeleiding")
    assert "u biedt plekken met begeleiding" in talk.words
    assert "WSP Midden-Utrecht" in talk.words


def test_a_value_that_does_not_exist_is_not_taken(talk_in):
    talk_in.hear("tell", "on_social_assistance", municipality="Utrecht")
    talk_in.hear("answer", route="'; drop table")
    assert talk_in.slots.get("route") is None
