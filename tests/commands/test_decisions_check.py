"""The checks of the decision table: every planted fault is found, with what to do about it. And the page to sign."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.content_check import check_decisions
from bot.decisions_check import House, check_table, offered_roles, read_house
from bot.decisions_page import render
from bot.intake.decisions import THEMES, DecisionTable
from bot.settings import ROOT

TODAY = date(2026, 11, 22)
CONTENT = ROOT / "content"
DATA: dict[str, Any] = yaml.safe_load((CONTENT / "decisions.yml").read_text("utf-8"))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content, to plant faults in."""
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture(scope="module")
def house() -> House:
    """The texts and regions of this checkout: reading them takes a second."""
    return read_house(CONTENT, TODAY)


def check(content: Path, change: Callable[[dict[str, Any]], object], today: date = TODAY) -> list[str]:
    data = copy.deepcopy(DATA)
    change(data)
    (content / "decisions.yml").write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    return check_decisions(content, today)


def row(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in data["rows"] if row["id"] == name)


def put(name: str, **fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: row(data, name).update(fields)


def drop(*names: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data.update(rows=[row for row in data["rows"] if row["id"] not in names])


def twin(name: str, **fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["rows"].append({**row(data, name), "id": "twin", **fields})


def imply(signal: str, **facts: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["implied"].update({signal: facts})


FAULTS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    # it contradicts itself
    (put("debts", when=[{"signals": ["debts"], "unless": ["debts"]}]), "row debts: debts stands in `signals` and"),
    (
        put("no_income", when=[{"facts": {"income": ["none"]}, "unless_facts": {"income": ["none"]}}]),
        "row no_income: income must be and must not be none",
    ),
    (
        put("no_income", when=[{"facts": {"income": ["none"]}, "known": {"income": ["none"]}}]),
        "row no_income: income stands in `facts` and in `known`",
    ),
    (twin("wants_event", roles=["uwv"]), "rows wants_event and twin: the same situation and the same need"),
    # it cannot be reached
    (
        put("eu_worker", when=[{"signals": ["eu_worker"], "unless_facts": {"right_to_work": ["dutch_eu"]}}]),
        "row eu_worker, `when` 1: can never be true",
    ),
    (imply("wants_to_start_business", income="ww"), "row wants_to_start_business, `when` 1: can never be true"),
    # it leads nowhere
    (drop("wants_event"), "need event: no row leads to it"),
    (drop("looking_for_work_older"), "signal older_worker: no row has it"),
    (put("debts", roles=["fairy"]), "row debts: the role fairy does not exist"),
    (put("debts", roles=["municipality_debt_help", "municipality_debt_help"]), "stands there twice; remove one"),
    (lambda data: data["default"].update(roles=["nobody"]), "row open_door: the role nobody does not exist"),
    # words
    (put("debts", note="not_written"), "row debts: there is no text note.not_written in en; add it"),
    # dates
    (put("ukrainian_protection", valid_until="2026-11-21"), "row ukrainian_protection: held until 2026-11-21; look up"),
    (put("ukrainian_protection", valid_until="2026-01-01"), "valid_until is before `checked`"),
    (put("debts", checked="2026-11-23"), "row debts: `checked` is 2026-11-23, a day to come"),
    (put("debts", checked="2025-11-21"), "row debts: was compared with its source on 2025-11-21; compare it again"),
    (lambda data: data.update(version="2026-01-01"), "was changed after the version 2026-01-01; raise `version`"),
    # what may never be
    (put("language_need", roles=["education", "uwv"]), "row language_need: UWV offers no language courses"),
    (
        put("freelancer_less_work", when=[{"signals": ["self_employed_less_work"]}]),
        "row freelancer_less_work: advises a business to people under the Ukraine scheme",
    ),
    (
        put("self_employed_unclear", when=[{"facts": {"work_status": ["self_employed"]}, "alone": True}]),
        "row self_employed_unclear: advises a business to people under the Ukraine scheme",
    ),
    (
        put("debts", when=[{"signals": ["debts"], "unless": ["self_employed_false"]}], roles=["municipality_income"]),
        "debts with complaint: debt help by the municipality is missing",
    ),
    (
        put("suicidal_crisis", when=[{"signals": ["suicidal_crisis"], "unless": ["debts"]}]),
        "signal suicidal_crisis: needs a row with rank safety and no other condition",
    ),
    (put("looking_for_work", rank="main"), "row looking_for_work: job_search, only a wish, comes before housing_help"),
    (put("wants_event", rank="deadline"), "row wants_event: event, only a wish, comes before debt_help"),
    (put("housing_problem", rank="also"), "comes before housing_help (row housing_problem); give it the rank wish"),
    (put("homeless_tonight", rank="also"), "signal homeless_tonight: needs a row with rank safety"),
]


@pytest.mark.parametrize(("change", "told"), FAULTS)
def test_a_planted_fault_is_found(house: House, change: Callable[[dict[str, Any]], object], told: str) -> None:
    data = copy.deepcopy(DATA)
    change(data)
    findings = check_table(DecisionTable.parse(data), house)
    assert any(told in finding for finding in findings), findings


@pytest.mark.parametrize(
    ("field", "value"), [("need", "happiness"), ("theme", "weather"), ("roles", []), ("source", "")]
)
def test_a_fault_of_form_is_found(content: Path, field: str, value: object) -> None:
    (finding,) = check(content, put("debts", **{field: value}))
    assert finding.startswith("content/decisions.yml, rows.")


def test_a_role_that_nobody_has(content: Path) -> None:
    directory = content / "regions/national/directory.json"
    directory.write_text(directory.read_text("utf-8").replace('"code": "kvk"', '"code": "sbb"'), "utf-8")
    assert "kvk" not in offered_roles(content / "regions")
    findings = check_decisions(content, TODAY)
    assert any("in no region a partner has the role kvk; add a partner" in finding for finding in findings)


def test_a_role_that_the_regions_own_desk_takes_has_a_partner() -> None:
    assert "immigration_lawyer" in offered_roles(CONTENT / "regions")


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("words", "  debts: you have debts\n", "row debts: there is no text signal.debts in en"),
        ("words", "  debt_help: Help with debts\n", "row debts: there is no text need.debt_help in en"),
        ("route", "  route: Who helps you first", "there is no text why.route in en"),
    ],
)
def test_a_reason_without_words_in_a_language(content: Path, file: str, line: str, told: str) -> None:
    path = content / f"texts/en/{file}.yml"
    words = path.read_text("utf-8")
    assert line in words
    path.write_text(words.replace(line, line.replace(": ", "_gone: ", 1)), "utf-8")
    assert any(told in finding for finding in check_decisions(content, TODAY))


def test_the_day_after_the_scheme_ends_it_is_told(content: Path) -> None:
    assert check(content, lambda data: None, date(2027, 3, 4)) == []
    findings = check(content, lambda data: None, date(2027, 3, 5))
    assert len(findings) == 2
    assert all("held until 2027-03-04" in finding for finding in findings)


def test_without_texts_or_regions_it_says_what_to_do_first(content: Path) -> None:
    shutil.rmtree(content / "texts")
    assert "run `doorwijzer texts check`" in check_decisions(content, TODAY)[0]
    (content / "texts/nl").mkdir(parents=True)
    (content / "texts/nl/all.yml").write_text("a: [", "utf-8")
    assert "run `doorwijzer texts check`" in check_decisions(content, TODAY)[0]
    (content / "regions/index.yml").unlink()
    assert len(check_decisions(content, TODAY)) == 1


def test_the_command_ends_with_1(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings import get_settings

    check(content, put("debts", note="not_written"))
    monkeypatch.setattr(get_settings(), "content_dir", content)
    result = CliRunner().invoke(app, ["decisions", "check"])
    assert result.exit_code == 1
    assert "✗ row debts: there is no text note.not_written in nl" in result.output


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_in_docs_is_that_of_the_table() -> None:
    page = (ROOT / "docs/decisions.md").read_text("utf-8")
    assert page == render(CONTENT), "run `doorwijzer decisions page`"


def test_the_page_shows_every_row_once_and_a_place_to_sign() -> None:
    page = render(CONTENT)
    for one in (*DATA["rows"], DATA["default"]):
        assert page.count(f"<br>`{one['id']}`") == 1
    assert page.count("\n## ") == len(THEMES) + 2
    assert "| Naam | Functie | Datum | Handtekening |" in page
    assert DATA["version"] in page
    assert "geldt tot en met 4 maart 2027" in page
    assert "{" not in page


def test_a_table_of_the_page_is_not_broken_by_what_stands_in_it(content: Path) -> None:
    check(content, put("debts", source="a | b\n\nc"))
    (line,) = [line for line in render(content).splitlines() if "`debts`" in line]
    assert "a \\| b c" in line
    assert line.replace("\\|", "").count("|") == 9
