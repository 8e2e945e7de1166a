"""First step of every turn: take in what the message said. It never speaks."""

from __future__ import annotations

from contextlib import suppress

from actions import offers
from actions.answers import ANSWERS, propose
from actions.house import decision_table
from actions.step import Step
from actions.turn import Turn
from bot.intake.situation import FACTS, SIGNALS, FactError
from bot.texts import get_texts

#: Intents that only say what the text tells; with nothing understood they count as a miss.
TELLING = frozenset({"tell", "answer", "nlu_fallback"})
#: Intents whose words may hold facts about the resident.
INFORMING = TELLING | {"correct", "affirm", "deny", "why", "safety", "greet", "person", "change_language", "go_back"}


class ActionUnderstand(Step):
    """Take in language, signals, facts, and the answer to the open question."""

    def name(self) -> str:
        """Return ``action_understand``."""
        return "action_understand"

    def take(self, turn: Turn) -> None:
        """Change the turn by what the message said."""
        turn.answered = None
        _language(turn)
        if turn.intent in INFORMING:
            _signals(turn)
            _facts(turn)
        answer = ANSWERS.get(turn.asking or "")
        if answer is not None:
            answer(turn)
        _implied(turn)
        if "municipality" in turn.changed:
            offers.leave_partner_elsewhere(turn)
        if turn.intent in INFORMING:
            _end_date(turn)
        if turn.intent in TELLING:
            turn.missed = 0 if turn.understood else turn.missed + 1
        elif turn.intent not in {"out_of_scope", "insult"}:
            turn.missed = 0


def _language(turn: Turn) -> None:
    wanted = turn.entity("language")
    if turn.intent == "change_language":
        others = [code for code in get_texts().languages if code != turn.language]
        wanted = wanted if wanted in get_texts().languages else next(iter(others), turn.language)
        turn.language_chosen = True
    elif turn.language_chosen or turn.intent not in INFORMING:
        wanted = None
    if wanted in get_texts().languages and wanted != turn.language:
        turn.language = str(wanted)
        turn.understood = True
        turn.notes.append("say_language_changed")
    if turn.entity("other_language") and "other_language" not in turn.told:
        turn.told.append("other_language")
        turn.understood = True
        turn.notes.append("say_other_language")


def _signals(turn: Turn) -> None:
    found = dict(turn.found_signals)
    chosen = turn.entity("signal")
    if chosen in SIGNALS:
        found[str(chosen)] = 1.0
    elif chosen == "other":
        turn.told.append("own_words")
        turn.ask_again = "situation"
    turn.understood = turn.understood or bool(found) or chosen == "other"
    turn.heard += [name for name in found if name not in turn.situation.signals and name not in turn.heard]
    turn.situation = turn.situation.with_signals(found)


def _facts(turn: Turn) -> None:
    for fact in FACTS:
        for item in turn.entities_named(fact):
            if fact == "municipality" and item.get("sure") is False:
                continue  # a guess is proposed by the answer to the question, never taken
            set_fact(turn, fact, str(item["value"]), plainly=item.get("sure") is True)


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
        if fact == turn.ask_again:
            turn.ask_again = None
        if fact != turn.asking:
            (turn.heard if old is None else turn.changed).append(fact)
