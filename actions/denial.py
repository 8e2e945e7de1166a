"""«That is not so»: what was understood is taken back, or the resident is asked what to change."""

from __future__ import annotations

from actions import speech
from actions.absorb import own_words
from actions.turn import TELLING, Turn
from bot.intake.situation import FACTS, SAFETY_SIGNALS


def take(turn: Turn) -> None:
    """Take back the signals that the message denies by name; a «no» to a question that has none asks what to change.

    Danger that was told is never taken back like this: whoever says that it is not so can tell a person.
    """
    if turn.is_foreign or turn.intent not in TELLING | {"deny", "correct"}:
        return
    still = {*turn.found_signals, *turn.likely, *SAFETY_SIGNALS}
    gone = [name for name in turn.denied if name in turn.situation.signals and name not in still]
    if gone:
        turn.situation = turn.situation.without_signals(gone)
        turn.heard = [name for name in turn.heard if name not in gone]
        turn.taken_back, turn.understood = gone, True
        if not turn.situation.signals:
            own_words(turn)
    elif turn.intent == "deny" and turn.asking in FACTS and turn.situation.signals and not _brought_something(turn):
        turn.asking = "change"


def say(turn: Turn) -> None:
    """Say what is no longer counted with."""
    if turn.taken_back:
        turn.say("say_taken_back", things=speech.listing(turn, (speech.thing(turn, name) for name in turn.taken_back)))
        turn.taken_back = []


def _brought_something(turn: Turn) -> bool:
    return turn.understood or bool(turn.changed) or turn.proposal is not None
