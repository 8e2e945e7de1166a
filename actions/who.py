"""Who is asking: somebody for another person, an employer, somebody who finds reading hard.

It changes a few texts, and what is agreed to.
"""

from __future__ import annotations

from actions.turn import Turn
from bot.texts import get_texts

EMPLOYER_SIGNAL = "employer_offers_places"
LOW_LITERACY = "low_literacy"
#: For whom help can be asked, when not for oneself.
OTHERS = frozenset({"relative", "client", "other"})
SELF = "self"
#: Facts about a resident's own work and income: they say nothing about the people an employer looks for.
ABOUT_A_RESIDENT = frozenset({"work_status", "income"})


def take(turn: Turn) -> bool:
    """Take in for whom help is asked; return whether the message's yes or no was about that, and no answer.

    «No, it is about me» refuses nothing, and a yes that brings in somebody else is not that person's agreement.
    """
    if is_employer(turn):
        turn.heard = [name for name in turn.heard if name not in ABOUT_A_RESIDENT]
    wanted = turn.entity("on_behalf")
    if wanted not in OTHERS | {SELF} or turn.is_foreign or EMPLOYER_SIGNAL in turn.found_signals:
        return False  # «een plek voor een cliënt» of an employer is no question for somebody else
    before, turn.on_behalf = turn.on_behalf, None if wanted == SELF else str(wanted)
    turn.understood = True
    is_new = turn.on_behalf != before
    if is_new and turn.on_behalf is None:
        turn.notes.append("say_on_behalf_self")
    elif is_new and "on_behalf" not in turn.told:
        turn.told.append("on_behalf")
        turn.notes.append("say_on_behalf")
    return turn.intent == "deny" or (is_new and turn.intent in {"affirm", "book"})


def is_employer(turn: Turn) -> bool:
    """Return whether an employer is speaking, who offers work or places."""
    return EMPLOYER_SIGNAL in turn.situation.signals


def is_helped_by_voice(turn: Turn) -> bool:
    """Return whether to offer the phone and coming by, and no e-mail: reading is hard, and e-mail was not asked for."""
    return LOW_LITERACY in turn.situation.signals and turn.situation.facts.get("contact_channel") != "email"


def variant(turn: Turn, key: str) -> str:
    """Return the name of the text for who is asking, if there is one of its own.

    It is ``<key>_on_behalf``, ``<key>_employer`` or ``<key>_by_voice``.
    """
    kinds = {
        "on_behalf": turn.on_behalf is not None,
        "employer": is_employer(turn),
        "by_voice": is_helped_by_voice(turn),
    }
    names = (f"{key}_{kind}" for kind, holds in kinds.items() if holds)
    return next((name for name in names if get_texts().has(name, turn.language)), key)
