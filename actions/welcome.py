"""The first words: what this is, and the open question."""

from __future__ import annotations

from actions import questions
from actions.house import directory
from actions.step import Step
from actions.turn import Turn
from bot.texts import get_texts


class ActionWelcome(Step):
    """Begin the conversation in the language of the page."""

    def name(self) -> str:
        """Return ``action_welcome``."""
        return "action_welcome"

    def take(self, turn: Turn) -> None:
        """Say that this is a computer program, of whom, and ask the open question."""
        wanted, region = turn.entity("language"), turn.entity("region")
        if wanted in get_texts().languages:
            turn.language = str(wanted)
        if region:
            turn.region = str(region)
        turn.say("say_welcome", brand=directory().region(turn.region).brand)
        questions.ask(turn, "situation")
