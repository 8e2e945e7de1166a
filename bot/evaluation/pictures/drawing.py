"""Drawing the pictures: greys only, so that they say the same on paper, and no letter under 8 points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from bot.evaluation.pictures.figures import LABELS, BestSignals, Bin, Confusion, CoveragePoint

DPI = 150
CONFUSION_INCHES = (11.0, 11.4)
SMALL_INCHES = (7.0, 5.0)
SMALL_LETTERS, LETTERS, TITLE_LETTERS = 8, 9, 11

_INK, _GREY, _FAINT = "#1a1a1a", "#767676", "#e2e2e2"
_DARK_CELL = 0.5  # from this share on a cell's number is white
_LINES = ((_INK, "-"), (_GREY, "--"), (_INK, ":"), (_GREY, "-."))
_BANDS = (("o", _INK), ("s", "white"))  # a mark and what fills it


def draw_confusion(figures: Confusion, sentences: int, path: Path) -> None:
    """Draw what was given (rows) against what was predicted (columns), darker the more of the row it is."""
    title = f"What was given (rows) and what was predicted (columns): {sentences:,} test sentences"
    everything = range(len(LABELS))
    figure, axes = _canvas(CONFUSION_INCHES, title)
    axes.imshow([[figures.share(row, column) for column in everything] for row in everything], "Greys", vmin=0, vmax=1)
    for row in everything:
        for column in everything:
            if figures.counts[row][column]:
                colour = "white" if figures.share(row, column) >= _DARK_CELL else _INK
                number = str(figures.counts[row][column])
                axes.text(column, row, number, color=colour, fontsize=SMALL_LETTERS, ha="center", va="center")
    names = [label.replace("_", " ") for label in LABELS]
    axes.set_xticks(everything, names, rotation=90, fontsize=SMALL_LETTERS)
    axes.set_yticks(everything, names, fontsize=SMALL_LETTERS)
    edges = [number + 0.5 for number in everything[:-1]]
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color=_FAINT, linewidth=0.5)
    axes.tick_params(which="both", length=0)
    _name_axes(axes, "predicted (none: missed, and nothing in its place)", "given (none: a false alarm)")
    _save(figure, title, path)


def draw_coverage(lines: Mapping[str, BestSignals], bands: Mapping[str, float], path: Path) -> None:
    """Draw one line a language: how often the best signal is right, the more messages it has to answer for."""
    sentences = sum(len(best.spoken) for best in lines.values())
    title = f"How often the best signal is right: {sentences:,} validation sentences with a signal"
    figure, axes = _canvas(SMALL_INCHES, title)
    for number, (language, best) in enumerate(lines.items()):
        colour, style = _LINES[number % len(_LINES)]
        axes.plot(*_places(best.curve()), color=colour, linestyle=style, linewidth=1.6, label=language)
    for (band, threshold), (mark, fill) in zip(bands.items(), _BANDS, strict=True):
        axes.plot(
            *_places([best.at(threshold) for best in lines.values()]),
            label=f"{band}: from {threshold:g}",
            linestyle="",
            marker=mark,
            markersize=8,
            markeredgecolor=_INK,
            markerfacecolor=fill,
            zorder=3,
        )
    axes.set_xlim(0, 1.02)
    lowest = min((point.precision or 0.0 for best in lines.values() for point in best.curve()), default=0.0)
    axes.set_ylim(floor(10 * lowest) / 10 - 0.005, 1.005)
    _percent(axes)
    axes.legend(loc="lower left", fontsize=LETTERS, frameon=False)
    _name_axes(axes, "coverage: messages whose best signal counts", "precision: best signals that are right")
    _save(figure, title, path)


def draw_calibration(bins: Sequence[Bin], path: Path) -> None:
    """Draw how often a confidence was right, the number of pairs beside each bin; the dashes are as it should be."""
    title = f"How often a confidence is right: {sum(item.n for item in bins):,} pairs of test sentence and signal"
    figure, axes = _canvas(SMALL_INCHES, title)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1, label="as often right as it says")
    filled = [(item.confidence, item.right, item.n) for item in bins if item.confidence is not None]
    across, up = [point[0] for point in filled], [point[1] or 0.0 for point in filled]
    axes.plot(across, up, color=_INK, marker="o", linewidth=1.6, label="measured, with the number of pairs")
    for confidence, right, number in filled:
        place = (confidence, right or 0.0)
        # below and to the right: above the line stand the axis and its neighbours
        axes.annotate(f"{number:,}", place, xytext=(6, -12), textcoords="offset points", fontsize=SMALL_LETTERS)
    axes.set_xlim(-0.02, 1.08)
    axes.set_ylim(-0.06, 1.05)
    _percent(axes)
    axes.legend(loc="upper left", fontsize=LETTERS, frameon=False)
    _name_axes(axes, "confidence", "right")
    _save(figure, title, path)


def _places(points: Sequence[CoveragePoint]) -> tuple[list[float], list[float]]:
    drawn = [(point.coverage, point.precision) for point in points if point.precision is not None]
    return [across for across, _ in drawn], [up for _, up in drawn]


def _canvas(inches: tuple[float, float], title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=inches, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)  # draws without a screen
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=TITLE_LETTERS, color=_INK, pad=10)
    axes.spines[["top", "right", "left", "bottom"]].set_color(_GREY)
    return figure, axes


def _name_axes(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, fontsize=LETTERS, color=_INK)
    axes.set_ylabel(up, fontsize=LETTERS, color=_INK)


def _percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.tick_params(labelsize=LETTERS, colors=_INK, length=0)
    axes.grid(color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _save(figure: Figure, title: str, path: Path) -> None:
    figure.savefig(path, metadata={"Title": title, "Software": None})  # no version: the same figures, the same file
