"""Reads a hurried text as it was meant: words run together, typing errors, chat spelling, all capitals.

Only words that training never saw are touched, and only where a word that it often saw lies near. What is read so is
for the classifier alone (``reading``); the text itself stays, for dates, places, people and the transcript.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant.component import MessageReader, spoken
from bot.assistant.language import languages_in, written_in
from bot.assistant.phrases import get_phrases

READING = "reading"
#: With a greater share of new words to come than this, nothing is corrected.
MOST_NEW_WORDS = 0.1

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouy]")


def reading(message: Message) -> str | None:
    """Return a message's text as the classifier should read it; ``None`` when nothing was said."""
    return message.get(READING) or spoken(message)


class Speller:
    """Knows the words of the training examples, and how often each was seen."""

    def __init__(self, counts: dict[str, int], common: int = 5, shortest: int = 5) -> None:
        """Take the words.

        Words seen less than ``common`` times correct no others; words shorter than ``shortest`` are not corrected.
        """
        self._counts, self._common, self._shortest = counts, common, shortest
        self._total = sum(counts.values()) or 1
        # The share of words seen once is the chance that the next word is new (Good and Turing). Where that is great,
        # an unknown word is no sign of an error.
        self._knows = sum(count == 1 for count in counts.values()) / self._total <= MOST_NEW_WORDS
        self._near: dict[str, list[str]] = {}
        self._skeletons: dict[str, str] = {}
        for word in sorted(counts, key=lambda each: -counts[each]):
            if counts[word] >= common:
                for form in _shortened(word) if len(word) >= shortest - 1 else ():
                    self._near.setdefault(form, []).append(word)
                self._skeletons.setdefault(_VOWELS.sub("", word), word)

    def read(self, text: str, language: str | None = None) -> str:
        """Return the text in lower case with its unknown words replaced by what they were meant to be.

        The chat spelling of ``language`` is always read out; that of others only where the word is unknown.
        """
        if not self._knows:
            return text
        own, any_language = shorthand(language), shorthand()
        return _WORD.sub(
            lambda found: own.get(found[0]) or self._meant(found[0], any_language), text.lower().replace("’", "'")
        )

    def _meant(self, word: str, chat: Mapping[str, str]) -> str:
        if word in self._counts:
            return word
        return chat.get(word) or self._corrected(word) or self._parted(word) or self._voweled(word) or word

    def _corrected(self, word: str) -> str | None:
        """Return the commonest word at one typing error's distance, with the same first letter."""
        if len(word) < self._shortest:
            return None
        candidates = {known for form in _shortened(word) for known in self._near.get(form, ())}
        near = [known for known in candidates if known[0] == word[0] and OSA.distance(known, word) == 1]
        return max(near, key=self._counts.__getitem__, default=None)

    def _parted(self, word: str, parts: int = 3) -> str | None:
        """Return the likeliest way to part a word into common words, at most ``parts`` of them."""
        if len(word) < self._shortest:
            return None
        best = self._best_parts(word, parts)
        return " ".join(best[1]) if best and len(best[1]) > 1 else None

    def _best_parts(self, word: str, parts: int) -> tuple[float, list[str]] | None:
        found = []
        if self._counts.get(word, 0) >= 2 * self._common and (len(word) > 1 or word in {"i", "k", "u"}):
            found.append((math.log(self._counts[word] / self._total), [word]))
        for at in range(1, len(word)) if parts > 1 else ():
            first = self._best_parts(word[:at], 1)
            rest = first and self._best_parts(word[at:], parts - 1)
            if first and rest:
                found.append((first[0] + rest[0], first[1] + rest[1]))
        return max(found, default=None)

    def _voweled(self, word: str) -> str | None:
        """Return the commonest word with these consonants, for a word without vowels ("gwn", "wrk")."""
        return None if len(word) < 2 or _VOWELS.search(word) else self._skeletons.get(word)


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """Return how often each word stands in the texts."""
    return dict(Counter(word for text in texts for word in _WORD.findall(text.lower().replace("’", "'"))))


@lru_cache(maxsize=8)
def shorthand(language: str | None = "") -> Mapping[str, str]:
    """Return the chat spelling of a language, or of all together but for single letters (``content/phrases.yml``)."""
    every: dict[str, dict[str, str]] = get_phrases()["shorthand"]
    if language == "":
        return {short: meant for words in every.values() for short, meant in words.items() if len(short) > 1}
    return every.get(str(language), {})


def _shortened(word: str) -> set[str]:
    """Return a word, and all forms of it that lack one letter: two words that share one are near."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SpellingReader(MessageReader):
    """Sets ``reading`` on a message in a language that training saw."""

    _FILE = "words.json"

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config)
        self._storage, self._resource = storage, resource
        self._speller = Speller({})
        self._languages: tuple[str, ...] = ()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return how often a word must have been seen to correct others, and the shortest that is corrected."""
        return {"common": 5, "shortest": 5}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpellingReader:
        """Build an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Count the words of the examples."""
        texts = [text for text in map(spoken, training_data.training_examples) if text]
        learned = {"words": count_words(texts), "languages": languages_in(texts)}
        with self._storage.write_to(self._resource) as folder:
            (folder / self._FILE).write_text(json.dumps(learned, ensure_ascii=False), "utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: they are what is learned."""
        return training_data

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpellingReader:
        """Load the words."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            learned = json.loads((folder / cls._FILE).read_text("utf-8"))
        component._languages = tuple(learned["languages"])
        component._speller = Speller(learned["words"], component._config["common"], component._config["shortest"])
        return component

    def read(self, message: Message, text: str) -> None:
        """Read one text."""
        language = written_in(message)
        if language is None or language in self._languages:
            message.set(READING, self._speller.read(text, (message.get("language") or {}).get("id")))
