"""What an answer means depends on the question: one function for each question that needs more than its facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions import call_time, calls, consent, doubts, events, meeting, partners, person, research, strengths, times
from actions.absorb import ORDINALS, SKIPPED, answered
from actions.turn import TELLING, Turn
from bot import clock
from bot.directory.municipalities import find_municipality
from bot.intake.situation import FACTS


def _fact(turn: Turn) -> None:
    """Take a value, a yes or no to a proposed value, or «rather not»."""
    fact = str(turn.asking)
    if fact in turn.situation.facts and turn.ask_again != fact:
        answered(turn, fact)
    elif turn.intent in SKIPPED:
        if fact == "contact_channel":
            _walk_in(turn)
        else:
            turn.situation = turn.situation.with_unsaid(fact)
        answered(turn, fact)
    elif turn.proposal and turn.intent == "affirm":
        turn.situation = turn.situation.with_fact(fact, turn.proposal["value"])
        answered(turn, fact)
    elif turn.proposal and turn.intent == "deny":
        turn.proposals.pop(fact, None)
        turn.understood = True
    else:
        propose(turn, fact)


def _contact_channel(turn: Turn) -> None:
    """Take the way to be reached: also a number or address by itself, «does not matter», or «rather not call».

    Where a partner calls at the time that was chosen, a yes is a yes to that.
    """
    way = turn.entity("contact_channel")
    calls_then = bool(meeting.by_phone(turn))
    if way is None and calls_then and turn.intent == "affirm":
        way = "phone"
    if way is not None and "contact_channel" not in turn.situation.facts:  # «rather not call» is no message that tells
        turn.situation = turn.situation.with_fact("contact_channel", str(way))
        answered(turn, "contact_channel")
    elif way is None and calls_then and turn.intent == "deny":
        calls.refuse(turn)
        turn.understood = True
    else:
        _fact(turn)


def propose(turn: Turn, fact: str) -> None:
    """Keep an uncertain value (a month without a day, a misspelled place) until the resident says yes."""
    if turn.is_foreign:
        return  # nothing is taken from it without a yes (actions.understand)
    if fact == "end_date":
        _propose_end_date(turn)
    elif fact == "municipality":
        _propose_municipality(turn)


def _propose_end_date(turn: Turn) -> None:
    """Take an exact day to come (it is said back at once); ask whether it is any other."""
    found = _dates(turn)
    if not found:
        return
    day, others, exact = last_day(found, clock.today())
    if exact:
        turn.situation = turn.situation.with_fact("end_date", day)
        turn.heard.append("end_date")
        answered(turn, "end_date")
    else:
        _propose(turn, "end_date", day, others)


def _dates(turn: Turn) -> list[dict[str, Any]]:
    """Return the dates of this message; as the answer to the question «de 31e» is one, and «3/4» is read as spoken."""
    as_answer = turn.parse.get("dates_as_answer") or {}
    if turn.asking == "end_date" and as_answer.get(turn.language):
        return list(as_answer[turn.language])
    return [item["value"] for item in turn.entities_named("date") if isinstance(item["value"], dict)]


def last_day(found: Sequence[Mapping[str, Any]], today: date) -> tuple[str, list[str], bool]:
    """Return which of some dates is the last day of work, what else it can be, and whether it may be taken unasked.

    Days to come go first: «sinds 1 maart, tot 31 januari» ends in January.
    """
    ahead = [item for item in found if item["date"] >= today.isoformat()] or found[-1:]
    day = str(ahead[0]["date"])
    possible = dict.fromkeys([*ahead[0].get("others", ()), *(item["date"] for item in ahead[1:])])
    others = [str(other) for other in possible if other != day]
    exact = ahead[0]["precision"] == "day" and day >= today.isoformat() and not others
    return day, others, exact


def _propose_municipality(turn: Turn) -> None:
    """Propose what may be a misspelled place; as an answer to the question, a looser match will do."""
    found = turn.entities_named("municipality")
    match = find_municipality(str(turn.parse.get("text") or ""), asked=True)
    if match is not None and match.sure:
        turn.situation = turn.situation.with_fact("municipality", match.name)
        turn.heard.append("municipality")
        answered(turn, "municipality")
    elif found:
        _propose(turn, "municipality", str(found[-1]["value"]), found[-1].get("alternatives") or ())
    elif match is not None:
        _propose(turn, "municipality", match.name, match.alternatives)


def _propose(turn: Turn, fact: str, value: str, others: Iterable[str] = ()) -> None:
    turn.proposals[fact] = {"fact": fact, "value": value, "others": list(others)}
    turn.understood = True


def _situation(turn: Turn) -> None:
    # After a booking something is known already; then a message that gave nothing is no answer to «what else?».
    if turn.situation.signals and (turn.understood or turn.intent not in TELLING):
        answered(turn, "situation")


def _choice(turn: Turn) -> None:
    offered = [need.id for need in turn.open_needs() if need.id not in turn.plan.booked]
    wanted = str(turn.entity("needs") or "")
    if wanted:
        chosen = [name for name in wanted.split(",") if name in offered]
    elif turn.intent == "affirm" or turn.entity("ordinal") == "all":
        chosen = offered
    elif turn.entity("ordinal") in ORDINALS:
        chosen = offered[ORDINALS[str(turn.entity("ordinal"))] :][:1]
    elif turn.intent in SKIPPED | {"deny"}:
        chosen = []
    else:
        return
    turn.plan = replace(turn.plan.with_choice(chosen), offered=tuple(dict.fromkeys((*turn.plan.offered, *offered))))
    answered(turn, "choice")


def _partner(turn: Turn) -> None:
    need = turn.current_need()
    if need is None:
        return
    options = partners.options(turn, need)
    wanted = turn.entity("partner")
    ordinal = turn.entity("ordinal")
    if turn.intent == "deny":
        turn.plan = turn.plan.without(need.id)
        turn.notes.append("say_not_sent")
    elif any(option.id == wanted for option in options):
        turn.plan = turn.plan.agree(partner=str(wanted))
    elif ordinal in ORDINALS and ORDINALS[str(ordinal)] < len(options):
        turn.plan = turn.plan.agree(partner=options[ORDINALS[str(ordinal)]].id)
    elif turn.intent in SKIPPED | {"affirm"}:
        turn.plan = turn.plan.agree(partner=options[0].id)
    else:
        return
    answered(turn, "partner")


def _contact(turn: Turn) -> None:
    kinds = turn.entity("kinds")
    way = turn.entity("contact_channel") if turn.event is None and "call_back" not in turn.told else None
    if kinds is None and way is not None:
        _other_channel(turn, str(way))
    elif kinds is not None:
        _contact_given(turn, {*str(kinds).split(",")} - {""})
    elif turn.intent == "affirm" and events.agree(turn):
        answered(turn, "contact")
    elif turn.intent in SKIPPED | {"deny"}:
        if turn.event is not None:
            events.without_contact(turn)
        elif "call_back" not in turn.told:
            _walk_in(turn)
        answered(turn, "contact")


def _contact_given(turn: Turn, kinds: set[str]) -> None:
    known, channel = {*turn.contact_kinds}, turn.situation.facts.get("contact_channel")
    turn.contact_kinds = sorted({*known, *kinds})
    events.agree(turn)
    answered(turn, "contact")
    if channel not in {"phone", "email"} or channel in turn.contact_kinds or not turn.contact_kinds:
        return
    if turn.contact_kinds != sorted(known) and meeting.by_phone(turn):  # asked once more, for the number
        turn.notes.append("say_number_needed")
        return
    # They gave the other way to be reached: that is their choice too.
    turn.situation = turn.situation.with_fact("contact_channel", turn.contact_kinds[0])


def _other_channel(turn: Turn, way: str) -> None:
    """Take another way to be reached («nee, liever mail»): the form is asked again for it, coming by needs none."""
    if turn.situation.facts.get("contact_channel") != way:
        turn.situation = turn.situation.with_fact("contact_channel", way)
        turn.changed.append("contact_channel")
    turn.understood = True
    if way == "walk_in":
        answered(turn, "contact")


def _walk_in(turn: Turn) -> None:
    """Let somebody who gives no way to be reached come by; who has given an address but no number gets mail."""
    if turn.asking == "contact" and "email" in turn.contact_kinds:
        turn.situation = turn.situation.with_fact("contact_channel", "email")
        return
    turn.situation = turn.situation.with_fact("contact_channel", "walk_in")
    turn.notes.append("say_contact_walk_in")


def _change(turn: Turn) -> None:
    if turn.intent in SKIPPED | {"deny", "affirm"}:
        turn.asking = None
        turn.understood = True


def _start_over(turn: Turn) -> None:
    if turn.intent == "affirm":
        times.release(turn, *turn.plan.agreed)
        turn.situation = type(turn.situation)()
        turn.plan = replace(type(turn.plan)(), booked=turn.plan.booked)
        turn.heard, turn.changed, turn.trail, turn.ask_again, turn.proposals = [], [], [], None, {}
        turn.told, turn.candidates, turn.unconfirmed = [], [], None
        turn.on_behalf = None
        turn.event = None
        turn.notes = ["say_started_over"]
        turn.asking = None
    elif turn.intent in SKIPPED | {"deny"}:
        turn.asking = None
        turn.understood = True


def _handoff(turn: Turn) -> None:
    wish = turn.entity("wish")
    if wish is None:
        wish = {"affirm": "wait", "deny": "continue", "rather_not_say": "continue"}.get(turn.intent)
    if wish is not None:
        person.take_wish(turn, str(wish))
        turn.understood, turn.answered = True, "handoff"


#: The questions whose answer needs more than its facts.
ANSWERS: dict[str, Callable[[Turn], None]] = {
    **dict.fromkeys(FACTS, _fact),
    "contact_channel": _contact_channel,
    "situation": _situation,
    "meaning": doubts.meaning,
    "other_language": doubts.other_language,
    "choice": _choice,
    "partner": _partner,
    "time": times.answer,
    "contact": _contact,
    "consent": consent.answer,
    strengths.QUESTION: strengths.take,
    call_time.QUESTION: call_time.take,
    "event": events.answer,
    "research": research.answer,
    "change": _change,
    "start_over": _start_over,
    "handoff": _handoff,
}
