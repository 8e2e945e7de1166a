"""A simulated resident: how a persona answers what the assistant asks.

Words come first where the persona has its own (``says``); a button, or a plain phrase, when there are none or when
the same question comes back.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_date

from bot.evaluation.personas.behaviour import Behaviour
from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.wording import phrases
from bot.intake.situation import FACTS

Body = dict[str, Any]
"""What is sent: ``{"text"}``, ``{"payload"}`` or ``{"form"}``."""

PATIENCE = 3
"""How often a resident answers the same question in a row; the next time the conversation is stuck."""

_PAYLOAD = re.compile(r"^/(\w+)\s*(\{.*\})?$", re.DOTALL)


class Stuck(Exception):
    """The same question came back once too often."""


@dataclass(frozen=True)
class Offer:
    """A button: what it says, the intent of its payload, and the values in it."""

    title: str
    payload: str
    intent: str
    values: Mapping[str, Any]


@dataclass
class Resident:
    """Answers messages as one persona would. Keeps count of what was asked before."""

    persona: Persona
    opened: bool = False
    waiting: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    _last_ask: str | None = None
    _in_a_row: int = 0

    def __post_init__(self) -> None:
        self._behaviour = Behaviour(self.persona)

    def reply(self, messages: list[Mapping[str, Any]]) -> Body | None:
        """Return what to send next, or ``None`` when nothing is asked any more. Raises ``Stuck``."""
        answer = self._reply(messages)
        return None if answer is None else self._behaviour.typed(answer)

    def _reply(self, messages: list[Mapping[str, Any]]) -> Body | None:
        question = next((message for message in reversed(messages) if message.get("ask")), None)
        if self.waiting:
            return None
        if question is None:
            return self._unasked(messages)
        ask = str(question["ask"])
        if ask == "situation" and self._said_everything():
            return None  # "what else?" after everything else
        if ask == "research":
            return None  # what they came for is arranged: no answer is an answer too
        instead = self._behaviour.instead(ask, opened=self.opened)
        if instead is not None:
            return {"text": instead}
        self._in_a_row = self._in_a_row + 1 if ask == self._last_ask else 1
        self._last_ask = ask
        if self._in_a_row > PATIENCE:
            raise Stuck(f"asked {ask} {self._in_a_row} times in a row")
        self.asked[ask] += 1
        answer = self._answers().get(ask)
        return answer(question) if answer else self._fact(ask, question)

    def _answers(self) -> dict[str, Callable[[Mapping[str, Any]], Body]]:
        return {
            "situation": self._situation,
            "meaning": self._meaning,
            "other_language": lambda message: self._press(message, "deny") or self._say("deny"),
            "choice": self._choice,
            "partner": lambda message: self._first(message, "choose", "partner"),
            "event": lambda message: self._press(message, "deny") or self._say("deny"),
            "time": lambda message: self._first(message, "choose", "time"),
            "contact": self._contact,
            "consent": self._consent,
            "handoff": self._handoff,
            "language": self._language,
            "change": lambda message: self._press(message, "deny") or self._say("nothing"),
            "start_over": lambda message: self._press(message, "deny") or self._say("deny"),
        }

    def _unasked(self, messages: list[Mapping[str, Any]]) -> Body | None:
        if not self.opened:
            return self._open()
        offered = next((pressed for message in messages if (pressed := self._press(message, "book"))), None)
        return offered if self.persona.book else None

    def _said_everything(self) -> bool:
        return self.opened and bool(set(self.asked) - {"situation", "language", "meaning", "other_language"})

    def _open(self) -> Body:
        self.opened = True
        return {"text": self.persona.opening}

    def _situation(self, message: Mapping[str, Any]) -> Body:
        status = self.persona.facts.get("work_status")
        if not self.opened or status is None:
            return self._open()
        return self._press(message, "affirm") or {"text": self._phrase("work_status", status)}

    def _meaning(self, message: Mapping[str, Any]) -> Body:
        # A persona does not know our signals: it says what it meant in its own words, or tells it anew.
        if "meaning" in self.persona.says and self.asked["meaning"] == 1:
            return {"text": self.persona.says["meaning"]}
        danger = self.persona.expect.safety
        for offer in _offers(message):
            if danger and offer.values.get("signal") == danger:
                return {"payload": offer.payload}  # in danger one knows it when one reads it
        for offer in _offers(message):
            if offer.values.get("signal") == "other":
                return {"payload": offer.payload}
        return self._say("deny")

    def _choice(self, message: Mapping[str, Any]) -> Body:
        offers = [offer for offer in _offers(message) if offer.intent == "choose" and offer.values.get("needs")]
        if not offers:
            return self._say("all")
        most = max(offers, key=lambda offer: len(str(offer.values["needs"]).split(",")))
        return {"payload": most.payload}

    def _first(self, message: Mapping[str, Any], intent: str, key: str) -> Body:
        for offer in _offers(message):
            if offer.intent == intent and offer.values.get(key):
                return {"payload": offer.payload}
        return self._say("first")

    def _contact(self, message: Mapping[str, Any]) -> Body:
        form = self.persona.contact.model_dump(exclude_none=True)
        if not form or self.asked["contact"] > 2:
            return self._rather_not_say(message)
        return {"form": form} if self.asked["contact"] == 1 else {"text": ", ".join(form.values())}

    def _consent(self, message: Mapping[str, Any]) -> Body:
        if self.persona.book:
            return self._press(message, "affirm") or self._press(message, "book") or self._say("affirm")
        return self._press(message, "deny") or self._say("deny")

    def _handoff(self, message: Mapping[str, Any]) -> Body:
        expect = self.persona.expect
        # Who is also to be booked goes on: the hand-off has happened by now.
        self.waiting = bool(expect.handoff) and not expect.booked
        wish = "wait" if self.waiting else "continue"
        for offer in _offers(message):
            if offer.values.get("wish") == wish:
                return {"payload": offer.payload}
        return self._say(wish)

    def _language(self, message: Mapping[str, Any]) -> Body:
        for offer in _offers(message):
            if offer.values.get("language") == self.persona.language:
                return {"payload": offer.payload}
        return {"text": self.persona.language}

    def _fact(self, name: str, message: Mapping[str, Any]) -> Body:
        if self.asked[name] == 1 and name in self.persona.says:
            return {"text": self.persona.says[name]}
        value = self.persona.facts.get(name)
        if value is None:
            return self._rather_not_say(message)
        return self._press_value(message, name, value) or {"text": self._phrase(name, value)}

    def _press_value(self, message: Mapping[str, Any], name: str, value: str) -> Body | None:
        """Press the button that gives the value, or the "yes" to a question that reads the value back."""
        for offer in _offers(message):
            if offer.values.get(name) == value:
                return {"payload": offer.payload}
        yes = next((offer for offer in _offers(message) if offer.intent == "affirm"), None)
        if yes and FACTS.get(name) is None:
            read_back = f"{message.get('text', '')} {yes.title}".casefold()
            if any(form.casefold() in read_back for form in self._forms(name, value)):
                return {"payload": yes.payload}
        return None

    def _forms(self, name: str, value: str) -> tuple[str, ...]:
        return (self._phrase(name, value), value)

    def _rather_not_say(self, message: Mapping[str, Any]) -> Body:
        return self._press(message, "rather_not_say") or self._say("rather_not_say")

    def _press(self, message: Mapping[str, Any], intent: str) -> Body | None:
        return next(({"payload": offer.payload} for offer in _offers(message) if offer.intent == intent), None)

    def _say(self, phrase: str) -> Body:
        return {"text": str(phrases(self.persona.language)[phrase])}

    def _phrase(self, name: str, value: str) -> str:
        if name == "end_date":
            return format_date(date.fromisoformat(value), "d MMMM y", locale=self.persona.language)
        return str(phrases(self.persona.language).get(name, {}).get(value, value))


def _offers(message: Mapping[str, Any]) -> list[Offer]:
    offers = []
    for button in message.get("buttons") or ():
        payload = str(button.get("payload", ""))
        found = _PAYLOAD.match(payload)
        if found is None:
            continue
        try:
            values = json.loads(found[2]) if found[2] else {}
        except ValueError:
            values = {}
        offers.append(
            Offer(str(button.get("title", "")), payload, found[1], values if isinstance(values, dict) else {})
        )
    return offers
