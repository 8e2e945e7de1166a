"""Start over: never without a yes."""

from __future__ import annotations

from actions import questions
from actions.step import Step
from actions.turn import Turn


class ActionStartOver(Step):
    """Ask whether the answers may be forgotten; the answer is taken in by ``action_understand``."""

    def name(self) -> str:
        """Return ``action_start_over``."""
        return "action_start_over"

    def take(self, turn: Turn) -> None:
        """Ask."""
        questions.ask(turn, "start_over")
