"""Finds dates in a message (the reading itself is in ``date_phrases``)."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot import clock
from bot.assistant.component import MessageReader, add_entities
from bot.assistant.date_clause import says_otherwise
from bot.assistant.date_phrases import DatePhrase, find_dates
from bot.assistant.language import SPOKEN

#: What the message means as the answer to the question for a day, by language; absent when it holds no day.
AS_ANSWER_KEY = "dates_as_answer"
#: Whether the words around a day put right what was said before; absent without a day.
OTHERWISE_KEY = "says_otherwise"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DateFinder(MessageReader):
    """Adds an entity ``date`` for each date; its value is ``{"date": ISO, "precision", "text", "others"}``.

    What was asked, and in which language, only the actions know. So ``dates_as_answer`` holds for each language the
    values that an answer would have: "de 31e" is a day then, and "3/4" has no other sign of its language.
    """

    def read(self, message: Message, text: str) -> None:
        """Look for dates, seen from today in the Netherlands."""
        today = clock.today()
        found = [
            {
                "entity": "date",
                "value": phrase.as_value(),
                "start": phrase.start,
                "end": phrase.end,
                "extractor": "DateFinder",
            }
            for phrase in _read(text, today, message.get("language") or {})
        ]
        add_entities(message, found)
        as_answer = {code: _as_answer(text, today, code) for code in SPOKEN}
        if any(as_answer.values()):
            message.set(AS_ANSWER_KEY, as_answer, add_to_output=True)
            message.set(OTHERWISE_KEY, says_otherwise(text), add_to_output=True)


def _read(text: str, today: date, language: dict[str, Any]) -> list[DatePhrase]:
    """Return the dates of a text; while its language is not sure, "3/4" counts as the ambiguous date it may be."""
    if not language.get("sure"):
        for code in SPOKEN:
            found = find_dates(text, today, code)
            if any(phrase.precision == "ambiguous" for phrase in found):
                return found
    return find_dates(text, today, language.get("id"))


def _as_answer(text: str, today: date, language: str) -> list[dict[str, Any]]:
    return [phrase.as_value() for phrase in find_dates(text, today, language, asked=True)]
