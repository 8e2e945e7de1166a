"""The words of notices: ``content/notices/<language>.yml``, and moments as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import yaml
from babel.dates import format_datetime

from bot.clock import ZONE
from bot.settings import get_settings

LANGUAGES = ("nl", "en")


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = _read(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the words under ``key`` (``group.name``), filled. Raises ``KeyError`` for what is missing."""
        found: Any = self._words
        for part in key.split("."):
            found = found[part]
        return str(found).format(**values)

    def moment(self, at: datetime) -> str:
        """Return a moment on the clock of the Netherlands: «maandag 30 november om 09:00 uur»."""
        return format_datetime(at.astimezone(ZONE), str(self._words["format"]["time"]), locale=self.language)


def language_of(*wished: str | None) -> str:
    """Return the first of the wished languages there are notices in; English for who reads another one."""
    return next((language for language in wished if language in LANGUAGES), LANGUAGES[-1])


@lru_cache(maxsize=4)
def _read(language: str) -> Mapping[str, Any]:
    path = get_settings().content_dir / "notices" / f"{language}.yml"
    words: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return words
