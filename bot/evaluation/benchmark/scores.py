"""From the answers of one pipeline to its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from bot.evaluation.benchmark.reading import Example
from bot.evaluation.benchmark.worker import Result

#: Out-of-scope recall is compared at the threshold at which this share of the in-scope messages is accepted.
COVERAGE = 0.9
NOTHING = ""  # in the place of a label where the pipeline gave none


def figures(test: Sequence[Example], result: Result) -> dict[str, Any]:
    """Return accuracy and macro F1 of the in-scope messages, out-of-scope recall, and time and memory.

    Macro F1 is the mean over the labels that were given or predicted. Out-of-scope recall is the share of the
    out-of-scope messages under ``threshold``; both are ``None`` where the test has no such messages.
    """
    answers = list(zip(test, result.labels, result.confidences, strict=True))
    given = [example.label for example, _, _ in answers if example.label is not None]
    found = [label or NOTHING for example, label, _ in answers if example.label is not None]
    inside = [confidence for example, _, confidence in answers if example.label is not None]
    outside = [confidence for example, _, confidence in answers if example.label is None]
    threshold = accepting(inside, COVERAGE)
    refused = sum(confidence < threshold for confidence in outside)
    return {
        "accuracy": _rounded(accuracy_score(given, found)),
        "macro_f1": _rounded(f1_score(given, found, average="macro", zero_division=0.0)),
        "out_of_scope_recall": _rounded(refused / len(outside)) if outside else None,
        "threshold": _rounded(threshold) if outside else None,
        "training_seconds": round(result.training_seconds, 1),
        "parse_ms_p50": round(float(np.percentile(result.milliseconds, 50)), 1),
        "parse_ms_p95": round(float(np.percentile(result.milliseconds, 95)), 1),
        "peak_mb": round(result.peak_mb),
    }


def accepting(confidences: Sequence[float], share: float) -> float:
    """Return the highest threshold that at least ``share`` of the confidences reach."""
    return sorted(confidences, reverse=True)[math.ceil(share * len(confidences)) - 1]


def _rounded(value: float) -> float:
    return round(float(value), 4)
