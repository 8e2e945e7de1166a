"""«Why do you ask?»: the reason for the open question, or the reasons for the advice."""

from __future__ import annotations

from actions import partners, speech, who
from actions.step import Step
from actions.turn import Turn
from bot.texts import get_texts

#: Questions after the advice: there «why» also means «why this help».
ABOUT_ADVICE = frozenset({"choice", "partner"})


class ActionExplain(Step):
    """Explain the open question; ``action_next`` then asks it again."""

    def name(self) -> str:
        """Return ``action_explain``."""
        return "action_explain"

    def take(self, turn: Turn) -> None:
        """Say why it is asked, and after the advice also why this help and this partner."""
        question = turn.asking or "situation"
        if question in ABOUT_ADVICE or turn.asking is None:
            lines = [
                turn.text(
                    "say_explain_need",
                    need=turn.text(f"need.{need.id}"),
                    partner=partners.chosen(turn, need).name,
                    because=speech.because(turn, need),
                    source=need.source,
                    checked=speech.day(turn, need.checked.isoformat()),
                )
                for need in turn.open_needs()
            ]
            if lines:
                turn.say("say_explain_because", reasons="\n".join(lines))
                return
        key = f"why.{question}" if get_texts().has(f"why.{question}", turn.language) else "why.situation"
        turn.say("say_explain", why=turn.text(who.variant(turn, key)))
