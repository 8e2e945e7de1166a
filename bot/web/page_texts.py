"""The texts of the pages: ``content/pages/{nl,en}.yml`` for residents, ``desk.yml`` for staff (Dutch only)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from bot.settings import get_settings
from bot.texts import get_texts

#: Languages the pages exist in; the first is served at ``/``, the others at ``/<language>``.
PAGE_LANGUAGES = ("nl", "en")


def page_language(path: str) -> str:
    """Return the language of the page at ``path``."""
    first = path.strip("/").split("/", 1)[0]
    return first if first in PAGE_LANGUAGES else PAGE_LANGUAGES[0]


def resident_language(asked: str, told: Sequence[str] = ()) -> str:
    """Return the language of a page behind a resident's link: the one asked for, else the first of theirs (``told``).

    Who speaks none that the pages have gets English; where nothing is known, it is Dutch.
    """
    otherwise = "en" if told else PAGE_LANGUAGES[0]
    return next((language for language in (asked, *told) if language in PAGE_LANGUAGES), otherwise)


def language_name(code: str, language: str) -> str:
    """Return what a language is called («Turks»); «een andere taal» for one without a name here."""
    texts, key = get_texts(), f"language.{code}"
    return texts.get(key if texts.has(key, language) else "language.unknown", language)


@lru_cache(maxsize=32)
def page_texts(name: str) -> Mapping[str, Any]:
    """Return the texts of one language, or of the ``desk`` (read once). Raises ``OSError`` when the file is missing."""
    path = get_settings().content_dir / "pages" / f"{name}.yml"
    texts: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return texts
