"""One pipeline on one row, in a process of its own, so that its time and memory are its own.

``python -m bot.evaluation.benchmark.worker``, run inside an empty folder with ``job.json``, trains, parses every
message of the test and leaves ``result.json`` there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

JOB, RESULT = "job.json", "result.json"


@dataclass(frozen=True)
class Job:
    """What to train with, on which texts and labels, and the texts to parse after it."""

    config: dict[str, Any]
    texts: list[str]
    labels: list[str]
    questions: list[str]


@dataclass(frozen=True)
class Result:
    """For each question the label, its confidence and how long it took; and what it all cost."""

    labels: list[str | None]
    confidences: list[float]
    milliseconds: list[float]
    training_seconds: float
    peak_mb: float


class _Answer(NamedTuple):
    intent: str
    confidence: float
    milliseconds: float


def main(folder: Path) -> None:
    """Do the job of a folder."""
    job = Job(**json.loads((folder / JOB).read_text("utf-8")))
    # Rasa reads a slash in an intent as something else, so labels are numbered.
    numbered = {label: f"label_{number}" for number, label in enumerate(sorted(set(job.labels)))}
    model, seconds = _train(job, numbered, folder)
    answers = asyncio.run(_parse_all(model, job.questions))
    labels = {intent: label for label, intent in numbered.items()}
    result = Result(
        labels=[labels.get(answer.intent) for answer in answers],
        confidences=[answer.confidence for answer in answers],
        milliseconds=[answer.milliseconds for answer in answers],
        training_seconds=seconds,
        peak_mb=_peak_mb(),
    )
    (folder / RESULT).write_text(json.dumps(asdict(result)), "utf-8")


def _train(job: Job, numbered: dict[str, str], folder: Path) -> tuple[str, float]:
    # With this all classes of Rasa's own components are loaded: the clock counts training, not imports.
    import rasa.engine.recipes.default_recipe  # noqa: F401, PLC0415
    from rasa.model_training import train_nlu  # noqa: PLC0415
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    configure_structlog(logging.WARNING)  # its default prints every message, which would be timed too
    config, data = folder / "config.yml", folder / "nlu.json"
    config.write_text(json.dumps(job.config), "utf-8")  # JSON is YAML
    # Rasa's JSON form: in YAML it would read brackets in a text as marks of its own.
    examples = [{"text": text, "intent": numbered[label]} for text, label in zip(job.texts, job.labels, strict=True)]
    data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), "utf-8")
    started = time.perf_counter()
    model = train_nlu(str(config), str(data), str(folder), fixed_model_name="model")
    if model is None:
        raise RuntimeError("Rasa trained nothing")
    return model, time.perf_counter() - started


async def _parse_all(model: str, questions: list[str]) -> list[_Answer]:
    from rasa.core.agent import Agent  # noqa: PLC0415

    agent = Agent.load(model)
    answers = []
    for question in questions:
        started = time.perf_counter()
        parsed = await agent.parse_message(question)
        milliseconds = 1000 * (time.perf_counter() - started)
        top: dict[str, Any] = next(iter(parsed.get("intent_ranking") or ()), {})
        answers.append(_Answer(str(top.get("name")), float(top.get("confidence", 0.0)), milliseconds))
    return answers


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)  # bytes there, kibibytes elsewhere


if __name__ == "__main__":
    main(Path.cwd())
