"""``doorwijzer evaluate``: how well it understands, and whether residents get where they should."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import get_settings

app = typer.Typer(no_args_is_help=True, help="Measure the assistant.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def _evaluate() -> None: ...


@app.command()
def personas(
    file: Annotated[Path, typer.Argument(help="YAML list of personas.")],
    json: JsonOption = False,
    url: Annotated[str, typer.Option(help="The running system (default: the local one).")] = "",
    parallel: Annotated[int, typer.Option(min=1, max=50, help="How many residents chat at the same time.")] = 1,
) -> None:
    """Let simulated residents chat with the running system and score where they end."""
    from bot.evaluation.personas.command import evaluate_personas, print_report  # noqa: PLC0415

    report = evaluate_personas(file, url or get_settings().site_url, parallel=parallel)
    print_report(report, as_json=json)


@app.command()
def signals(
    file: Annotated[Path, typer.Argument(help="CSV with the columns lang,text,signals.")],
    json: JsonOption = False,
    rows: Annotated[bool, typer.Option(help="Also give every row with what was predicted.")] = False,
) -> None:
    """Score the trained model's signals on labelled sentences."""
    from bot.evaluation.signals.command import evaluate_signals, print_report  # noqa: PLC0415

    report = evaluate_signals(file, get_settings().models_dir, with_rows=rows)
    print_report(report, as_json=json)


@app.command()
def stress(
    file: Annotated[Path, typer.Argument(help="CSV with the columns lang,text,signals.")],
    json: JsonOption = False,
) -> None:
    """Score the same sentences with typos, lost spaces, capitals, emoji, chat spelling and mixed languages.

    It reads every sentence seven times: ten minutes for 1,500 of them.
    """
    from bot.evaluation.stress.command import evaluate_stress, print_report  # noqa: PLC0415

    print_report(evaluate_stress(file, get_settings().models_dir), as_json=json)


@app.command()
def pictures(
    file: Annotated[Path, typer.Argument(help="The test set: CSV with the columns lang,text,signals.")],
    *,
    validation: Annotated[Path, typer.Option(help="The sentences for the coverage, in the same form.")],
    out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("docs/pictures"),
    sure: Annotated[float, typer.Option(min=0, max=1, help="From this confidence on a signal counts as sure.")] = 0.5,
    likely: Annotated[float, typer.Option(min=0, max=1, help="From this confidence on it counts as likely.")] = 0.2,
    json: JsonOption = False,
) -> None:
    """Draw what is taken for what, how often the best guess is right, and what a confidence is worth."""
    from bot.evaluation.pictures.command import evaluate_pictures, print_report  # noqa: PLC0415

    report = evaluate_pictures(file, validation, out, get_settings().models_dir, sure=sure, likely=likely)
    print_report(report, as_json=json)
