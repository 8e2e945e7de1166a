"""The figures behind the pictures, from sentences and what the model said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.evaluation.signals.reading import Sentence
from bot.evaluation.signals.scores import Prediction
from bot.intake.situation import SIGNALS

NONE = "none"
LABELS = (*SIGNALS, NONE)
BINS = 10

Pairs = Sequence[tuple[Sentence, Prediction]]


@dataclass(frozen=True)
class Confusion:
    """``counts[given][predicted]`` in the order of ``LABELS``; ``given`` how often each signal was given.

    The last row and column stand for no signal: its own ``given`` are the sentences without any.
    """

    counts: Sequence[Sequence[int]]
    given: Sequence[int]

    def share(self, given: int, predicted: int) -> float:
        """Return a cell as a share of what was given (at most 1: a missed signal may have several in its place)."""
        return min(1.0, self.counts[given][predicted] / self.given[given]) if self.given[given] else 0.0


def confusion(pairs: Pairs) -> Confusion:
    """Set each missed signal against each one wrongly predicted in the same sentence, and against none without one.

    A wrong signal where nothing was missed stands in the row of none; none against none are the sentences without a
    signal of which the model said nothing.
    """
    place = {name: number for number, name in enumerate(LABELS)}
    counts = [[0] * len(LABELS) for _ in LABELS]
    given = [0] * len(LABELS)
    for sentence, prediction in pairs:
        predicted = set(prediction.signals)
        for name in sentence.signals or {NONE}:
            given[place[name]] += 1
        right = sentence.signals & predicted
        for name in right:
            counts[place[name]][place[name]] += 1
        if right and sentence.signals == predicted:
            continue
        for missed in sentence.signals - predicted or {NONE}:
            for wrong in predicted - sentence.signals or {NONE}:
                counts[place[missed]][place[wrong]] += 1
    return Confusion(counts, given)


class CoveragePoint(NamedTuple):
    """What holds when the best signal counts from this confidence on; ``precision`` is of those that count.

    ``false_alarms`` is the share of the sentences without a signal whose best one counts as well.
    """

    threshold: float
    coverage: float
    precision: float | None
    false_alarms: float | None


@dataclass(frozen=True)
class BestSignals:
    """The confidence of each sentence's best signal, in one language; ``spoken`` (those with a signal): is it right."""

    spoken: Sequence[tuple[float, bool]]
    silent: Sequence[float]

    def at(self, threshold: float) -> CoveragePoint:
        """Return the point of one threshold."""
        over = [right for confidence, right in self.spoken if confidence >= threshold]
        alarms = sum(confidence >= threshold for confidence in self.silent)
        return CoveragePoint(
            threshold,
            len(over) / len(self.spoken),
            sum(over) / len(over) if over else None,
            alarms / len(self.silent) if self.silent else None,
        )

    def curve(self) -> list[CoveragePoint]:
        """Return the points of every confidence that occurs, from the surest on."""
        return [
            self.at(confidence) for confidence in sorted({found for found, _ in self.spoken if found}, reverse=True)
        ]


def best_signals(pairs: Pairs) -> dict[str, BestSignals]:
    """Return the best signals of each language that has a sentence with a signal, by language."""
    spoken: dict[str, list[tuple[float, bool]]] = {}
    silent: dict[str, list[float]] = {}
    for sentence, prediction in pairs:
        listed = prediction.confidences
        best = max(listed, key=lambda name: listed[name], default=NONE)
        if sentence.signals:
            spoken.setdefault(sentence.lang, []).append((listed.get(best, 0.0), best in sentence.signals))
        else:
            silent.setdefault(sentence.lang, []).append(listed.get(best, 0.0))
    return {language: BestSignals(found, silent.get(language, ())) for language, found in sorted(spoken.items())}


class Bin(NamedTuple):
    """The pairs of sentence and signal with a confidence from ``first`` up to ``last``.

    ``confidence`` is their mean, ``right`` the share in which the signal was given; ``None`` without a pair.
    """

    first: float
    last: float
    n: int
    confidence: float | None
    right: float | None


def calibration(pairs: Pairs) -> list[Bin]:
    """Sort all pairs of sentence and signal into ten bins; a confidence of 1 belongs to the last."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for sentence, prediction in pairs:
        for name in SIGNALS:
            confidence = prediction.confidences.get(name, 0.0)
            bins[min(int(confidence * BINS), BINS - 1)].append((confidence, name in sentence.signals))
    return [
        Bin(
            number / BINS,
            (number + 1) / BINS,
            len(found),
            sum(confidence for confidence, _ in found) / len(found) if found else None,
            sum(given for _, given in found) / len(found) if found else None,
        )
        for number, found in enumerate(bins)
    ]


@dataclass(frozen=True)
class Mistake:
    """A sentence with the signals wrongly predicted and missed, the surest first; ``weight`` is how wrong it was."""

    sentence: Sentence
    wrong: dict[str, float]
    missed: dict[str, float]

    @property
    def weight(self) -> float:
        """The confidence in what is wrong, and the lack of it in what was missed."""
        return sum(self.wrong.values()) + sum(1 - confidence for confidence in self.missed.values())


def worst(pairs: Pairs, number: int) -> list[Mistake]:
    """Return the sentences that were understood worst, the worst first; those without a mistake never."""
    mistakes = [_mistake(sentence, prediction) for sentence, prediction in pairs]
    wrong = [mistake for mistake in mistakes if mistake.wrong or mistake.missed]
    return sorted(wrong, key=lambda mistake: -mistake.weight)[:number]


def _mistake(sentence: Sentence, prediction: Prediction) -> Mistake:
    wrong = {name: prediction.signals[name] for name in prediction.signals if name not in sentence.signals}
    missed = {
        name: prediction.confidences.get(name, 0.0) for name in sentence.signals if name not in prediction.signals
    }
    return Mistake(sentence, _surest_first(wrong), _surest_first(missed))


def _surest_first(confidences: dict[str, float]) -> dict[str, float]:
    return dict(sorted(confidences.items(), key=lambda item: (-item[1], item[0])))
