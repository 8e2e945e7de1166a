"""How a simulated resident says things in plain words (``phrases.yml``)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=4)
def phrases(language: str) -> dict[str, Any]:
    """Return the phrases of a language; English for one that has none."""
    every = yaml.safe_load(Path(__file__).with_name("phrases.yml").read_text("utf-8"))
    found: dict[str, Any] = every.get(language, every["en"])
    return found
