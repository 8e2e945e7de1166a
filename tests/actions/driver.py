"""Runs the actions as Rasa would for one message, with what was understood given by the test.

The rules come from ``data/rules``; the database is real. Only the NLU is left out: tests/system has it.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions
from actions.step import Step
from bot.assistant.date_clause import says_otherwise
from bot.texts import get_texts
from tests.wording import faults

ROOT = Path(__file__).parents[2]
for _module in pkgutil.iter_modules(actions.__path__):
    importlib.import_module(f"actions.{_module.name}")
STEPS = {step.name(): step for step in (kind() for kind in Step.__subclasses__())}


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
    """One conversation with the actions. ``said`` holds the messages of the last turn; their wording is looked at."""

    def __init__(self, conversation_id: str = "c1") -> None:
        self.id = conversation_id
        self.slots: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []

    def hear(
        self,
        intent: str,
        *signals: str,
        text: str = "",
        likely: Sequence[str] = (),
        sure: float = 0.95,
        denied: Sequence[str] = (),
        found: Sequence[dict[str, Any]] = (),
        other_answer: str | None = None,
        intent_ranking: Sequence[dict[str, Any]] = (),
        **entities: Any,
    ) -> list[dict[str, Any]]:
        """One message of the resident, as understood.

        ``likely`` are signals that came near their threshold; ``sure`` is how sure the ``signals`` are; ``found`` are
        entities with more than a value; ``other_answer`` is a yes or no in another language.
        """
        message = {
            "text": text,
            "says_otherwise": says_otherwise(text),
            "intent": {"name": intent, "confidence": 0.99},
            "signals": [{"id": name, "confidence": sure} for name in signals],
            "entities": [
                {"entity": name, **(value if name == "municipality" and isinstance(value, dict) else {"value": value})}
                for name, value in entities.items()
            ]
            + list(found),
            "other_answer": other_answer,
            "intent_ranking": list(intent_ranking),
        }
        if denied:
            message["denied"] = list(denied)
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
        for message in self.said:
            for words in (message["text"], *(button["title"] for button in message.get("buttons") or ())):
                assert faults(words) == [], words
        return self.said

    def text(self, key: str, **values: object) -> str:
        """Return a text in the conversation's language."""
        return get_texts().get(key, str(self.slots.get("language") or "nl"), **values)

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
