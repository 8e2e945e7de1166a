"""A question aside: its answer, with the source and the day it was checked. ``action_next`` then goes on."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from actions import languages, person, speech
from actions.house import directory, faq
from actions.step import Step
from actions.turn import Turn
from bot import clock
from bot.intake.faq import Answer
from bot.texts import get_texts


class ActionAnswer(Step):
    """Answer what was asked in passing."""

    def name(self) -> str:
        """Return ``action_answer``."""
        return "action_answer"

    def take(self, turn: Turn) -> None:
        """Say the answer of this intent; one that has ended is not said as a fact, a person is offered instead.

        «Can you call me?» as the answer to «how shall we reach you?» is an answer, and so is «no number» to the form:
        then there is nothing to add.
        """
        if turn.answered == "contact_channel" or "contact_channel" in turn.changed:
            return
        name, answer = faq().of(turn.intent)
        if answer.holds(clock.today()):
            _say(turn, name, answer)
        elif answer.valid_until is not None:
            turn.say("say_answer_ended", until=_day(turn, answer.valid_until))


def _say(turn: Turn, name: str, answer: Answer) -> None:
    key = f"answer.{name}"
    region = directory().region(turn.region)
    words = turn.text(key, brand=region.brand, website=region.website, desk=_desk(turn))
    buttons = languages.interpreted(turn, get_texts().buttons(key, turn.language))
    if answer.source is None:
        turn.say_text(words, buttons=buttons)
        return
    source = turn.text(f"source.{answer.source}")
    closing = turn.text("say_answer_source", source=source, checked=_day(turn, answer.checked))
    card = {
        "kind": "source",
        "question": name,
        "source": source,
        "checked": answer.checked.isoformat(),
        "valid_until": answer.valid_until.isoformat() if answer.valid_until else None,
    }
    turn.say_text(f"{words}\n{closing}", buttons=buttons, card=card)


def _desk(turn: Turn) -> str:
    """Return whether staff are there now, and else when they come."""
    is_open, opens = person.staff_hours(turn)
    if is_open:
        return turn.text("say_answer_desk_open")
    return turn.text("say_answer_desk_closed", when=speech.on(turn, opens))


def _day(turn: Turn, day: date) -> str:
    return format_date(day, turn.text("format.checked"), locale=turn.language)
