"""Persona files: what is right is read, what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.personas.reading import read_personas
from bot.evaluation.reading import InputError

EXAMPLE = """\
- id: nl-contract-ends-1
  language: nl
  opening: "Mijn jaarcontract wordt niet verlengd en ik heb nog niks anders"
  facts: {municipality: Utrecht, work_status: end_in_sight, end_date: "2027-01-31", income: wage}
  says: {municipality: "ik woon in utrecht", end_date: "eind januari"}
  contact: {name: "Test", phone: "+31612345678"}
  book: true
  expect: {needs: [unemployment_benefit], not_needs: [], first_role: uwv, safety: null, booked: true, max_turns: 14}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "personas.yml"
    file.write_text(text, "utf-8")
    return file


def test_the_form_of_the_contract_is_read(tmp_path: Path) -> None:
    (persona,) = read_personas(write(tmp_path, EXAMPLE))
    assert persona.facts["end_date"] == "2027-01-31"
    assert persona.expect.needs == ("unemployment_benefit",)
    assert persona.expect.checks_safety
    assert persona.expect.safety is None


def test_a_date_without_quotes_is_the_same_date(tmp_path: Path) -> None:
    (persona,) = read_personas(write(tmp_path, EXAMPLE.replace('"2027-01-31"', "2027-01-31")))
    assert persona.facts["end_date"] == "2027-01-31"


def test_an_expectation_that_is_not_given_is_not_checked(tmp_path: Path) -> None:
    (persona,) = read_personas(write(tmp_path, EXAMPLE.replace("safety: null, ", "")))
    assert not persona.expect.checks_safety


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: must be a list"),
        ("id: x", "line 1: must be a list"),
        ("- id: [", "line 1"),
        ("- id: a\n  language: nl\n", "line 1: opening"),
        (EXAMPLE.replace("income: wage", "income: gold"), "line 1: facts: 'gold' is not a value of income"),
        (EXAMPLE.replace("income: wage", "shoe_size: 43"), "line 1: facts"),
        (EXAMPLE.replace("safety: null", "safety: sad"), "unknown safety signal 'sad'"),
        (EXAMPLE.replace("first_role", "frist_role"), "frist_role"),
        (EXAMPLE + EXAMPLE, "line 9: the id nl-contract-ends-1 stands on line 1 too"),
        (EXAMPLE + "- 12\n", "line 9"),
        (EXAMPLE.replace('"2027-01-31"', "2027-02-31"), "day"),
        ("&a [*a]", "line 1"),
        ("- !!python/object/apply:os.system ['true']", "line 1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_personas(write(tmp_path, text))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_personas(tmp_path / "none.yml")
    with pytest.raises(InputError, match="directory"):
        read_personas(tmp_path)
    (tmp_path / "latin.yml").write_bytes("- id: é".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_personas(tmp_path / "latin.yml")
