"""One simulated conversation, from the opening to where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.evaluation.personas.chat import Chat, ChatFailed
from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.resident import Resident, Stuck
from bot.intake.situation import FACTS, SAFETY_SIGNALS

TURN_LIMIT = 60

#: A referral in one of these states helps nobody any more (or not yet).
_NOT_BOOKED = frozenset({"draft", "cancelled", "failed"})


@dataclass
class Outcome:
    """Where one conversation ended. ``dead_end`` says why it led nowhere; ``None`` when it did not."""

    persona: Persona
    signals: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    safety: str | None = None
    handoff: bool = False
    references: list[str] = field(default_factory=list)
    turn_ms: list[float] = field(default_factory=list)
    turns: int = 0
    questions: int = 0
    """Questions about facts before the first advice (at most six)."""
    advised: bool = False
    dead_end: str | None = None

    @property
    def booked(self) -> bool:
        """Whether at least one referral stands."""
        return bool(self.references)

    def count(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Count the questions that were asked before the first advice."""
        self.advised = self.advised or any((one.get("card") or {}).get("kind") == "advice" for one in messages)
        if not self.advised:
            self.questions += sum(one.get("ask") in FACTS for one in messages)

    def note(self, state: Mapping[str, Any]) -> None:
        """Take in the state after a turn: what was seen once stays seen; needs are those seen last."""
        seen = [str(signal["id"]) for signal in state.get("signals") or ()]
        self.signals += [name for name in seen if name not in self.signals]
        if state.get("needs"):
            self.needs = [str(need["id"]) for need in state["needs"]]
            self.roles = [str(need["role"]) for need in state["needs"] if need.get("role")]
        named = state.get("safety") or next((name for name in SAFETY_SIGNALS if name in seen), None)
        self.safety = self.safety or named
        self.handoff = self.handoff or bool(state.get("handoff"))
        referrals = state.get("referrals") or ()
        self.references = [str(item["reference"]) for item in referrals if item.get("status") not in _NOT_BOOKED]


def converse(http: httpx.Client, persona: Persona, limit: int = TURN_LIMIT) -> Outcome:
    """Let a persona chat with the system until nothing is asked any more. Never raises for what the system does."""
    outcome, chat = Outcome(persona), Chat(http)
    try:
        _talk(chat, Resident(persona), outcome, limit)
    except ChatFailed as error:
        outcome.dead_end = str(error)
    except Stuck as stuck:
        if not outcome.booked and not outcome.handoff:
            outcome.dead_end = str(stuck)
    outcome.turn_ms = chat.turn_ms
    return outcome


def _talk(chat: Chat, resident: Resident, outcome: Outcome, limit: int) -> None:
    persona = resident.persona
    body = resident.reply(list(chat.start(persona.language, persona.region)))
    while body is not None:
        if outcome.turns >= limit:
            outcome.dead_end = f"no end after {limit} turns"
            return
        outcome.turns += 1
        messages = chat.send(body)
        state = chat.state()
        outcome.note(state)
        outcome.count(messages)
        if not messages and not resident.waiting:
            outcome.dead_end = f"no answer in turn {outcome.turns}"
            return
        body = resident.reply(_with_open_question(messages, state))


def _with_open_question(messages: list[dict[str, Any]], state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Let an answer in between ("that costs nothing") leave the question open that was asked before it."""
    if not messages or not state.get("asking") or any(message.get("ask") for message in messages):
        return list(messages)
    return [*messages[:-1], {**messages[-1], "ask": state["asking"]}]
