"""Somebody may be in danger: the right number first, then a person, before any question."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from actions import languages, person
from actions.turn import Turn
from bot.intake.situation import SAFETY_SIGNALS

logger = logging.getLogger(__name__)


def answer_danger(turn: Turn, signals: Sequence[str]) -> None:
    """Show the number for each of these safety signals, the most urgent first, and call staff."""
    turn.heard = [name for name in turn.heard if name not in SAFETY_SIGNALS]
    for signal in signals:
        card = {"kind": "safety", "signal": signal}
        languages.say(turn, f"say_safety_{signal}", every=turn.speaks_other, card=card)
    turn.told += [signal for signal in signals if signal not in turn.told]
    try:
        person.offer(turn, "safety", "say_ask_handoff_safety", signal=signals[0])
    except SQLAlchemyError:  # whatever fails behind it, the number has to reach the resident
        logger.exception("Staff could not be called for a safety signal.")
        languages.say(turn, "say_desk_unreachable", every=turn.speaks_other)
