"""First step of every turn: take in what the message said. It never speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import access, calls, denial, end_date, events, languages, strengths, times, who
from actions.absorb import own_words, set_fact, take_signals
from actions.answers import ANSWERS, propose
from actions.house import decision_table
from actions.step import Step
from actions.turn import TELLING, Turn
from bot.intake.situation import FACTS, SAFETY_SIGNALS, SIGNALS
from bot.texts import get_texts

#: Intents whose words may hold facts about the resident.
INFORMING = TELLING | {"correct", "affirm", "deny", "why", "safety", "greet", "person", "change_language", "go_back"}
#: A rude message may also tell what is going on; only its language says nothing.
HOLDING_FACTS = INFORMING | {"insult"}
#: Intents that call a person, who is then told of the language too.
CALLING = frozenset({"person", "safety"})
#: Intents that may be said for ever without getting on.
IDLING = frozenset({"out_of_scope", "greet", "deny", "rather_not_say"})
#: A question is mostly about a rule, and what somebody likes to do is no story: only a signal this sure is taken then.
SURE_IN_A_QUESTION = 0.5


class ActionUnderstand(Step):
    """Take in language, signals, facts, and the answer to the open question."""

    def name(self) -> str:
        """Return ``action_understand``."""
        return "action_understand"

    def take(self, turn: Turn) -> None:
        """Change the turn by what the message said."""
        turn.answered = None
        switched = _language(turn)
        replacing = end_date.waits_to_replace(turn)
        end_date.drop_proposal(turn)
        if turn.intent in HOLDING_FACTS:
            _signals(turn)
            if turn.asking == strengths.QUESTION:
                _moved(turn)
            else:
                _facts(turn)
        elif turn.is_aside:
            _told_in_a_question(turn)
        only_says_who = turn.intent in HOLDING_FACTS and who.take(turn)
        corrected = turn.intent in HOLDING_FACTS and end_date.correct(turn)
        answer = None if corrected else ANSWERS.get(turn.asking or "")
        if turn.intent == "choose" and turn.entity("event") is not None:  # its button stands below other questions too
            answer = events.choose
        if answer is not None and not only_says_who and (turn.understood or not turn.is_aside):
            answer(turn)
        _implied(turn)
        calls.take_channel(turn)
        if (turn.intent in HOLDING_FACTS or turn.is_aside) and access.take(turn):
            calls.leave_stairs(turn)
        if "municipality" in turn.changed:
            times.leave_partners_elsewhere(turn)
        if turn.intent in HOLDING_FACTS and not corrected:
            _end_date(turn)
        if replacing and turn.answered == "end_date":
            end_date.note_changed(turn)
        denial.take(turn)
        _guess(turn)
        turn.insults = turn.insults + 1 if turn.intent == "insult" else 0
        _count_misses(turn, switched)
        _other_language(turn)


def _language(turn: Turn) -> bool:
    """Follow the resident into another language of ours; return whether the language changed."""
    wanted = turn.entity("language")
    if turn.intent == "change_language":
        wanted = languages.asked_for(turn)
        turn.language_chosen = turn.language_chosen or wanted in get_texts().languages
        if wanted == turn.language:
            turn.notes.append("say_language_same")
        elif wanted not in get_texts().languages and not turn.is_foreign:  # that is answered as such
            turn.notes.append("say_languages" if wanted is None else "say_language_not_spoken")
    elif turn.language_chosen or not (turn.intent in INFORMING or turn.is_aside):
        wanted = None
    if wanted not in get_texts().languages or wanted == turn.language:
        return False
    turn.language = str(wanted)
    turn.notes.append("say_language_changed")
    return True


def _signals(turn: Turn) -> None:
    found = dict(turn.found_signals)
    chosen = turn.entity("signal")
    if chosen in SIGNALS:
        found[str(chosen)] = 1.0
    elif chosen == "other":
        own_words(turn)
        turn.understood = True
    if turn.is_foreign:
        _keep(turn, {name: sure for name, sure in found.items() if name not in SAFETY_SIGNALS})
    if turn.is_foreign or turn.asking == strengths.QUESTION:  # help in danger does not wait for a yes, nor for a turn
        found = {name: sure for name, sure in found.items() if name in SAFETY_SIGNALS}
    if turn.asking == strengths.QUESTION:
        found = {name: sure for name, sure in found.items() if sure >= SURE_IN_A_QUESTION}
        turn.found_signals = found
    take_signals(turn, found)


def _told_in_a_question(turn: Turn) -> None:
    """Take what a question tells of who asks it: sure signals, and how to be reached when that is what was asked.

    Other facts are not taken: «what is WW?» does not say that somebody lives on it.
    """
    turn.found_signals = {name: sure for name, sure in turn.found_signals.items() if sure >= SURE_IN_A_QUESTION}
    _signals(turn)
    channel = turn.entity("contact_channel")
    if turn.asking == "contact_channel" and channel is not None and not turn.is_foreign:
        set_fact(turn, "contact_channel", str(channel))
    turn.understood = turn.understood or (turn.asking == "contact" and channel is not None)  # «no number» is an answer


def _facts(turn: Turn) -> None:
    for fact in FACTS:
        for item in turn.entities_named(fact):
            if fact == "municipality" and item.get("sure") is False:
                continue  # a guess is proposed by the answer to the question, never taken
            if turn.is_foreign:
                _keep(turn, {fact: str(item["value"])})
            else:
                set_fact(turn, fact, str(item["value"]), plainly=item.get("sure") is True)
    found = turn.entity("date")
    if turn.is_foreign and turn.asking == "end_date" and isinstance(found, dict):
        _keep(turn, {"end_date": found["date"]})


def _moved(turn: Turn) -> None:
    """Take a place that somebody plainly says to live in, whatever was asked: it decides who helps."""
    place = next((item for item in turn.entities_named("municipality") if item.get("sure") is True), None)
    if place is not None and not turn.is_foreign:
        set_fact(turn, "municipality", str(place["value"]), plainly=True)


def _keep(turn: Turn, found: Mapping[str, Any]) -> None:
    """Keep what a message in another language gave: nothing of it is taken without a yes.

    Whoever goes on in it instead of answering has not answered: after a while a person is offered.
    """
    if found:
        turn.understood = turn.understood or turn.asking != "other_language"
        turn.foreign_finds.update(found)


def _implied(turn: Turn) -> None:
    """Add the facts that signals state; they are not said aloud, for the signal is."""
    turn.situation = decision_table().implied_facts(turn.situation)
    stated = decision_table().stated_by(turn.situation)
    turn.heard = [name for name in turn.heard if stated.get(name) != turn.situation.facts.get(name, "")]


def _end_date(turn: Turn) -> None:
    """Take a date as the last day when the same message tells of something that ends."""
    wanted = any("end_date" in need.ask for need in turn.needs())
    if wanted and "end_date" not in turn.situation.facts and turn.asking not in {"end_date", "time"}:
        propose(turn, "end_date")


def _guess(turn: Turn) -> None:
    """Keep what a message that gave nothing may have been about: «did you mean»."""
    if turn.intent in TELLING and not turn.understood and turn.asking in {None, "situation", "meaning"}:
        turn.candidates = [name for name in turn.likely if name not in turn.situation.signals]


def _count_misses(turn: Turn, switched: bool) -> None:
    if "own_words" in turn.told:
        return  # «none of these» is no new miss, and no progress either
    got_on = turn.understood or turn.answered is not None or turn.intent not in IDLING
    turn.idle = 0 if got_on else turn.idle + 1
    if turn.intent in TELLING:
        gave = turn.understood or (switched and not turn.candidates)
        turn.missed = 0 if gave else turn.missed + 1
    elif turn.intent not in {"out_of_scope", "insult"}:
        turn.missed = 0


def _other_language(turn: Turn) -> None:
    """See to it that the first message in another language is answered as such, and every one that gave nothing."""
    if not turn.is_foreign:
        if turn.entity("language") is not None and turn.unconfirmed is None:  # surely one of ours
            turn.other_language = None
        return
    turn.other_language = languages.known(turn.foreign_language)
    is_new = "other_language" not in turn.told
    if turn.foreign_finds:
        turn.unconfirmed = {**(turn.unconfirmed or {}), **turn.foreign_finds}
    elif turn.intent not in CALLING and not turn.understood and (is_new or turn.intent in TELLING):
        turn.unconfirmed = turn.unconfirmed or {}
