"""The component around the grammar of dates: the language of a short message is no certainty."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot import clock
from bot.assistant.dates import DateFinder


def read(text: str, language: dict[str, Any] | None) -> Message:
    message = Message.build(text)
    if language:
        message.set("language", language)
    [message] = DateFinder({}).process([message])
    return message


def precision(text: str, language: dict[str, Any] | None) -> list[str]:
    return [item["value"]["precision"] for item in read(text, language).get("entities", [])]


YEAR = clock.today().year + 1
SURE_DUTCH = {"id": "nl", "confidence": 1.0, "sure": True}
SURE_ENGLISH = {"id": "en", "confidence": 1.0, "sure": True}
MAYBE_DUTCH = {"id": "nl", "confidence": 0.6, "sure": False}


@pytest.mark.parametrize(
    ("text", "language", "read_as"),
    [
        (f"contract ends 03/04/{YEAR}", MAYBE_DUTCH, ["ambiguous"]),
        (f"03/04/{YEAR}", None, ["ambiguous"]),
        (f"my contract ends on 03/04/{YEAR}", SURE_ENGLISH, ["ambiguous"]),
        (f"mijn contract loopt af op 03/04/{YEAR}", SURE_DUTCH, ["day"]),
        (f"contract stopt 31/1/{YEAR}", MAYBE_DUTCH, ["day"]),
        ("contract stopt", MAYBE_DUTCH, []),
    ],
)
def test_a_language_that_is_not_sure_makes_careful(
    text: str, language: dict[str, Any] | None, read_as: list[str]
) -> None:
    assert precision(text, language) == read_as


def test_an_answer_is_read_in_every_language() -> None:
    as_answer = read("3/4", None).get("dates_as_answer")
    assert {code: [item["precision"] for item in items] for code, items in as_answer.items()} == {
        "nl": ["day"],
        "en": ["ambiguous"],
    }


def test_a_day_that_puts_another_right_is_marked() -> None:
    assert read("sorry, 28 februari bedoel ik", None).get("says_otherwise") is True
    assert read("mijn laatste dag is 28 februari", None).get("says_otherwise") is False
    assert read("sorry, dat bedoel ik niet", None).get("says_otherwise") is None
