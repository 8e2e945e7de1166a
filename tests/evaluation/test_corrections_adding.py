"""Corrections by staff: what is written arrives as it was, in Rasa too, and nothing is written by halves."""

from __future__ import annotations

import csv
import io
import resource
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.loading import load_data

from bot.assistant.classifier import signals_of
from bot.conversation.masking import mask
from bot.evaluation.corrections.checking import Outcome, check_rows
from bot.evaluation.corrections.command import add_corrections, check_corrections, print_outcome
from bot.evaluation.corrections.known import Example, Known, read_known
from bot.evaluation.corrections.reading import Row
from bot.evaluation.corrections.writing import append
from bot.evaluation.reading import InputError
from bot.intake.situation import SIGNALS
from bot.settings import ROOT

DATA = """\
version: "3.1"
nlu:
  - intent: tell
    examples: |
      - ik woon in Zeist
  - intent: greet
    examples: |
      - dag allemaal
"""
HOSTILE = [
    "mijn werk: weg, # en nu?",
    "- geen geld",
    "- [schuld, en nog wat]",
    "| dit > dat",
    "key: {waarde: [1, 2]} & *anker !tag %x @y `z`",
    "'enkel' en \"dubbel\" en 'half",
    "---",
    "...",
    "null",
    "yes",
    "2026-12-01",
    "0x1F 1e3 .inf",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+31 is het land, zei ze",
    "@iedereen: ik zoek werk",
    "${HOME} en $PATH en %PATH%",
    "${NIET_BEKEND}",
    "een \\n twee \\t drie \\",
    "regel een\n\n   regel twee ingesprongen\n\tmet tab\n- streep: ja",
    "financiën 😕 👩‍👩‍👧 zzp’er … «ja» шукаю роботу",
    "<script>alert(1)</script>",
    "'; DROP TABLE message; --",
    "ja " * 133,
]  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "nlu"
    folder.mkdir()
    (folder / "work.nl.yml").write_text(DATA, "utf-8")
    return folder


@pytest.fixture
def tests(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "apart.csv").write_text("lang,text\nnl,een zin die apart blijft\n", "utf-8")
    return [folder]


def csv_of(rows: Sequence[Sequence[str]], newline: str = "\n") -> str:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator=newline).writerows([("lang", "text", "intent", "signals"), *rows])
    return target.getvalue()


def write(folder: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", newline: str = "\n") -> Path:
    file = folder.parent / "staff.csv"
    file.write_bytes(csv_of(rows, newline).encode(encoding))
    return file


def add(file: Path, data: Path, tests: list[Path]) -> Outcome:
    outcome = check_corrections(file, data, tests)
    assert outcome.faults == []
    add_corrections(outcome, data)
    return outcome


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def as_rasa_reads(file: Path) -> list[tuple[Any, Any, set[str]]]:
    examples = load_data(str(file)).training_examples
    return [(example.get("text"), example.get("intent"), set(signals_of(example))) for example in examples]


def test_a_new_file_has_the_form_of_the_others(data: Path, tests: list[Path]) -> None:
    rows = [("nl", "de huur is te laat", "", "housing_problem;debts"), ("nl", "goeiemorgen", "greet", "")]
    add(write(data, rows), data, tests)
    assert (data / "corrections.nl.yml").read_text("utf-8") == (
        'version: "3.1"\n'
        "\n"
        "nlu:\n"
        "  - intent: tell\n"
        "    examples:\n"
        "      - text: |\n"
        "          de huur is te laat\n"
        "        metadata:\n"
        "          signals: [debts, housing_problem]\n"
        "  - intent: greet\n"
        "    examples:\n"
        "      - text: |\n"
        "          goeiemorgen\n"
        "        metadata:\n"
        "          signals: []\n"
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("encoding", "newline"), [("utf-8", "\n"), ("utf-8-sig", "\r\n")])
def test_a_text_arrives_in_rasa_as_it_was(
    data: Path, tests: list[Path], text: str, encoding: str, newline: str
) -> None:
    rows = [("nl", "vooraf", "", ""), ("nl", text, "", "debts;no_benefit"), ("nl", "erna", "", "complaint")]
    add(write(data, rows, encoding, newline), data, tests)
    assert as_rasa_reads(data / "corrections.nl.yml") == [
        ("vooraf", "tell", set()),
        (mask(text).text.strip(), "tell", {"debts", "no_benefit"}),
        ("erna", "tell", {"complaint"}),
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_mask_leaves_the_hostile_texts_alone(text: str) -> None:
    assert mask(text).text.replace("\u200d", "") == text.replace("\u200d", "")


@given(text=st.text(st.characters(codec="utf-8"), max_size=60) | st.text("-|: #[](){}'\"\\nu\n\t/&*!%@`é", max_size=30))
def test_any_text_arrives_in_rasa_or_is_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    known = Known({"x": [(Example("x", "tell", frozenset()), "x.yml")]}, {})
    outcome = check_rows([Row(2, "nl", text, "", ("debts",))], known, ("nl",))
    assert bool(outcome.faults) + len(outcome.new) + outcome.known == 1
    if outcome.new:
        folder = tmp_path_factory.mktemp("data")
        append(folder, outcome.new)
        example = outcome.new[0].example
        (read,) = RasaYAMLReader().reads((folder / "corrections.nl.yml").read_text("utf-8")).training_examples
        assert (read.get("text"), signals_of(read), read.get("entities")) == (example.text, ["debts"], None)
        shutil.rmtree(folder)


def test_each_language_has_its_file_and_what_is_there_stays(data: Path, tests: list[Path]) -> None:
    here = '# by hand\nversion: "3.1"\nnlu:\n  - intent: greet\n    examples: |\n      - hoi hoi   # blijft\n'
    (data / "corrections.nl.yml").write_text(here.rstrip("\n"), "utf-8")
    add(write(data, [("nl", "geen geld meer", "", "debts"), ("en", "no money left", "", "debts")]), data, tests)
    after = (data / "corrections.nl.yml").read_text("utf-8")
    assert after.startswith(here)
    assert as_rasa_reads(data / "corrections.nl.yml")[1:] == [("geen geld meer", "tell", {"debts"})]
    assert as_rasa_reads(data / "corrections.en.yml") == [("no money left", "tell", {"debts"})]


def test_adding_twice_changes_nothing(data: Path, tests: list[Path]) -> None:
    rows = [("nl", text, "", "debts") for text in HOSTILE] + [("nl", "ik heet Piet, 06-12345678", "", "")]
    file = write(data, rows)
    add(file, data, tests)
    before = contents(data)
    again = add(file, data, tests)
    assert (again.new, again.known) == ([], len(rows))
    assert contents(data) == before


def test_a_later_file_with_more_rows_adds_those_only(data: Path, tests: list[Path]) -> None:
    first = ("nl", "geen geld meer", "", "debts")
    add(write(data, [first]), data, tests)
    add(write(data, [first, ("nl", "en geen huis", "", "housing_problem")]), data, tests)
    assert [text for text, *_ in as_rasa_reads(data / "corrections.nl.yml")] == ["geen geld meer", "en geen huis"]


def test_only_what_is_masked_is_written_and_shown(
    data: Path, tests: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(data, [("nl", "ik heet Piet de Vries,\nbel 06-12345678", "", ""), ("nl", "dag iedereen", "greet", "")])
    print_outcome(file, add(file, data, tests))
    shown = capsys.readouterr().out
    assert "line 2, masked: ik heet [naam], bel [telefoonnummer]\n" in shown
    assert "2 new (1 masked), 0 in the training data already" in shown
    assert "The mask does not know every name" in shown
    assert "make train" in shown
    for text in (shown, (data / "corrections.nl.yml").read_text("utf-8")):
        assert "Piet" not in text
        assert "12345678" not in text


def test_ten_thousand_rows(data: Path, tests: list[Path]) -> None:
    rows = [
        ("nl" if number % 2 else "en", f"zin nummer {number} - ja: {'é' * 40}", "", "debts") for number in range(10_000)
    ]
    file = write(data, rows)
    assert len(add(file, data, tests).new) == 10_000
    assert len(read_known(data, tests).examples) == 10_002


@pytest.mark.parametrize(
    "here", ["nlu:\n- intent: greet\n  examples: |\n    - hoi hoi\n", "nlu: []\n", 'nlu:\nextra: "3.1"\n']
)
def test_a_file_of_another_form_is_refused_whole(data: Path, tests: list[Path], here: str) -> None:
    (data / "corrections.nl.yml").write_text(here, "utf-8")
    outcome = check_corrections(
        write(data, [("en", "no money left", "", "debts"), ("nl", "geen geld meer", "", "debts")]), data, tests
    )
    before = contents(data)
    with pytest.raises(InputError, match=r"corrections\.nl\.yml: nothing can be added at its end"):
        add_corrections(outcome, data)
    assert contents(data) == before


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """Let the system refuse every file of more than ``size`` bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_write_that_fails_leaves_every_file_as_it_was(data: Path, tests: list[Path]) -> None:
    dutch = [("nl", f"geen geld meer, {number} maanden al", "", "debts") for number in range(50)]
    outcome = check_corrections(write(data, [("en", "no money left", "", "debts"), *dutch]), data, tests)
    before = contents(data)
    with disk_full_after(1_000), pytest.raises(InputError, match="File too large"):
        add_corrections(outcome, data)
    assert contents(data) == before
    add_corrections(outcome, data)
    assert sorted(contents(data)) == ["corrections.en.yml", "corrections.nl.yml", "work.nl.yml"]


def test_the_projects_own_data_can_take_corrections() -> None:
    known = read_known(ROOT / "data" / "nlu", [ROOT / "tests" / "understanding", ROOT / "tests" / "personas"])
    spoken = {"tell", "affirm", "ask_ukraine_work", "out_of_scope"}
    assert spoken <= known.intents
    assert not known.intents & {"safety", "nlu_fallback", "start", "answer", "choose", "book", "resume"}
    labels = {name for found in known.examples.values() for example, _ in found for name in example.signals}
    assert labels == set(SIGNALS)
