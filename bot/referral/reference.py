"""The reference of a referral: what a resident reads from a screen, writes on paper and says on the phone."""

from __future__ import annotations

import secrets

#: No look-alikes (0 O, 1 I L, 2 Z, 5 S, 8 B, 6 G, U V) and no vowels, so that no word appears by chance.
#: Their number is a prime: only then does the check character catch every single slip.
ALPHABET = "34679CDFHJKMNPRTVWX"
LENGTH = 8


def new_reference() -> str:
    """Return a new reference: seven random characters and a check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + _check(body)


def is_reference(text: str) -> bool:
    """Return whether this is a reference without a slip: one wrong character, or two that changed places, is noticed.

    Small letters, spaces and hyphens do not matter.
    """
    reference = normal_form(text)
    if len(reference) != LENGTH or not set(reference) <= set(ALPHABET):
        return False
    return _check(reference[:-1]) == reference[-1]


def normal_form(text: str) -> str:
    """Return the reference as it is stored: large letters, nothing between."""
    return text.upper().replace(" ", "").replace("-", "")


def _check(body: str) -> str:
    # A different weight for every place, modulo a prime: equal sums need at least two slips.
    return ALPHABET[sum(place * ALPHABET.index(character) for place, character in enumerate(body, 1)) % len(ALPHABET)]
