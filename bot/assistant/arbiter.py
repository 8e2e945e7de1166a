"""Has the last word on the intent: safety first, content before small talk, "not understood" when nothing is sure.

It also says how sure the signals are. *Sure*: go on with them. *Likely*: ``likely`` holds at most three, and the
resident is asked whether it is one of them. *Unsure*: nothing, the question is put differently. Where the bands begin
is chosen on the validation set (docs/understanding.md). A safety signal over its threshold is always taken.

The classifier's own order stays in ``intent_ranking``. Payloads (``/affirm``) are never touched: they are no guess.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.classifier import SIGNAL_RANKING_KEY, SIGNALS_KEY
from bot.assistant.component import MessageReader
from bot.assistant.denied import denied_signals
from bot.assistant.language import ANSWER_KEY
from bot.intake.situation import FACTS, SAFETY_SIGNALS

#: The signals that the message denies by name («geen schulden»): what was understood before may not be so.
DENIED_KEY = "denied"
#: What the resident is asked to choose from; absent when the signals are sure, or nothing comes near.
LIKELY_KEY = "likely"

TELL, SAFETY, NOT_UNDERSTOOD, LEAVING = "tell", "safety", "nlu_fallback", "save_for_later"
WISH = "wish"
#: «Verder», «ga verder»; «kan ik later verder» is about leaving.
WORDS_OF_A_WISH = 2
#: Entities that say something about the resident or choose from what was offered.
CONTENT = frozenset({*FACTS, "date", "ordinal", "part", WISH, "on_behalf"})

#: Intents that say nothing about the resident: what else a message told goes before them.
SMALL_TALK = (
    "greet", "thanks", "goodbye", "insult", "out_of_scope", "ask_how_are_you", "ask_joke", "ask_compliment",
)  # fmt: skip


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Arbiter(MessageReader):
    """Sets the final intent."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        ``sure``: from here on an intent stands, whatever else was found. ``at_least``: below it, with nothing else
        found, the message was not understood; a message without a letter or figure must reach ``sure``.
        ``small_talk``: intents that yield to a signal even when sure ("hallo, ik ben mijn baan kwijt").
        ``signal_sure`` and ``signal_likely``: where the bands of the signals begin.
        """
        return {
            "sure": 0.5,
            "at_least": 0.3,
            "small_talk": list(SMALL_TALK),
            "signal_sure": 0.4,
            "signal_likely": 0.15,
        }

    def read(self, message: Message, text: str) -> None:
        """Decide on one message; a yes or no in a language we do not speak is that, and tells nothing else."""
        meant = message.get(ANSWER_KEY)
        if meant is not None:
            message.set(SIGNALS_KEY, [], add_to_output=True)
            message.set(INTENT, {"name": meant, "confidence": 1.0}, add_to_output=True)
            return
        signals = {item["id"]: item["confidence"] for item in self._taken(message)}
        likely = self._likely(signals, message.get(SIGNAL_RANKING_KEY) or [])
        named = {item["entity"] for item in message.get(ENTITIES) or ()}
        name, confidence = self._decide(
            message.get(INTENT) or {},
            {} if likely else signals,
            not named.isdisjoint(CONTENT),
            least=self._config["at_least"] if any(map(str.isalnum, text)) else self._config["sure"],
        )
        if name == LEAVING and WISH in named and len(text.split()) <= WORDS_OF_A_WISH:  # «ga verder» is no farewell
            name = TELL
        message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        if likely and name in {TELL, NOT_UNDERSTOOD}:
            message.set(LIKELY_KEY, likely, add_to_output=True)
        if denied := denied_signals(text):
            message.set(DENIED_KEY, denied, add_to_output=True)

    def _taken(self, message: Message) -> list[dict[str, Any]]:
        """Return the signals to go on with; in danger nothing is asked back, so there all others must be sure."""
        found: list[dict[str, Any]] = message.get(SIGNALS_KEY) or []
        if any(item["id"] in SAFETY_SIGNALS for item in found):
            sure = self._config["signal_sure"]
            found = [item for item in found if item["id"] in SAFETY_SIGNALS or item["confidence"] >= sure]
            message.set(SIGNALS_KEY, found, add_to_output=True)
        return found

    def _likely(self, signals: dict[str, float], ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the signals to ask about; none when one is sure, or endangers somebody."""
        if any(name in SAFETY_SIGNALS or chance >= self._config["signal_sure"] for name, chance in signals.items()):
            return []
        return [item for item in ranking if item["confidence"] >= self._config["signal_likely"]]

    def _decide(
        self, intent: dict[str, Any], signals: dict[str, float], content: bool, least: float
    ) -> tuple[str, float]:
        name, confidence = intent.get("name"), float(intent.get("confidence") or 0.0)
        dangers = [signals[signal] for signal in SAFETY_SIGNALS if signal in signals]
        if dangers:
            return SAFETY, max(dangers)
        if signals and name in self._config["small_talk"]:
            return TELL, max(signals.values())
        if name is not None and confidence >= self._config["sure"]:
            return name, confidence
        if signals or content:
            return TELL, max([confidence, *signals.values()])
        if name is None or confidence < least:
            return NOT_UNDERSTOOD, 1.0 - confidence
        return name, confidence
