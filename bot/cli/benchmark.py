"""``doorwijzer benchmark``: beside others, on public data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import ROOT
from bot.training import quiet_environment

app = typer.Typer(no_args_is_help=True, help="Compare the assistant with others.")

OWN_TEST = ROOT / "tests" / "understanding" / "signals.csv"


@app.callback()
def _benchmark() -> None: ...


@app.command()
def understanding(
    folder: Annotated[Path, typer.Argument(help="Holds the public sets: xsid-0.7, hint3, clinc150.")],
    *,
    own: Annotated[
        Path,
        typer.Option(help="CSV with the columns lang,text,signals.", show_default="tests/understanding/signals.csv"),
    ] = OWN_TEST,
    rows: Annotated[
        str, typer.Option(help="Which rows, with commas between: xsid-nl, hint3 (all of it), … (default: all).")
    ] = "",
    own_at_most: Annotated[
        int | None,
        typer.Option(min=1000, help="Learn our own set from so many sentences, drawn evenly over the signals."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to this file, anew after each row.")] = None,
) -> None:
    """Train our pipeline and Rasa's default on the same data and compare them; it takes long.

    Ends with 1 when a row failed.
    """
    from bot.evaluation.benchmark.command import as_json, compare, failures  # noqa: PLC0415
    from bot.evaluation.benchmark.rows import Places, read_rows  # noqa: PLC0415
    from bot.evaluation.benchmark.table import table  # noqa: PLC0415

    chosen = read_rows(rows, Places(folder, ROOT / "data" / "nlu", own, own_at_most))
    result = compare(chosen, quiet_environment(), lambda line: typer.echo(line, err=True), out)
    typer.echo(as_json(result) if json else table(result))
    for failure in (failed := failures(result)):
        typer.echo(f"✗ {failure}", err=True)
    if failed:
        raise typer.Exit(1)
