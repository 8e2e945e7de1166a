"""Signals that a message says are not so: «ik heb geen schulden», "I was not dismissed".

Only by the words of ``called`` in ``content/phrases.yml``. It says nothing of signals that were never understood: it
serves to take back what was.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.assistant.negation import words_of
from bot.assistant.phrases import as_regex, get_phrases


def denied_signals(text: str) -> list[str]:
    """Return the signals one of whose words the text denies, in the order of the file."""
    denied = [word.text for word in words_of(text) if word.denied]
    return [name for name, pattern in _patterns().items() if any(pattern.fullmatch(word) for word in denied)]


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return the words of all languages together, as one pattern a signal."""
    return {
        name: re.compile("|".join(as_regex(word) for words in called.values() for word in words))
        for name, called in get_phrases()["called"].items()
    }
