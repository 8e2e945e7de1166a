"""The base of all actions: read the turn, take the step, write back what changed, report the state."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import booked
from actions.report import report
from actions.turn import Turn


class Step(Action):  # type: ignore[misc]  # rasa_sdk has no types
    """An action that handles one turn. Subclasses give ``name`` and ``take``."""

    @abstractmethod
    def name(self) -> str:
        """Return the action's name in ``domain.yml``."""

    @abstractmethod
    def take(self, turn: Turn) -> None:
        """Change the turn and speak."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Run the step for Rasa: read the slots, take the step, return what changed."""
        turn = Turn(tracker, dispatcher)
        booked.refresh(turn)
        self.take(turn)
        if dispatcher.messages:
            dispatcher.messages[-1]["state"] = report(turn)
        return turn.events()
