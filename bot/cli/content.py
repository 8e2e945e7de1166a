"""``doorwijzer texts check``, ``decisions``, ``directory`` and ``events check``: for who edits ``content/``."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from bot.content_check import check_decisions, check_directory, check_events, check_texts
from bot.settings import get_settings

directory = typer.Typer(no_args_is_help=True, help="The partners of the regions.")
decisions = typer.Typer(no_args_is_help=True, help="The decision table.")
events = typer.Typer(no_args_is_help=True, help="Job fairs and other events.")
texts = typer.Typer(no_args_is_help=True, help="What the assistant says.")


@directory.callback()
def _directory() -> None: ...


@decisions.callback()
def _decisions() -> None: ...


@events.callback()
def _events() -> None: ...


@texts.callback()
def _texts() -> None: ...


@directory.command("check")
def check_directory_command() -> None:
    """Check every region's directory.json; ends with 1 when a finding has to be mended."""
    _report("directory", check_directory(get_settings().content_dir))


@decisions.command("check")
def check_decisions_command() -> None:
    """Check decisions.yml; ends with 1 when a finding has to be mended."""
    _report("decisions", check_decisions(get_settings().content_dir))


@events.command("check")
def check_events_command() -> None:
    """Check events.yml; ends with 1 when a finding has to be mended."""
    _report("events", check_events(get_settings().content_dir))


@texts.command("check")
def check_texts_command() -> None:
    """Check texts/<lang>/: the same texts, values and buttons in every language."""
    _report("texts", check_texts(get_settings().content_dir))


def _report(what: str, findings: Sequence[str]) -> None:
    for finding in findings:
        typer.echo(f"✗ {finding}")
    if findings:
        raise typer.Exit(1)
    typer.echo(f"✓ {what}: in order")
