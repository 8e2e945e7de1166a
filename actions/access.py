"""Getting in without stairs: a wish that somebody tells, and never why. It goes along when they agree to it."""

from __future__ import annotations

from actions.turn import Turn

LABEL = "access"
STEP_FREE = "step_free"


def is_needed(turn: Turn) -> bool:
    """Return whether the resident cannot take stairs."""
    return turn.access == STEP_FREE


def take(turn: Turn) -> bool:
    """Take in that the resident cannot take stairs; return whether that is new."""
    if turn.entity(LABEL) != STEP_FREE:
        return False
    is_new, turn.access, turn.understood = not is_needed(turn), STEP_FREE, True
    if is_new:
        turn.notes.append("say_step_free")
    return is_new
