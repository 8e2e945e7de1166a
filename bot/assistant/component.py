"""What our small message readers share: they look at spoken text, never at a button's payload."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message


def spoken(message: Message) -> str | None:
    """Return what a resident wrote; ``None`` for a payload (``/affirm``), an empty text, or no text at all."""
    text = message.get(TEXT)
    if not isinstance(text, str) or not text.strip() or text.lstrip().startswith("/"):
        return None
    return text


def add_entities(message: Message, found: list[dict[str, Any]]) -> None:
    """Add entities to those the message has already."""
    if found:
        message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)


class MessageReader(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """A component without training that adds to each message what it reads in its text."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = {**self.get_default_config(), **config}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """Build the component from its part of ``config.yml``."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Read every spoken message."""
        for message in messages:
            text = spoken(message)
            if text is not None:
                self.read(message, text)
        return messages

    @abstractmethod
    def read(self, message: Message, text: str) -> None:
        """Add to ``message`` what its ``text`` says."""
