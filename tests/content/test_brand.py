"""A brand is a setting of its region: no code and no text of the assistant names one, so a rename is one line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.directory.partners import Directory
from bot.texts import Texts

ROOT = Path(__file__).parents[2]
BRANDS = {
    region.brand for region in Directory.load(ROOT / "content" / "regions").regions if region.served
}  # fmt: skip
TEXTS = Texts.load(ROOT / "content" / "texts")


def strings_of(path: Path) -> list[str]:
    """Every string of a module but its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in found if text not in docs]


def test_there_are_brands_to_look_for():
    assert {"Midden-Utrecht Werkt Door", "KICKSTART Drechtsteden"} <= BRANDS


def test_no_code_names_a_brand():
    paths = [path for room in ("bot", "actions") for path in sorted((ROOT / room).rglob("*.py"))]
    assert paths
    named = [path.name for path in paths for text in strings_of(path) if any(brand in text for brand in BRANDS)]
    assert named == []


@pytest.mark.parametrize("language", TEXTS.languages)
def test_no_text_names_a_brand(language):
    """Who said something may be named: the name of a source is no name of the assistant."""
    spoken = [key for key in sorted(TEXTS.keys(language)) if not key.startswith("source.")]
    assert spoken
    assert [key for key in spoken if any(brand in str(TEXTS.entry(key, language)) for brand in BRANDS)] == []
