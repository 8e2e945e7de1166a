"""The questions people ask in passing (``content/answers.yml``): what each answer rests on, and until when it holds.

The words are texts (``answer.<id>``, ``source.<id>``); here is only what decides whether they may be said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Theme = Literal[
    "small_talk", "program", "team", "income", "debts", "dismissal", "business", "learning", "newcomers", "rights"
]

#: Every intent of a question aside starts so; the rest of its name is what is asked.
PREFIX = "ask_"


class FaqInvalid(ValueError):
    """The list of answers does not have the agreed form; the message says where."""


class Answer(BaseModel):
    """What one answer rests on. ``valid_until`` is the last day on which it may be said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: str = Field(pattern=rf"^{PREFIX}[a-z0-9_]+$")
    theme: Theme
    source: str | None = Field(None, min_length=1)
    checked: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _complete(self) -> Answer:
        if self.source is None and self.theme != "small_talk":
            raise ValueError("needs a source; only small talk has none")
        if self.valid_until is not None and self.valid_until < self.checked:
            raise ValueError("ended before it was checked")
        return self

    def holds(self, today: date) -> bool:
        """Return whether the answer may still be said as a fact."""
        return self.valid_until is None or today <= self.valid_until


class Faq(BaseModel):
    """All answers, by the id of their question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: Mapping[str, Answer] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_intent_once(self) -> Faq:
        intents = [answer.intent for answer in self.answers.values()]
        twice = sorted({intent for intent in intents if intents.count(intent) > 1})
        if twice:
            raise ValueError(f"more than one answer for: {', '.join(twice)}")
        return self

    @classmethod
    def parse(cls, data: Any) -> Faq:
        """Build the list from parsed YAML. Raises ``FaqInvalid`` naming the place of the fault."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the list"
            raise FaqInvalid(f"content/answers.yml, {place}: {first['msg']}") from error

    @property
    def intents(self) -> frozenset[str]:
        """The intents that are questions aside."""
        return frozenset(answer.intent for answer in self.answers.values())

    def of(self, intent: str) -> tuple[str, Answer]:
        """Return the id of the question an intent asks, and its answer. Raises ``KeyError``."""
        for name, answer in self.answers.items():
            if answer.intent == intent:
                return name, answer
        raise KeyError(intent)
