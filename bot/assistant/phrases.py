"""The words by which facts are recognised: ``content/phrases.yml``, which staff may edit."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from bot.settings import get_settings


@lru_cache(maxsize=1)
def get_phrases() -> dict[str, Any]:
    """Return the phrases of this installation (read once)."""
    path = get_settings().content_dir / "phrases.yml"
    phrases: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return phrases


def as_regex(phrase: str) -> str:
    """Return a phrase as a pattern: its words with any white space between; ``*`` stands for any ending of a word."""
    words = [re.escape(word.removesuffix("*")) + (r"[\w'-]*" if word.endswith("*") else "") for word in phrase.split()]
    return r"\s+".join(words)
