"""``doorwijzer texts|answers|decisions|directory|events|referral check``: for staff who edit ``content/``."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from bot import clock
from bot.content_check import check_decisions, check_directory, check_events, check_referral_rules, check_texts
from bot.faq_check import check_answers
from bot.settings import ROOT, get_settings

directory = typer.Typer(no_args_is_help=True, help="The partners of the regions.")
decisions = typer.Typer(no_args_is_help=True, help="The decision table.")
events = typer.Typer(no_args_is_help=True, help="Job fairs and other events.")
referral = typer.Typer(no_args_is_help=True, help="The rules of a referral, and how long what is kept.")
texts = typer.Typer(no_args_is_help=True, help="What the assistant says.")
answers = typer.Typer(no_args_is_help=True, help="The answers to questions in passing.")


@directory.callback()
def _directory() -> None: ...


@decisions.callback()
def _decisions() -> None: ...


@events.callback()
def _events() -> None: ...


@referral.callback()
def _referral() -> None: ...


@texts.callback()
def _texts() -> None: ...


@answers.callback()
def _answers() -> None: ...


@directory.command("check")
def check_directory_command() -> None:
    """Check every region's directory.json; ends with 1 when a finding has to be mended."""
    _report("directory", check_directory(get_settings().content_dir))


@decisions.command("check")
def check_decisions_command() -> None:
    """Check decisions.yml; ends with 1 when a finding has to be mended."""
    _report("decisions", check_decisions(get_settings().content_dir))


@decisions.command("page")
def render_decisions_page() -> None:
    """Write docs/decisions.md: the table as a page to read and to sign."""
    from bot.decisions_page import render  # noqa: PLC0415 - so that `--help` answers at once

    page = ROOT / "docs" / "decisions.md"
    page.write_text(render(get_settings().content_dir), "utf-8")
    typer.echo(f"✓ written: {page.relative_to(ROOT)}")


@events.command("check")
def check_events_command() -> None:
    """Check events.yml; ends with 1 when a finding has to be mended."""
    _report("events", check_events(get_settings().content_dir))


@referral.command("check")
def check_referral_command() -> None:
    """Check referral.yml and retention.yml; ends with 1 when a finding has to be mended."""
    _report("referral", check_referral_rules(get_settings().content_dir))


@texts.command("check")
def check_texts_command() -> None:
    """Check texts/<lang>/: the same texts, values and buttons in every language."""
    _report("texts", check_texts(get_settings().content_dir))


@answers.command("check")
def check_answers_command() -> None:
    """Check answers.yml: words, sources and dates, and that every answer can be asked for in every language."""
    _report("answers", check_answers(get_settings().content_dir, clock.today()))


def _report(what: str, findings: Sequence[str]) -> None:
    for finding in findings:
        typer.echo(f"✗ {finding}")
    if findings:
        raise typer.Exit(1)
    typer.echo(f"✓ {what}: in order")
