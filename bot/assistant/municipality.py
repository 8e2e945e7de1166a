"""Finds the municipality in a message: a name, a village, a typing error, or the digits of a postcode."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.component import MessageReader, add_entities
from bot.directory.municipalities import find_municipality


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MunicipalityFinder(MessageReader):
    """Adds an entity ``municipality`` with its region; ``sure`` says whether it may be taken without asking."""

    def read(self, message: Message, text: str) -> None:
        """Look for one municipality in the text."""
        match = find_municipality(text)
        if match is None:
            return
        add_entities(
            message,
            [
                {
                    "entity": "municipality",
                    "value": match.name,
                    "region": match.region,
                    "sure": match.sure,
                    "alternatives": list(match.alternatives),
                    "start": 0,
                    "end": len(text),
                    "extractor": "MunicipalityFinder",
                }
            ],
        )
