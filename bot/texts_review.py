"""Which texts somebody has compared in all languages (``content/texts/reviewed.yml``).

For each text the list holds a mark of its words in all languages. Who changes one of them makes the mark wrong, and the
text has to be compared again: the same meaning in every language is a promise, not a hope.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import yaml

from bot.texts import Texts

FILE = "reviewed.yml"
_HEAD = """# Texts that somebody has compared in all languages, each with a mark of its words then.
# After a change: compare the text in all languages, then `doorwijzer texts review --accept NAME` (or `--accept all`).

"""


def mark(texts: Texts, key: str) -> str:
    """Return the mark of a text: it changes with its words or titles in any language."""
    words = [
        (language, str(entry["text"]).strip(), *(str(button["title"]) for button in entry.get("buttons", ())))
        for language in texts.languages
        if texts.has(key, language)
        for entry in [texts.entry(key, language)]
    ]
    return hashlib.sha256(repr(words).encode()).hexdigest()[:10]


def unreviewed(content_dir: Path) -> list[str]:
    """Return the names of texts that are new or changed since somebody compared their languages."""
    texts, reviewed = Texts.load(content_dir / "texts"), _read(content_dir)
    return [key for key in _keys(texts) if reviewed.get(key) != mark(texts, key)]


def accept(content_dir: Path, names: Iterable[str]) -> list[str]:
    """Note that these texts say the same in all languages; return those that there are none of.

    Texts that are gone leave the list.
    """
    texts, reviewed = Texts.load(content_dir / "texts"), _read(content_dir)
    keys = _keys(texts)
    wanted = set(names)
    accepted = {key: mark(texts, key) for key in keys if key in wanted}
    kept = {key: word for key, word in reviewed.items() if key in keys} | accepted
    (content_dir / "texts" / FILE).write_text(_HEAD + yaml.safe_dump(kept), "utf-8")
    return sorted(wanted - set(keys))


def _keys(texts: Texts) -> list[str]:
    return sorted({key for language in texts.languages for key in texts.keys(language)})


def _read(content_dir: Path) -> dict[str, str]:
    path = content_dir / "texts" / FILE
    found = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    return dict(found) if isinstance(found, dict) else {}
