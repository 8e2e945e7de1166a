"""What an answer means when it was not sure what the resident said: «did you mean», and another language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import person
from actions.absorb import ORDINALS, SKIPPED, answered, own_words, set_fact, take_signals
from actions.turn import TELLING, Turn
from bot.intake.situation import FACTS, SIGNALS


def meaning(turn: Turn) -> None:
    """Take the guess that was meant, by its place, its words or a yes; «none of these» asks for own words."""
    if turn.candidates:
        chosen = _meant(turn)
        if not chosen and not _means_none(turn):
            return
        if not chosen:
            own_words(turn)
        take_signals(turn, dict.fromkeys(chosen, 1.0))
        turn.candidates = []
    answered(turn, "meaning")  # without candidates: a button or words have given a signal


def _meant(turn: Turn) -> list[str]:
    ordinal = turn.entity("ordinal")
    if ordinal == "all" or (turn.intent == "affirm" and len(turn.candidates) == 1):
        return turn.candidates
    place = ORDINALS.get(str(ordinal))
    if place is not None:
        return turn.candidates[place:][:1]
    return [name for name in turn.candidates if turn.typed(f"meaning.{name}")]


def _means_none(turn: Turn) -> bool:
    if turn.intent in {"correct", "go_back"}:  # «I mean something else»; a named answer is another matter
        return not turn.understood and turn.entity("fact") is None
    said = turn.entity("signal") == "other" or turn.entity("ordinal") == "none" or turn.typed("button.something_else")
    return said or turn.intent in SKIPPED | {"deny"}


def other_language(turn: Turn) -> None:
    """Take what was read back, or drop it; when nothing was read, a yes asks for the interpreter."""
    kept = turn.unconfirmed or {}
    if turn.intent == "affirm" or turn.entity("ordinal") == "all":
        if not kept:
            turn.interpreter = turn.other_language
            turn.told.append("interpreter")
        _confirm(turn, kept)
    elif turn.intent in SKIPPED | {"deny"}:
        if not kept:
            turn.told.append(person.ALONE)
        elif not turn.foreign_finds and not turn.situation.signals:
            own_words(turn)
    elif turn.intent in TELLING and not turn.is_foreign and (turn.understood or not kept):
        turn.unconfirmed, turn.asking = None, None  # told anew, in a language of ours
        return
    else:
        return
    turn.unconfirmed = None
    answered(turn, "other_language")


def _confirm(turn: Turn, kept: Mapping[str, Any]) -> None:
    take_signals(turn, {name: float(sure) for name, sure in kept.items() if name in SIGNALS})
    for fact in FACTS:
        if fact in kept:
            set_fact(turn, fact, str(kept[fact]), plainly=True)
    turn.heard = [name for name in turn.heard if name not in kept]  # it was read back already
