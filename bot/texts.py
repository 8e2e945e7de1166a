"""The texts residents and staff read: ``content/texts/<lang>/<topic>.yml``, a folder a language, a file a topic.

A text is a string, or a mapping with ``text`` and ``buttons``; any other mapping is a group, and its texts are
called ``group.name``. Placeholders are ``{name}``; payloads of buttons have none.
The same files are merged into Rasa's domain (see ``bot.assistant.importer``), so a text exists once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.settings import get_settings


@dataclass(frozen=True)
class Button:
    """One offer below a message: what it says and what it sends."""

    title: str
    payload: str


class TextMissing(KeyError):
    """A text was asked for that no language file holds."""


class Texts:
    """All texts of all languages."""

    def __init__(self, by_language: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_language = by_language

    @classmethod
    def load(cls, folder: Path) -> Texts:
        """Read every ``<lang>/<topic>.yml`` in ``folder``."""
        by_language: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.glob("*/*.yml")):
            by_language.setdefault(path.parent.name, {}).update(_flatten(yaml.safe_load(path.read_text("utf-8"))))
        return cls(by_language)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that have texts, sorted."""
        return tuple(sorted(self._by_language))

    def keys(self, language: str) -> frozenset[str]:
        """Return the names of all texts of one language."""
        return frozenset(self._by_language[language])

    def has(self, key: str, language: str) -> bool:
        """Return whether the language has this text."""
        return key in self._by_language.get(language, {})

    def get(self, key: str, language: str, /, **values: object) -> str:
        """Return one text with its placeholders filled.

        Raises ``TextMissing`` when the language lacks the text, ``KeyError`` when a value is missing.
        """
        return str(self.entry(key, language)["text"]).strip().format(**values)

    def buttons(self, key: str, language: str, /, **values: object) -> list[Button]:
        """Return the buttons of a text (none for a plain string). Raises ``TextMissing``."""
        return [
            Button(str(item["title"]).format(**values), str(item["payload"]))
            for item in self.entry(key, language).get("buttons", ())
        ]

    def entry(self, key: str, language: str) -> Mapping[str, Any]:
        """Return a text as it is written, with ``text`` and perhaps ``buttons``. Raises ``TextMissing``."""
        try:
            entry = self._by_language[language][key]
        except KeyError:
            raise TextMissing(f"text {key!r} is missing in content/texts/{language}") from None
        return entry if isinstance(entry, Mapping) else {"text": entry}


def _flatten(entries: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, entry in entries.items():
        if isinstance(entry, Mapping) and "text" not in entry:
            flat.update(_flatten(entry, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = entry
    return flat


@lru_cache(maxsize=1)
def get_texts() -> Texts:
    """Return the texts of this installation (read once)."""
    return Texts.load(get_settings().content_dir / "texts")
