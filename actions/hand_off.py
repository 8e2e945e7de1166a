"""A person: asked for, and the conversation given back."""

from __future__ import annotations

from actions import person
from actions.next import go_on
from actions.step import Step
from actions.turn import Turn


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
        person.offer(turn, "asked", "say_hand_off")


class ActionResume(Step):
    """Staff give the conversation back to the assistant."""

    def name(self) -> str:
        """Return ``action_resume``."""
        return "action_resume"

    def take(self, turn: Turn) -> None:
        """Say that the computer program speaks again."""
        turn.asking = None if turn.asking == "handoff" else turn.asking
        turn.say("say_back")
