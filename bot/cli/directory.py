"""``doorwijzer directory export`` and ``import``: a region's partners as Open Referral HSDS 3.1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.content import directory as app
from bot.settings import get_settings

if TYPE_CHECKING:
    from bot.directory.transfer import Changes

__all__ = ["app"]

RegionArgument = Annotated[str, typer.Argument(help="Id of a region in content/regions/index.yml, or national.")]
OutOption = Annotated[Path | None, typer.Option(help="File to write; otherwise it is printed.")]
FileArgument = Annotated[Path, typer.Argument(help="JSON list of organisations with their services (HSDS 3.1).")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check and say what would change, write nothing.")]
AddOption = Annotated[bool, typer.Option("--add", help="Keep the organisations that the file does not name.")]
NewIdsOption = Annotated[bool, typer.Option("--new-ids", help="For a copy of another region: ids of its own.")]


@app.command("export")
def export_command(region: RegionArgument, out: OutOption = None) -> None:
    """Print a region's directory, or write it to a file."""
    from bot.directory.transfer import export_region  # noqa: PLC0415 - so that `--help` answers at once

    text = export_region(get_settings().content_dir, region)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        typer.echo(f"✗ {out}: {error.strerror}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"✓ {region}: written to {out}")


@app.command("import")
def import_command(
    region: RegionArgument,
    file: FileArgument,
    dry_run: DryRunOption = False,
    add: AddOption = False,
    new_ids: NewIdsOption = False,
) -> None:
    """Put a file in the place of a region's directory; a file with a fault changes nothing and ends with 1."""
    from bot.directory.transfer import ImportRefused, import_region  # noqa: PLC0415

    try:
        changes = import_region(get_settings().content_dir, region, file, dry_run=dry_run, add=add, new_ids=new_ids)
    except ImportRefused as refused:
        for fault in refused.faults:
            typer.echo(f"✗ {fault}", err=True)
        typer.echo(f"✗ {region}: nothing was changed", err=True)
        raise typer.Exit(1) from None
    for line in _told(changes):
        typer.echo(line)
    if not changes:
        typer.echo(f"✓ {region}: nothing to change")
    elif dry_run:
        typer.echo(f"✓ {region}: nothing was written (--dry-run)")
    else:
        typer.echo(f"✓ {region}: written; restart Doorwijzer to use it")


def _told(changes: Changes) -> list[str]:
    kinds = (("+", "added", changes.added), ("~", "changed", changes.changed), ("-", "removed", changes.removed))
    lines = [f"{sign} {name}: {word}" for sign, word, names in kinds for name in names]
    return [*lines, "~ the order of the organisations: changed"] if changes.reordered else lines
