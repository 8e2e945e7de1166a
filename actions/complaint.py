"""A complaint: a person at once, and the way to complain to the organisation itself.

Source: Algemene wet bestuursrecht, chapter 9. A complaint is heard, not answered: nothing is defended or promised.
"""

from __future__ import annotations

from actions import person
from actions.turn import Turn

SIGNAL = "complaint"


def is_new(turn: Turn) -> bool:
    """Return whether there is a complaint that no person was called for yet.

    One that was taken back («I mean something else») and made again is a new one.
    """
    if SIGNAL not in turn.situation.signals:
        turn.told = [name for name in turn.told if name != SIGNAL]
        return False
    return SIGNAL not in turn.told


def was_passed_on(turn: Turn) -> bool:
    """Return whether staff have the complaint."""
    return SIGNAL in turn.told


def pass_on(turn: Turn) -> None:
    """Say both ways to complain and call staff; what else was told waits until the resident goes on."""
    turn.told.append(SIGNAL)
    turn.heard = [name for name in turn.heard if name != SIGNAL]
    turn.say("say_complaint")
    person.offer(turn, "complaint", "say_hand_off")
