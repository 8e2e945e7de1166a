"""Another last day than the one told before: «sorry, 28 februari bedoel ik»."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from actions import call_time, strengths
from actions.answers import propose
from actions.correct import reopen
from actions.turn import TELLING, Turn
from bot import clock

END_DATE = "end_date"
#: A day named in answer to these is one to meet, or belongs to a story.
_OF_ANOTHER_DAY = frozenset({"event", call_time.QUESTION, strengths.QUESTION})
#: While times are offered, a day up to so long after the last of them is about the appointment.
_OF_APPOINTMENT = timedelta(weeks=4)


def drop_proposal(turn: Turn) -> None:
    """Drop what was proposed when the message says that it is something else; a bare no is left to the question."""
    if turn.proposal is None:
        return
    other_day = turn.intent == "deny" and turn.proposal["fact"] == END_DATE and bool(_days(turn))
    if turn.intent == "correct" or other_day:
        turn.proposals.pop(turn.proposal["fact"], None)


def correct(turn: Turn) -> bool:
    """Let the day in a message that corrects replace the one that was told before; return whether it did.

    It is read as an answer to the question for it: an exact day is said to be changed, any other is asked. What was
    told before is wrong, and forgotten.
    """
    is_known = END_DATE in turn.situation.facts
    if not (is_known or turn.asking == "change") or not _corrects_day(turn):
        return False
    question = turn.asking
    reopen(turn, END_DATE)
    turn.asking = END_DATE
    propose(turn, END_DATE)
    if END_DATE in turn.proposals:
        turn.proposals[END_DATE]["replaces"] = is_known
    elif is_known:
        note_changed(turn)
    turn.asking = None if question == "change" else question
    return True


def waits_to_replace(turn: Turn) -> bool:
    """Return whether a day that replaces another waits for a yes."""
    return bool(turn.proposals.get(END_DATE, {}).get("replaces"))


def note_changed(turn: Turn) -> None:
    """See to it that the day is said as changed, and not as new."""
    if END_DATE in turn.situation.facts and END_DATE not in turn.changed:
        turn.heard = [name for name in turn.heard if name != END_DATE]
        turn.changed.append(END_DATE)


def _corrects_day(turn: Turn) -> bool:
    """Return whether the message names another last day, and is not about another answer."""
    gives_else = any(turn.entities_named(name) for name in ("municipality", turn.asking or ""))
    about_else = gives_else or turn.changed or turn.entity("fact") not in {None, "ask", END_DATE}
    if not _says_otherwise(turn) or about_else or turn.is_foreign or turn.asking in _OF_ANOTHER_DAY:
        return False
    days = _days(turn)
    return bool(days) and not (turn.asking == "time" and any(_is_of_appointment(turn, day) for day in days))


def _says_otherwise(turn: Turn) -> bool:
    if turn.intent in {"correct", "deny"} or turn.asking == "change":
        return True
    return turn.intent in TELLING and bool(turn.parse.get("says_otherwise"))


def _is_of_appointment(turn: Turn, day: date) -> bool:
    last = datetime.fromisoformat(max(turn.shown)).date() if turn.shown else clock.today()
    return clock.today() <= day <= last + _OF_APPOINTMENT


def _days(turn: Turn) -> list[date]:
    as_answer = (turn.parse.get("dates_as_answer") or {}).get(turn.language)
    found = as_answer or [item["value"] for item in turn.entities_named("date") if isinstance(item["value"], dict)]
    return [date.fromisoformat(str(value["date"])) for value in found]
