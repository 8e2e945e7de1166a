"""A person: asked for, or called in for safety. The right number is always shown first."""

from __future__ import annotations

from actions import offers, speech
from actions.step import Step
from actions.turn import Turn
from bot.intake.situation import SAFETY_SIGNALS


class ActionHandOff(Step):
    """The resident asks for a person."""

    def name(self) -> str:
        """Return ``action_hand_off``."""
        return "action_hand_off"

    def take(self, turn: Turn) -> None:
        """Put the conversation in the queue and ask how the resident wants to be helped."""
        offer_person(turn, "asked", "say_hand_off")


class ActionSafety(Step):
    """Somebody may be in danger: the number first, then a person, before any question."""

    def name(self) -> str:
        """Return ``action_safety``."""
        return "action_safety"

    def take(self, turn: Turn) -> None:
        """Show the number for every safety signal of this message, and call staff."""
        found = [name for name in SAFETY_SIGNALS if name in turn.found_signals] or [str(turn.situation.safety)]
        turn.heard = [name for name in turn.heard if name not in SAFETY_SIGNALS]
        for signal in found:
            turn.say(f"say_safety_{signal}", card={"kind": "safety", "signal": signal})
        turn.told += [signal for signal in found if signal not in turn.told]
        offer_person(turn, "safety", "say_ask_handoff_safety", signal=found[0])


class ActionResume(Step):
    """Staff give the conversation back to the assistant."""

    def name(self) -> str:
        """Return ``action_resume``."""
        return "action_resume"

    def take(self, turn: Turn) -> None:
        """Say that the computer program speaks again."""
        turn.asking = None if turn.asking == "handoff" else turn.asking
        turn.say("say_back")


def offer_person(turn: Turn, reason: str, key: str, signal: str | None = None) -> None:
    """Call staff and ask: wait here, be called back, or go on. Says when the desk opens if it is closed."""
    offers.request_person(turn, reason, signal)
    is_open, opens = offers.staff_hours(turn)
    if is_open:
        hours = turn.text("say_desk_open")
    else:
        hours = turn.text("say_desk_closed", when=speech.moment(turn, opens) if opens else turn.text("format.soon"))
    turn.say(key, ask="handoff", hours=hours)
