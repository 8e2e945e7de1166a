"""A trained model of all labels together: the signals (any number) and the intent (one) of a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax

from bot.assistant import least_squares
from bot.assistant.least_squares import FOLDS, Kernel, Numbers

_NUMBERS = ("word_weights", "example_weights", "offsets", "curves", "thresholds", "temperature")


@dataclass(frozen=True)
class Lesson:
    """What is learned from: for each example its signals (0 or 1 each) and the number of its intent.

    ``betas`` say for each signal how much more its recall weighs than its precision, ``least`` how low its threshold
    may go.
    """

    vectors: Numbers
    signals: Numbers
    classes: NDArray[np.int64]
    betas: NDArray[np.float64]
    least: NDArray[np.float64]


@dataclass(frozen=True)
class LabelModel:
    """Weights, and what makes honest probabilities of their scores. Without words it goes by the gist alone."""

    word_weights: Numbers | None
    example_weights: Numbers
    offsets: Numbers
    curves: Numbers
    thresholds: Numbers
    temperature: float

    @classmethod
    def learn(
        cls, words: csr_matrix | None, lesson: Lesson, kernel: Kernel, rounds: int = FOLDS
    ) -> tuple[LabelModel, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the model; which signals it found in examples it had not seen; and which of their intents.

        The second and third have a row for each example that ``rounds`` of cross-validation reached.
        """
        intents = np.eye(lesson.classes.max() + 1, dtype=np.float32)[lesson.classes]
        fitted = least_squares.fit(words, lesson.vectors, np.hstack([lesson.signals, intents]), kernel, rounds)
        count = lesson.signals.shape[1]
        signal_scores, intent_scores = np.split(fitted.unseen_scores, [count], axis=1)
        signals, classes = lesson.signals[fitted.unseen], lesson.classes[fitted.unseen]
        curves = least_squares.logistic_curves(signal_scores, signals)
        chances = least_squares.probabilities(signal_scores, curves)
        thresholds = least_squares.thresholds(chances, signals, lesson.betas, lesson.least)
        temperature = least_squares.temperature(intent_scores, classes)
        model = cls(fitted.word_weights, fitted.example_weights, fitted.offsets, curves, thresholds, temperature)
        found = np.zeros(lesson.signals.shape, dtype=bool)
        right = np.zeros(len(lesson.classes), dtype=bool)
        found[fitted.unseen] = chances >= thresholds
        right[fitted.unseen] = intent_scores.argmax(axis=1) == classes
        return model, found, right

    def chances(self, words: csr_matrix | None, alike: Numbers) -> tuple[Numbers, Numbers]:
        """Return the probability of each signal and of each intent for one text.

        ``alike`` is its likeness to the training examples (``Kernel.of_vectors``, one row).
        """
        scores = (alike @ self.example_weights)[0] + self.offsets
        if self.word_weights is not None and words is not None:
            scores = scores + (words @ self.word_weights)[0]
        signal_scores, intent_scores = np.split(scores, [self.curves.shape[1]])
        intents: Numbers = softmax(intent_scores * self.temperature)
        return least_squares.probabilities(signal_scores, self.curves), intents

    def numbers(self, prefix: str) -> dict[str, Any]:
        """Return what is to be stored, each name after ``prefix``."""
        found = {name: getattr(self, name) for name in _NUMBERS}
        return {prefix + name: value for name, value in found.items() if value is not None}

    @classmethod
    def restore(cls, numbers: Mapping[str, Any], prefix: str) -> LabelModel:
        """Return the model whose ``numbers`` were stored."""
        found: dict[str, Any] = {name: numbers.get(prefix + name) for name in _NUMBERS}
        return cls(**{**found, "temperature": float(found["temperature"])})
