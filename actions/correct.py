"""Change an answer, or go one step back."""

from __future__ import annotations

from dataclasses import replace

from actions import access, call_time, consent, events, strengths, switching, time_wishes, times
from actions.absorb import own_words
from actions.step import Step
from actions.turn import Turn
from bot.intake.course import BOOKING_STEPS
from bot.intake.situation import FACTS


class ActionCorrect(Step):
    """Forget the answer the resident wants to change, so that it is asked again."""

    def name(self) -> str:
        """Return ``action_correct``."""
        return "action_correct"

    def take(self, turn: Turn) -> None:
        """Reopen the named answer, the last one («go back»), or ask which one."""
        was_answer = turn.answered in {"meaning", "other_language"}
        if turn.changed or turn.taken_back or was_answer or turn.entity("on_behalf"):
            return  # «no, I live in Zeist» has brought its new value already; «I mean something else» was an answer
        wanted = turn.entity("fact")
        brought = _brought(turn)
        if brought is not None and wanted in {None, "ask", brought}:
            return  # so has «sorry, I mean 28 February», when that was asked
        if turn.asking == "time" and wanted is None and time_wishes.is_told(turn):
            return  # «no, in the evening» was taken in as such
        if turn.intent == "go_back" and wanted is None:
            wanted = turn.trail.pop() if turn.trail else "situation"
        if wanted is None or wanted == "ask":
            turn.asking = "change"
        elif wanted == "partner" and switching.is_meant(turn):
            switching.begin(turn)
        else:
            reopen(turn, str(wanted))


def _brought(turn: Turn) -> str | None:
    """Return the fact that a correcting message gave, or that was proposed for it (understood before this step)."""
    if turn.intent != "correct":
        return None
    if turn.proposal is not None:
        return str(turn.proposal["fact"])
    return turn.answered if turn.answered in FACTS else None


def reopen(turn: Turn, name: str) -> None:
    """Forget one answer (a fact, a step of the booking, the choice of needs, or the situation)."""
    turn.asking, turn.proposals = None, {}
    if name in {"choice", "situation", "meaning", "other_language"}:
        times.release(turn, *turn.plan.agreed)
        turn.plan = turn.plan.without_switch()
    if name in BOOKING_STEPS and name != "contact_channel":
        _reopen_step(turn, name)
    elif name in FACTS:
        turn.situation = turn.situation.without_fact(name)
        turn.ask_again = name
        turn.plan = replace(turn.plan, consented=False)
    elif name == "choice":
        turn.plan = turn.plan.only(())
    elif name == strengths.QUESTION:
        strengths.forget(turn)
    elif name == call_time.QUESTION:
        call_time.forget(turn)
    elif name == "event":
        events.reopen(turn)
    elif name == "research":
        turn.ask_again = "research"
    elif name == "interpreter":
        turn.interpreter = None
    elif name == access.LABEL:
        turn.access = None
    elif name == "on_behalf":
        turn.on_behalf = None
    elif name in {"situation", "meaning", "other_language"}:
        turn.candidates, turn.unconfirmed = [], None
        turn.situation = turn.situation.without_signals(turn.situation.signals)
        turn.plan = turn.plan.only(())
        own_words(turn)


def _reopen_step(turn: Turn, step: str) -> None:
    """Forget a step of the booking; partner and time are those of one need."""
    need = _meant(turn)
    if step in consent.OF_ONE_NEED:
        times.release(turn, need or "")
    turn.plan = turn.plan.cleared(need, step)
    if step == "consent" and len(turn.plan.pending) > 1:
        turn.plan = replace(turn.plan, one_by_one=True)
    elif step == "partner" and need is not None:
        turn.ask_again = "partner"
    elif step == "contact":
        turn.contact_kinds, turn.ask_again = [], "contact"


def _meant(turn: Turn) -> str | None:
    """Return the need whose partner or time is meant: the one named, else the one agreed last."""
    pending, named = turn.plan.pending, turn.entity("needs")
    if named in pending:
        return str(named)
    settled = [need for need in pending if turn.plan.of(need).settled]
    if settled and (turn.intent == "go_back" or len(settled) == len(pending)):
        return settled[-1]
    return turn.plan.current
