"""Texts in the domain, answered by Rasa's own generator."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.nlg import TemplatedNaturalLanguageGenerator

from bot.assistant.importer import TextsImporter, TextsNotInOrder
from tests.assistant.conftest import write_texts


@pytest.fixture
def content(tmp_path: Path) -> Path:
    write_texts(tmp_path)
    return tmp_path


def said(content: Path, key: str, **slots: object) -> dict[str, object]:
    domain = TextsImporter(content=str(content)).get_domain()
    answer = TemplatedNaturalLanguageGenerator(domain.responses).generate_from_slots(key, slots, "doorwijzer")
    assert answer is not None, "Rasa would say nothing"
    return dict(answer)


@pytest.mark.parametrize(
    ("language", "text"), [("nl", "Goedendag."), ("en", "Good day."), (None, "Goedendag."), ("xx", "Goedendag.")]
)
def test_each_language_and_none_at_all(content: Path, language: str | None, text: str) -> None:
    for _ in range(5):  # Rasa picks among fitting variants by chance
        assert said(content, "utter_welcome", language=language)["text"] == text


def test_buttons_keep_their_payload(content: Path) -> None:
    answer = said(content, "utter_welcome", language="en", name="x")
    assert answer["buttons"] == [{"title": "Zeist", "payload": '/answer{"municipality": "Zeist"}'}]


def test_placeholders_are_filled(content: Path) -> None:
    assert said(content, "utter_person", language="en", name="Zeist")["text"] == "I call a colleague from Zeist."


def test_only_what_rasa_can_utter(content: Path) -> None:
    assert set(TextsImporter(content=str(content)).get_domain().responses) == {"utter_welcome", "utter_person"}


def test_a_text_missing_in_one_language_stops_the_training(content: Path) -> None:
    path = content / "texts" / "en" / "all.yml"
    path.write_text(path.read_text("utf-8").replace("utter_person", "utter_persoon"), "utf-8")
    with pytest.raises(TextsNotInOrder, match="utter_person"):
        TextsImporter(content=str(content)).get_domain()


def test_the_texts_of_this_checkout() -> None:
    from bot.texts import get_texts

    domain = TextsImporter().get_domain()
    wanted = {key for key in get_texts().keys("nl") if key.startswith("utter_")}
    assert set(domain.responses) == wanted
