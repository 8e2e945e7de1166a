"""``doorwijzer jobs``: what comes round by itself, and doing it now."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.errors import Commands
from bot.settings import get_settings

app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="What comes round by itself: deliveries, reminders, the purge."
)


@app.command("list")
def list_jobs() -> None:
    """Show each job: when it is due, when it ran, and what went wrong the last time."""
    from bot.clock import ZONE  # noqa: PLC0415
    from bot.jobs.rounds import statuses  # noqa: PLC0415
    from bot.store.engine import get_engine  # noqa: PLC0415

    jobs = statuses(get_engine())
    if not jobs:
        typer.echo("no job has run yet: the site does them while it runs (doorwijzer serve)")
    for job in jobs:
        ran = f"{job.last_run_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if job.last_run_at else "never"
        state = f"✗ {job.last_error}" if job.last_error else "✓"
        typer.echo(f"{job.name:<12} due {job.due_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}   ran {ran}   {state}")


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Which jobs; without a name all that are due.")] = None,
) -> None:
    """Do jobs now, beside the site: those named, or all that are due. Ends with 1 when one failed."""
    from bot import clock  # noqa: PLC0415
    from bot.directory.partners import Directory  # noqa: PLC0415
    from bot.jobs.rounds import make_due, register, run_due, statuses  # noqa: PLC0415
    from bot.jobs.schedule import rounds  # noqa: PLC0415
    from bot.store.engine import get_engine  # noqa: PLC0415

    settings, engine = get_settings(), get_engine()
    every = rounds(engine, settings, Directory.load(settings.content_dir / "regions"))
    unknown = sorted(set(names or ()) - {job.name for job in every})
    if unknown:
        raise typer.BadParameter(f"there is no job {', '.join(unknown)}; there are: {', '.join(j.name for j in every)}")
    chosen = [job for job in every if not names or job.name in names]
    register(engine, chosen, clock.now())
    if names:
        make_due(engine, names, clock.now())
    done = run_due(engine, chosen, "command line")
    for name, count in done.items():
        typer.echo(f"✓ {name}: {count}")
    failed = [job for job in statuses(engine) if job.last_error and job.name in {one.name for one in chosen}]
    for job in failed:
        typer.echo(f"✗ {job.name}: {job.last_error}", err=True)
    if failed:
        raise typer.Exit(1)
