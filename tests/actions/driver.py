"""Runs the actions as Rasa would for one message, with what was understood given by the test.

The rules come from ``data/rules``; the database is real. Only the NLU is left out: tests/system has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.correct import ActionCorrect
from actions.explain import ActionExplain
from actions.hand_off import ActionHandOff, ActionResume
from actions.next import ActionNext
from actions.organisation import ActionOrganisation
from actions.safety import ActionSafety
from actions.start_over import ActionStartOver
from actions.understand import ActionUnderstand
from actions.welcome import ActionWelcome

ROOT = Path(__file__).parents[2]
STEPS = {
    step.name(): step
    for step in (
        ActionUnderstand(), ActionNext(), ActionWelcome(), ActionExplain(), ActionCorrect(), ActionStartOver(),
        ActionHandOff(), ActionSafety(), ActionResume(), ActionOrganisation(),
    )
}  # fmt: skip


def _rules() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "data" / "rules").glob("*.yml"):
        for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]:
            first, *rest = rule["steps"]
            for item in first.get("or", [first]):
                found[item["intent"]] = [step["action"] for step in rest]
    return found


RULES = _rules()


class Conversation:
    """One conversation with the actions. ``said`` holds the messages of the last turn."""

    def __init__(self, conversation_id: str = "c1") -> None:
        self.id = conversation_id
        self.slots: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []

    def hear(
        self, intent: str, *signals: str, text: str = "", likely: Sequence[str] = (), **entities: Any
    ) -> list[dict[str, Any]]:
        """One message of the resident, as understood; ``likely`` are signals that came near their threshold."""
        message = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.99},
            "signals": [{"id": name, "confidence": 0.95} for name in signals],
            "entities": [
                {"entity": name, **(value if name == "municipality" and isinstance(value, dict) else {"value": value})}
                for name, value in entities.items()
            ],
        }
        if likely:
            message["likely"] = [{"id": name, "confidence": 0.4 - place / 10} for place, name in enumerate(likely)]
        self.said = []
        for name in RULES[intent]:
            if name.startswith("utter_"):
                self.said.append({"text": name, "ask": None})
                continue
            dispatcher = CollectingDispatcher()
            tracker = Tracker(self.id, dict(self.slots), message, [], False, None, {}, "action_listen")
            for event in asyncio.run(STEPS[name].run(dispatcher, tracker, {})):
                self.slots[event["name"]] = event["value"]
            self.said += dispatcher.messages
        return self.said

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press the button of the last messages whose title contains ``title``."""
        import json

        for message in reversed(self.said):
            for button in message.get("buttons") or ():
                if title.lower() in button["title"].lower():
                    name, brace, rest = button["payload"].removeprefix("/").partition("{")
                    return self.hear(name, **(json.loads(brace + rest) if brace else {}))
        raise AssertionError(f"no button {title!r} in {[m.get('buttons') for m in self.said]}")

    @property
    def asking(self) -> str | None:
        return self.slots.get("asking")

    @property
    def language(self) -> str:
        return self.slots.get("language") or "nl"

    @property
    def words(self) -> str:
        return "\n".join(message["text"] for message in self.said)

    @property
    def state(self) -> dict[str, Any]:
        return next(message["state"] for message in reversed(self.said) if "state" in message)
