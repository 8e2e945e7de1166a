"""The texts of the pages: ``content/pages/{nl,en}.yml`` for residents, ``desk.yml`` for staff (Dutch only)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from bot.settings import get_settings

#: Languages the pages exist in; the first is served at ``/``, the others at ``/<language>``.
PAGE_LANGUAGES = ("nl", "en")


def page_language(path: str) -> str:
    """Return the language of the page at ``path``."""
    first = path.strip("/").split("/", 1)[0]
    return first if first in PAGE_LANGUAGES else PAGE_LANGUAGES[0]


@lru_cache(maxsize=32)
def page_texts(name: str) -> Mapping[str, Any]:
    """Return the texts of one language, or of the ``desk`` (read once). Raises ``OSError`` when the file is missing."""
    path = get_settings().content_dir / "pages" / f"{name}.yml"
    texts: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return texts
