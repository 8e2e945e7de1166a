"""``doorwijzer evaluate pictures``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.evaluation.pictures import report
from bot.evaluation.pictures.figures import Pairs, best_signals, calibration, confusion, worst
from bot.evaluation.reading import InputError
from bot.evaluation.signals.model import predict
from bot.evaluation.signals.reading import read_sentences

WORST = 20


def evaluate_pictures(
    test: Path, validation: Path, out: Path, models_dir: Path, *, sure: float, likely: float
) -> dict[str, Any]:
    """Draw the pictures of the newest model into the folder ``out`` and return what they show.

    Raises ``InputError`` for a bad file, bands the wrong way round, a folder that cannot be written, or no model.
    """
    if likely > sure:
        raise InputError(f"--likely {likely:g} is above --sure {sure:g}: make it the lower of the two")
    tested, validated = read_sentences(test), read_sentences(validation)
    if not any(sentence.signals for sentence in validated):
        raise InputError(f"{validation}: no sentence has a signal, so there is no coverage to draw")
    _prepare(out)  # before the minutes that the predictions take
    sentences = [*tested, *validated]
    pairs = list(zip(sentences, predict([sentence.text for sentence in sentences], models_dir), strict=True))
    return draw_pictures(pairs[: len(tested)], pairs[len(tested) :], out, {"sure": sure, "likely": likely})


def draw_pictures(test: Pairs, validation: Pairs, out: Path, bands: Mapping[str, float]) -> dict[str, Any]:
    """Draw the three pictures into ``out`` and return ``{"pictures", "coverage", "calibration", "worst"}``.

    ``bands`` are two thresholds by name; coverage is of ``validation``, all else of ``test``.
    """
    from bot.evaluation.pictures import drawing  # noqa: PLC0415 - it takes a second to load

    taken, lines, bins = confusion(test), best_signals(validation), calibration(test)
    files = {name: out / f"{name}.png" for name in ("confusion", "coverage", "calibration")}
    try:
        drawing.draw_confusion(taken, len(test), files["confusion"])
        drawing.draw_coverage(lines, bands, files["coverage"])
        drawing.draw_calibration(bins, files["calibration"])
    except OSError as error:
        file = error.filename or out
        raise InputError(f"{file}: cannot be written: {error.strerror}; choose another --out") from None
    alts = (
        report.confusion_alt(taken, len(test)),
        report.coverage_alt(lines, bands),
        report.calibration_alt(bins),
    )
    return {
        "pictures": [{"file": str(file), "alt": alt} for file, alt in zip(files.values(), alts, strict=True)],
        "coverage": report.bands_report(lines, bands),
        "calibration": report.calibration_report(bins),
        "worst": report.worst_report(worst(test, WORST)),
    }


def print_report(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the report as JSON, or as markdown for the documentation."""
    print(json.dumps(result, ensure_ascii=False, indent=2) if as_json else report.markdown(result))


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: is no folder for pictures: {error.strerror}; choose another --out") from None
