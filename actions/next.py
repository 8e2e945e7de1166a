"""Last step of a turn: say what was understood, and ask what comes next (or book, or end)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions import (
    booked,
    call_time,
    calls,
    complaint,
    confirmation,
    consent,
    denial,
    events,
    languages,
    offers,
    partners,
    person,
    questions,
    research,
    safety,
    speech,
    strengths,
    switching,
    times,
    who,
)
from actions.house import decision_table, directory
from actions.step import Step
from actions.turn import TELLING, Turn
from bot import clock
from bot.intake.course import next_step
from bot.intake.decisions import Need
from bot.intake.planner import next_question
from bot.intake.situation import SAFETY_SIGNALS

#: After so many rude messages in a row a person is offered outright.
INSULTS_BEFORE_PERSON = 2


class ActionNext(Step):
    """Go on with the conversation from whatever is known now."""

    def name(self) -> str:
        """Return ``action_next``."""
        return "action_next"

    def take(self, turn: Turn) -> None:
        """Go on."""
        go_on(turn)


def go_on(turn: Turn) -> None:
    """Speak the notes and what was heard, then take the next step of the course.

    Danger that was told by a button, or as an answer, goes before all of it.
    """
    dangers = [name for name in SAFETY_SIGNALS if name in turn.heard]
    if dangers:
        safety.answer_danger(turn, dangers)
        return
    _speak_notes(turn)
    if booked.is_asked_about(turn):
        booked.say_appointments(turn)
    if "waiting" in turn.told:
        turn.told.remove("waiting")
        return
    if booked.needs_other_place(turn):
        person.offer(turn, "asked", "say_hand_off")
    elif "interpreter" in turn.told:
        turn.told.remove("interpreter")
        person.offer(turn, "asked", "say_hand_off")
    elif complaint.is_new(turn):
        complaint.pass_on(turn)
    elif turn.insults >= INSULTS_BEFORE_PERSON:
        person.offer(turn, "not_understood", "say_insult_again")
    elif turn.lost and turn.asking != "handoff":
        turn.missed = turn.idle = 0
        person.offer(turn, "not_understood", "say_not_understood")
    elif turn.asking in {"handoff", "start_over", "change"}:
        _ask_open_question_again(turn)
    elif "call_back" in turn.told:
        _call_back(turn)
    else:
        if turn.intent == "book" and turn.plan.booked and not turn.plan.consented:  # the second click
            turn.say("say_already_booked", reference=list(turn.plan.booked.values())[-1])
        _say_told_again(turn)
        booked.reopen(turn)
        _echo(turn)
        switching.say_keep_place(turn)
        _advance(turn)


def _speak_notes(turn: Turn) -> None:
    need = turn.current_need()
    for key in dict.fromkeys(turn.notes):
        values: dict[str, Any] = {"language": languages.name(turn, languages.asked_for(turn))}
        if need:
            values["partner"] = partners.chosen(turn, need).name
        languages.say(turn, key, values.copy, every=key == "say_waiting" and turn.speaks_other)
    turn.notes = []


def _ask_open_question_again(turn: Turn) -> None:
    if turn.asking == "handoff":
        turn.missed = turn.idle = 0
        _echo(turn)
        person.ask_again(turn)
    else:
        questions.ask(turn, str(turn.asking))


def _call_back(turn: Turn) -> None:
    """Ask for the number to call, then note the wish."""
    if "phone" not in turn.contact_kinds and "contact" not in turn.trail[-1:]:
        questions.ask(turn, "contact")
        return
    turn.told.remove("call_back")
    turn.asking = None
    if "phone" not in turn.contact_kinds:
        turn.say("say_call_back_without_number")
        return
    _, opens = person.staff_hours(turn)
    languages.say(turn, "say_call_back_noted", lambda: {"when": speech.on(turn, opens)}, every=turn.speaks_other)


def _echo(turn: Turn) -> None:
    """Say what was understood, so that it can be put right at once."""
    known = {*turn.situation.signals, *turn.situation.facts}
    changed = [name for name in turn.changed if name in known]
    heard = [name for name in turn.heard if name in known and name not in changed]
    denial.say(turn)
    if changed:
        turn.say("say_changed", things=speech.listing(turn, (speech.thing(turn, name) for name in changed)))
    if heard:
        turn.say("say_heard", things=speech.listing(turn, (speech.thing(turn, name) for name in heard)))
    turn.heard, turn.changed = [], []


def _say_told_again(turn: Turn) -> None:
    """Say of a need that is told once more, after its booking, that it is arranged: it is not booked twice.

    Where that booking stands no more, the need is offered anew.
    """
    if turn.intent not in TELLING or turn.is_foreign or turn.answered not in {None, "situation", "meaning"}:
        return
    again = {*turn.found_signals, turn.entity("signal")} - {*turn.heard}
    for need in turn.open_needs():
        if not again & set(need.because):
            continue
        if need.id in turn.plan.booked:
            booked.say_arranged(turn, need.id, turn.plan.booked[need.id])
        turn.plan = turn.plan.reopened(need.id)


def _advance(turn: Turn) -> None:
    if turn.missed and turn.asking not in {None, "situation"} and not turn.is_foreign:
        questions.say_not_understood(turn)
    first = events.settle(turn) or _ask_again(turn) or questions.in_doubt(turn)
    if first is None and turn.missed and turn.asking == "situation" and turn.plan.booked:
        first = "situation"  # «what else?» has no answer yet, and all that is known is arranged
    question = first or _fact_question(turn)
    region = partners.outside_region(turn)
    if first is None and region is not None and turn.open_needs():
        _hand_over(turn, region)
    elif question is not None:
        questions.ask(turn, question)
        if question == "situation":
            turn.ask_again = None
    elif not turn.open_needs() and not complaint.was_passed_on(turn):
        questions.ask(turn, "situation")
    else:
        _arrange(turn)


def _ask_again(turn: Turn) -> str | None:
    """Return the question the resident wants to answer anew; a partner only as long as there is help to arrange."""
    if turn.ask_again == "partner" and turn.current_need() is None:
        turn.ask_again = None
    return turn.ask_again


def _fact_question(turn: Turn) -> str | None:
    if turn.proposal:
        return str(turn.proposal["fact"])
    return next_question(decision_table(), turn.situation, clock.today(), settled=turn.plan.booked)


def _hand_over(turn: Turn, region_id: str) -> None:
    region = directory().region(region_id)
    turn.asking = None
    turn.say(
        who.variant(turn, "say_outside_region"),
        municipality=turn.situation.facts["municipality"],
        region=region.place,
        partner=region.brand,
        website=region.website,
    )


def _arrange(turn: Turn) -> None:
    """Take the next step of the booking; a step that needs no answer leads straight on."""
    times.leave_needless(turn)
    need = turn.current_need()
    if need is not None and not turn.contact_kinds:
        offers.recall_contact(turn)
    if events.due(turn):
        questions.ask(turn, "event")
        return
    calls.settle(turn)
    step = next_step(
        turn.plan,
        turn.open_needs(),
        turn.situation.facts.get("contact_channel"),
        turn.contact_kinds,
        equals=need is not None and partners.equals(turn, need),
    )
    if step in {"contact_channel", "contact", "consent"} and strengths.is_wanted(turn):
        step = strengths.QUESTION
    elif step == "consent" and call_time.is_wanted(turn):
        step = call_time.QUESTION
    match step:
        case "choice":
            _advise(turn)
        case "time":
            _ask_time(turn)
        case "book":
            _book(turn)
        case "done" if research.due(turn):
            questions.ask(turn, "research")
        case "done":
            turn.asking = None
            turn.say("say_done")
        case _:
            questions.ask(turn, step)


def _ask_time(turn: Turn) -> None:
    """Offer times; where there are none, who was chosen is asked to send one, and nobody is chosen by itself."""
    if times.look(turn):
        questions.ask(turn, "time")
    elif turn.plan.now.partner is None:
        questions.ask(turn, "partner")
    else:
        times.go_without(turn)
        _arrange(turn)


def _advise(turn: Turn) -> None:
    """Show the needs with their reasons; one need goes straight on to its partners."""
    needs = [need for need in turn.open_needs() if need.id not in turn.plan.booked]
    advice = ",".join(need.id for need in needs)
    if turn.asking == "choice" and advice in turn.told:  # a way aside: the advice stands above
        questions.ask(turn, "choice")
        return
    turn.told.append(advice)
    lines = [_advice_line(turn, number, need) for number, need in enumerate(needs, start=1)]
    turn.say("say_advice", needs="\n".join(lines), card={"kind": "advice", "needs": [n.id for n in needs]})
    if any(need.id == "unemployment_benefit" or need.id.startswith("income") for need in needs):
        turn.say("say_advice_decides")
    for need in needs:
        for note in need.notes:
            if note not in turn.told:
                turn.told.append(note)
                turn.say(f"note.{note}")
    partners.say_chain(turn, needs)
    if any(need.person for need in needs):
        person.call(turn)
    events.hint(turn, needs)
    if len(needs) > 1:
        questions.ask(turn, "choice")
        return
    names = tuple(need.id for need in needs)
    offered = tuple(dict.fromkeys((*turn.plan.offered, *names)))
    turn.plan = replace(turn.plan.with_choice(names), offered=offered)
    _arrange(turn)


def _advice_line(turn: Turn, number: int, need: Need) -> str:
    return turn.text(
        "say_advice_need",
        number=number,
        need=turn.text(f"need.{need.id}"),
        partner=partners.chosen(turn, need).name,
        because=speech.because(turn, need),
    )


def _book(turn: Turn) -> None:
    """Book all that was agreed to; where a time has gone to somebody else meanwhile, that one is asked anew."""
    any_booked = False
    for need in turn.needs_to_send():
        words = "; ".join(f"{row['label']}: {row['value']}" for row in consent.told_to(turn, need))
        done = offers.book(turn, need, words)
        if done is not None:
            any_booked = True
            confirmation.say(turn, need, done)
            switching.finish(turn, need.id, done.booking.referral.reference)
            turn.plan = turn.plan.with_booked(need.id, done.booking.referral.reference)
    if any_booked:
        turn.say("say_change_later")
    _speak_notes(turn)
    _arrange(turn)
