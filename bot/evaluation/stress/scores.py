"""From plain and stressed predictions to what is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.evaluation.signals.reading import Sentence
from bot.evaluation.signals.scores import Prediction, report
from bot.intake.situation import SAFETY_SIGNALS

Pairs = Sequence[tuple[Sentence, Prediction]]


def stress_report(plain: Pairs, stressed: Mapping[str, Pairs]) -> dict[str, Any]:
    """Return ``{"plain", "stress", "safety_recall"}``.

    ``loss`` is in points of micro F1 (plain less stressed, so a gain is negative), against the same language's plain
    sentences. ``safety_recall`` is over all languages, the plain sentences first; ``null`` without a safety signal.
    """
    before = report(plain)["lang"]
    return {
        "plain": before,
        "stress": {kind: _losses(before, report(pairs)["lang"]) for kind, pairs in stressed.items()},
        "safety_recall": {kind: _safety_recall(pairs) for kind, pairs in {"plain": plain, **stressed}.items()},
    }


def _losses(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        language: {
            "micro_f1": scores["micro_f1"],
            "loss": round(100 * (before[language]["micro_f1"] - scores["micro_f1"]), 2),
        }
        for language, scores in after.items()
    }


def _safety_recall(pairs: Pairs) -> float | None:
    found = [
        name in prediction.signals
        for sentence, prediction in pairs
        for name in SAFETY_SIGNALS
        if name in sentence.signals
    ]
    return round(sum(found) / len(found), 4) if found else None
