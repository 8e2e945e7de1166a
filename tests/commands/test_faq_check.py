"""The check of the answers: each fault is found, and said so that it can be mended."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.faq_check import check_answers
from bot.settings import ROOT

TODAY = date(2026, 11, 25)
ANSWERS = """\
answers:
  ww: {intent: ask_ww, theme: income, source: ww, checked: 2026-11-22}
  leefgeld: {intent: ask_leefgeld, theme: newcomers, source: rijk, checked: 2026-11-22, valid_until: 2027-03-04}
"""
TEXTS = "answer: {ww: 'WW, {brand}.', leefgeld: Leefgeld.}\nsource: {ww: UWV, rijk: Rijk}\n"
NLU = "nlu:\n  - intent: ask_ww\n    examples: |\n      - ww\n  - intent: ask_leefgeld\n    examples: |\n      - geld\n"
DOMAIN = "intents: [tell, ask_ww, ask_leefgeld]\n"
FILES = {
    "content/answers.yml": ANSWERS,
    "content/texts/nl/answers.yml": TEXTS,
    "content/texts/en/answers.yml": TEXTS,
    "data/nlu/faq.nl.yml": NLU,
    "data/nlu/faq.en.yml": NLU,
    "domain.yml": DOMAIN,
}


def findings(folder: Path, today: date = TODAY, **changed: str) -> list[str]:
    for name, written in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(name, written), "utf-8")
    return check_answers(folder / "content", today, folder)


def changed(folder: Path, name: str, old: str, new: str) -> list[str]:
    assert old in FILES[name]
    return findings(folder, **{name: FILES[name].replace(old, new)})


def test_all_in_order(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("domain.yml", "ask_ww", "ask_ww, ask_stap", "domain.yml: ask_stap has no answer"),
        ("domain.yml", ", ask_leefgeld", "", "domain.yml: ask_leefgeld is missing, so nobody can ask it"),
        ("data/nlu/faq.en.yml", "ask_ww", "ask_stap", "data/nlu: ask_ww has no examples in en"),
        ("content/texts/nl/answers.yml", "ww: 'WW, {brand}.', ", "", "nl: answer.ww has no words"),
        ("content/texts/en/answers.yml", "{brand}", "{price}", "en: answer.ww has values nobody fills in: price"),
        ("content/texts/en/answers.yml", ", rijk: Rijk", "", "en: unknown source rijk (source.rijk has no words)"),
        ("content/texts/nl/answers.yml", "leefgeld:", "stap: Weg., leefgeld:", "nl: answer.stap is not in answers.yml"),
        ("content/answers.yml", "2026-11-22}", "2026-12-01}", "answers.yml, ww: was checked on 2026-12-01"),
        ("content/answers.yml", "source: ww, ", "", "content/answers.yml, answers.ww: Value error, needs a source"),
        ("content/answers.yml", "answers:\n", "answers: [\n", "a file cannot be read"),
        ("domain.yml", "intents: [", "intents: [[", "a file cannot be read"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, name: str, old: str, new: str, told: str) -> None:
    found = changed(tmp_path, name, old, new)
    assert any(told in finding for finding in found), found


def test_an_answer_that_has_ended_is_named_the_day_after(tmp_path: Path) -> None:
    assert findings(tmp_path, date(2027, 3, 4)) == []
    assert findings(tmp_path, date(2027, 3, 5)) == [
        "answers.yml, leefgeld: ended on 2027-03-04; check the rule and change the answer"
    ]


@pytest.mark.parametrize("name", ["content/answers.yml", "domain.yml"])
def test_a_file_that_is_absent_or_broken(tmp_path: Path, name: str) -> None:
    findings(tmp_path)
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    assert len(check_answers(tmp_path / "content", TODAY, tmp_path)) == 1
    (tmp_path / name).unlink()
    assert check_answers(tmp_path / "content", TODAY, tmp_path) == [f"{Path(name).name}: No such file or directory"]


def test_without_any_training_data_every_answer_is_named(tmp_path: Path) -> None:
    findings(tmp_path)
    shutil.rmtree(tmp_path / "data")
    assert len(check_answers(tmp_path / "content", TODAY, tmp_path)) == 4


def test_the_answers_of_this_checkout_are_in_order() -> None:
    assert check_answers(ROOT / "content", date(2026, 11, 25)) == []
