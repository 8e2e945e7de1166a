"""docs/requirements.md names what exists: every test, every persona, every decision row, every row of the domain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.evaluation.personas.reading import Persona, read_personas
from bot.intake.decisions import DecisionTable

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text("utf-8")
SEEDS = ("000", "001", "002", "003", "004")
NONE = "—"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"`([^`]+)`")
DECISIONS = DecisionTable.parse(yaml.safe_load((ROOT / "content" / "decisions.yml").read_text("utf-8")))


@dataclass(frozen=True)
class Line:
    """One line of the table of situations; the last three are ids."""

    row: str
    decisions: tuple[str, ...]
    personas: dict[str, tuple[str, ...]]
    without_decision: bool


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = re.search(rf"^## {re.escape(heading)}.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    lines = [line for line in (section[0] if section else "").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def situations(page: str) -> list[Line]:
    """The lines of the table of situations."""
    return [
        Line(
            row=CODE.findall(row)[0],
            decisions=tuple(CODE.findall(decisions)),
            personas={"nl": tuple(CODE.findall(dutch)), "en": tuple(CODE.findall(english))},
            without_decision=decisions.startswith(NONE),
        )
        for _, row, decisions, dutch, english in table(page, "Who helps with what")
    ]


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of the tests in a file; none for a file that is not there."""
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    functions = (node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(name for name in functions if name.startswith("test_"))


@cache
def personas() -> dict[str, Persona]:
    paths = sorted((ROOT / "tests" / "personas").glob("*.yml"))
    return {one.id: one for path in paths for one in read_personas(path)}


def faults(page: str) -> Iterator[str]:
    """Yield what the page names that does not exist, and the rows of the personas that it lacks."""
    for path, name in TEST.findall(page):
        if name not in names_in(ROOT / path):
            yield f"no test {path}::{name}"
    for seed in SEEDS:
        requirements = table(page, f"Seed {seed}")
        if not requirements:
            yield f"nothing of seed {seed}"
        yield from (f"seed {seed}: no test for {cells[0]}" for cells in requirements if not TEST.search(cells[-1]))
    lines = situations(page)
    yield from _faults_of_situations(lines)
    rows = {one.row for one in personas().values() if one.row}
    yield from (f"no line for the row {row}" for row in sorted(rows - {line.row for line in lines}))


def _faults_of_situations(lines: Sequence[Line]) -> Iterator[str]:
    known = {row.id for row in (*DECISIONS.rows, DECISIONS.default_row)}
    for line in lines:
        yield from (f"no decision row {name}" for name in line.decisions if name not in known)
        if not line.decisions and not line.without_decision:
            yield f"{line.row}: no decision row is named"
        for language, ids in line.personas.items():
            if not ids:
                yield f"{line.row}: nobody plays it in {language}"
            for name in ids:
                one = personas().get(name)
                if one is None or (one.row, one.language) != (line.row, language):
                    yield f"{line.row}: {name} does not play it in {language}"


def test_the_page_names_only_what_exists():
    assert list(faults(PAGE)) == []


def test_every_decision_row_answers_some_situation():
    named = {name for line in situations(PAGE) for name in line.decisions}
    assert {row.id for row in (*DECISIONS.rows, DECISIONS.default_row)} - named == set()


def test_no_situation_is_there_twice():
    rows = [line.row for line in situations(PAGE)]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("::test_language_never_goes_to_uwv`", "::test_language_goes_to_uwv`", "no test tests/actions/"),
        ("`tests/actions/test_research.py::", "`tests/actions/test_nowhere.py::", "no test tests/actions/test_nowhere"),
        ("`freelancer_false`", "`freelancer_true`", "no decision row freelancer_true"),
        ("`freelancer_false`", "", "zzp_dba: no decision row is named"),
        ("`nl-zzp_dba-1`", "`nl-zzp_dba-99`", "zzp_dba: nl-zzp_dba-99 does not play it in nl"),
        ("`nl-zzp_dba-1`", "`en-zzp_dba-1`", "zzp_dba: en-zzp_dba-1 does not play it in nl"),
        ("`nl-zzp_dba-1`", "", "zzp_dba: nobody plays it in nl"),
        ("| `zzp_dba` |", "| `zzp_other` |", "no line for the row zzp_dba"),
        ("## Seed 003", "## Seed 005", "nothing of seed 003"),
        ("`tests/content/test_brand.py::test_no_code_names_a_brand`<br>", "", None),
    ],
)
def test_a_planted_fault_is_found(before, after, fault):
    assert before in PAGE
    found = list(faults(PAGE.replace(before, after)))
    assert any(one.startswith(fault) for one in found) if fault else found == []


def test_a_requirement_without_a_test_is_found():
    page = re.sub(r"(\| All 35 regions are known \|[^|]*\|)[^|]*\|", r"\1 later |", PAGE)
    assert list(faults(page)) == ["seed 001: no test for All 35 regions are known"]


def test_an_empty_page_lacks_everything():
    assert len(list(faults(""))) >= len(SEEDS) + len({one.row for one in personas().values() if one.row})
