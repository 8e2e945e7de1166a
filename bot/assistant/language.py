"""Which language somebody writes, said only when it is clear.

A detector is right in 97 of 100 short sentences, but "ok", "hoi" and names go anywhere. So the page or a button
decides the language of a conversation, and the detector proposes a change only for a sentence of some length, or for
a script that can be nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.component import MessageReader, add_entities
from bot.assistant.phrases import get_phrases

#: Languages the bot speaks; the others are recognised so that the bot can say it does not speak them yet.
SPOKEN = ("nl", "en")
RECOGNISED = (*SPOKEN, "uk", "ru", "pl", "tr", "ar", "de")

#: How many training examples tell which languages were learned, and the share of them that makes a language.
LANGUAGE_SAMPLE = 300
SMALLEST_SHARE = 0.1

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_OTHER_SCRIPT = re.compile(r"[\u0400-\u04ff\u0600-\u06ff]")


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Return the words that say nothing about the language, and the small words of the languages we speak."""
    entry = get_phrases()["languages"]
    return frozenset(entry["anywhere"].split()), {code: frozenset(entry["small"][code].split()) for code in SPOKEN}


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    # The small models do as well on four words and more, with 15 MB instead of 220.
    codes = [getattr(IsoCode639_1, code.upper()) for code in RECOGNISED]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_low_accuracy_mode().build()


def detect(text: str, min_words: int = 4, min_confidence: float = 0.8) -> dict[str, Any] | None:
    """Return ``{"id", "confidence", "sure"}`` for a text, or ``None`` when it holds no word of a language.

    ``sure`` means: at least ``min_words`` words that are not the same everywhere (half of it in a script of its own), a
    confidence of at least ``min_confidence``, and small words that agree.
    """
    anywhere, small = _words()
    words = [word for word in _WORD.findall(text.lower().replace("’", "'")) if word not in anywhere]
    if not words:
        return None
    best = _detector().compute_language_confidence_values(text)[0]
    language = _code(best.language)
    enough = len(words) >= (min_words // 2 if _OTHER_SCRIPT.search(text) else min_words)
    sure = enough and best.value >= min_confidence and _small_words_agree(language, words, small)
    return {"id": language, "confidence": round(best.value, 4), "sure": sure}


def _small_words_agree(language: str, words: list[str], small: dict[str, frozenset[str]]) -> bool:
    counts = {code: sum(word in these for word in words) for code, these in small.items()}
    if language in counts:
        return counts[language] > 0 and counts[language] == max(counts.values())
    return max(counts.values()) < 2


def _code(language: Language) -> str:
    return str(language.iso_code_639_1.name).lower()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageIdentifier(MessageReader):
    """Sets ``language`` on the message; a sure one is also an entity ``language`` or ``other_language``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return how long and how clear a text must be to propose a change of language."""
        return {"min_words": 4, "min_confidence": 0.8}

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        detect("een zin, so that the first resident need not wait for the tables")

    def read(self, message: Message, text: str) -> None:
        """Detect the language of one text."""
        found = detect(text, self._config["min_words"], self._config["min_confidence"])
        if found is None:
            return
        message.set("language", found, add_to_output=True)
        if found["sure"]:
            name = "language" if found["id"] in SPOKEN else "other_language"
            entity = {"entity": name, "value": found["id"], "start": 0, "end": len(text)}
            add_entities(
                message, [{**entity, "confidence_entity": found["confidence"], "extractor": "LanguageIdentifier"}]
            )


def written_in(message: Message) -> str | None:
    """Return the language a message is surely written in."""
    found = message.get("language") or {}
    return str(found["id"]) if found.get("sure") else None


def languages_in(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the languages in which a good part of the texts is written; some hundreds of them are looked at."""
    found = [detect(text) for text in texts[:: max(1, len(texts) // LANGUAGE_SAMPLE)]]
    counts = Counter(each["id"] for each in found if each and each["sure"])
    return tuple(sorted(name for name, count in counts.items() if count >= SMALLEST_SHARE * counts.total()))
