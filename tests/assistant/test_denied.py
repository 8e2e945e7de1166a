"""Which signals a message denies by name."""

from __future__ import annotations

import pytest

from bot.assistant.denied import denied_signals
from bot.assistant.phrases import get_phrases
from bot.intake.situation import SAFETY_SIGNALS, SIGNALS


def test_only_signals_are_named_and_no_danger() -> None:
    assert set(get_phrases()["called"]) <= set(SIGNALS) - set(SAFETY_SIGNALS)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("ik heb helemaal geen schulden", "debts"),
        ("Geen SCHULDEN hoor", "debts"),
        ("we don't have any debt", "debts"),
        ("ik ben niet ontslagen", "dismissed_now"),
        ("i was never fired", "dismissed_now"),
        ("ik krijg geen bijstand", "on_social_assistance"),
        ("no i am not a freelancer", "self_employed_less_work"),
    ],
)
def test_a_word_that_is_denied(text: str, signal: str) -> None:
    assert signal in denied_signals(text)


@pytest.mark.parametrize(
    "text",
    ["ik heb schulden", "geen idee, maar schulden heb ik wel", "niets", "", "😀" * 50, "nee", "geen " * 500, "\x00"],
)
def test_what_denies_nothing_by_name(text: str) -> None:
    assert "debts" not in denied_signals(text)
