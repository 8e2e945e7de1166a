"""Something else altogether: said plainly, unless it was the answer to a question that lets people talk freely."""

from __future__ import annotations

from actions import strengths
from actions.step import Step
from actions.turn import Turn


class ActionOutOfScope(Step):
    """The message is about something the assistant knows nothing of."""

    def name(self) -> str:
        """Return ``action_out_of_scope``."""
        return "action_out_of_scope"

    def take(self, turn: Turn) -> None:
        """Say what it does help with; ``action_next`` then asks the open question again."""
        if turn.answered != strengths.QUESTION:
            turn.say("say_out_of_scope")
