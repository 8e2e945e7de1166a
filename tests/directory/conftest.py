"""A copy of the content that a test may spoil."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT

Edit = Callable[[Callable[[list[dict[str, Any]]], None]], Path]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The project's own regions and municipalities, in a folder of their own."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content" / "regions", folder / "regions")
    for name in ("municipalities.csv", "municipalities.yml"):
        shutil.copy(ROOT / "content" / name, folder / name)
    return folder


@pytest.fixture
def edit(content: Path) -> Edit:
    """Change the partners of Midden-Utrecht; gives the content's folder."""

    def change(how: Callable[[list[dict[str, Any]]], None]) -> Path:
        path = content / "regions" / "midden-utrecht" / "directory.json"
        organizations = json.loads(path.read_text("utf-8"))
        how(organizations)
        path.write_text(json.dumps(organizations), "utf-8")
        return content

    return change
