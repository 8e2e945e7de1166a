"""The words of the desk: all that can stand on its screen has a name."""

from pathlib import Path

import yaml

from bot.conversation.handoffs import REASONS

ROOT = Path(__file__).parents[2]
DESK = yaml.safe_load((ROOT / "content" / "pages" / "desk.yml").read_text("utf-8"))


def test_every_reason_to_call_staff_has_a_name():
    assert DESK["reasons"].keys() == set(REASONS)


def test_every_intent_has_a_name():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    assert set(domain["intents"]) <= DESK["intents"].keys()
