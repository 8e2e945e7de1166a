"""Somebody who asks something for an organisation: a partner in the region, or one that wants to join."""

from __future__ import annotations

from actions import person
from actions.step import Step
from actions.turn import Turn

#: Why staff are called, by what was asked.
REASONS = {"partner_question": "partner", "join_request": "join"}


class ActionOrganisation(Step):
    """A professional's question goes to a person: the intake is for residents and employers."""

    def name(self) -> str:
        """Return ``action_organisation``."""
        return "action_organisation"

    def take(self, turn: Turn) -> None:
        """Answer in short, call staff, and ask how they can be reached."""
        reason = REASONS[turn.intent]
        turn.say(f"say_{reason}")
        person.offer(turn, reason, "say_hand_off")
