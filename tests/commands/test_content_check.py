"""The checks of what staff edit: each fault is found, and said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content_check import check_decisions, check_directory, check_texts
from bot.settings import ROOT

NL = """\
utter_hello: Goedendag {name}.
utter_ask:
  text: Wat is er?
  buttons:
    - {title: Ja, payload: /affirm}
    - {title: English, payload: '/change_language{"language": "en"}'}
why:
  income: Daarom.
"""
EN = """\
utter_hello: Good day {name}.
utter_ask:
  text: What is going on?
  buttons:
    - {title: 'Yes', payload: /affirm}
    - {title: Nederlands, payload: '/change_language{"language": "nl"}'}
why:
  income: That is why.
"""


def texts(folder: Path, nl: str = NL, en: str = EN) -> list[str]:
    for language, written in {"nl": nl, "en": en}.items():
        (folder / "texts" / language).mkdir(parents=True, exist_ok=True)
        (folder / "texts" / language / "all.yml").write_text(written, "utf-8")
    return check_texts(folder)


def test_texts_in_order(tmp_path: Path) -> None:
    assert texts(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("utter_hello: Good day {name}.\n", "", "en: utter_hello is missing"),
        ("  income: That is why.", "  income: That is why.\n  time: Soon.", "nl: why.time is missing"),
        ("{name}", "{nmae}", "utter_hello: the values in braces differ (en: nmae; nl: name)"),
        ("{name}", "{name", "en/all.yml, utter_hello: a brace is not closed"),
        ("/affirm", "/deny", "utter_ask: the buttons differ"),
        ("/affirm", "affirm", "must start with /"),
        ("title: 'Yes', ", "", "a button needs a title and a payload"),
        ("What is going on?", "''", "en/all.yml, utter_ask: has no text"),
        ("Good day {name}.", "[", "en/all.yml, line 3"),
        ("why:\n", "utter_hello: Again {name}\nwhy:\n", "en/all.yml, line 7: utter_hello stands here twice"),
        ("  income:", "  no:", "quote it"),
        ("  buttons:\n", "  buttons: 3\n  more:\n", "buttons must be a list"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in EN
    findings = texts(tmp_path, en=EN.replace(old, new))
    assert any(told in finding for finding in findings), findings


def test_a_text_in_two_files_of_a_language(tmp_path: Path) -> None:
    assert texts(tmp_path) == []
    (tmp_path / "texts/en/more.yml").write_text("utter_hello: Hello {name}.\nwhy: {time: Soon.}\n", "utf-8")
    (tmp_path / "texts/nl/more.yml").write_text("why: {time: Straks.}\n", "utf-8")
    assert check_texts(tmp_path) == ["en/more.yml, utter_hello: stands in another file too"]


def test_a_file_beside_the_folders_is_told(tmp_path: Path) -> None:
    assert texts(tmp_path) == []
    (tmp_path / "texts/fr.yml").write_text("utter_hello: Bonjour.\n", "utf-8")
    assert check_texts(tmp_path) == ["fr.yml: belongs in a folder of its language"]


def test_empty_broken_and_absent_files(tmp_path: Path) -> None:
    assert check_texts(tmp_path) == [f"{tmp_path / 'texts'}: there is no text file"]
    assert "en/all.yml: must be a list of names with their texts" in texts(tmp_path, en="")
    (tmp_path / "texts/en/all.yml").write_bytes(b"\xff\xfe\x00")
    assert "en/all.yml: is not UTF-8 text" in check_texts(tmp_path)
    assert check_decisions(tmp_path) == ["decisions.yml: No such file or directory"]


def test_decisions_with_an_unknown_signal(tmp_path: Path) -> None:
    whole = (ROOT / "content/decisions.yml").read_text("utf-8")
    (tmp_path / "decisions.yml").write_text(whole.replace("signals: [debts]", "signals: [dept]"), "utf-8")
    (finding,) = check_decisions(tmp_path)
    assert "unknown signals: dept" in finding


def test_the_content_of_this_checkout_is_in_order() -> None:
    content = ROOT / "content"
    assert check_texts(content) == []
    assert check_decisions(content) == []
    assert check_directory(content) == []
