"""The list of texts that somebody compared in all languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content_check import check_texts
from bot.texts_review import accept, unreviewed


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for language, words in {"nl": "Graag gedaan.", "en": "You are welcome."}.items():
        (tmp_path / "texts" / language).mkdir(parents=True)
        (tmp_path / "texts" / language / "all.yml").write_text(f"utter_thanks: {words}\nutter_bye: {words}\n", "utf-8")
    return tmp_path


def test_a_new_text_a_changed_one_and_one_that_is_gone(content: Path) -> None:
    assert unreviewed(content) == ["utter_bye", "utter_thanks"]
    assert accept(content, ["utter_thanks"]) == []
    assert unreviewed(content) == ["utter_bye"]
    assert accept(content, unreviewed(content)) == []
    path = content / "texts/en/all.yml"
    path.write_text("utter_thanks: Gladly.\n", "utf-8")
    assert unreviewed(content) == ["utter_bye", "utter_thanks"]
    (content / "texts/nl/all.yml").write_text("utter_thanks: Graag gedaan.\n", "utf-8")
    assert unreviewed(content) == ["utter_thanks"]
    accept(content, ["utter_thanks"])
    assert "utter_bye" not in (content / "texts/reviewed.yml").read_text("utf-8")
    assert check_texts(content) == []


def test_an_unknown_text_is_told_and_changes_nothing(content: Path) -> None:
    assert accept(content, ["utter_nothing", "x" * 5000]) == ["utter_nothing", "x" * 5000]
    assert unreviewed(content) == ["utter_bye", "utter_thanks"]


def test_a_broken_list_counts_as_none(content: Path) -> None:
    (content / "texts/reviewed.yml").write_text("- what\n", "utf-8")
    assert unreviewed(content) == ["utter_bye", "utter_thanks"]


def test_the_texts_of_this_project_have_been_compared() -> None:
    assert unreviewed(Path(__file__).parents[2] / "content") == []
