"""Speaking to somebody who writes in a language we do not speak: in every language we have, and naming theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.turn import DEFAULT_LANGUAGE, Turn
from bot.texts import Button, get_texts

UNKNOWN = "unknown"
_ANY_INTERPRETER = f'/person{{"interpreter": "{UNKNOWN}"}}'


def known(code: object) -> str:
    """Return the code of a language we can name, else ``unknown``."""
    named = isinstance(code, str) and get_texts().has(f"language.{code}", DEFAULT_LANGUAGE)
    return str(code) if named else UNKNOWN


def name(turn: Turn, code: str | None) -> str:
    """Return the name of a language: «Oekraïens», «een andere taal»."""
    return turn.text(f"language.{known(code)}")


def asked_for(turn: Turn) -> str | None:
    """Return the language that is asked for: by a button or a plain request, else the one that the message names.

    The language that the message is written in says nothing here: «kan het in het Turks?» is Dutch.
    """
    plainly = [
        item["value"] for item in turn.entities_named("language") if item.get("extractor") != "LanguageIdentifier"
    ]
    found = plainly[-1] if plainly else turn.entity("named_language")
    return None if found is None else str(found)


def other_named(turn: Turn) -> str | None:
    """Return the language that the message names, if it is none of ours."""
    found = turn.entity("named_language")
    return None if found is None or found in get_texts().languages else str(found)


def interpreted(turn: Turn, buttons: Sequence[Button]) -> list[Button]:
    """Return the buttons; the one for an interpreter asks for the language that the message names."""
    wanted = other_named(turn)
    if wanted is None:
        return list(buttons)
    payload = f'/person{{"interpreter": "{known(wanted)}"}}'
    return [replace(item, payload=payload) if item.payload == _ANY_INTERPRETER else item for item in buttons]


def title(key: str) -> str:
    """Return a button's shared title in every language: «Ja / Yes»."""
    return joined(f"button.{key}")


def joined(key: str) -> str:
    """Return a short text in every language: «u zoekt werk / you are looking for work»."""
    return " / ".join(get_texts().get(key, code) for code in _ordered(DEFAULT_LANGUAGE))


def say(
    turn: Turn,
    key: str,
    values: Callable[[], Mapping[str, Any]] = dict,
    *,
    every: bool,
    ask: str | None = None,
    buttons: Sequence[Button] | None = None,
    card: Mapping[str, Any] | None = None,
) -> None:
    """Say a text; with ``every`` once in every language, the conversation's own last, with the question and buttons.

    ``values`` gives the text's values anew for each language.
    """
    own = turn.language
    if not every:
        offered = interpreted(turn, get_texts().buttons(key, own)) if buttons is None else buttons
        turn.say(key, ask=ask, buttons=offered, card=card, **values())
        return
    offered = _joined_buttons(key) if buttons is None else buttons
    for code in reversed(_ordered(own)):
        turn.language = code
        last = code == own
        turn.say(key, ask=ask if last else None, buttons=offered if last else (), card=card, **values())


def _ordered(first: str) -> list[str]:
    return sorted(get_texts().languages, key=lambda code: (code != first, code))


def _joined_buttons(key: str) -> list[Button]:
    """Return a text's own buttons with their titles in every language; the payloads are the same in all."""
    by_language = [get_texts().buttons(key, code) for code in _ordered(DEFAULT_LANGUAGE)]
    return [Button(" / ".join(item.title for item in same), same[0].payload) for same in zip(*by_language, strict=True)]
