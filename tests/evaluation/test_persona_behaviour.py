"""Residents who are harder to help: what they type instead of an answer, and that they answer in the end."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.personas.behaviour import Behaviour, extra_turns
from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.resident import Resident
from bot.evaluation.personas.scores import failures
from bot.evaluation.personas.simulator import Outcome


def persona(*behaviour: str, **more: Any) -> Persona:
    data = {"id": "p", "language": "nl", "opening": "Mijn tijdelijke contract wordt niet verlengd", **more}
    return Persona.model_validate({"facts": {"municipality": "Zeist"}, **data, "behaviour": list(behaviour)})


def asked(question: str) -> list[dict[str, Any]]:
    return [{"text": "?", "ask": question, "buttons": []}]


def test_nothing_useful_twice_then_the_story() -> None:
    resident = Resident(persona("useless_twice"))
    said = [resident.reply(asked("situation")) for _ in range(3)]
    assert said[2] == {"text": "Mijn tijdelijke contract wordt niet verlengd"}
    assert len({str(body) for body in said}) == 3


def test_off_the_topic_once_and_back() -> None:
    resident = Resident(persona("off_topic"))
    resident.reply(asked("situation"))
    assert resident.reply(asked("municipality")) == {"text": "wat voor weer wordt het morgen"}
    assert resident.reply(asked("municipality")) == {"text": "Zeist"}


def test_another_place_and_then_the_right_one() -> None:
    resident = Resident(persona("changes_mind"))
    resident.reply(asked("situation"))
    first = resident.reply(asked("municipality"))
    assert first is not None
    assert first["text"] != "Zeist"
    assert resident.reply(asked("end_date")) == {"text": "nee sorry, ik woon in Zeist"}


@pytest.mark.parametrize("facts", [{}, {"municipality": "Nergenshuizen"}])
def test_without_a_place_there_is_nothing_to_change(facts: dict[str, str]) -> None:
    one = Behaviour(persona("changes_mind", facts=facts))
    assert one.instead("municipality", opened=True) is None
    assert one.instead("end_date", opened=True) is None


def test_mistakes_are_the_same_in_every_run_and_only_in_what_is_typed() -> None:
    first, second = (Resident(persona("typos")).reply(asked("situation")) for _ in range(2))
    assert first == second
    assert first != {"text": "Mijn tijdelijke contract wordt niet verlengd"}
    assert Behaviour(persona("typos")).typed({"payload": "/affirm"}) == {"payload": "/affirm"}


def test_a_harder_resident_may_take_longer_and_may_be_offered_a_person() -> None:
    one = persona("useless_twice", "off_topic", expect={"max_turns": 8, "handoff": False})
    assert extra_turns(one) == 4
    assert failures(Outcome(one, turns=12, handoff=True)) == []
    assert failures(Outcome(one, turns=13, handoff=False)) == ["13 turns, at most 12"]
