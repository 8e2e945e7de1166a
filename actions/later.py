"""Leaving with a code, and coming back with it."""

from __future__ import annotations

from actions import person, speech, times
from actions.absorb import take_signals
from actions.booked import say_arranged
from actions.step import Step
from actions.turn import Turn
from bot import clock
from bot.conversation.resumption import VALID_FOR
from bot.intake.situation import SAFETY_SIGNALS

#: So much of what was told is said to somebody who comes back; the rest stands above it, in the conversation.
MOST_REMEMBERED = 4
#: The facts that are worth remembering aloud; the others can be read back in the summary.
REMEMBERED_FACTS = ("municipality", "end_date")


class ActionSaveForLater(Step):
    """The resident leaves now and wants to go on later."""

    def name(self) -> str:
        """Return ``action_save_for_later``."""
        return "action_save_for_later"

    def take(self, turn: Turn) -> None:
        """Say that there is a code, until when it works, and where to enter it. The open question stays open.

        The words of such a message are no answer: «ik kom morgen terug» is not the last day of work. So this rule has
        no ``action_understand``; what was recognised in them is taken in all the same.

        The code itself is not said. A message is kept, is in Rasa's events, and staff and partners may read it, while
        the code opens all that was told. The card is only its place: the page asks the web layer for the code (POST
        /api/conversations/{id}/code), shows it there, and nothing stores it.
        """
        if not turn.is_foreign:
            take_signals(turn, turn.found_signals)
        until = clock.now() + VALID_FOR
        turn.say("say_saved_for_later", card={"kind": "resume_code"}, when=speech.moment(turn, until))


class ActionComeBack(Step):
    """The resident is back, with the code (the gateway says so) or because they stay after all."""

    def name(self) -> str:
        """Return ``action_come_back``."""
        return "action_come_back"

    def take(self, turn: Turn) -> None:
        """Welcome them and say what is known; ``action_next`` asks the open question again."""
        turn.missed = 0
        if turn.entity("wish") != "continue":
            _welcome(turn)
        if turn.asking == "handoff" and not person.is_called(turn):
            turn.asking = None
        times.leave_expired_holds(turn)


def _welcome(turn: Turn) -> None:
    # Danger is not read back: somebody else may be looking at this other screen.
    signals = [name for name in turn.situation.signals if name not in SAFETY_SIGNALS]
    facts = [name for name in REMEMBERED_FACTS if name in turn.situation.facts]
    known = [*facts, *signals[: MOST_REMEMBERED - len(facts)]]
    if known:
        turn.say("say_welcome_back_known", things=speech.listing(turn, (speech.thing(turn, name) for name in known)))
    else:
        turn.say("say_welcome_back")
    turn.heard, turn.changed = [], []
    for need, reference in turn.plan.booked.items():
        say_arranged(turn, need, reference)
