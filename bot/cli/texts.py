"""``doorwijzer texts export`` and ``texts import``: what the assistant says, to translators and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import texts_review
from bot.cli import content
from bot.settings import get_settings
from bot.texts import Texts
from bot.texts_exchange import ExchangeError, export_texts, import_texts

Language = Annotated[str, typer.Argument(help="The language to translate into: en, uk, pl, …")]


@content.texts.command("export")
def export(
    language: Language, out: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None
) -> None:
    """Give all texts as a PO file for a translator, Dutch beside the translations there are."""
    try:
        made = export_texts(get_settings().content_dir, language)
        if out is None:
            typer.echo(made.decode("utf-8"), nl=False)
            return
        out.write_bytes(made)
    except (ExchangeError, OSError) as error:
        _stop(error)
    typer.echo(f"✓ {out}: to be opened with any translation tool; then doorwijzer texts import {language} {out}")


@content.texts.command("import")
def import_(language: Language, file: Annotated[Path, typer.Argument(help="The PO file that came back.")]) -> None:
    """Take in a translated PO file; with one fault in it nothing is written."""
    try:
        result = import_texts(get_settings().content_dir, language, file)
    except (ExchangeError, OSError) as error:
        _stop(error)
    for name in result.changed:
        typer.echo(f"changed: {name}")
    typer.echo(
        f"✓ {len(result.changed)} changed, {result.missing} without a translation; then run doorwijzer texts check"
    )


@content.texts.command("review")
def review(
    accept: Annotated[list[str] | None, typer.Option(help="A text that says the same everywhere; or: all.")] = None,
) -> None:
    """Show the texts whose languages nobody has compared since they changed; --accept notes that somebody has."""
    folder = get_settings().content_dir
    open_texts = texts_review.unreviewed(folder)
    if accept:
        unknown = texts_review.accept(folder, open_texts if accept == ["all"] else accept)
        for name in unknown:
            typer.echo(f"✗ {name}: there is no text of this name", err=True)
        open_texts = texts_review.unreviewed(folder)
    texts = Texts.load(folder / "texts")
    for key in open_texts:
        typer.echo(key)
        for language in texts.languages:
            words = texts.entry(key, language)["text"] if texts.has(key, language) else "-"
            typer.echo(f"  {language}: {str(words).strip()}")
    typer.echo(f"{len(open_texts)} to compare")
    if open_texts:
        raise typer.Exit(1)


def _stop(error: Exception) -> NoReturn:
    for line in str(error).splitlines():
        typer.echo(f"✗ {line}", err=True)
    raise typer.Exit(1) from None
