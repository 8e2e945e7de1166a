"""Finds dates in a message (the reading itself is in ``date_phrases``)."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot import clock
from bot.assistant.component import MessageReader, add_entities
from bot.assistant.date_phrases import find_dates


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DateFinder(MessageReader):
    """Adds an entity ``date`` for each date; its value is ``{"date": ISO, "precision", "text"}``."""

    def read(self, message: Message, text: str) -> None:
        """Look for dates, seen from today in the Netherlands."""
        language = (message.get("language") or {}).get("id")
        found = [
            {
                "entity": "date",
                "value": {"date": phrase.date.isoformat(), "precision": phrase.precision, "text": phrase.text},
                "start": phrase.start,
                "end": phrase.end,
                "extractor": "DateFinder",
            }
            for phrase in find_dates(text, clock.today(), language)
        ]
        add_entities(message, found)
