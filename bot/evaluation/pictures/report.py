"""What is told beside the pictures: alternative texts, the bands, and the sentences understood worst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.evaluation.pictures.figures import BestSignals, Bin, Confusion, Mistake

WORST_COLUMNS = ("language", "sentence", "wrongly predicted", "missed")
BAND_COLUMNS = ("language", "band", "from", "coverage", "precision", "false alarms")


def confusion_alt(figures: Confusion, sentences: int) -> str:
    """Say in words what the confusion picture shows."""
    right = sum(figures.counts[number][number] for number in range(len(figures.given) - 1))
    given = sum(figures.given[:-1])
    alarms = sum(figures.counts[-1][:-1])
    return (
        f"Each signal against what was predicted in its place, in {sentences:,} test sentences: "
        f"{right:,} of {given:,} given signals were recognised; {alarms:,} were predicted where nothing was missed."
    )


def coverage_alt(lines: Mapping[str, BestSignals], bands: Mapping[str, float]) -> str:
    """Say in words what the coverage picture shows."""
    told = [
        f"{language} {band} (from {threshold:g}) {point.coverage:.0%} of the messages"
        + (f", {point.precision:.0%} right" if point.precision is not None else "")
        for language, best in lines.items()
        for band, threshold in bands.items()
        for point in (best.at(threshold),)
    ]
    return f"How many messages have a best signal above a threshold, and how often it is right: {'; '.join(told)}."


def calibration_alt(bins: Sequence[Bin]) -> str:
    """Say in words what the calibration picture shows."""
    told = [f"{item.confidence:.0%} is right {item.right:.0%}" for item in bins if item.confidence is not None]
    return f"How often a confidence is right, in ten bins: {'; '.join(told)}."


def bands_report(lines: Mapping[str, BestSignals], bands: Mapping[str, float]) -> dict[str, Any]:
    """Return what each band holds, by language."""
    return {
        language: {band: _rounded(best.at(threshold)._asdict()) for band, threshold in bands.items()}
        for language, best in lines.items()
    }


def calibration_report(bins: Iterable[Bin]) -> list[dict[str, Any]]:
    """Return the bins, those without a pair too."""
    return [_rounded(item._asdict()) for item in bins]


def worst_report(mistakes: Iterable[Mistake]) -> list[dict[str, Any]]:
    """Return the mistakes with what was wrongly predicted and missed."""
    return [
        {
            "lang": mistake.sentence.lang,
            "text": mistake.sentence.text,
            "expected": sorted(mistake.sentence.signals),
            "wrong": _with_confidence(mistake.wrong),
            "missed": _with_confidence(mistake.missed),
            "weight": round(mistake.weight, 4),
        }
        for mistake in mistakes
    ]


def markdown(result: Mapping[str, Any]) -> str:
    """Return the report for the documentation: the pictures, the bands, the worst sentences."""
    bands = [
        (language, band, f"{point['threshold']:g}", *map(_share, list(point.values())[1:]))
        for language, points in result["coverage"].items()
        for band, point in points.items()
    ]
    mistakes = [
        (row["lang"], _cell(row["text"]), _signals(row["wrong"]), _signals(row["missed"])) for row in result["worst"]
    ]
    pictures = [f"![{picture['alt']}]({picture['file']})" for picture in result["pictures"]]
    return "\n\n".join([*pictures, _table(BAND_COLUMNS, bands), _table(WORST_COLUMNS, mistakes)])


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))


def _cell(text: str) -> str:
    """Keep a text one cell, and as it was written."""
    plain = " ".join(text.split()).replace("\\", "\\\\")
    for sign in "|*_`<[":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _signals(found: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"`{item['id']}` {item['confidence']:.2f}" for item in found) or "-"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _with_confidence(confidences: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"id": name, "confidence": round(confidence, 4)} for name, confidence in confidences.items()]


def _rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: value if value is None else round(value, 4) for name, value in values.items()}
