"""``doorwijzer staff``: who may open the desk."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.settings import get_settings

app = typer.Typer(no_args_is_help=True, help="Who may open the desk.")


@app.callback()
def _staff() -> None: ...


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[str, typer.Option(help="viewer, staff or admin.")] = "staff",
) -> None:
    """Add a person; prints a password, once."""
    from bot.serve import add_staff  # noqa: PLC0415

    password = add_staff(get_settings(), name, role)
    typer.echo(f"name: {name}\npassword: {password}   (shown once)")
