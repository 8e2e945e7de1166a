"""Which language somebody writes, said only when it is clear.

A detector is right in 97 of 100 short sentences, but "ok", "hoi" and names go anywhere. So the page or a button
decides the language of a conversation, and the detector proposes a change only for a sentence of some length. A
language that we do not speak also shows in a few words, by its own letters, words or script (``other_words``).
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
from bot.assistant.other_words import MAX_TEXT, answer, for_detector, is_possible, script_of, shown
from bot.assistant.phrases import get_phrases

#: Languages the bot speaks; the others are recognised so that the bot can say it does not speak them yet.
SPOKEN = ("nl", "en")
RECOGNISED = (*SPOKEN, "uk", "ru", "pl", "tr", "ar", "de")

#: How many training examples tell which languages were learned, and the share of them that makes a language.
LANGUAGE_SAMPLE = 300
SMALLEST_SHARE = 0.1

#: What a short answer in one of the other languages means; the arbiter decides by it.
ANSWER_KEY = "other_answer"

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


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

    ``sure`` means: at least ``min_words`` words that are not the same everywhere, a confidence of at least
    ``min_confidence``, and small words that agree; or that most words can be of no language we speak. Then ``brief``
    says that this was too little to tell the language from its neighbours.
    """
    anywhere, small = _words()
    words = [word for word in _WORD.findall(text[:MAX_TEXT].lower().replace("’", "'")) if word not in anywhere]
    if not words:
        return None
    other = shown(text, lambda: _ranked(text[:MAX_TEXT]))
    if other is not None:
        return {"id": other.language, "confidence": other.share, "sure": True, "brief": other.brief}
    plain = for_detector(text)
    words = [word for word in words if word in plain.lower()]
    language, confidence = _ranked(plain)[0]
    enough = len(words) >= min_words and script_of(words) == "LATIN"
    sure = enough and confidence >= min_confidence and _small_words_agree(language, words, small)
    if language not in SPOKEN:
        sure = sure and is_possible(language, plain)
    return {"id": language, "confidence": round(confidence, 4), "sure": sure}


def _ranked(text: str) -> list[tuple[str, float]]:
    """Return the languages of a text with the detector's confidence, the best first."""
    return [(_code(found.language), found.value) for found in _detector().compute_language_confidence_values(text)]


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
        """Detect the language of one text, and whether it is a short answer in a language we do not speak."""
        meant = answer(text)
        if meant is not None:
            message.set(ANSWER_KEY, meant, add_to_output=True)
        found = detect(text, self._config["min_words"], self._config["min_confidence"])
        if found is None:
            return
        message.set("language", found, add_to_output=True)
        if found["sure"]:
            name = "language" if found["id"] in SPOKEN else "other_language"
            entity = {"entity": name, "value": found["id"], "start": 0, "end": len(text)}
            if found.get("brief"):
                entity["brief"] = True
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
