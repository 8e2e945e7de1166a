"""What somebody likes and is good at: one question that may be skipped, carried to the partner in their own words.

A good intake shows chances, not only problems (WVS and MetWerk, West-Brabant). The decision table names the needs for
which it is asked; the answer changes nothing about who helps.
"""

from __future__ import annotations

from actions.absorb import SKIPPED, answered
from actions.house import decision_table
from actions.turn import TELLING, Turn
from bot.intake.decisions import Need

QUESTION = "strengths"
#: Longer stories are for the talk with the partner.
MAX_CHARACTERS = 300

#: What is not a step aside is an answer: «ik kook graag» may look like something else altogether.
ANSWERING = TELLING | {"affirm", "out_of_scope", "safety"}


def is_wanted(turn: Turn) -> bool:
    """Return whether to ask now: once, and only for help towards work."""
    return bool(needs(turn)) and (turn.asking == QUESTION or QUESTION not in turn.told)


def needs(turn: Turn) -> list[Need]:
    """Return the needs towards work among those that are arranged now."""
    return [need for need in turn.needs_to_send() if need.id in decision_table().strengths]


def note_asked(turn: Turn) -> None:
    """Remember that it was asked: it is not asked for a second need."""
    if QUESTION not in turn.told:
        turn.told.append(QUESTION)


def take(turn: Turn) -> None:
    """Keep the resident's own words, as the gateway masked them; «no» and «rather not» lead on."""
    words = " ".join(str(turn.parse.get("text") or "").split())
    if turn.found_signals or turn.changed:
        return  # danger, and surely so; or another place to live in
    if turn.intent in SKIPPED | {"deny"}:
        turn.strengths = None
    elif turn.intent in ANSWERING and words and not words.startswith("/"):
        turn.strengths = words[:MAX_CHARACTERS]
    else:
        return
    turn.missed = 0
    answered(turn, QUESTION)


def forget(turn: Turn) -> None:
    """Ask again: the resident wants to change the answer."""
    turn.strengths, turn.ask_again = None, QUESTION


def to_send(turn: Turn, need: Need) -> str | None:
    """Return the words that go to the partner of a need, if any."""
    return turn.strengths if need.id in decision_table().strengths else None
