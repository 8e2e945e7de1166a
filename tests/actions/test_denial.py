"""«That is not so»: taken back, asked about, and never a ring that has no end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.driver import Conversation


def asks(said: list[dict[str, Any]]) -> list[str]:
    return [message["ask"] for message in said if message.get("ask")]


@pytest.fixture
def asked_where(talk_in: Conversation) -> Conversation:
    """Debts were understood; the municipality is the open question."""
    assert asks(talk_in.hear("tell", "debts")) == ["municipality"]
    return talk_in


@pytest.mark.parametrize("intent", ["tell", "deny", "correct", "nlu_fallback"])
def test_what_is_denied_is_taken_back_and_said(asked_where: Conversation, intent: str) -> None:
    said = asked_where.hear(intent, denied=["debts"])
    assert asked_where.slots["signals"] == {}
    assert asked_where.text("signal.debts") in said[0]["text"]
    assert asks(said) == ["situation"]
    assert asks(asked_where.hear("tell", "looking_for_work")) == ["municipality"]


def test_only_what_is_denied_goes(asked_where: Conversation) -> None:
    asked_where.hear("tell", "looking_for_work")
    said = asked_where.hear("tell", denied=["debts", "complaint"])
    assert set(asked_where.slots["signals"]) == {"looking_for_work"}
    assert asks(said) == ["municipality"]


def test_what_the_same_message_tells_stays(asked_where: Conversation) -> None:
    asked_where.hear("tell", "debts", denied=["debts"])  # «no bailiff, but debts all the same»
    assert set(asked_where.slots["signals"]) == {"debts"}
    asked_where.hear("tell", likely=["debts"], denied=["debts"])
    assert set(asked_where.slots["signals"]) == {"debts"}


def test_danger_is_never_taken_back_by_a_word(talk_in: Conversation) -> None:
    talk_in.hear("safety", "domestic_violence")
    talk_in.hear("tell", denied=["domestic_violence"])
    assert set(talk_in.slots["signals"]) == {"domestic_violence"}


def test_a_word_of_something_never_told_changes_nothing(asked_where: Conversation) -> None:
    asked_where.hear("tell", denied=["contract_ending", "no_such_signal"])
    assert set(asked_where.slots["signals"]) == {"debts"}


def test_a_bare_no_asks_what_to_change(asked_where: Conversation) -> None:
    said = asked_where.hear("deny")
    assert asks(said) == ["change"]
    assert any("situation" in button["payload"] for button in said[-1]["buttons"])
    assert asks(asked_where.hear("deny")) == ["municipality"]  # nothing, after all


def test_no_to_a_proposed_value_is_about_that_value(asked_where: Conversation) -> None:
    asked_where.hear("tell", municipality={"value": "Zeist", "sure": False})
    assert asks(asked_where.hear("deny")) == ["municipality"]


@pytest.mark.parametrize("intents", [["out_of_scope"] * 3, ["greet"] * 3, ["out_of_scope", "greet", "deny"]])
def test_what_brings_nothing_further_ends_with_a_person(asked_where: Conversation, intents: list[str]) -> None:
    for intent in intents[:-1]:
        assert "handoff" not in asks(asked_where.hear(intent))
    assert asks(asked_where.hear(intents[-1])) == ["handoff"]


def test_getting_on_in_between_counts_anew(asked_where: Conversation) -> None:
    asked_where.hear("out_of_scope")
    asked_where.hear("out_of_scope")
    asked_where.hear("answer", municipality={"value": "Zeist", "sure": True})
    assert "handoff" not in asks(asked_where.hear("out_of_scope"))


def test_a_question_in_passing_is_no_ring(asked_where: Conversation) -> None:
    for _ in range(5):
        assert asks(asked_where.hear("ask_privacy")) == ["municipality"]


def test_what_is_told_while_staff_are_called_is_said_back(talk_in: Conversation) -> None:
    first = talk_in.hear("person")
    assert asks(first) == ["handoff"]
    said = talk_in.hear("tell", "debts")
    assert talk_in.text("signal.debts") in said[0]["text"]
    assert said[-1]["ask"] == "handoff"
    assert said[-1]["text"] != first[-1]["text"]  # it is not passed on anew
    for _ in range(3):
        said = talk_in.hear("nlu_fallback")
        assert asks(said) == ["handoff"]
    assert asks(talk_in.hear("answer", wish="continue")) == ["municipality"]


@pytest.mark.parametrize(
    ("question", "intent"), [("municipality", "tell"), ("municipality", "nlu_fallback"), ("municipality", "answer")]
)
def test_an_answer_that_was_not_understood_gets_an_example(
    asked_where: Conversation, question: str, intent: str
) -> None:
    said = asked_where.hear(intent, text="bla")
    assert asked_where.text(f"hint.{question}") in said[0]["text"]
    assert asks(said) == [question]
