"""Corrections by staff: which rows may be trained on, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.corrections.checking import Outcome, check_rows
from bot.evaluation.corrections.known import Example, Known, letters_of, plain, read_known
from bot.evaluation.corrections.reading import Row, read_rows
from bot.evaluation.reading import InputError

DATA = """\
version: "3.1"
nlu:
  - synonym: zzp
    examples: |
      - zzper
  - intent: affirm
    examples: |
      - ja graag
  - intent: tell
    examples:
      - text: |
          Ik heb schulden.
        metadata:
          signals: [debts]
      - text: |
          ik ben 58
        metadata:
          signals: [older_worker]
      - text: |
          mijn man slaat me, en ik heb geen werk
        metadata:
          signals: [domestic_violence, looking_for_work]
"""
TESTS = 'lang,text\nnl,"Bel mij op 06-12345678, ik sta na 3 jaar op straat!"\n'


@pytest.fixture
def known(tmp_path: Path) -> Known:
    for folder, name, text in (("data", "work.nl.yml", DATA), ("tests", "apart.csv", TESTS)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text, "utf-8")
    return read_known(tmp_path / "data", [tmp_path / "tests"])


def check(known: Known, *rows: tuple[str, str, str]) -> Outcome:
    """Check rows of text, intent and signals, on the lines 2, 3, …"""
    written = [
        Row(line, "nl", text, intent, tuple(signals.split())) for line, (text, intent, signals) in enumerate(rows, 2)
    ]
    return check_rows(written, known, ("en", "nl"))


def told(outcome: Outcome) -> str:
    return "\n".join(f"{fault.line}: {fault.told}" for fault in outcome.faults)


def test_a_sound_row_is_new_and_means_tell_unless_it_says_otherwise(known: Known) -> None:
    outcome = check(known, ("de huur is 2 maanden te laat", "", "debts housing_problem"), ("jazeker wel", "affirm", ""))
    assert [correction.example for correction in outcome.new] == [
        Example("de huur is 2 maanden te laat", "tell", frozenset({"debts", "housing_problem"})),
        Example("jazeker wel", "affirm", frozenset()),
    ]
    assert outcome.faults == []


def test_all_faults_of_all_rows_are_told(known: Known) -> None:
    rows = [
        Row(2, "de", "ich habe Schulden", "smalltalk", ("dept",)),
        Row(3, "nl", " \u200b ", "", ()),
        Row(4, "nl", "ja " * 134, "", ()),
    ]
    outcome = check_rows(rows, known, ("en", "nl"))
    assert outcome.new == []
    assert told(outcome).splitlines() == [
        "2: unknown language 'de' (known: en, nl)",
        "2: unknown intent 'smalltalk' (known: affirm, tell)",
        "2: unknown signal 'dept' (did you mean debts?)",
        "3: the text is empty",
        "4: the text has 401 characters, 400 at most: keep what the labels are about",
    ]


def test_400_characters_are_not_too_many(known: Known) -> None:
    assert len(check(known, ("ja " * 133 + "!", "", "")).new[0].example.text) == 400


@pytest.mark.parametrize("intent", ["safety", "nlu_fallback", "answer", "book"])
def test_what_is_never_spoken_is_no_intent(known: Known, intent: str) -> None:
    assert f"unknown intent '{intent}'" in told(check(known, ("hallo daar", intent, "")))


def test_personal_data_becomes_a_placeholder(known: Known) -> None:
    (row,) = check(known, ("ik heet Piet de Vries, 06-12345678, BSN 111222333", "", "")).new
    assert row.example.text == "ik heet [naam], [telefoonnummer], BSN [BSN]"
    assert row.masked


def test_what_is_masked_already_is_not_counted_as_masked(known: Known) -> None:
    assert not check(known, ("ik heet [naam] en ik zoek werk", "", "looking_for_work")).new[0].masked


@pytest.mark.parametrize(
    "text",
    [
        "Bel mij op 06-12345678, ik sta na 3 jaar op straat!",
        "bel mij op [telefoonnummer] ik sta na 14 jaar op straat",
        "BEL MIJ OP +31612345678... ik stá na 3 jaar op straat",
    ],
)
def test_a_test_sentence_is_refused_in_any_dress(known: Known, text: str) -> None:
    assert "2: is a test sentence (" in told(check(known, (text, "", "")))
    assert "apart.csv" in told(check(known, (text, "", "")))


def test_what_stands_in_the_training_data_with_the_same_labels_is_left_out(known: Known) -> None:
    outcome = check(known, ("IK HEB SCHULDEN", "", "debts"), ("ja, graag!", "affirm", ""))
    assert (outcome.known, outcome.new, outcome.faults) == (2, [], [])


@pytest.mark.parametrize(
    ("text", "intent", "signals", "place"),
    [
        ("ik heb schulden", "", "", "work.nl.yml has it as tell, debts"),
        ("ik heb schulden", "", "debts no_benefit", "work.nl.yml has it as tell, debts"),
        ("ja graag", "tell", "", "work.nl.yml has it as affirm, no signals"),
    ],
)
def test_other_labels_are_a_conflict_with_its_file(
    known: Known, text: str, intent: str, signals: str, place: str
) -> None:
    assert place in told(check(known, (text, intent, signals)))


def test_another_age_is_another_sentence(known: Known) -> None:
    assert len(check(known, ("ik ben 19", "", "")).new) == 1


def test_no_row_takes_a_safety_signal_away(known: Known) -> None:
    outcome = check(known, ("Mijn man slaat me en ik heb geen werk", "", "looking_for_work"))
    assert "work.nl.yml has it as domestic_violence; no row takes a safety signal away" in told(outcome)
    assert outcome.new == []


def test_a_sentence_twice_in_one_file(known: Known) -> None:
    outcome = check(
        known, ("de huur is laat", "", "debts"), ("De huur is laat.", "", "debts"), ("de huur is laat", "", "")
    )
    assert (len(outcome.new), outcome.known) == (1, 1)
    assert told(outcome) == "4: line 2 has it as tell, debts: mend it there, or leave this row out"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/affirm", "begins with /"),
        ("  /start", "begins with /"),
        ("ik heb [schulden](debts)", "which Rasa reads as a mark"),
        ('ik heb [schulden]{"entity": "x"}', "which Rasa reads as a mark"),
        ("ik heb [schulden][5]", "which Rasa reads as a mark"),
        ("het is 50 euro(per week)", "which Rasa reads as a mark"),  # once masked: [bedrag](per week)
        (r"het staat in c:\users", "which Rasa reads as a code"),
        ("geen co\ufffdrdinatie", "a broken character"),
        ("niet te lezen \uffff", "a broken character"),
        ("#NAAM?", "a spreadsheet's error"),
        ("#DIV/0!", "a spreadsheet's error"),
    ],
)
def test_a_text_that_would_not_arrive_as_it_is(known: Known, text: str, why: str) -> None:
    outcome = check(known, (text, "", ""))
    assert why in told(outcome)
    assert outcome.new == []


def test_the_plain_form() -> None:
    assert plain(" Één café, 's morgens:\nOM 8 uur!! 😀 ") == "eencafesmorgensom8uur"
    assert plain("ik heet [naam]") == "ikheet"
    assert plain("[naam]") == "naam"
    assert plain("👍 ") == "👍"
    assert letters_of("eencafesmorgensom8uur") == "eencafesmorgensomuur"
    assert letters_of("2812") == "2812"


# --- the file ---------------------------------------------------------------------------------------------------------


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "corrections.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_lines_count_as_an_editor_counts_them(tmp_path: Path) -> None:
    lines = [
        "signals,note,lang,text,intent",
        "",
        'debts; no_benefit,x,nl,"een',
        'twee",',
        ",,,,",
        "x,y",
        ",,en,hello,greet",
    ]
    rows, faults = read_rows(write(tmp_path, "\r\n".join(lines), "utf-8-sig"))
    assert rows == [
        Row(3, "nl", "een\ntwee", "", ("debts", "no_benefit")),
        Row(7, "en", "hello", "greet", ()),
    ]
    assert [(fault.line, fault.told) for fault in faults] == [(6, "has 2 columns, not 5: quote a text with , or ;")]


def test_a_dutch_spreadsheet_separates_by_semicolons(tmp_path: Path) -> None:
    rows, faults = read_rows(write(tmp_path, 'lang;text;intent;signals\nnl;ja, en nee;;"debts;no_benefit"\n'))
    assert (rows, faults) == ([Row(2, "nl", "ja, en nee", "", ("debts", "no_benefit"))], [])


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        ("", "utf-8", "line 1: the column lang is missing"),
        ("lang,text,signals\nnl,hoi,\n", "utf-8", "line 1: the column intent is missing"),
        ("lang,text,intent,signals\n,,,\n\n", "utf-8", "there is no correction in it"),
        ('lang,text,intent,signals\nnl,hoi,,\nnl,"open,,\n', "utf-8", "line 3"),
        ("lang,text,intent,signals\nnl,financiën,,\n", "cp1252", "is not UTF-8 text"),
        ("lang,text,intent,signals\nnl,hoi,,\n", "utf-16", "is not UTF-8 text"),
        (f"lang,text,intent,signals\nnl,{'x' * 200_000},,\n", "utf-8", "line 2: field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str, encoding: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        read_rows(write(tmp_path, text, encoding))
    assert why in str(error.value)
    assert "\n" not in str(error.value)


# --- what is known ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", ["nlu: [", "- tell", "nlu:\n  - intent: tell\n", "nlu:\n  - intent: tell\n    examples: [ja]"]
)
def test_training_data_that_is_none(tmp_path: Path, source: str) -> None:
    (tmp_path / "broken.nl.yml").write_text(source)
    with pytest.raises(InputError, match=r"broken\.nl\.yml"):
        read_known(tmp_path, [])


def test_without_data_or_tests_nothing_is_checked_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "data.yml").write_text(DATA, "utf-8")
    (tmp_path / "empty").mkdir()
    for data, tests, why in (
        (tmp_path / "none", [], "there is no such folder"),
        (tmp_path / "empty", [], "there is no training data in it"),
        (tmp_path, [tmp_path / "none"], "there is no such folder"),
        (tmp_path, [tmp_path / "empty"], "there is no test file in it"),
    ):
        with pytest.raises(InputError, match=why):
            read_known(data, tests)


def test_a_test_file_without_texts_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "data.nl.yml").write_text(DATA, "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "other.csv").write_text("lang,sentence\nnl,hoi\n")
    with pytest.raises(InputError, match="has no column text"):
        read_known(tmp_path, [tmp_path / "tests"])


def test_what_a_persona_says_first_is_a_test_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.nl.yml").write_text(DATA, "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "personas.yml").write_text("- {id: a, language: nl, opening: Ik ben mijn baan kwijt}\n")
    known = read_known(tmp_path / "data", [tmp_path / "tests"])
    assert "personas.yml" in told(check(known, ("ik ben mijn baan kwijt", "", "")))
