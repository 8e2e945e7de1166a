"""Gives each message a sentence vector, centred and scaled by what training saw.

Raw vectors of this family lie close together (cosines of .84 and more); centring and scaling brings out what differs.
The vectors of one language lie together, too: a message in a language that training did not see is moved by the
distance between that language and those it saw, learned from the same everyday sentences in all
(``content/languages.yml``).
The trained model remembers its embedder: vectors of another one would be nonsense, so it refuses to load with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import yaml
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
from bot.assistant.language import RECOGNISED, SPOKEN, languages_in, written_in
from bot.assistant.own_part import own_part
from bot.assistant.spelling import reading
from bot.settings import get_settings

_FILE = "scale.npz"
_DISTANCE = "distance_"
FOREIGN = "foreign"
OWN_READING, _OWN_VECTOR = "own_reading", "own_vector"


@lru_cache(maxsize=1)
def everyday_sentences() -> list[dict[str, str]]:
    """Return the same sentences in every language that is recognised (``content/languages.yml``)."""
    sentences: list[dict[str, str]] = yaml.safe_load((get_settings().content_dir / "languages.yml").read_text("utf-8"))
    return sentences


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbedding(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Adds one dense sentence feature a message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the choice of embedder: ``auto``, ``multilingual-e5-small`` or ``universal-sentence-encoder``."""
        return {"embedder": "auto"}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, name: str) -> None:
        self._storage, self._resource = model_storage, resource
        self.embedder = get_embedder(name)
        self._mean: Vectors = np.zeros(1, dtype=np.float32)
        self._scale: Vectors = np.ones(1, dtype=np.float32)
        self._distances: dict[str, Vectors] = {}

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
            self._distances = self._learn_distances(languages_in(texts) or SPOKEN)
        with self._storage.write_to(self._resource) as folder:
            distances = {_DISTANCE + language: distance for language, distance in self._distances.items()}
            np.savez(folder / _FILE, embedder=self.embedder.name, mean=self._mean, scale=self._scale, **distances)
        return self._resource

    def _learn_distances(self, trained: tuple[str, ...]) -> dict[str, Vectors]:
        """Return how far each language that training did not see lies from those it saw."""
        sentences = everyday_sentences()
        centres = {
            language: (self.embedder.embed([each[language] for each in sentences]) / self._scale).mean(axis=0)
            for language in RECOGNISED
        }
        home = np.mean([centres[language] for language in trained], axis=0)
        return {language: centre - home for language, centre in centres.items() if language not in trained}

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
            names = [name for name in stored.files if name.startswith(_DISTANCE)]
            component._distances = {name.removeprefix(_DISTANCE): stored[name] for name in names}
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
        for message in heard:
            own = None if is_foreign(message) else own_part(str(reading(message)))
            if own is not None:
                message.set(OWN_READING, own)
                message.set(_OWN_VECTOR, ((self.embedder.embed([own]) - self._mean) / self._scale)[0])
        return messages

    def _add(self, messages: list[Message], embed: Callable[[list[str]], Vectors]) -> None:
        vectors = (embed([str(reading(message)) for message in messages]) - self._mean) / self._scale
        for message, vector in zip(messages, vectors, strict=True):
            distance = self._distances.get(written_in(message) or "")
            if distance is not None:
                message.set(FOREIGN, True)
            moved = vector if distance is None else vector - distance
            message.add_features(Features(moved[np.newaxis], FEATURE_TYPE_SENTENCE, TEXT, type(self).__name__))


def vector_of(message: Message) -> Vectors | None:
    """Return the sentence vector that ``SentenceEmbedding`` added, if it did."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else sentence.features[0]


def own_reading(message: Message) -> tuple[str, Vectors] | None:
    """Return what a message tells of its writer and of now, with its vector, when it tells something else too."""
    own = message.get(OWN_READING)
    return None if own is None else (own, message.get(_OWN_VECTOR))


def is_foreign(message: Message) -> bool:
    """Return whether a message is in a language that training did not see: only its vector says anything."""
    return bool(message.get(FOREIGN))
