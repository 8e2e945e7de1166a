"""Times at which a partner calls: asked for where another way was wished, and given back where nobody can be called.

Nobody is called who rather is not, who gave no number, or for whom it is not safe. The partner then gets a request
without a time.
"""

from __future__ import annotations

from dataclasses import replace

from actions import meeting, partners, times
from actions.turn import Turn
from bot.conversation import safe_channels
from bot.intake.decisions import Need
from bot.store.engine import transaction


def take_channel(turn: Turn) -> None:
    """Give back times that cannot be kept in the way that the message says, and offer times again for a call."""
    changed = "contact_channel" in turn.changed
    if (changed or turn.answered in {"contact_channel", "contact"}) and _leave(turn, _unkept(turn)):
        turn.notes.append(f"say_no_call_{meeting.channel(turn)}")
    elif changed and meeting.channel(turn) == "phone":
        for need in turn.plan.pending:
            if turn.plan.of(need).no_time:
                turn.plan = turn.plan.cleared(need, "time")


def leave_stairs(turn: Turn) -> None:
    """Give back times at a place where somebody may not get in, who has just said that stairs are not possible."""
    if _leave(turn, _unkept(turn)):
        turn.notes.append("say_no_stairs")


def settle(turn: Turn) -> None:
    """Ask anew how to be reached where that was told before a time at which the partner calls; none where it is unsafe.

    Who said «mail me» and then chose such a time is asked whether a call is all right.
    """
    if _unkept(turn):
        turn.situation = turn.situation.without_fact("contact_channel")
    elif "phone" in turn.contact_kinds and (calls := meeting.by_phone(turn)) and _is_unsafe(turn):
        _leave(turn, calls)
        turn.say("say_no_call_unsafe")


def refuse(turn: Turn) -> None:
    """Give back the times at which a call is not all right; how to be reached is open then."""
    if _leave(turn, meeting.by_phone(turn)):
        turn.notes.append("say_no_call")


def _unkept(turn: Turn) -> list[Need]:
    """Return the needs whose time cannot be kept by who wants to be reached as they said."""
    return [need for need in meeting.timed(turn) if meeting.possible(turn, partners.chosen(turn, need)) is None]


def _is_unsafe(turn: Turn) -> bool:
    with transaction() as session:
        return "phone" in safe_channels.unsafe_channels(session, turn.conversation_id)


def _leave(turn: Turn, needs: list[Need]) -> bool:
    times.release(turn, *(need.id for need in needs))
    for need in needs:
        kept = replace(turn.plan.of(need.id), time=None, no_time=True)
        turn.plan = replace(turn.plan, agreed={**turn.plan.agreed, need.id: kept}, consented=False)
    return bool(needs)
