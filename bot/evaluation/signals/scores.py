"""From predictions to figures: exact matches, F1 over all signals, and each signal by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.evaluation.signals.reading import Sentence


@dataclass(frozen=True)
class Prediction:
    """What the model said of one sentence.

    ``signals`` are those over the threshold with their confidence, ``ranking`` the ids from the most to the least
    confident, those under the threshold too where the model gives them. ``confidences`` holds all that were given,
    over the threshold or not; a signal that is not in it was given none, and counts as 0.
    """

    signals: dict[str, float]
    ranking: Sequence[str]
    intent: str | None = None
    language: str | None = None
    confidences: dict[str, float] = field(default_factory=dict)


@dataclass
class _Counts:
    right: int = 0
    too_many: int = 0
    missed: int = 0

    def add(self, other: _Counts) -> None:
        self.right += other.right
        self.too_many += other.too_many
        self.missed += other.missed

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.too_many) if self.right + self.too_many else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.too_many + self.missed
        return 2 * self.right / total if total else 1.0  # nothing to find and nothing found


@dataclass
class _Group:
    rows: int = 0
    exact: int = 0
    labelled: int = 0
    top2: int = 0
    signals: dict[str, _Counts] = field(default_factory=dict)

    def add(self, sentence: Sentence, prediction: Prediction) -> None:
        predicted = set(prediction.signals)
        self.rows += 1
        self.exact += predicted == sentence.signals
        if sentence.signals:
            self.labelled += 1
            self.top2 += bool(sentence.signals & set(prediction.ranking[:2]))
        for name in predicted | sentence.signals:
            counts = self.signals.setdefault(name, _Counts())
            counts.right += name in predicted and name in sentence.signals
            counts.too_many += name in predicted and name not in sentence.signals
            counts.missed += name not in predicted and name in sentence.signals

    def scores(self) -> dict[str, Any]:
        every = _Counts()
        for counts in self.signals.values():
            every.add(counts)
        each = [counts.f1 for counts in self.signals.values()]
        return {
            "n": self.rows,
            "exact": _rounded(self.exact / self.rows),
            "micro_f1": _rounded(every.f1),
            "macro_f1": _rounded(sum(each) / len(each) if each else 1.0),
            "top2": _rounded(self.top2 / self.labelled) if self.labelled else None,
        }


def report(pairs: Sequence[tuple[Sentence, Prediction]], *, with_rows: bool = False) -> dict[str, Any]:
    """Return ``{"lang", "per_signal"}`` (and ``rows``) as agreed in the design, section 4.

    ``macro_f1`` is the mean over the signals that were given or predicted in that language; ``top2`` the share of
    the rows with a signal whose two highest hold one of the given ones (``null`` without such a row).
    """
    languages: dict[str, _Group] = {}
    whole = _Group()
    for sentence, prediction in pairs:
        languages.setdefault(sentence.lang, _Group()).add(sentence, prediction)
        whole.add(sentence, prediction)
    result: dict[str, Any] = {
        "lang": {name: group.scores() for name, group in sorted(languages.items())},
        "per_signal": {name: _signal_scores(counts) for name, counts in sorted(whole.signals.items())},
    }
    if with_rows:
        result["rows"] = [_row(sentence, prediction) for sentence, prediction in pairs]
    return result


def _signal_scores(counts: _Counts) -> dict[str, Any]:
    return {
        "n": counts.right + counts.missed,
        "precision": _rounded(counts.precision),
        "recall": _rounded(counts.recall),
        "f1": _rounded(counts.f1),
    }


def _row(sentence: Sentence, prediction: Prediction) -> dict[str, Any]:
    by_confidence = sorted(prediction.signals.items(), key=lambda item: -item[1])
    return {
        "lang": sentence.lang,
        "text": sentence.text,
        "expected": sorted(sentence.signals),
        "predicted": [{"id": name, "confidence": round(confidence, 4)} for name, confidence in by_confidence],
        "intent": prediction.intent,
        "language": prediction.language,
    }


def _rounded(value: float) -> float:
    return round(value, 4)
