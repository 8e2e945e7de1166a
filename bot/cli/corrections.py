"""``doorwijzer corrections``: what staff say a sentence means comes back into the training data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import ROOT

if TYPE_CHECKING:
    from bot.evaluation.corrections.checking import Outcome

app = typer.Typer(no_args_is_help=True, help="Corrections by staff, for the next training.")

FileArgument = Annotated[Path, typer.Argument(help="CSV with the columns lang,text,intent,signals.")]
DataOption = Annotated[Path, typer.Option(help="Folder of the training data.", show_default="data/nlu")]
TestsOption = Annotated[
    list[Path],
    typer.Option(
        help="Folder of sentences kept apart for tests; may be repeated.",
        show_default="tests/understanding, tests/personas",
    ),
]

DATA = ROOT / "data" / "nlu"
TESTS = [ROOT / "tests" / "understanding", ROOT / "tests" / "personas"]


@app.callback()
def _corrections() -> None: ...


@app.command()
def check(file: FileArgument, data: DataOption = DATA, tests: TestsOption = TESTS) -> None:
    """Check every row and write nothing; ends with 1 when a row has a fault."""
    _check(file, data, tests)


@app.command()
def add(file: FileArgument, data: DataOption = DATA, tests: TestsOption = TESTS) -> None:
    """Check every row and, when all are sound, add the new ones to corrections.<lang>.yml."""
    from bot.evaluation.corrections.command import add_corrections  # noqa: PLC0415 - so that `--help` answers at once

    add_corrections(_check(file, data, tests), data)


def _check(file: Path, data: Path, tests: list[Path]) -> Outcome:
    from bot.evaluation.corrections.command import check_corrections, print_outcome  # noqa: PLC0415

    outcome = check_corrections(file, data, tests)
    print_outcome(file, outcome)
    if outcome.faults:
        raise typer.Exit(1)
    return outcome
