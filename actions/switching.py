"""Another place instead of the one there is: the present one stays until the new one is certain."""

from __future__ import annotations

from actions import offers, partners
from actions.turn import Turn
from bot.texts import Button

SIGNAL = "switch_track"
#: The note of the decision table that says the same: whichever comes first, it is said once.
NOTE = "keep_place"
MOST_BUTTONS = 2


def say_keep_place(turn: Turn) -> None:
    """Say once, to somebody who wants another track, that the place stays; and offer to move what was booked here."""
    if SIGNAL in turn.situation.signals and NOTE not in turn.told:
        turn.told.append(NOTE)
        turn.say("say_keep_place", buttons=buttons(turn))


def buttons(turn: Turn) -> list[Button]:
    """Return a button for each booked need, the last ones, that asks for another partner."""
    ids = [need.id for need in turn.open_needs() if need.id in turn.plan.booked and need.id != turn.plan.switching]
    return [
        Button(
            turn.text("button.other_partner", need=turn.text(f"need.{name}")),
            f'/correct{{"fact": "partner", "needs": "{name}"}}',
        )
        for name in ids[-MOST_BUTTONS:]
    ]


def is_meant(turn: Turn) -> bool:
    """Return whether «another partner» is about a need that is booked, not about the one being arranged."""
    return _wanted(turn) is not None


def begin(turn: Turn) -> None:
    """Ask for another partner for a booked need. Where there is none the booking stays, and a person can help."""
    turn.asking, turn.proposals = None, {}
    need = next((item for item in turn.open_needs() if item.id == _wanted(turn)), None)
    present = offers.booked_partner(turn, need.id) if need else None
    if need is None or present is None:
        return
    if all(option.id == present.partner_id for option in partners.options(turn, need)):
        turn.say("say_no_other_partner", partner=present.partner_name)
        return
    turn.plan = turn.plan.with_switch(need.id, present.partner_id)
    turn.say("say_keep_booking", partner=present.partner_name)


def finish(turn: Turn, need: str, reference: str) -> None:
    """Say what became of the former booking of a need: left when the new one is certain, kept until it is."""
    former = turn.plan.booked.get(need)
    left = offers.left_for(turn, former) if former not in {None, reference} else None
    if left is not None:
        partner, stands = left
        turn.say("say_keep_until_accepted" if stands else "say_switched", partner=partner)


def _wanted(turn: Turn) -> str | None:
    """Return the booked need that is to be moved: the one named, else the last one when nothing is being arranged."""
    named = turn.entity("needs")
    if named is not None:
        return str(named) if named in turn.plan.booked else None
    return next(reversed(turn.plan.booked), None) if turn.plan.current is None else None
