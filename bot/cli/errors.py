"""How the command line fails: one line for what a person can mend, and an exit code; no traceback."""

from __future__ import annotations

from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from bot.directory.hsds import DirectoryError
from bot.evaluation.reading import InputError
from bot.setup import SetupError
from bot.supervisor import PortBusy, ServiceFailed
from bot.training import TrainingError

FAILED = 1
BAD_INPUT = 2

#: What a person can mend, and the exit code it gives. Anything else is a fault of ours and keeps its traceback.
EXPECTED: dict[type[Exception], int] = {
    InputError: BAD_INPUT,
    DirectoryError: BAD_INPUT,
    SetupError: FAILED,
    TrainingError: FAILED,
    ServiceFailed: FAILED,
    PortBusy: FAILED,
}


class Commands(TyperGroup):
    """The commands; an expected error becomes one line on standard error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            if error.title != "Settings":
                raise
            raise _ended(_settings_line(error), BAD_INPUT) from None
        except tuple(EXPECTED) as error:
            code = next(code for kind, code in EXPECTED.items() if isinstance(error, kind))
            raise _ended(str(error), code) from None


def _ended(line: str, code: int) -> typer.Exit:
    typer.echo(f"✗ {line}", err=True)
    return typer.Exit(code)


def _settings_line(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    variable = name if name == "PORT" else f"DOORWIJZER_{name.upper()}"
    return f"{variable}: {first['msg']} (got {first['input']!r})"
