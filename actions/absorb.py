"""Taking in what was said: signals, facts, and that a question has its answer. What is new is to be said back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from actions.turn import Turn
from bot.intake.situation import SAFETY_SIGNALS, FactError

#: Intents that leave a question without an answer.
SKIPPED = frozenset({"dont_know", "rather_not_say"})
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4}


def take_signals(turn: Turn, signals: Mapping[str, float]) -> None:
    """Take in signals. Danger counts as new every time: whoever says it twice gets the number twice."""
    for name in signals:
        is_new = name not in turn.situation.signals or name in SAFETY_SIGNALS
        if is_new and name not in turn.heard:
            turn.heard.append(name)
    turn.situation = turn.situation.with_signals(signals)
    if signals:
        turn.understood, turn.candidates = True, []


def own_words(turn: Turn) -> None:
    """Ask the resident to tell it in own words, when the situation is asked next."""
    if "own_words" not in turn.told:
        turn.told.append("own_words")
    turn.ask_again = "situation"


def set_fact(turn: Turn, fact: str, new: str, *, plainly: bool = False) -> None:
    """Take in one fact.

    A known fact changes only when it was asked, when the resident corrects something, or when it is said ``plainly``
    («ik woon in Woerden»); what changed is said, so that it can be put right.
    """
    old = turn.situation.facts.get(fact)
    turn.understood = turn.understood or new == old
    meant = plainly or turn.asking == fact or turn.intent in {"correct", "deny", "answer"}
    if new == old or (old is not None and not meant):
        return
    with suppress(FactError):  # a value from outside the list (a typed payload cannot get here, a model could err)
        turn.situation = turn.situation.with_fact(fact, new)
        turn.understood = True
        turn.proposals.pop(fact, None)
        if fact == turn.ask_again:
            turn.ask_again = None
        if fact != turn.asking:
            (turn.heard if old is None else turn.changed).append(fact)


def answered(turn: Turn, question: str) -> None:
    """Note that a question has its answer, so that it is open no more."""
    turn.understood = True
    if turn.ask_again == question:
        turn.ask_again = None
    turn.answered = question
    turn.proposals.pop(question, None)
    if question not in turn.trail[-1:]:
        turn.trail.append(question)
    if turn.asking == question:
        turn.asking = None
