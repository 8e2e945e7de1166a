"""A person: asked for, or called in for safety. The right number is always shown first."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from actions import offers
from actions.next import go_on
from actions.step import Step
from actions.turn import Turn
from bot.intake.situation import SAFETY_SIGNALS

logger = logging.getLogger(__name__)


class ActionHandOff(Step):
    """The resident asks for a person."""

    def name(self) -> str:
        """Return ``action_hand_off``."""
        return "action_hand_off"

    def take(self, turn: Turn) -> None:
        """Put the conversation in the queue and ask how the resident wants to be helped.

        «Call me» as the answer to «how shall we reach you?» is an answer: then the conversation goes on.
        """
        if turn.answered in {"contact_channel", "handoff"}:
            go_on(turn)
            return
        offers.offer_person(turn, "asked", "say_hand_off")


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
        try:
            offers.offer_person(turn, "safety", "say_ask_handoff_safety", signal=found[0])
        except SQLAlchemyError:  # whatever fails behind it, the number has to reach the resident
            logger.exception("Staff could not be called for a safety signal.")
            turn.say("say_desk_unreachable")


class ActionResume(Step):
    """Staff give the conversation back to the assistant."""

    def name(self) -> str:
        """Return ``action_resume``."""
        return "action_resume"

    def take(self, turn: Turn) -> None:
        """Say that the computer program speaks again."""
        turn.asking = None if turn.asking == "handoff" else turn.asking
        turn.say("say_back")
