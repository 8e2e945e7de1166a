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
