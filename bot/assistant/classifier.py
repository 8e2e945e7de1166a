"""What a message is: its intent (one), and the signals it gives (any number).

Both come from one model (``label_model``) over pieces of words, words and the sentence vector. A message in a language
that training did not see is read by a second one, over the sentence vector alone. Training examples name their
signals in their metadata (``signals: [debts, housing_problem]``); all others count as having none.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant import least_squares
from bot.assistant.component import spoken
from bot.assistant.embedding import is_foreign, own_reading, vector_of
from bot.assistant.label_model import LabelModel, Lesson
from bot.assistant.least_squares import Kernel, Numbers
from bot.assistant.quality import report
from bot.assistant.spelling import reading
from bot.assistant.text_features import TextFeatures
from bot.intake.situation import SAFETY_SIGNALS, SIGNALS

SIGNALS_KEY = "signals"
#: The best guesses, over the threshold or not: for evaluation and the desk.
SIGNAL_RANKING_KEY = "signal_ranking"
SIGNALS_RANKED = 3

logger = logging.getLogger(__name__)


class UnknownSignal(ValueError):
    """A training example names a signal that does not exist."""


_IS_SAFETY = np.array([name in SAFETY_SIGNALS for name in SIGNALS])


def signals_of(example: Message) -> list[str]:
    """Return the signals a training example names. Raises ``UnknownSignal``."""
    metadata = (example.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}
    named = list(metadata.get(SIGNALS_KEY) or ()) if isinstance(metadata, dict) else []
    unknown = set(named) - set(SIGNALS)
    if unknown:
        raise UnknownSignal(f"{example.get(TEXT)!r} names unknown signals: {', '.join(sorted(unknown))}")
    return named


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class UnderstandingClassifier(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Sets ``intent``, ``intent_ranking``, ``signals`` (those over their threshold) and ``signal_ranking``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        ``safety_recall``: how much more recall weighs than precision for safety signals. ``least`` and
        ``safety_least``: the lowest threshold a signal may get (chosen on the validation set, docs/understanding.md).
        """
        return {**asdict(Kernel()), "safety_recall": 2.0, "least": 0.15, "safety_least": 0.3, "ranking_length": 5}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage, self._resource = model_storage, resource
        self._kernel = Kernel(**{name: float(self._config[name]) for name in asdict(Kernel())})
        self._features: TextFeatures | None = None
        self._intents: list[str] = []
        self._model: LabelModel | None = None
        self._gist_model: LabelModel | None = None
        self._vectors: Numbers = np.zeros((0, 0), dtype=np.float32)
        self._squares: Numbers = np.zeros(0, dtype=np.float32)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> UnderstandingClassifier:
        """Build an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples that have a text, an intent and a vector."""
        examples = [
            example
            for example in training_data.intent_examples
            if spoken(example) and example.get(INTENT) and vector_of(example) is not None
        ]
        if examples:
            self._fit(examples)
            self._save()
        return self._resource

    def _fit(self, examples: list[Message]) -> None:
        texts = [str(example.get(TEXT)) for example in examples]
        vectors = np.stack([vector for vector in map(vector_of, examples) if vector is not None])
        self._features = TextFeatures().fit(texts)
        self._intents = sorted({example.get(INTENT) for example in examples})
        named = [set(signals_of(example)) for example in examples]
        signals = np.array([[name in row for name in SIGNALS] for row in named], dtype=np.float32)
        recall = self._config["safety_recall"]
        lesson = Lesson(
            vectors,
            signals,
            np.array([self._intents.index(example.get(INTENT)) for example in examples]),
            np.array([recall if name in SAFETY_SIGNALS else 1.0 for name in SIGNALS]),
            np.array([self._config["safety_least" if name in SAFETY_SIGNALS else "least"] for name in SIGNALS]),
        )
        self._know(vectors)
        self._model, found, right = LabelModel.learn(self._features.transform(texts), lesson, self._kernel)
        logger.info("%s", report(SIGNALS, signals, found, right))
        # What is found in another language is always asked back, so there recall weighs more for all signals.
        careful = replace(lesson, betas=np.full(len(SIGNALS), recall))
        self._gist_model, _, _ = LabelModel.learn(None, careful, self._kernel, rounds=2)

    def _know(self, vectors: Numbers) -> None:
        self._vectors, self._squares = vectors, least_squares.squares(vectors)

    def _alike(self, vector: Numbers) -> Numbers:
        return self._kernel.of_vectors(vector[np.newaxis], self._vectors, self._squares)

    def _save(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            if self._features is not None:
                self._features.save(folder)
            if self._model is not None and self._gist_model is not None:
                numbers = {**self._model.numbers("all."), **self._gist_model.numbers("gist.")}
                np.savez(folder / "numbers.npz", vectors=self._vectors, **numbers)
            labels = {"intents": self._intents, "signals": SIGNALS}
            (folder / "labels.json").write_text(json.dumps(labels), "utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> UnderstandingClassifier:
        """Load a trained component; one trained without examples stays silent."""
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                labels = json.loads((folder / "labels.json").read_text("utf-8"))
                if tuple(labels["signals"]) != SIGNALS:
                    raise UnknownSignal(
                        "the model was trained with other signals than the program knows: train it anew"
                    )
                component._intents = labels["intents"]
                component._features = TextFeatures.load(folder)
                with np.load(folder / "numbers.npz", allow_pickle=False) as stored:
                    component._know(stored["vectors"])
                    component._model = LabelModel.restore(stored, "all.")
                    component._gist_model = LabelModel.restore(stored, "gist.")
        except FileNotFoundError:
            logger.warning("The classifier was trained without examples; it recognises nothing.")
        except ValueError as error:
            if isinstance(error, UnknownSignal):
                raise
            logger.warning("The classifier has no trained model (%s); it recognises nothing.", error)
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify spoken messages."""
        for message in messages:
            text, vector = reading(message), vector_of(message)
            if text is not None and vector is not None:
                self._read(message, text, vector)
        return messages

    def _read(self, message: Message, text: str, vector: Numbers) -> None:
        if self._features is None or self._model is None or self._gist_model is None:
            return
        if is_foreign(message):  # its words were never seen: they would only drown what it means
            model, words = self._gist_model, None
        else:
            model, words = self._model, self._features.transform([text])
        sure, chances = model.chances(words, self._alike(vector))
        own = own_reading(message)
        if own is not None:  # of others and of long ago only danger counts
            own_sure, _ = model.chances(self._features.transform([own[0]]), self._alike(own[1]))
            sure = np.where(_IS_SAFETY, sure, np.minimum(sure, own_sure))
        intents = [{"name": self._intents[at], "confidence": float(chances[at])} for at in np.argsort(-chances)]
        message.set(INTENT, intents[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents[: self._config["ranking_length"]], add_to_output=True)
        ranking = [{"id": SIGNALS[at], "confidence": round(float(sure[at]), 4)} for at in np.argsort(-sure)]
        over = {SIGNALS[at] for at in np.flatnonzero(sure >= model.thresholds)}
        message.set(SIGNALS_KEY, [item for item in ranking if item["id"] in over], add_to_output=True)
        message.set(SIGNAL_RANKING_KEY, ranking[:SIGNALS_RANKED], add_to_output=True)
