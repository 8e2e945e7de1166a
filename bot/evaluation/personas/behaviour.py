"""What makes a resident harder to help: says nothing useful, goes off the topic, changes their mind, mistypes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.directory.municipalities import get_municipalities
from bot.evaluation.personas.reading import Persona
from bot.evaluation.personas.wording import phrases
from bot.evaluation.stress.distortions import distort

#: Turns that each behaviour adds by itself: they are not the assistant's.
EXTRA_TURNS = {"useless_twice": 3, "off_topic": 1, "changes_mind": 1, "typos": 0}


def extra_turns(persona: Persona) -> int:
    """Return how many turns more this resident needs than a plain one."""
    return sum(EXTRA_TURNS[name] for name in persona.behaviour)


@dataclass
class Behaviour:
    """Says something else than the answer where the persona is like that. Keeps what has still to come."""

    persona: Persona
    _left: set[str] = field(default_factory=set)
    _useless: int = 0
    _mistaken: bool = False

    def __post_init__(self) -> None:
        self._left = set(self.persona.behaviour)

    def instead(self, ask: str, *, opened: bool) -> str | None:
        """Return what is typed in the place of an answer to this question, if anything."""
        words = phrases(self.persona.language)
        if self._mistaken and ask != "municipality":
            self._mistaken = False
            return str(words["correct_municipality"]).format(value=self.persona.facts["municipality"])
        if "useless_twice" in self._left and not opened:
            self._useless += 1
            if self._useless == len(words["useless"]):
                self._left.discard("useless_twice")
            return str(words["useless"][self._useless - 1])
        if "changes_mind" in self._left and ask == "municipality":
            return self._other_municipality()
        if "off_topic" in self._left and opened and ask != "situation":
            self._left.discard("off_topic")
            return str(words["off_topic"])
        return None

    def typed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent, with the mistakes this resident makes when typing."""
        if "typos" not in self.persona.behaviour or not body.get("text"):
            return dict(body)
        chance = random.Random(f"{self.persona.id} {body['text']}")
        return {**body, "text": distort("typos", str(body["text"]), self.persona.language, chance)}

    def _other_municipality(self) -> str | None:
        self._left.discard("changes_mind")
        mine, towns = self.persona.facts.get("municipality"), get_municipalities()
        region = towns.in_region(towns.region_of(mine)) if mine in towns.names else ()
        others = [name for name in region if name != mine]
        self._mistaken = bool(others)
        return others[0] if others else None
