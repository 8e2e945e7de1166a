"""Brings ``content/texts/<lang>/*.yml`` into Rasa's domain, so that a text exists once and a language is one folder.

A text ``utter_<name>`` becomes a response with one variant a language, chosen by the slot ``language``. The Dutch
variant also stands without condition: Rasa gives no reply at all when the slot is empty and every variant has one.
Beware of naming a channel in a text: an unconditional variant for a channel beats a conditional one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content_check import check_texts
from bot.settings import get_settings
from bot.texts import Texts

DEFAULT_LANGUAGE = "nl"
LANGUAGE_SLOT = "language"
UTTER = "utter_"


class TextsNotInOrder(RasaException):  # type: ignore[misc]  # Rasa has no types
    """The texts have a fault; training with them would give a bot that falls silent somewhere."""


class TextsImporter(TrainingDataImporter):  # type: ignore[misc]  # Rasa has no types
    """Adds the texts to the domain; everything else comes from ``RasaFileImporter``."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        content: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Take the texts from the folder ``content`` (default: the installation's)."""
        self._content = Path(content) if content else get_settings().content_dir

    def get_domain(self) -> Domain:
        """Return a domain that holds responses only. Raises ``TextsNotInOrder``."""
        problems = check_texts(self._content)
        if problems:
            raise TextsNotInOrder("the texts are not in order:\n" + "\n".join(f"- {problem}" for problem in problems))
        return Domain.from_dict({"responses": responses(Texts.load(self._content / "texts"))})

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Return no stories."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """Return no tests."""
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        """Return no configuration."""
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        """Return no file: the configuration is complete."""
        return None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return no examples."""
        return TrainingData()


def responses(texts: Texts) -> dict[str, list[dict[str, Any]]]:
    """Return Rasa's responses for all keys that start with ``utter_``."""
    keys = sorted(key for key in texts.keys(DEFAULT_LANGUAGE) if key.startswith(UTTER))
    return {key: _variants(key, texts) for key in keys}


def _variants(key: str, texts: Texts) -> list[dict[str, Any]]:
    variants = []
    for language in texts.languages:
        condition = [{"type": "slot", "name": LANGUAGE_SLOT, "value": language}]
        variants.append({**_response(key, language, texts), "condition": condition})
    return [*variants, _response(key, DEFAULT_LANGUAGE, texts)]


def _response(key: str, language: str, texts: Texts) -> dict[str, Any]:
    entry: Mapping[str, Any] = texts.entry(key, language)  # as written: Rasa fills the placeholders itself
    response: dict[str, Any] = {"text": str(entry["text"]).strip(), "metadata": {"lang": language}}
    buttons = [{"title": button.title, "payload": _escape(button.payload)} for button in texts.buttons(key, language)]
    return {**response, "buttons": buttons} if buttons else response


def _escape(payload: str) -> str:
    # Rasa fills placeholders in payloads too; doubled, the braces of {"fact": "value"} stay what they are.
    return payload.replace("{", "{{").replace("}", "}}")
