"""Simulated residents against a system that speaks the chat API over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.evaluation.personas.chat import connect
from bot.evaluation.personas.command import evaluate_personas
from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.simulator import Outcome, converse
from bot.evaluation.reading import InputError

FACTS = {"municipality": "Utrecht", "end_date": "2027-01-31", "contact_channel": "phone"}


def persona(opening: str, **more: Any) -> Persona:
    data: dict[str, Any] = {
        "id": "p1",
        "language": "nl",
        "opening": opening,
        "facts": FACTS,
        "contact": {"name": "Test", "phone": "+31612345678"},
    }
    return Persona.model_validate({**data, **more})


def talk(running: Any, one: Persona, limit: int = 60) -> Outcome:
    with connect(running.url) as http:
        return converse(http, one, limit)


def test_a_resident_books_and_every_question_gets_its_kind_of_answer(running: Any) -> None:
    outcome = talk(running, persona("mijn contract stopt", says={"municipality": "ik woon in utrecht"}))
    assert outcome.dead_end is None
    assert outcome.booked
    assert outcome.references == ["AB2CD3E0"]
    assert outcome.needs == ["unemployment_benefit"]
    assert outcome.roles == ["uwv"]
    assert running.sent("contract") == [
        {"text": "mijn contract stopt"},
        {"text": "ik woon in utrecht"},
        {"text": "31 januari 2027"},
        {"payload": '/choose{"needs": "unemployment_benefit,debt_help"}'},
        {"payload": '/choose{"partner": "uwv"}'},
        {"payload": '/answer{"contact_channel": "phone"}'},
        {"payload": '/choose{"time": "2026-12-01T10:00:00+01:00"}'},
        {"form": {"name": "Test", "phone": "+31612345678"}},
        {"payload": "/book"},
    ]
    assert outcome.turns == 9
    assert len(outcome.turn_ms) == 9
    assert all(milliseconds > 0 for milliseconds in outcome.turn_ms)


def test_a_fact_not_in_the_file_is_rather_not_said(running: Any) -> None:
    talk(running, persona("contract", facts={}, contact={}))
    sent = running.sent("contract")
    assert sent[1] == {"payload": "/rather_not_say"}
    assert sent[2] == {"text": "zeg ik liever niet"}  # no such button below the date
    assert sent[7] == {"payload": "/rather_not_say"}


def test_english_residents_answer_in_english(running: Any) -> None:
    talk(running, persona("contract", language="en", facts={"end_date": "2027-01-31"}))
    sent = running.sent("contract")
    assert sent[2] == {"text": "31 January 2027"}
    assert sent[5] == {"text": "I'd rather not say"}


def test_the_same_question_again_is_answered_by_the_button_that_holds_the_value(running: Any) -> None:
    outcome = talk(running, persona("contract nog eens", says={"end_date": "eind januari"}))
    assert running.sent("nog eens")[2:4] == [
        {"text": "eind januari"},
        {"payload": '/answer{"end_date": "2027-01-31"}'},
    ]
    assert outcome.booked


def test_who_does_not_book_says_no_at_the_consent(running: Any) -> None:
    outcome = talk(running, persona("contract", book=False))
    assert running.sent("contract")[-1] == {"payload": "/deny"}
    assert not outcome.booked
    assert outcome.dead_end is None


def test_a_second_need_that_is_offered_is_booked_too(running: Any) -> None:
    outcome = talk(running, persona("contract en schulden"))
    assert outcome.needs == ["unemployment_benefit", "debt_help"]
    assert running.sent("schulden").count({"payload": "/book"}) >= 2
    assert outcome.booked


def test_an_answer_in_between_leaves_the_question_open(running: Any) -> None:
    outcome = talk(running, persona("contract, tussendoor"))
    assert running.sent("tussendoor")[4:6] == [{"payload": '/choose{"partner": "uwv"}'}, {"text": "de eerste"}]
    assert outcome.booked


def test_safety_is_seen_and_who_expects_a_person_waits(running: Any) -> None:
    outcome = talk(running, persona("ik zie het niet meer zitten", expect={"handoff": True}))
    assert outcome.safety == "suicidal_crisis"
    assert outcome.handoff
    assert outcome.dead_end is None
    assert outcome.turns == 2


def test_who_does_not_expect_a_person_goes_on(running: Any) -> None:
    outcome = talk(running, persona("contract, ik zie het niet meer zitten", expect={"booked": True}))
    assert running.sent("zitten")[1] == {"payload": '/handoff_choice{"wish": "continue"}'}
    assert outcome.booked
    assert outcome.handoff


@pytest.mark.parametrize(
    ("opening", "told"),
    [
        ("contract kapot", "503 it broke"),
        ("contract stilte", "no answer in turn 1"),
        ("contract vastloper", "asked municipality 4 times"),
        ("contract eindeloos", "no end after 6 turns"),
    ],
)
def test_dead_ends_are_named(running: Any, opening: str, told: str) -> None:
    outcome = talk(running, persona(opening), limit=6)
    assert told in str(outcome.dead_end)
    assert not outcome.booked


def test_too_many_requests_are_waited_for(running: Any) -> None:
    outcome = talk(running, persona("contract druk"))
    assert outcome.booked
    assert outcome.turns == 9


def test_the_report_of_a_file(running: Any, tmp_path: Path) -> None:
    right = {**persona("contract").model_dump(mode="json"), "id": "right"}
    right["expect"] = {"needs": ["unemployment_benefit"], "first_role": "uwv", "safety": None, "booked": True}
    wrong = {**right, "id": "wrong", "opening": "contract stilte", "expect": {**right["expect"], "max_turns": 14}}
    wrong["expect"]["needs"] = ["debt_help"]
    file = tmp_path / "personas.yml"
    file.write_text(yaml.safe_dump([right, wrong]))
    report = evaluate_personas(file, running.url, parallel=2)
    assert report["summary"]["personas"] == 2
    assert report["summary"]["passed"] == 1
    assert report["summary"]["needs_recall"] == 0.5
    assert report["summary"]["dead_ends"] == 1
    assert report["summary"]["turn_ms_p95"] > 0
    first, second = report["personas"]
    assert first["passed"]
    assert first["reference"] == "AB2CD3E0"
    assert second["failures"] == ["dead end: no answer in turn 1", "need missing: debt_help", "not booked"]


def test_no_system_at_the_address_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "personas.yml"
    file.write_text(yaml.safe_dump([persona("hoi").model_dump(mode="json", exclude={"expect"})]))
    with pytest.raises(InputError, match="no Doorwijzer answers there"):
        evaluate_personas(file, "http://127.0.0.1:9")
