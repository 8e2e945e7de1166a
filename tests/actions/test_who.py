"""Somebody who asks for another person, an employer, and an organisation."""

import pytest
from sqlalchemy import select

from bot.store import tables
from bot.texts import get_texts
from tests.actions.booked import answer_until_consent, to_consent
from tests.actions.driver import Conversation


def told(talk: Conversation, key: str, **values: object) -> str:
    return get_texts().get(key, talk.language, **values)


def card(talk: Conversation, kind: str) -> dict:
    return next(m["card"] for m in talk.said if m.get("card") and m["card"]["kind"] == kind)


# --- for somebody else ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["relative", "client", "other"])
def test_asking_for_somebody_else_is_fine_and_said_once(talk_in, who):
    talk_in.hear("tell", "debts", on_behalf=who)
    assert told(talk_in, "say_on_behalf") in talk_in.words
    assert talk_in.asking == "municipality"
    talk_in.hear("tell", municipality="Zeist", on_behalf=who)
    assert told(talk_in, "say_on_behalf") not in talk_in.words
    assert talk_in.asking == "time"


def test_it_is_no_misunderstanding_when_nothing_else_was_said(talk_in):
    for _ in range(3):
        talk_in.hear("tell", on_behalf="relative")
    assert talk_in.asking == "situation"
    assert talk_in.slots["memory"]["missed"] == 0


def test_consent_is_asked_of_the_person_and_the_referral_says_who_asked(talk_in, house):
    talk_in.hear("tell", on_behalf="relative")
    to_consent(talk_in, "debts")
    rows = card(talk_in, "summary")["rows"]
    assert told(talk_in, "asked_by.relative") in [row["value"] for row in rows]
    assert (
        told(talk_in, "say_ask_consent_on_behalf", partner="", summary="").split(".")[-1].strip(" ?") in talk_in.words
    )
    talk_in.press(get_texts().buttons("say_ask_consent_on_behalf", talk_in.language)[0].title)
    with house() as session:
        referral = session.scalars(select(tables.Referral)).one()
    assert told(talk_in, "asked_by.relative") in referral.payload["summary"]
    assert "on_behalf" not in referral.payload["situation"]


def test_without_it_the_words_are_the_usual_ones(talk_in, house):
    to_consent(talk_in, "debts")
    assert told(talk_in, "label.on_behalf") not in talk_in.words
    talk_in.hear("book")
    with house() as session:
        assert (
            told(talk_in, "asked_by.relative") not in session.scalars(select(tables.Referral)).one().payload["summary"]
        )


def test_who_has_to_ask_first_sends_nothing(talk_in, house):
    talk_in.hear("tell", on_behalf="client")
    to_consent(talk_in, "debts")
    talk_in.press(get_texts().buttons("say_ask_consent_on_behalf", talk_in.language)[2].title)
    assert told(talk_in, "say_not_sent") in talk_in.words
    with house() as session:
        assert session.scalars(select(tables.Referral)).all() == []
        assert [seat.state for seat in session.scalars(select(tables.Appointment))] == ["released"]


@pytest.mark.parametrize("intent", ["tell", "deny", "correct", "answer"])
@pytest.mark.parametrize("question", ["time", "consent"])
def test_no_it_is_about_me_refuses_nothing(talk_in, intent, question):
    talk_in.hear("tell", "debts", on_behalf="relative", municipality="Zeist", contact_channel="phone")
    if question == "consent":
        answer_until_consent(talk_in)
    talk_in.hear(intent, on_behalf="self")
    assert told(talk_in, "say_on_behalf_self") in talk_in.words
    assert talk_in.said[-1]["ask"] == question
    assert talk_in.slots["memory"]["on_behalf"] is None
    assert "debts" in talk_in.slots["signals"]


def test_the_button_below_it_takes_it_back(talk_in):
    talk_in.hear("tell", "debts", on_behalf="other")
    talk_in.press(get_texts().buttons("say_on_behalf", talk_in.language)[0].title)
    assert talk_in.slots["memory"]["on_behalf"] is None
    assert talk_in.asking == "municipality"


def test_the_row_of_the_summary_takes_it_back(talk_in):
    talk_in.hear("tell", on_behalf="relative")
    to_consent(talk_in, "debts")
    talk_in.hear("correct", fact="on_behalf")
    assert talk_in.asking == "consent"
    assert told(talk_in, "label.on_behalf") not in talk_in.words


def test_a_yes_that_brings_in_somebody_else_is_not_that_persons_yes(talk_in, house):
    to_consent(talk_in, "debts")
    talk_in.hear("affirm", on_behalf="relative", text="ja, het is voor mijn moeder")
    assert talk_in.asking == "consent"
    with house() as session:
        assert session.scalars(select(tables.Referral)).all() == []
    talk_in.hear("affirm")
    with house() as session:
        assert len(session.scalars(select(tables.Referral)).all()) == 1


def test_saying_self_when_it_was_never_otherwise_changes_nothing(talk_in):
    talk_in.hear("tell", "debts", on_behalf="self")
    assert told(talk_in, "say_on_behalf_self") not in talk_in.words
    assert talk_in.asking == "municipality"


@pytest.mark.parametrize("value", ["", "king", "SELF", None, 7, "relative" * 500])
def test_a_value_that_does_not_exist_is_nothing(talk_in, value):
    talk_in.hear("tell", "debts", on_behalf=value)
    assert not talk_in.slots["memory"].get("on_behalf")
    assert talk_in.asking == "municipality"


def test_a_child_in_danger_comes_before_who_asks(talk_in, house):
    talk_in.hear("safety", "minor_at_risk", on_behalf="relative")
    assert "0800-2000" in talk_in.said[0]["text"]
    assert talk_in.asking == "handoff"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "safety"


def test_start_over_forgets_it(talk_in):
    talk_in.hear("tell", "debts", on_behalf="relative")
    talk_in.hear("start_over")
    talk_in.hear("affirm")
    assert talk_in.slots["memory"]["on_behalf"] is None
    talk_in.hear("tell", on_behalf="relative")
    assert told(talk_in, "say_on_behalf") in talk_in.words


def test_a_question_or_something_else_altogether_is_not_taken(talk_in):
    talk_in.hear("out_of_scope", on_behalf="relative", text="zwemles voor mijn dochter")
    assert not talk_in.slots.get("memory", {}).get("on_behalf")


# --- an employer ------------------------------------------------------------------------------------------------------


def test_an_employer_is_asked_where_the_company_is_and_nothing_of_a_resident(talk_in):
    talk_in.hear("tell", "employer_offers_places", work_status="self_employed")
    assert told(talk_in, "say_ask_municipality_employer") in talk_in.words
    assert told(talk_in, "value.self_employed") not in talk_in.words
    talk_in.hear("why")
    assert told(talk_in, "why.municipality_employer") in talk_in.words
    asked = []
    talk_in.hear("tell", municipality="Zeist", contact_channel="phone")
    for _ in range(8):
        asked.append(talk_in.asking)
        if talk_in.asking == "consent":
            break
        if talk_in.asking == "offer":
            talk_in.hear("answer", offer="jobs")
        elif talk_in.asking == "time":
            talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
        else:
            talk_in.hear("contact_given", kinds="phone")
    assert asked == ["offer", "time", "contact", "consent"]
    (need,) = talk_in.state["needs"]
    assert (need["id"], need["role"]) == ("employer_services", "employer_desk")


def test_an_employers_place_is_said_as_the_companys(talk_in):
    talk_in.hear("tell", "employer_offers_places", "wants_practical_learning", municipality="Zeist")
    assert told(talk_in, "fact.municipality_employer", value="Zeist") in talk_in.words
    assert told(talk_in, "signal.wants_practical_learning") not in talk_in.words
    assert told(talk_in, "signal.wants_practical_learning_employer") in talk_in.words


def test_outside_the_region_it_is_the_company_that_is_elsewhere(talk_in):
    talk_in.hear("tell", "employer_offers_places", municipality="Amsterdam")
    title = get_texts().buttons("say_outside_region_employer", talk_in.language)[1].title
    talk_in.press(title)
    assert talk_in.asking == "municipality"


def test_an_employers_place_for_a_client_is_no_question_for_somebody_else(talk_in):
    talk_in.hear("tell", "employer_offers_places", on_behalf="client")
    assert not talk_in.slots.get("memory", {}).get("on_behalf")


# --- an organisation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("intent", "reason"), [("partner_question", "partner"), ("join_request", "join")])
def test_an_organisation_gets_a_person_and_a_reason(talk_in, house, intent, reason):
    talk_in.hear(intent, municipality="Zeist", text="ik werk bij de gemeente Zeist")
    assert told(talk_in, f"say_{reason}") in talk_in.words
    assert talk_in.asking == "handoff"
    assert talk_in.slots.get("municipality") is None, "where somebody works is not where a resident lives"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == reason
    talk_in.hear("handoff_choice", wish="call_back")
    assert talk_in.asking == "contact"


@pytest.mark.parametrize("intent", ["partner_question", "join_request"])
def test_after_it_the_open_question_comes_back(talk_in, intent):
    talk_in.hear("tell", "debts")
    talk_in.hear(intent)
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.said[-1]["ask"] == "municipality"


def test_asking_twice_is_one_hand_off(talk_in, house):
    talk_in.hear("join_request")
    talk_in.hear("join_request")
    assert talk_in.asking == "handoff"
    with house() as session:
        assert len(session.scalars(select(tables.Handoff)).all()) == 1
