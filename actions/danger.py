"""The message tells of danger."""

from __future__ import annotations

from actions import strengths
from actions.next import go_on
from actions.safety import answer_danger
from actions.step import Step
from actions.turn import Turn
from bot.intake.situation import SAFETY_SIGNALS


class ActionSafety(Step):
    """Danger goes before any question."""

    def name(self) -> str:
        """Return ``action_safety``."""
        return "action_safety"

    def take(self, turn: Turn) -> None:
        """Show the number for every safety signal of this message, and call staff.

        What somebody is good at may faintly look like danger (``strengths``); then the conversation goes on.
        """
        if turn.answered == strengths.QUESTION:
            go_on(turn)
            return
        found = [name for name in SAFETY_SIGNALS if name in turn.found_signals]
        answer_danger(turn, found or [str(turn.situation.safety)])
