"""``doorwijzer impact``: what came of the referrals."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from bot.referral.impact import Block, Line


def impact(
    region: Annotated[str | None, typer.Option(help="Id of one region (default: all).")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="First month (default: the same as --to).", metavar="YYYY-MM")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last month (default: the last that is over).", metavar="YYYY-MM")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            help="Also write them to this folder: the open data, or for other months the team's own (team-…).",
            metavar="FOLDER",
        ),
    ] = None,
) -> None:
    """Show what came of the referrals: the quarters that are published, or other months as they stand now.

    Counts under five are left out, also against subtraction. Figures of other months are for the team: published
    beside the quarters they could be subtracted from them.
    """
    from bot import clock  # noqa: PLC0415 - so that `--help` answers at once

    now = clock.now()
    blocks = _blocks(region, first, last, now)
    for_team = first is not None or last is not None
    if csv is not None:
        _write(csv, blocks, now, for_team)
    if json:
        typer.echo(json_module.dumps([_plain(block) for block in blocks], indent=2, ensure_ascii=False))
    else:
        for block in blocks:
            _show(block)
    if not blocks:
        typer.echo(
            "no figures yet: a quarter is published one month after it is over (--from and --to show more)", err=True
        )
    if for_team:
        typer.echo(
            "warning: these figures are for the team, do not publish them: "
            "their months overlap the published quarters, and overlapping periods can be subtracted",
            err=True,
        )


def _blocks(region: str | None, first: str | None, last: str | None, now: datetime) -> list[Block]:
    from bot.directory.partners import Directory, UnknownRegion  # noqa: PLC0415
    from bot.referral import impact as figures  # noqa: PLC0415
    from bot.referral.periods import NoMonth, month_of, shifted  # noqa: PLC0415
    from bot.settings import get_settings  # noqa: PLC0415
    from bot.store.engine import get_engine  # noqa: PLC0415

    if region is not None:
        try:
            Directory.load(get_settings().content_dir / "regions").region(region)
        except UnknownRegion:
            raise typer.BadParameter(f"there is no region {region[:40]!r}", param_hint="--region") from None
    if first is None and last is None:
        return figures.published_blocks(get_engine(), now, region)
    until = shifted(month_of(now), -1) if last is None else last
    try:
        return figures.as_of_now(get_engine(), until if first is None else first, until, now, region)
    except NoMonth as error:
        raise typer.BadParameter(str(error), param_hint="--from / --to") from None


def _write(folder: Path, blocks: list[Block], now: datetime, for_team: bool) -> None:
    from bot.referral.open_data import files  # noqa: PLC0415

    made = files(blocks, now, for_team)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="--csv") from None
    typer.echo(f"{len(made)} files in {folder}", err=True)


def _show(block: Block) -> None:
    typer.echo(f"\n{block.region}, {block.first} to {block.last}")
    if not block.lines:
        typer.echo("  fewer than five referrals")
        return
    for dimension in dict.fromkeys(line.dimension for line in block.lines):
        typer.echo(f"  {'by ' + dimension if dimension != 'all' else 'in all'}")
        for line in block.of(dimension):
            typer.echo(f"    {_words(line)}")


def _words(line: Line) -> str:
    counts = {**line.responses, **{f"outcome {code}": count for code, count in line.outcomes.items()}}
    parts = [f"{code} {_count(count)}" for code, count in counts.items() if count != 0]
    days = [f"{name} {value:g} days" for name, value in _days(line) if value is not None]
    return f"{line.category}: {line.referrals} ({', '.join([*parts, *days])})"


def _days(line: Line) -> tuple[tuple[str, float | None], ...]:
    return ("first contact", line.contact_days), ("appointment", line.waiting_days)


def _count(count: int | None) -> str:
    return "·" if count is None else str(count)


def _plain(block: Block) -> dict[str, Any]:
    plain = asdict(block)
    for name in ("counted_until", "outcomes_until"):
        moment = getattr(block, name)
        plain[name] = None if moment is None else moment.isoformat(timespec="seconds")
    return plain
