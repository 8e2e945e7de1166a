"""A person of the region's desk: called, offered, and how the resident wants to be helped by them."""

from __future__ import annotations

from datetime import datetime

from actions import languages, speech
from actions.house import directory
from actions.turn import Turn
from bot import clock
from bot.conversation import conversations, handoffs
from bot.store.engine import transaction

#: Told when the resident goes on without an interpreter: then none is asked for because of an earlier message.
ALONE = "without_interpreter"


def _request(turn: Turn, reason: str, signal: str | None = None) -> None:
    """Put the conversation in the desk's queue."""
    with transaction() as session:
        conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
        handoffs.request(session, turn.conversation_id, reason, signal, clock.now())


def call(turn: Turn) -> None:
    """Have staff look at it too, once a conversation, and say so; the resident goes on meanwhile."""
    if "person" in turn.told or is_called(turn):
        return
    turn.told.append("person")
    _request(turn, "needed")
    _want_interpreter(turn)
    languages.say(turn, "say_person_called", lambda: {"hours": _hours(turn)}, every=turn.speaks_other)


def take_wish(turn: Turn, wish: str) -> None:
    """Take in how the resident wants to be helped by staff: ``wait``, ``call_back`` or ``continue``."""
    turn.asking = None
    with transaction() as session:
        if wish in {"wait", "call_back"}:
            handoffs.set_wish(session, turn.conversation_id, wish)
    if wish == "wait":
        turn.notes.append("say_waiting")
        turn.told.append("waiting")
    elif wish == "call_back":
        turn.told.append("call_back")


def is_called(turn: Turn) -> bool:
    """Return whether the conversation is in the desk's queue, or with a staff member."""
    with transaction() as session:
        return handoffs.open_of(session, turn.conversation_id) is not None


def staff_hours(turn: Turn) -> tuple[bool, datetime | None]:
    """Return whether the desk is staffed now, and if not when it opens next."""
    region = directory().region(turn.region)
    return region.desk_open(clock.now())


def offer(turn: Turn, reason: str, key: str, signal: str | None = None) -> None:
    """Call staff and ask: wait here, be called back, or go on. Says when the desk opens if it is closed.

    Who wrote in another language, or asked for it, gets an interpreter asked for, and reads this in every language.
    """
    _request(turn, reason, signal)
    _want_interpreter(turn)
    turn.unconfirmed = turn.unconfirmed or None  # an interpreter need not be offered again
    every = turn.interpreter is not None or turn.speaks_other
    languages.say(turn, key, lambda: {"hours": _hours(turn)}, every=every, ask="handoff")


def _want_interpreter(turn: Turn) -> None:
    """Ask for an interpreter for whoever wants one, or writes or wrote in a language of their own."""
    wanted = turn.entity("interpreter") or (languages.other_named(turn) if turn.intent == "person" else None)
    if wanted is None and (turn.is_foreign or ALONE not in turn.told):
        wanted = turn.foreign_language
    turn.interpreter = languages.known(wanted) if wanted else turn.interpreter


def ask_again(turn: Turn) -> None:
    """Ask again how the resident wants to be helped by staff, who have been called already."""
    if is_called(turn) and not turn.is_foreign:  # who writes in another language may need an interpreter now
        every = turn.interpreter is not None or turn.speaks_other
        languages.say(turn, "say_hand_off_open", every=every, ask="handoff")
    else:
        offer(turn, "asked", "say_hand_off")


def _hours(turn: Turn) -> str:
    is_open, opens = staff_hours(turn)
    key = "say_desk_open" if is_open else "say_desk_closed"
    when = speech.on(turn, opens)
    if turn.interpreter is None:
        return turn.text(key, when=when)
    return turn.text(f"{key}_interpreter", when=when, language=languages.name(turn, turn.interpreter))
