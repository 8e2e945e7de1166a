"""No text that nobody says, none that is missing, and one question at a time."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from bot.intake.decisions import DecisionTable
from bot.texts import Texts

ROOT = Path(__file__).parents[2]
TEXTS = Texts.load(ROOT / "content" / "texts")


@lru_cache(maxsize=1)
def patterns() -> list[re.Pattern[str]]:
    """What the code can name: every string, with the parts that are filled in left open."""
    found = set()
    for path in [*(ROOT / "actions").glob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = (re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"[\w-]+" for v in node.values)
                found.add("".join(parts))
    return [re.compile(one) for one in found if re.search(r"[a-z]", one) and one not in {r"[\w-]+"}]


@lru_cache(maxsize=1)
def named_by_content() -> frozenset[str]:
    """Texts that rules and the decision table name."""
    rules = "\n".join(path.read_text("utf-8") for path in (ROOT / "data" / "rules").glob("*.yml"))
    table = DecisionTable.parse(yaml.safe_load((ROOT / "content" / "decisions.yml").read_text("utf-8")))
    rows = (*table.rows, table.default_row)
    named = set(re.findall(r"\butter_\w+", rules))
    named |= {f"note.{row.note}" for row in rows if row.note} | {f"need.{row.need}" for row in rows}
    return frozenset(named | {f"role.{role}" for row in rows for role in row.roles})


@pytest.mark.parametrize("key", sorted(TEXTS.keys("nl")))
def test_somebody_says_it(key: str) -> None:
    told = key in named_by_content() or any(pattern.fullmatch(key) for pattern in patterns())
    # Buttons are named without their group (``turn.button``), and so are the values of facts.
    told = told or (key.startswith("button.") and any(pattern.fullmatch(key[7:]) for pattern in patterns()))
    assert told, f"{key} is said nowhere: take it out, in every language"


@pytest.mark.parametrize("language", TEXTS.languages)
def test_one_question_at_a_time(language: str) -> None:
    two = [
        key
        for key in TEXTS.keys(language)
        if key.startswith(("say_", "utter_")) and str(TEXTS.entry(key, language)["text"]).count("?") > 1
    ]
    assert two == []
