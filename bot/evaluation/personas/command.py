"""``doorwijzer evaluate personas``."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bot.evaluation.personas.chat import connect
from bot.evaluation.personas.reading import read_personas
from bot.evaluation.personas.scores import report
from bot.evaluation.personas.simulator import converse


def evaluate_personas(file: Path, url: str, *, parallel: int = 1) -> dict[str, Any]:
    """Let every persona of the file chat with the system at ``url`` and return the report.

    Raises ``InputError`` for a bad file or an address where nothing answers.
    """
    personas = read_personas(file)
    with connect(url) as http, ThreadPoolExecutor(max_workers=parallel) as pool:
        return report(list(pool.map(lambda persona: converse(http, persona), personas)))


def print_report(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the report as JSON, or one line a persona and the summary."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    for row in result["personas"]:
        told = "; ".join(row["failures"]) or f"{', '.join(row['needs']) or 'no needs'} ({row['turns']} turns)"
        print(f"{'✓' if row['passed'] else '✗'} {row['id']}: {told}")
    print()
    for name, value in result["summary"].items():
        print(f"{name.replace('_', ' '):22}{'-' if value is None else value}")
