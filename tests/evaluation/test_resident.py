"""A simulated resident and the questions after help: it leaves with what it came for, and is never stuck."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.resident import Resident


@pytest.fixture
def resident() -> Resident:
    return Resident(Persona.model_validate({"id": "p", "language": "nl", "opening": "ik zoek werk", "facts": {}}))


def question(ask: str, *payloads: str) -> dict[str, Any]:
    return {"text": "?", "ask": ask, "buttons": [{"title": payload, "payload": payload} for payload in payloads]}


def test_an_event_is_left_for_an_appointment(resident: Resident) -> None:
    offers = ('/choose{"event": "fair"}', "/person", "/deny")
    assert resident.reply([question("event", *offers)]) == {"payload": "/deny"}
    assert resident.reply([question("event")]) == {"text": "nee"}


def test_the_question_on_research_ends_the_conversation(resident: Resident) -> None:
    assert resident.reply([question("research", "/affirm", "/deny", "/rather_not_say")]) is None
