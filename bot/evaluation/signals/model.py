"""The trained model's understanding, in this process: parsing only, no actions and no policies."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.reading import InputError
from bot.evaluation.signals.scores import Prediction
from bot.lean_rasa import leave_tensorflow_out


def predict(texts: Sequence[str], models_dir: Path) -> list[Prediction]:
    """Parse the texts with the newest model. Raises ``InputError`` when there is none, or it cannot be loaded."""
    newest = max(models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise InputError(f"{models_dir}: there is no trained model; run 'doorwijzer train'")
    leave_tensorflow_out()
    importlib.import_module("bot.assistant")  # before Rasa: it silences what its libraries print
    from rasa.core.agent import Agent  # noqa: PLC0415 - takes seconds
    from rasa.exceptions import ModelNotFound  # noqa: PLC0415
    from rasa.shared.exceptions import RasaException  # noqa: PLC0415
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    configure_structlog(logging.WARNING)  # its default prints every message on standard output, where our answer goes
    try:
        agent = Agent.load(str(newest))
    except (RasaException, ModelNotFound, OSError, ValueError) as error:
        raise InputError(f"{newest}: the model cannot be loaded: {str(error).splitlines()[0]}") from error

    async def parse_all() -> list[Prediction]:
        return [prediction_from(await agent.parse_message(text)) for text in texts]

    return asyncio.run(parse_all())


def prediction_from(parsed: dict[str, Any]) -> Prediction:
    """Take what is scored out of Rasa's parse data."""
    signals = {str(item["id"]): float(item["confidence"]) for item in parsed.get("signals") or ()}
    ranked = parsed.get("signal_ranking") or parsed.get("signals") or ()
    ordered = sorted(ranked, key=lambda item: -float(item["confidence"]))
    return Prediction(
        signals=signals,
        ranking=tuple(str(item["id"]) for item in ordered),
        intent=(parsed.get("intent") or {}).get("name"),
        language=parsed.get("language"),
        confidences={str(item["id"]): float(item["confidence"]) for item in ordered} | signals,
    )
