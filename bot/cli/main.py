"""The commands of ``doorwijzer`` that start, train, migrate and check."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli import benchmark, content, corrections, directory, evaluate, impact, jobs, staff, texts  # noqa: F401 - texts adds its commands
from bot.cli.errors import Commands
from bot.settings import get_settings

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Doorwijzer: the intake assistant of a regional mobility team.",
)
app.add_typer(directory.app, name="directory")
app.add_typer(content.decisions, name="decisions")
app.add_typer(content.events, name="events")
app.add_typer(content.referral, name="referral")
app.add_typer(content.texts, name="texts")
app.add_typer(content.answers, name="answers")
app.add_typer(jobs.app, name="jobs")
app.add_typer(staff.app, name="staff")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(benchmark.app, name="benchmark")
app.add_typer(corrections.app, name="corrections")
app.command("impact")(impact.impact)


@app.command()
def serve() -> None:
    """Start the assistant and the site, and keep them running until Ctrl-C."""
    from bot.serve import serve as run  # noqa: PLC0415 - so that `--help` answers at once

    run(get_settings(), typer.echo)


@app.command()
def web() -> None:
    """Start the site alone, in this process; the assistant runs elsewhere (DOORWIJZER_ASSISTANT_PORT)."""
    from bot.serve import run_web  # noqa: PLC0415

    run_web(get_settings())


@app.command()
def setup() -> None:
    """Do what is still to do: language model, front end, database, training."""
    from bot.setup import set_up  # noqa: PLC0415

    set_up(get_settings(), typer.echo)


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train also when nothing changed.")] = False) -> None:
    """Train the model when training data, texts, pipeline or packages changed."""
    from bot.training import ensure_trained  # noqa: PLC0415

    ensure_trained(get_settings().models_dir, lambda line: typer.echo(f"assistant: {line}"), force=force)


@app.command()
def migrate() -> None:
    """Create the database, or bring it up to date."""
    from bot.setup import prepare_database  # noqa: PLC0415

    prepare_database(get_settings(), lambda line: typer.echo(f"database: {line}"))


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check this installation; every ✗ says what to do. Ends with 1 when there is one."""
    from bot.doctor import examine, print_checks  # noqa: PLC0415

    checks = examine(get_settings())
    print_checks(checks, as_json=json)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
