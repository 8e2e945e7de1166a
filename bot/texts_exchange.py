"""All texts as one table for translators, out and back in: a PO file, which every translation tool opens.

Dutch is the source. A message of the file has the text's name as its context; the titles of its buttons follow as
``name/1``, ``name/2``. What comes back is checked as a whole: with one fault nothing is written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString
from yaml import safe_load

from bot import clock
from bot.texts import Texts

SOURCE = "nl"
#: A file beyond this is no translation of ours.
MAX_BYTES = 5_000_000


class ExchangeError(ValueError):
    """The file cannot be used; one line a fault."""


@dataclass(frozen=True)
class Imported:
    """What an import changed: names of texts, and how many are still without a translation."""

    changed: tuple[str, ...]
    missing: int


def export_texts(content_dir: Path, language: str) -> bytes:
    """Return the PO file of a language, with the translations there are. Raises ``ExchangeError``."""
    texts = Texts.load(content_dir / "texts")
    catalog = Catalog(
        locale=_locale(language),
        project="Doorwijzer",
        version=f"{clock.today():%Y-%m-%d}",
        header_comment=f"# What the assistant says, from {SOURCE} to {language}. What is in {{braces}} stays.",
        fuzzy=False,
    )
    theirs = dict(_parts(texts, language)) if language in texts.languages else {}
    for name, words in _parts(texts, SOURCE):
        catalog.add(words, theirs.get(name, ""), context=name)
    out = io.BytesIO()
    write_po(out, catalog, width=118, omit_header=False, sort_output=False)
    return out.getvalue()


def import_texts(content_dir: Path, language: str, file: Path) -> Imported:
    """Write the translations of a PO file into ``texts/<language>/``; what is not translated stays as it is.

    Raises ``ExchangeError`` naming every fault: an unknown text, Dutch that has changed since the export, a missing
    ``{value}``. Then nothing is written.
    """
    if language == SOURCE:
        raise ExchangeError(f"{SOURCE} is the language that is translated from; edit content/texts/{SOURCE} itself")
    texts = Texts.load(content_dir / "texts")
    source = dict(_parts(texts, SOURCE))
    told = dict(_translations(file, _locale(language), source))
    theirs = dict(_parts(texts, language)) if language in texts.languages else {}
    changed = {name: words for name, words in told.items() if theirs.get(name) != words}
    if changed:
        _write(content_dir / "texts", language, changed)
    return Imported(tuple(changed), len(source.keys() - theirs.keys() - told.keys()))


def _locale(language: str) -> str:
    try:
        found = Locale.parse(language).language
    except (UnknownLocaleError, ValueError, TypeError):
        found = None
    if found != language:
        raise ExchangeError(f"{language!r} is no code of a language (like en, uk, pl)")
    return language


def _parts(texts: Texts, language: str) -> Iterator[tuple[str, str]]:
    """Yield every text and every button's title, each with its name."""
    for key in sorted(texts.keys(language)):
        yield key, str(texts.entry(key, language)["text"]).strip()
        for number, button in enumerate(texts.entry(key, language).get("buttons", ()), 1):
            yield f"{key}/{number}", str(button["title"])


def _translations(file: Path, locale: str, source: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is translated; raise with all faults at the end."""
    faults = []
    for message in _read(file, locale):
        name, words = message.context or "", str(message.string or "").strip()
        if not message.id or not words or message.fuzzy:
            continue
        if name not in source:
            faults.append(f"{name or message.id}: there is no text of this name")
        elif message.id != source[name]:
            faults.append(f"{name}: the Dutch text has changed since this file was made; export it again")
        elif _values(words) != _values(source[name]):
            wanted = ", ".join(f"{{{value}}}" for value in sorted(_values(source[name]) or ())) or "no braces"
            faults.append(f"{name}: must have {wanted}")
        else:
            yield name, words
    if faults:
        raise ExchangeError("\n".join(f"{file}: {fault}" for fault in faults))


def _read(file: Path, locale: str) -> Catalog:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ExchangeError(f"{file}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise ExchangeError(f"{file}: is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        catalog = read_po(io.BytesIO(raw), locale=locale, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise ExchangeError(f"{file}: is no PO file: {error}") from None
    if not len(catalog):
        raise ExchangeError(f"{file}: there is no text in it")
    return catalog


def _values(words: str) -> set[str] | None:
    with suppress(ValueError):
        return {name for _, name, _, _ in Formatter().parse(words) if name is not None}
    return None


def _write(folder: Path, language: str, changed: Mapping[str, str]) -> None:
    """Put the words where their text stands, or else in the file of the Dutch one; comments and order stay."""
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 118, True
    (folder / language).mkdir(exist_ok=True)
    dutch = {path.name: yaml.load(path) for path in sorted((folder / SOURCE).glob("*.yml"))}
    theirs = {path.name: yaml.load(path) for path in sorted((folder / language).glob("*.yml"))}
    touched = set()
    for name, words in changed.items():
        key, _, number = name.partition("/")
        place, entry = next((file, found) for file, data in dutch.items() if (found := _find(data, key)) is not None)
        place = next((file for file, data in theirs.items() if _find(data, key) is not None), place)
        _put(theirs.setdefault(place, {}), key, entry, words, int(number or 0))
        touched.add(place)
    for place in sorted(touched):
        written = io.StringIO()
        yaml.dump(theirs[place], written)
        beside = folder / language / f"{place}.new"
        beside.write_text(written.getvalue(), "utf-8")
        beside.replace(folder / language / place)


def _find(data: Mapping[str, Any], key: str) -> Any | None:
    for part in key.split("."):
        if not isinstance(data, Mapping) or part not in data:
            return None
        data = data[part]
    return data


def _put(theirs: dict[str, Any], key: str, dutch: Any, words: str, number: int) -> None:
    *groups, last = (_quoted(part) for part in key.split("."))
    for group in groups:
        theirs = theirs.setdefault(group, {})
    if isinstance(dutch, str):
        theirs[last] = words
        return
    entry = theirs.setdefault(last, {"text": ""})
    if number == 0:
        entry["text"] = words
        return
    buttons = entry.setdefault("buttons", [{"title": "", "payload": button["payload"]} for button in dutch["buttons"]])
    buttons[number - 1]["title"] = words


def _quoted(name: str) -> str:
    # «yes» without quotes is a truth value to the reader of our files (YAML 1.1), and a word to the writer (1.2).
    return name if safe_load(name) == name else SingleQuotedScalarString(name)
