"""Consent for research: one question after help is arranged, apart from consent for help. Nothing depends on it."""

from __future__ import annotations

from actions.absorb import SKIPPED, answered
from actions.turn import Turn
from bot import clock
from bot.conversation import research
from bot.store.engine import transaction

#: After these the question is asked again (``book``: the second click of a double one); anything else leaves it
#: without an answer, which is a no.
ASIDE = frozenset({"why", "ask_privacy", "change_language", "book"})


def due(turn: Turn) -> bool:
    """Return whether to ask now: once, when something is arranged.

    Not of somebody in danger, of minors (under 16 a parent consents: UAVG, art. 5), or through an interpreter.
    """
    if not (turn.plan.booked or turn.signed_up) or turn.situation.safety or turn.interpreter:
        return False
    if turn.situation.facts.get("age_group") == "under_18":
        return False
    return turn.research is None or turn.asking == "research"


def ask(turn: Turn, _question: str) -> None:
    """Ask it; from now on it counts as asked, answered or not."""
    turn.research = turn.research or "asked"
    turn.say("say_ask_research", ask="research")


def answer(turn: Turn) -> None:
    """Store yes or no; who goes on with something else is not asked again."""
    if turn.intent == "affirm" or turn.intent in SKIPPED | {"deny"}:
        given = turn.intent == "affirm"
        with transaction() as session:
            research.record(session, turn.conversation_id, given, clock.now())
        turn.research = "yes" if given else "no"
        turn.notes.append(f"say_research_{turn.research}")
        answered(turn, "research")
    elif turn.intent not in ASIDE:
        turn.asking = None
        turn.ask_again = None if turn.ask_again == "research" else turn.ask_again
