"""``doorwijzer evaluate stress``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from bot.evaluation.signals.model import predict
from bot.evaluation.signals.reading import Sentence, read_sentences
from bot.evaluation.stress.distortions import KINDS, distort, kinds_for
from bot.evaluation.stress.scores import stress_report

SEED = 1


def evaluate_stress(file: Path, models_dir: Path) -> dict[str, Any]:
    """Score the newest model on the sentences of ``file``, as they are and in every harder form.

    Raises ``InputError`` for a bad file or when there is no model.
    """
    sentences = read_sentences(file)
    versions = {"plain": sentences, **stressed_versions(sentences)}
    every = [sentence for version in versions.values() for sentence in version]
    predictions = iter(predict([sentence.text for sentence in every], models_dir))
    pairs = {kind: [(sentence, next(predictions)) for sentence in version] for kind, version in versions.items()}
    return stress_report(pairs.pop("plain"), pairs)


def stressed_versions(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """Return the sentences in each kind that their language has.

    Chance depends on the sentence alone: adding a sentence to the file leaves the others as they were.
    """
    return {
        kind: [_stressed(kind, sentence) for sentence in sentences if kind in kinds_for(sentence.lang)]
        for kind in KINDS
    }


def _stressed(kind: str, sentence: Sentence) -> Sentence:
    random = Random(f"{SEED} {kind} {sentence.text}")
    return Sentence(sentence.lang, distort(kind, sentence.text, sentence.lang, random), sentence.signals)


def print_report(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the report as JSON, or as one table with a row a kind."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    languages = list(result["plain"])
    rows = {"plain": result["plain"], **result["stress"]}
    heads = [*(head for language in languages for head in (f"{language} F1", "loss")), "safety recall"]
    print(f"{'':16}" + "".join(f"{head:>15}" for head in heads))
    for kind, scores in rows.items():
        figures = [scores.get(language, {}).get(name) for language in languages for name in ("micro_f1", "loss")]
        cells = ["-" if figure is None else figure for figure in (*figures, result["safety_recall"][kind])]
        print(f"{kind:16}" + "".join(f"{cell:>15}" for cell in cells))
