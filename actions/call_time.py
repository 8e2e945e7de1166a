"""When to call: one question for who waits for a call of a partner without a calendar. It is a wish, no appointment."""

from __future__ import annotations

from actions import partners, speech
from actions.absorb import ORDINALS, SKIPPED, answered
from actions.turn import Turn
from bot.intake.decisions import Need
from bot.referral.rules import referral_rules

QUESTION = "call_time"
#: The answer of who has no preference, or rather does not say it.
ANY = "any"


def is_wanted(turn: Turn) -> bool:
    """Return whether to ask now: nobody is called who gave no number, and no answer is asked for twice."""
    return bool(_waiting(turn)) and (turn.call_time is None or turn.ask_again == QUESTION)


def ask(turn: Turn, question: str) -> None:
    """Ask for the part of the day."""
    names = partners.names(turn, _waiting(turn))
    key = "say_ask_call_time_several" if len(names) > 1 else "say_ask_call_time"
    turn.say(key, ask=question, partner=speech.listing(turn, names))


def take(turn: Turn) -> None:
    """Keep the part of the day; who does not mind, or rather does not say it, goes on."""
    parts, ordinal = list(referral_rules().call_back), turn.entity("ordinal")
    chosen = turn.entity("part")
    if chosen is None and ordinal in ORDINALS:
        chosen = dict(enumerate([*parts, ANY])).get(ORDINALS[str(ordinal)])
    if turn.intent in SKIPPED | {"deny"}:
        chosen = ANY
    if chosen in {*parts, ANY}:
        turn.call_time = str(chosen)
        answered(turn, QUESTION)


def forget(turn: Turn) -> None:
    """Ask again: the resident wants to change the answer."""
    turn.call_time, turn.ask_again = None, QUESTION


def to_send(turn: Turn, need: Need) -> str | None:
    """Return the part of the day that goes to the partner of a need, if any."""
    return turn.call_time if turn.call_time != ANY and need in _waiting(turn) else None


def _waiting(turn: Turn) -> list[Need]:
    """Return the needs among those arranged now whose partner has no calendar and is going to call."""
    if turn.situation.facts.get("contact_channel") != "phone" or "phone" not in turn.contact_kinds:
        return []
    return [
        need
        for need in turn.needs_to_send()
        if turn.plan.of(need.id).no_time and partners.chosen(turn, need).schedule is None
    ]
