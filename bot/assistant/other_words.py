"""The words and letters by which a short text shows a language we do not speak: «szukam pracy», «помогите».

A detector needs a sentence; these need a word. Their lists are ``languages.other`` in ``content/phrases.yml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.assistant.phrases import get_phrases

#: So much of a text is looked at: its language shows long before that.
MAX_TEXT = 4_000
#: A word this long is also known when it is typed without its accents; «iş» without one is the Dutch «is».
LONG = 5
#: An answer in which an interpreter is asked for is no longer than this; a story may tell of one.
MOST_WORDS_ASKING = 6
#: How sure the detector must be where one word of three shows the language.
SURE_DETECTOR = 0.9

AFFIRM, DENY, INTERPRETER = "affirm", "deny", "person"

#: The languages a detector sees in a text, with its confidence, the best first.
Detected = Callable[[], list[tuple[str, float]]]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SCRIPTS = {"uk": "CYRILLIC", "ru": "CYRILLIC", "ar": "ARABIC"}
#: Letters the lists leave as they are when accents are taken off.
_PLAIN = str.maketrans("łı", "li")


@dataclass(frozen=True)
class _Language:
    script: str
    letters: frozenset[str]
    words: frozenset[str]
    small: frozenset[str]
    without: frozenset[str]
    interpreter: tuple[str, ...]
    answers: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """What a text shows: its language, in which share of its words, and whether in too few to be sure which it is."""

    language: str
    share: float
    brief: bool


@lru_cache(maxsize=1)
def _languages() -> dict[str, _Language]:
    return {code: _language(code, entry) for code, entry in get_phrases()["languages"]["other"].items()}


def _language(code: str, entry: dict[str, str]) -> _Language:
    words = {_lower(word) for word in entry["words"].split()}
    answers = {
        _folded(phrase): intent for intent in (AFFIRM, DENY) for phrase in entry[intent].split(",") if phrase.strip()
    }
    return _Language(
        script=_SCRIPTS.get(code, "LATIN"),
        letters=frozenset(entry["letters"]),
        words=frozenset(words | {_folded(word) for word in words if len(word) >= LONG}),
        small=frozenset(_lower(word) for word in entry.get("small", "").split()),
        without=frozenset(map(_folded, entry["without"].split())),
        interpreter=tuple(map(_folded, entry["interpreter"].split())),
        answers=answers,
    )


@lru_cache(maxsize=1)
def _home() -> tuple[frozenset[str], list[frozenset[str]], frozenset[str]]:
    """Return words that say nothing of the language, the small words of each language we speak, and first names."""
    entry: dict[str, Any] = get_phrases()["languages"]
    small = [frozenset(words.split()) for words in entry["small"].values()]
    return frozenset(entry["anywhere"].split()), small, frozenset(map(_lower, entry["names"].split()))


def _lower(word: str) -> str:
    return unicodedata.normalize("NFC", word).replace("İ", "i").replace("’", "'").lower()


def _folded(text: str) -> str:
    """Return the words of a text in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", _lower(text).translate(_PLAIN))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(plain))


def words_of(text: str) -> list[str]:
    """Return the words of a text as they were written."""
    return _WORD.findall(unicodedata.normalize("NFC", text[:MAX_TEXT]))


def script_of(words: Sequence[str]) -> str:
    """Return the script in which most of the letters are: ``CYRILLIC``, ``ARABIC`` or ``LATIN`` (all others too)."""
    found = [_script(letter) for word in words for letter in word]
    return next((name for name in set(_SCRIPTS.values()) if found.count(name) * 2 > len(found)), "LATIN")


def _script(letter: str) -> str:
    point = ord(letter)
    if 0x400 <= point <= 0x52F:
        return "CYRILLIC"
    return "ARABIC" if 0x600 <= point <= 0x6FF or 0x750 <= point <= 0x77F or point >= 0xFB50 else "LATIN"


def without_names(words: Sequence[str]) -> list[str]:
    """Return the words that may show a language: no first names, and no capital inside a text or on each word."""
    _, _, names = _home()
    listed = frozenset[str]().union(*(language.words | language.small for language in _languages().values()))
    all_capitals = len(words) > 1 and all(word.istitle() for word in words)
    return [
        word
        for place, word in enumerate(words)
        if _lower(word) not in names
        and not (word.istitle() and (place > 0 or all_capitals) and _lower(word) not in listed)
    ]


def for_detector(text: str) -> str:
    """Return a text in Latin script without the names that would decide for its detector: «ik heet Łukasz»."""
    words = words_of(text)
    if script_of(words) != "LATIN":
        return text[:MAX_TEXT]
    letters = frozenset[str]().union(*(language.letters for language in _languages().values()))
    kept = [
        word for word in words if _script(word[0]) == "LATIN" and not (word.istitle() and letters & set(_lower(word)))
    ]
    return text[:MAX_TEXT] if len(kept) == len(words) or not kept else " ".join(kept)


def shown(text: str, detected: Detected) -> Shown | None:
    """Return the language that most words of a text show, or ``None`` when they show none of these languages.

    ``detected`` gives the detector's languages with its confidence, the best first, where the words do not decide.
    """
    anywhere, _, _ = _home()
    telling = [word for word in without_names(words_of(text)) if len(word) > 1 and _lower(word) not in anywhere]
    if not telling:
        return None
    script = script_of(telling)
    if script == "LATIN":
        return _shown_in_latin(telling, detected)
    own = [word for word in telling if script_of([word]) == script]
    if len(own) * 2 <= len(telling):
        return None
    codes = [code for code, language in _languages().items() if language.script == script]
    scores = {code: sum(_is_of(word, _languages()[code], script) for word in own) for code in codes}
    best = [code for code in codes if scores[code] == max(scores.values())]
    language = best[0] if len(best) == 1 else next((name for name, _ in detected() if name in best), best[0])
    return Shown(language, round(len(own) / len(telling), 4), brief=len(codes) > 1 and len(own) < 3)


def _shown_in_latin(telling: list[str], detected: Detected) -> Shown | None:
    _, home, _ = _home()
    for code, language in _languages().items():
        if language.script != "LATIN":
            continue
        strong = [word for word in telling if _is_of(word, language, "LATIN")]
        if not strong:
            continue
        rest = [word for word in telling if word not in strong]
        weak = [word for word in rest if _lower(word) in language.small]
        ours = max(sum(_lower(word) in small for word in rest if word not in weak) for small in home)
        share = (len(strong) + len(weak)) / len(telling)
        listed = any(_lower(word) in language.words for word in strong)
        if share > 0.5 or (listed and not ours and (code, True) == _best(detected)):
            return Shown(code, round(share, 4), brief=len(strong) + len(weak) < 2)
    return None


def is_possible(code: str, text: str) -> bool:
    """Return whether a text has a word or letter of this language at all; «vertel een mop over robots» is no German."""
    language = _languages()[code]
    return any(
        _lower(word) in language.words | language.small or not language.letters.isdisjoint(_lower(word))
        for word in words_of(text)
    )


def _best(detected: Detected) -> tuple[str, bool]:
    name, confidence = detected()[0]
    return name, confidence >= SURE_DETECTOR


def _is_of(word: str, language: _Language, script: str) -> bool:
    """Return whether only this language has the word. A name keeps its letters in any language: «Łukasz»."""
    known = _lower(word) in language.words
    return known or bool(language.letters & set(_lower(word)) and not (script == "LATIN" and word.istitle()))


def answer(text: str) -> str | None:
    """Return what a short answer in another language means: ``affirm``, ``deny``, or ``person`` (an interpreter)."""
    said = _folded(text[:MAX_TEXT])
    words = said.split()
    if not words or len(words) > MOST_WORDS_ASKING:
        return None
    for language in _languages().values():
        if said in language.answers:
            return language.answers[said]
    for language in _languages().values():
        if any(word.startswith(language.interpreter) for word in words):
            return DENY if language.without & set(words) else INTERPRETER
    return None
