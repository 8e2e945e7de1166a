"""A complaint, and rudeness: a person is near, and nothing that was told is lost."""

import pytest
from sqlalchemy import select

from bot.store import tables
from bot.texts import get_texts
from tests.actions.driver import Conversation


def told(talk: Conversation, key: str) -> str:
    return get_texts().get(key, talk.language)


def reasons(house) -> list[str]:
    with house() as session:
        return [handoff.reason for handoff in session.scalars(select(tables.Handoff))]


def go_on(talk: Conversation) -> None:
    talk.hear("handoff_choice", wish="continue")


def test_a_complaint_brings_a_person_at_once_and_names_the_other_way(talk_in, house):
    talk_in.hear("tell", "complaint")
    assert told(talk_in, "say_complaint") in talk_in.words
    assert talk_in.asking == "handoff"
    assert reasons(house) == ["complaint"]
    assert [need["id"] for need in talk_in.state["needs"]] == ["complaint_handling"]


def test_it_is_never_booked_and_the_end_offers_two_ways_on(talk_in, house):
    talk_in.hear("tell", "complaint", municipality="Zeist")
    go_on(talk_in)
    assert talk_in.asking is None
    assert told(talk_in, "say_done") in talk_in.words
    with house() as session:
        assert session.scalars(select(tables.Referral)).all() == []


@pytest.mark.parametrize("first", [True, False])
def test_other_needs_go_on_after_it(talk_in, first):
    if first:
        talk_in.hear("tell", "debts")
        talk_in.hear("tell", "complaint")
    else:
        talk_in.hear("tell", "complaint", "debts")
    go_on(talk_in)
    assert told(talk_in, "signal.complaint") not in talk_in.words
    assert talk_in.said[-1]["ask"] == "municipality"
    talk_in.hear("tell", municipality="Zeist")
    assert talk_in.asking == "time"
    assert told(talk_in, "need.complaint_handling") not in talk_in.words


def test_a_new_need_after_it_is_arranged(talk_in):
    talk_in.hear("tell", "complaint")
    go_on(talk_in)
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert talk_in.asking == "time"


def test_it_happens_once(talk_in, house):
    talk_in.hear("tell", "complaint")
    go_on(talk_in)
    talk_in.hear("tell", "complaint", "debts")
    assert told(talk_in, "say_complaint") not in talk_in.words
    assert talk_in.said[-1]["ask"] == "municipality"
    assert reasons(house) == ["complaint"]


def test_one_that_was_taken_back_and_made_again_is_new(talk_in):
    talk_in.hear("tell", "complaint")
    go_on(talk_in)
    talk_in.hear("correct", fact="situation")
    talk_in.hear("tell", "complaint")
    assert told(talk_in, "say_complaint") in talk_in.words


def test_one_that_was_meant_by_a_button_is_heard_too(talk_in, house):
    talk_in.hear("tell", likely=["complaint"])
    talk_in.hear("affirm")
    assert told(talk_in, "say_complaint") in talk_in.words
    assert reasons(house) == ["complaint"]


def test_one_in_another_language_is_heard_after_the_yes(talk_in, house):
    talk_in.hear("tell", "complaint", other_language="uk")
    assert reasons(house) == []
    talk_in.hear("affirm")
    assert reasons(house) == ["complaint"]


def test_danger_goes_before_a_complaint(talk_in, house):
    talk_in.hear("safety", "complaint", "suicidal_crisis")
    assert "113" in talk_in.said[0]["text"]
    assert reasons(house) == ["safety"]


def test_start_over_forgets_it(talk_in):
    talk_in.hear("tell", "complaint")
    talk_in.hear("start_over")
    talk_in.hear("affirm")
    talk_in.hear("tell", "complaint")
    assert told(talk_in, "say_complaint") in talk_in.words


# --- rudeness ---------------------------------------------------------------------------------------------------------


def test_the_first_insult_is_borne_and_the_question_comes_back(talk_in, house):
    talk_in.hear("tell", "debts")
    talk_in.hear("insult")
    assert talk_in.said[0]["text"] == "utter_insult"
    assert talk_in.said[-1]["ask"] == "municipality"
    assert reasons(house) == []


def test_the_second_in_a_row_offers_a_person_outright(talk_in, house):
    talk_in.hear("insult")
    talk_in.hear("insult")
    assert talk_in.asking == "handoff"
    assert get_texts().get("say_insult_again", talk_in.language, hours="").split(".")[0] in talk_in.words
    assert len(reasons(house)) == 1


def test_two_with_something_between_are_not_in_a_row(talk_in, house):
    talk_in.hear("insult")
    talk_in.hear("tell", "debts")
    talk_in.hear("insult")
    assert talk_in.asking == "municipality"
    assert reasons(house) == []


def test_it_never_ends_and_loses_nothing(talk_in, house):
    talk_in.hear("tell", "debts")
    for _ in range(12):
        talk_in.hear("insult")
        assert talk_in.said[-1]["ask"]
    assert len(reasons(house)) == 1
    go_on(talk_in)
    assert talk_in.said[-1]["ask"] == "municipality"
    assert "debts" in talk_in.slots["signals"]


def test_what_an_angry_message_tells_is_taken_in(talk_in):
    talk_in.hear("insult", "dismissed_now", municipality="Zeist")
    assert "dismissed_now" in talk_in.slots["signals"]
    assert talk_in.slots["municipality"] == "Zeist"
    assert talk_in.said[-1]["ask"] == "end_date"


def test_what_a_second_angry_message_tells_is_there_after_the_person(talk_in):
    talk_in.hear("insult")
    talk_in.hear("insult", "debts")
    go_on(talk_in)
    assert told(talk_in, "signal.debts") in talk_in.words
    assert talk_in.said[-1]["ask"] == "municipality"


def test_an_insult_does_not_change_the_language(talk_in):
    other = {"nl": "en", "en": "nl"}[talk_in.language]
    before = talk_in.language
    talk_in.hear("insult", language=other)
    assert talk_in.language == before


def test_danger_in_anger_is_danger(talk_in):
    talk_in.hear("insult", "suicidal_crisis")
    assert any("113" in message["text"] for message in talk_in.said)
    assert talk_in.asking == "handoff"
