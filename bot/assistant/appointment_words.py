"""Finds that a message is about an appointment there is already, or asks for one anew (``content/phrases.yml``)."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.assistant.negation import plain
from bot.assistant.phrases import as_regex, get_phrases


def appointment_words(flat: str) -> tuple[str, int, int] | None:
    """Return ``again`` or ``change`` with its place; ``None`` when a message is about no appointment.

    ``change`` is all that somebody may want with an appointment: to move it, to call it off, to know when it is.
    ``flat`` is in plain form (``negation.plain``).
    """
    patterns = _patterns()
    if again := patterns["again"].search(flat):
        return ("again", *again.span())
    found = patterns["always"].search(flat)
    if found is None and patterns["about"].search(flat):
        found = patterns["words"].search(flat)
    return None if found is None else ("change", *found.span())


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        kind: re.compile(
            rf"(?<![\w+-])(?:{'|'.join(as_regex(plain(str(phrase))) for words in listed.values() for phrase in words)})"
            r"(?![\w+-])"
        )
        for kind, listed in get_phrases()["appointment"].items()
    }
