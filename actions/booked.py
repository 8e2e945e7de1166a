"""What this conversation has booked: whether it still stands, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.turn import Turn
from bot.intake.course import Plan
from bot.referral import booking
from bot.store.engine import transaction


def refresh(turn: Turn) -> None:
    """Forget what is booked no more: cancelled on its own page, sent back by its partner, or completed.

    Another referral for the same need takes its place (the resident agreed to a transfer). A place at an event is none
    of these: ``actions.events`` keeps it.
    """
    places = {*turn.signed_up.values()}
    booked = {need: code for need, code in turn.plan.booked.items() if code not in places}
    if not booked and not turn.plan.ended:
        return
    with transaction() as session:
        found = booking.standing_references(session, turn.conversation_id)
        gone = {need: code for need, code in booked.items() if code not in found.get(need, ())}
        for code in gone.values():
            booking.set_aside(session, turn.conversation_id, code)
    for need in gone:
        turn.plan = turn.plan.with_ended(need)
    for need in (*gone, *turn.plan.ended):
        if need in found and need != turn.plan.switching:
            turn.plan = _taken_up(turn, need, found[need][-1])


def _taken_up(turn: Turn, need: str, reference: str) -> Plan:
    ended = tuple(name for name in turn.plan.ended if name != need)
    chosen = tuple(dict.fromkeys((*turn.plan.chosen, need)))
    return replace(turn.plan, booked={**turn.plan.booked, need: reference}, chosen=chosen, ended=ended)


def say_arranged(turn: Turn, need: str, reference: str) -> None:
    """Say that the help for this need is arranged, with the code of its referral."""
    values: dict[str, Any] = {"need": turn.text(f"need.{need}"), "reference": reference}
    turn.say("say_arranged", **values)
