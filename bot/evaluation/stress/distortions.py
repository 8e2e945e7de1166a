"""The distortions: each takes a text and a source of chance, and gives the text as a hurried resident might type it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from random import Random

from bot.evaluation.stress.words import get_words

#: The kinds that need no list of words, hence serve every language, and those that do.
ANY_LANGUAGE = ("typos", "no_spaces", "capitals", "emoji")
WITH_WORDS = ("sms", "code_switching")
KINDS = (*ANY_LANGUAGE, *WITH_WORDS)

WORDS_PER_TYPO = 6
SPARED_LENGTH = 3  # shorter words stay as they are: a typo would make another word of them
SPACES_PER_LOSS = 3
COMMON_WORDS_PER_SWITCH = 4
MOST_EMOJI = 3

_LETTERS = re.compile(r"[^\W\d_]+")
_SPACES = re.compile(r"\s+")
_IN_WORD = re.compile(r"['’]|(?<=\d)[.,](?=\d)")  # what is left out without a space: don't, 1.200

Edit = tuple[int, int, str]  # from, up to, what stands there instead


def kinds_for(language: str) -> tuple[str, ...]:
    """Return the kinds that can be made in a language."""
    return KINDS if language in get_words().chat else ANY_LANGUAGE


def distort(kind: str, text: str, language: str, random: Random) -> str:
    """Return the text in a harder form; the same ``random`` gives the same form.

    A text in which there is nothing to distort (no space, no common word) comes back as it is.
    Raises ``ValueError`` for a kind that does not exist or that this language lacks.
    """
    if kind not in kinds_for(language):
        raise ValueError(f"there is no {kind!r} for the language {language!r}: {', '.join(kinds_for(language))}")
    match kind:
        case "typos":
            return _typos(text, random)
        case "no_spaces":
            return _no_spaces(text, random)
        case "capitals":
            return text.upper()
        case "emoji":
            return _emoji(text, random)
        case "sms":
            return _sms(text, language, random)
        case _:
            return _code_switching(text, language, random)


def _typos(text: str, random: Random) -> str:
    words = [word for word in _LETTERS.finditer(text) if len(word[0]) > SPARED_LENGTH]
    hit = random.sample(words, min(len(words), max(1, round(len(text.split()) / WORDS_PER_TYPO))))
    return _edited(text, [_typo(word[0], word.start(), random) for word in hit])


def _typo(word: str, start: int, random: Random) -> Edit:
    """Return one error in a word: the key beside it, two letters swapped, one left out, or one typed twice."""
    places = range(len(word))
    beside = get_words().neighbours
    neighbours = [
        (at, at + 1, key.upper() if word[at].isupper() else key)
        for at in places
        for key in beside.get(word[at].lower(), "")
    ]
    swapped = [(at, at + 2, word[at + 1] + word[at]) for at in places[:-1] if word[at].lower() != word[at + 1].lower()]
    dropped = [(at, at + 1, "") for at in places]
    doubled = [(at, at + 1, word[at] * 2) for at in places]
    ways = [way for way in (neighbours, swapped, dropped, doubled) if way]
    first, last, typed = random.choice(random.choice(ways))
    return start + first, start + last, typed


def _no_spaces(text: str, random: Random) -> str:
    spaces = list(_SPACES.finditer(text))
    gone = random.sample(spaces, _share(len(spaces), SPACES_PER_LOSS))
    return _edited(text, [(*space.span(), "") for space in gone])


def _emoji(text: str, random: Random) -> str:
    gaps = [*(space.start() for space in _SPACES.finditer(text)), len(text)]
    drawn = [(random.choice(gaps), random.choice(get_words().emoji)) for _ in range(random.randint(1, MOST_EMOJI))]
    return _edited(text, [(gap, gap, f" {sign}") for gap, sign in drawn])


def _sms(text: str, language: str, random: Random) -> str:
    spelling = get_words().chat[language]
    lower = text.lower().replace("’", "'")
    typed = _pattern(spelling).sub(lambda word: random.choice(spelling.get(word[0], [word[0]])), lower)
    bare = "".join(" " if unicodedata.category(sign)[0] == "P" else sign for sign in _IN_WORD.sub("", typed))
    return " ".join(bare.split())


def _code_switching(text: str, language: str, random: Random) -> str:
    other = get_words().other_language[language]
    words = [word for word in _pattern(other).finditer(text) if word[0].lower() in other]  # ſ only looks like an s
    swapped = random.sample(words, _share(len(words), COMMON_WORDS_PER_SWITCH))
    return _edited(text, [(*word.span(), _as_begun(word[0], other[word[0].lower()])) for word in swapped])


def _as_begun(word: str, said: str) -> str:
    return said.capitalize() if word[0].isupper() else said


def _share(number: int, of: int) -> int:
    """Return how many are one in ``of``: at least one, if there is any."""
    return min(number, max(1, round(number / of)))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return _compiled(tuple(sorted(words, key=lambda word: (-len(word), word))))  # the longest first: it is the phrase


@lru_cache
def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(map(re.escape, words))})(?![\w'’-])", re.IGNORECASE)


def _edited(text: str, edits: Iterable[Edit]) -> str:
    parts, done = [], 0
    for first, last, typed in sorted(edits):
        parts += [text[done:first], typed]
        done = last
    return "".join([*parts, text[done:]])
