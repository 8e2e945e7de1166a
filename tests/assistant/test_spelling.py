"""Hurried texts are read as they were meant, and what is written well is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant.spelling import Speller, SpellingReader, count_words, reading

SENTENCES = [
    "mijn contract loopt af en ik heb schulden",
    "ik zoek werk in de zorg, gewoon een baan",
    "my contract ends and i have debts",
]
SPELLER = Speller(count_words(SENTENCES * 12))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("MIJN CONTRACT LOOPT AF", "mijn contract loopt af"),
        ("mijn contarct loopt af", "mijn contract loopt af"),  # swapped
        ("mijn contrct loopt af", "mijn contract loopt af"),  # left out
        ("mijn conttract loopt af", "mijn contract loopt af"),  # doubled
        ("mijn conteact loopt af", "mijn contract loopt af"),  # beside
        ("mijncontract loopt af", "mijn contract loopt af"),
        ("ikheb schulden", "ik heb schulden"),
        ("mijncontractloopt af", "mijn contract loopt af"),
        ("gwn een baan", "gewoon een baan"),
        ("zorgbaan", "zorg baan"),
    ],
)
def test_reads_what_was_meant(typed: str, meant: str) -> None:
    assert SPELLER.read(typed, "nl") == meant


@pytest.mark.parametrize("text", ["ik woon in zeist", "de stratenmaker", "xkcd", "werk?", "", "...", "123", "ab"])
def test_leaves_alone_what_it_does_not_know(text: str) -> None:
    assert SPELLER.read(text, "nl") == text


def test_chat_spelling_belongs_to_a_language() -> None:
    assert SPELLER.read("k zoek mn werk", "nl") == "ik zoek mijn werk"
    assert SPELLER.read("u hv debts", "en").startswith("you ")
    assert SPELLER.read("u heeft schulden", "nl").startswith("u ")


def test_who_knows_few_words_corrects_none() -> None:
    few = Speller(count_words(["mijn contract loopt af", "ik heb schulden", "waar is het loket"]), common=1)
    assert few.read("mijn contarct") == "mijn contarct"


def test_seldom_words_correct_no_others() -> None:
    assert Speller(count_words(["schulden"] * 4)).read("schuldem") == "schuldem"
    assert Speller(count_words(["schulden"] * 5)).read("schuldem") == "schulden"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(SPELLER.read(text, "nl"), str)


def test_a_long_run_of_letters_takes_no_time() -> None:
    assert len(SPELLER.read("ikwerk" * 300)) >= 1800


def component(tmp_path: Path) -> SpellingReader:
    storage, resource = LocalModelStorage.create(tmp_path), Resource("spelling")
    SpellingReader.create({}, storage, resource, None).train(
        TrainingData(
            [Message.build(f"{text} {end}", intent="tell") for text in SENTENCES for end in ("ja", "nee", "ok")]
        )
    )
    return SpellingReader.load({"common": 1}, storage, resource, None)


def test_the_text_itself_stays(tmp_path: Path) -> None:
    [message] = component(tmp_path).process([Message.build("Mijn contarct")])
    assert (message.get("text"), reading(message)) == ("Mijn contarct", "mijn contract")
    [payload] = component(tmp_path).process([Message.build("/affirm")])
    assert reading(payload) is None


def test_another_language_is_not_corrected(tmp_path: Path) -> None:
    message = Message.build("contrakt und shulden")
    message.set("language", {"id": "de", "confidence": 1.0, "sure": True})
    component(tmp_path).process([message])
    assert reading(message) == "contrakt und shulden"
