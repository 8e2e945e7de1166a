"""``doorwijzer evaluate signals``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.evaluation.signals.model import predict
from bot.evaluation.signals.reading import read_sentences
from bot.evaluation.signals.scores import report


def evaluate_signals(file: Path, models_dir: Path, *, with_rows: bool = False) -> dict[str, Any]:
    """Score the newest model on the labelled sentences of ``file``.

    Raises ``InputError`` for a bad file or when there is no model.
    """
    sentences = read_sentences(file)
    predictions = predict([sentence.text for sentence in sentences], models_dir)
    return report(list(zip(sentences, predictions, strict=True)), with_rows=with_rows)


def print_report(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the report as JSON, or as two tables."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for title, table in (("language", result["lang"]), ("signal", result["per_signal"])):
        names = list(next(iter(table.values()), {}))
        print(f"{title:28}" + "".join(f"{name:>10}" for name in names))
        for key, scores in table.items():
            print(f"{key:28}" + "".join(f"{'-' if scores[name] is None else scores[name]:>10}" for name in names))
        print()
    for row in result.get("rows", ()):
        predicted = ", ".join(item["id"] for item in row["predicted"]) or "-"
        mark = "✓" if sorted(item["id"] for item in row["predicted"]) == row["expected"] else "✗"
        print(f"{mark} {row['lang']} {row['text']} | {', '.join(row['expected']) or '-'} | {predicted}")
