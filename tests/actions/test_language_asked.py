"""Who asks for a language: one of ours is spoken from there on, for another one there is an interpreter."""

import pytest

from bot.texts import get_texts
from tests.actions.driver import Conversation

SPOKEN_IN = {"value": "nl", "extractor": "LanguageIdentifier"}  # the message itself is Dutch


@pytest.fixture
def talk(house) -> Conversation:
    conversation = Conversation()
    conversation.hear("start", language="nl", region="midden-utrecht")
    return conversation


def told(talk, key, **values):
    return get_texts().get(key, talk.slots.get("language") or "nl", **values)


def titles(talk):
    return [button["title"] for message in talk.said for button in message["buttons"]]


def ask(talk, code=None, intent="change_language"):
    """Ask in Dutch: «kan het ook in het Engels?»."""
    named = {} if code is None else {"named_language": code}
    talk.hear(intent, found=[{"entity": "language", **SPOKEN_IN}], **named)


def test_one_of_ours_is_spoken_though_the_message_is_in_the_other(talk):
    ask(talk, "en")
    assert talk.said[0]["text"] == told(talk, "say_language_changed")
    assert {message["lang"] for message in talk.said} == {"en"}
    talk.hear("tell", "debts", found=[{"entity": "language", **SPOKEN_IN}])
    assert {message["lang"] for message in talk.said} == {"en"}, "a wish outlives a Dutch sentence"


def test_the_one_that_is_spoken_already_is_said_to_be(talk):
    ask(talk, "nl")
    assert talk.said[0]["text"] == told(talk, "say_language_same")
    assert talk.said[-1]["ask"] == "situation"


@pytest.mark.parametrize("code", ["tr", "pt", "ti"])
def test_another_one_is_answered_with_an_interpreter_for_it(talk, code):
    ask(talk, code)
    name = told(talk, f"language.{code}")
    assert talk.said[0]["text"] == told(talk, "say_language_not_spoken", language=name)
    assert {message["lang"] for message in talk.said} == {"nl"}, "nothing is switched"
    talk.press("Een medewerker met een tolk")
    assert talk.state["interpreter"] == code
    assert name in talk.words


def test_a_question_about_languages_is_answered(talk):
    ask(talk)
    assert talk.said[0]["text"] == told(talk, "say_languages")
    assert "English" in titles(talk)
    talk.press("Een medewerker met een tolk")
    assert talk.state["interpreter"] == "unknown"


def test_the_interpreter_asked_for_is_one_for_the_language_that_was_named(talk):
    ask(talk, "so", intent="ask_interpreter")
    talk.press("Een medewerker met een tolk")
    assert talk.state["interpreter"] == "so"


def test_a_person_who_speaks_a_language_is_an_interpreter_wish(talk):
    ask(talk, "pl", intent="person")
    assert talk.asking == "handoff"
    assert talk.state["interpreter"] == "pl"


def test_a_person_in_one_of_ours_needs_none(talk):
    ask(talk, "en", intent="person")
    assert talk.asking == "handoff"
    assert talk.state["interpreter"] is None


def test_in_a_language_that_is_not_ours_it_is_answered_in_both(talk):
    talk.hear("change_language", other_language="uk")
    assert {message["lang"] for message in talk.said} == {"nl", "en"}
    assert told(talk, "say_languages") not in talk.words


@pytest.mark.parametrize("code", ["xx", "", "<b>", 7, None])
def test_an_unknown_code_breaks_nothing(talk, code):
    ask(talk, code)
    assert talk.said[-1]["ask"] == "situation"
    assert "<b>" not in talk.words
