"""What an answer to «how do you want to be reached?» says without naming a way: a number, a refusal, no preference.

Words that are refused («liever niet bellen») leave the other way; a number or address that was masked is one itself.
The words are in ``content/phrases.yml`` (``channel``). It means nothing where that is not asked.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.assistant.negation import Word, plain
from bot.assistant.phrases import as_regex, get_phrases
from bot.conversation.spans import get_words

#: The ways in which a message can be sent, in the order in which they are offered.
SENT = ("phone", "email")
#: The questions to which it can be the answer: which way, and the form for the details.
WAY, DETAILS = "contact_channel", "contact"


def implied_way(flat: str, words: list[Word]) -> tuple[str, int, int, tuple[str, ...]] | None:
    """Return the way that is meant, where it is said, and for which questions it counts.

    ``flat`` is in plain form (``negation.plain``) and ``words`` are its words.
    """
    for way, pattern in _held().items():
        held = pattern.search(flat)
        if held:
            return (way, *held.span(), (WAY,))
    refused = {way: word for word in words if word.denied for way in SENT if word.text in _refusable()[way]}
    left = [way for way in SENT if way not in refused]
    if refused and left:
        word = next(iter(refused.values()))
        return (left[0], word.start, word.end, (WAY, DETAILS))
    indifferent = _indifferent().search(flat)
    return (SENT[0], *indifferent.span(), (WAY,)) if indifferent else None


@lru_cache(maxsize=1)
def _refusable() -> dict[str, frozenset[str]]:
    return {way: frozenset(listed) for way, listed in get_phrases()["channel"]["refused"].items()}


@lru_cache(maxsize=1)
def _held() -> dict[str, re.Pattern[str]]:
    """Return what finds the placeholder of each way, in any language."""
    shown = get_words().placeholders.values()
    return {way: re.compile("|".join(re.escape(plain(texts[way])) for texts in shown)) for way in SENT}


@lru_cache(maxsize=1)
def _indifferent() -> re.Pattern[str]:
    phrases = [plain(phrase) for listed in get_phrases()["channel"]["indifferent"].values() for phrase in listed]
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(map(as_regex, phrases))})(?![\w'-])")
