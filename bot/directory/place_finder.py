"""Finding the municipality in which somebody lives, in an answer or in running text.

Four things count, strongest first: a postcode; a name with a sign that somebody lives there ("woon in", "from"); a
name after a preposition; a name by itself. A name near "werk" or "office" says where somebody works and is only
proposed. Names that are also words ("Best", "Houten") need more than being there. Never a wrong one without asking:
whatever can mean something else comes back as not sure, with what else it can mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from bot.directory.place_guess import PlaceGuess
from bot.directory.place_text import Token, Words, breaks, normalise, tokenise

MAX_CUES = 3
"""Places in one message where a mistyped name is looked for: every one costs time."""
SHORT_TEXT = 6
"""Words up to which a message is short: a place in it is where somebody lives, not a detail of a story."""
MAX_TEXT = 2000
"""Characters that are looked at: the longest message the chat accepts."""

_POSTCODE = re.compile(r"(?<![\d.,])([1-9]\d{3})(\s?)([A-Za-z]{2})(?![^\W_])")
_FOUR_DIGITS = re.compile(r"(?<![\d.,€])([1-9]\d{3})(?![\d.,]\d|\d)")
_NO_LETTERS = frozenset({"SA", "SD", "SS"})  # never issued


@dataclass(frozen=True)
class MunicipalityMatch:
    """A municipality somebody seems to live in. When not ``sure``, ask; ``alternatives`` are what else it can be."""

    name: str
    region: str
    sure: bool
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """One municipality with its other names; ``doubtful`` ones can mean something else and are only proposed."""

    name: str
    region: str
    aliases: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


class _Sign(IntEnum):
    """What the words around a name say, from weak to strong."""

    ELSEWHERE = 0
    BARE = 1
    PLACE = 2
    HOME = 3
    WHOLE = 4


@dataclass(frozen=True)
class _Entry:
    names: tuple[str, ...]  # empty: a name that is no municipality, such as a region's
    doubtful: bool


@dataclass(frozen=True)
class _Mention:
    names: tuple[str, ...]
    sign: _Sign
    doubtful: bool
    leads: bool  # the text begins with it: "Zeist, en mijn laatste dag is 31 januari"


class PlaceFinder:
    """Finds one of ``places`` in text; ``not_places`` are names that contain one and mean another thing."""

    def __init__(
        self, places: Sequence[Place], postcodes: Mapping[int, str], words: Words, not_places: Sequence[str] = ()
    ) -> None:
        self._words = words
        self._postcodes = postcodes
        self._region = {place.name: place.region for place in places}
        self._index = _index(places, not_places)
        self._longest: dict[str, int] = {}  # by the first word: how many words a name can have
        for key in self._index:
            first, count = key.split(" ", 1)[0], key.count(" ") + 1
            self._longest[first] = max(count, self._longest.get(first, 0))
        self._guess = PlaceGuess(
            {key: entry.names for key, entry in self._index.items() if entry.names and not entry.doubtful}
        )
        self._no_guess = words.never | words.ordinary | words.very_ordinary

    def named(self, normalised: str) -> str | None:
        """Return the municipality that a normalised name means, unless it can mean several."""
        entry = self._index.get(normalised)
        return entry.names[0] if entry and len(entry.names) == 1 else None

    def find(self, text: str, *, asked: bool = False) -> MunicipalityMatch | None:
        """Find the municipality of the writer; see ``municipalities.find_municipality``."""
        text = text[:MAX_TEXT]
        tokens = tokenise(text)
        code = self._by_postcode(text, tokens)
        by_name = self._by_name(tokens, asked=asked)
        if code is None:
            return by_name
        if by_name is None or by_name.name == code or not by_name.sure:
            return self._match([code], sure=True)
        return self._match([code, by_name.name], sure=False)

    def _match(self, names: Sequence[str], *, sure: bool) -> MunicipalityMatch:
        return MunicipalityMatch(names[0], self._region[names[0]], sure, tuple(names[1:]))

    # --- postcodes

    def _by_postcode(self, text: str, tokens: Sequence[Token]) -> str | None:
        for found in _POSTCODE.finditer(text):
            digits, space, letters = found.groups()
            # "3500 in" is an amount or a year with the next word, "3511 ab" a postcode
            is_word = letters.lower() in self._words.two_letters and (bool(space) and not letters.isupper())
            if letters.upper() not in _NO_LETTERS and not is_word and int(digits) in self._postcodes:
                return self._postcodes[int(digits)]
        found_digits = _FOUR_DIGITS.search(text)
        if found_digits is None or int(found_digits.group(1)) not in self._postcodes:
            return None
        before = [token.word for token in tokens if token.start < found_digits.start()][-4:]
        alone = all(token.word in self._words.fillers | self._words.postcode for token in tokens)
        said = any(word in self._words.postcode for word in before)
        return self._postcodes[int(found_digits.group(1))] if said or alone else None

    # --- names

    def _by_name(self, tokens: Sequence[Token], *, asked: bool) -> MunicipalityMatch | None:
        mentions = list(self._mentions(tokens))
        sign = max((mention.sign for mention in mentions), default=_Sign.ELSEWHERE)
        if sign < _Sign.PLACE:  # perhaps the home is there too, but mistyped
            guess = self._guessed(tokens, asked=asked, whole=not mentions)
            if guess is not None:
                return guess
        best = [mention for mention in mentions if mention.sign == sign]
        if not best:
            return None
        names = list(dict.fromkeys(name for mention in best for name in mention.names))
        # "in Zeist" may be where the work is, unless little else is said
        clear = sign >= _Sign.HOME or (sign >= _Sign.BARE and (len(tokens) <= SHORT_TEXT or (asked and best[0].leads)))
        return self._match(names, sure=clear and len(names) == 1 and not any(mention.doubtful for mention in best))

    def _mentions(self, tokens: Sequence[Token]) -> Iterator[_Mention]:
        told = [i for i, token in enumerate(tokens) if token.word not in self._words.fillers]
        mixed_case = sum(token.capital for token in tokens) <= len(tokens) / 2
        first = 0
        while first < len(tokens):
            end, entry = self._longest_name(tokens, first)
            if entry is None:
                first += 1
                continue
            whole = all(first <= i < end for i in told)
            sign = _Sign.WHOLE if whole else self._sign(tokens, first, end)
            if entry.names and sign is not None:
                doubtful = entry.doubtful
                if end - first == 1 and tokens[first].word in self._words.ordinary | self._words.very_ordinary:
                    capital = tokens[first].capital and not tokens[first].opens and mixed_case
                    meant = self._meant(tokens, first, sign, capital=capital)
                    sign = sign if meant else None
                    doubtful |= sign == _Sign.PLACE and not capital
                if sign is not None and self._is_near(tokens, first, end):
                    sign, doubtful = _Sign.ELSEWHERE, True
                if sign is not None:
                    yield _Mention(entry.names, sign, doubtful, _leads(tokens, told, first, end))
            first = end

    def _longest_name(self, tokens: Sequence[Token], first: int) -> tuple[int, _Entry | None]:
        for end in range(min(len(tokens), first + self._longest.get(tokens[first].word, 0)), first, -1):
            entry = self._index.get(" ".join(token.word for token in islice(tokens, first, end)))
            if entry is None or tokens[first].glued:
                continue
            if end < len(tokens) and tokens[end].glued and tokens[end].word not in self._words.districts:
                continue
            return end, entry
        return first, None

    def _sign(self, tokens: Sequence[Token], first: int, end: int) -> _Sign | None:
        """Say what the words around ``tokens[first:end]`` make of it; ``None`` when they rule it out."""
        words = self._words
        at = first - 1
        while at >= 0 and tokens[at].word in words.articles:
            at -= 1
        before = tokens[at].word if at >= 0 and not breaks(tokens, at + 1, first) else ""
        if before in words.not_a_home | words.home_titles:
            return None if before in words.not_a_home else _Sign.HOME
        preposition = before if before in words.prepositions else ""
        if preposition:
            at -= 1
        if any(tokens[i].word in words.negations for i in range(max(0, at - 1), at + 1)):
            return None
        verb = self._verb(tokens, at, first, end if preposition else len(tokens))
        leaves = end < len(tokens) and tokens[end].word in words.towards  # "van Zeist naar Utrecht"
        if verb == "home" and not leaves and (preposition or first - at <= 2):
            return _Sign.HOME
        if verb == "elsewhere" or preposition in words.towards or leaves:
            return _Sign.ELSEWHERE
        return _Sign.HOME if preposition in words.origins else _Sign.PLACE if preposition else _Sign.BARE

    def _is_near(self, tokens: Sequence[Token], first: int, end: int) -> bool:
        """Say whether somebody lives near ``tokens[first:end]``, or comes from there, and perhaps lives elsewhere."""
        words = self._words
        at = first - 1
        while at >= 0 and tokens[at].word in words.articles:
            at -= 1
        before = [token.word for token in tokens[max(0, at - 3) : at + 1]] if not breaks(tokens, at + 1, first) else []
        if before and before[-1] in words.near:
            return True
        of = "van" in (token.word for token in tokens[at + 1 : first]) or before[-1:] == ["from"]
        if of and not words.distances.isdisjoint(before[-2:]):
            return True
        around = [*before, *(token.word for token in tokens[end : end + 2])]
        return not words.long_ago.isdisjoint(around)

    def _verb(self, tokens: Sequence[Token], at: int, first: int, end: int) -> str:
        """Return which kind of word is nearest: within seven before, or two after, in the same sentence."""
        for i in range(at, max(-1, at - 7), -1):
            if breaks(tokens, i + 1, first):
                break
            if tokens[i].word in self._words.home:
                return "home"
            if tokens[i].word in self._words.elsewhere:
                return "elsewhere"
        for i in range(end, min(len(tokens), end + 2)):
            if tokens[i].opens:
                break
            if tokens[i].word in self._words.home:
                return "home"
            if tokens[i].word in self._words.elsewhere:
                return "elsewhere"
        return ""

    def _meant(self, tokens: Sequence[Token], at: int, sign: _Sign, *, capital: bool) -> bool:
        """Say whether a name that is also a word is meant as a name here."""
        before = tokens[at - 1].word if at else ""
        if sign == _Sign.WHOLE or (capital and before not in self._words.articles):  # not "meneer van Veen"
            return True
        if tokens[at].word in self._words.very_ordinary:
            if before not in self._words.prepositions | self._words.home_titles:
                return False
            # "woon in houten en heb", but not "woon in houten huisjes"
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            return sign == _Sign.HOME and (after is None or after.pause or after.word in self._words.fillers)
        return sign == _Sign.HOME or (sign == _Sign.PLACE and before != "te")

    # --- typing errors

    def _guessed(self, tokens: Sequence[Token], *, asked: bool, whole: bool) -> MunicipalityMatch | None:
        words = [token.word for token in tokens]
        cues = list(islice((i for i in range(len(tokens)) if self._is_cue(tokens, i)), MAX_CUES))
        near = any(self._is_near(tokens, i + 1, i + 2) for i in cues)
        after_cue = [self._candidates(words[i + 1 :]) for i in cues]
        told = [word for word in words if word not in self._words.fillers]
        alone = [" ".join(told)] if whole and 0 < len(told) <= 5 and len(words) <= 10 else []
        for candidates, daring in (([text for texts in after_cue for text in texts], True), (alone, asked)):
            allowed = [text for text in candidates if self._no_guess.isdisjoint(text.split())]
            guess = self._guess.best(allowed, daring=daring)
            if guess is not None:
                return self._match(guess.names, sure=guess.sure and not near)
        return None

    def _is_cue(self, tokens: Sequence[Token], at: int) -> bool:
        if tokens[at].word in self._words.home_titles:
            return True
        if tokens[at].word not in self._words.prepositions:
            return False
        return (
            self._verb(tokens, at - 1, at, len(tokens)) == "home" and tokens[at - 1].word not in self._words.negations
        )

    def _candidates(self, words: Sequence[str]) -> list[str]:
        while words and words[0] in self._words.articles | self._words.home_titles:
            words = words[1:]
        if not words or words[0] in self._words.fillers:
            return []
        return [" ".join(words[:count]) for count in range(1, min(4, len(words)) + 1)]


def _leads(tokens: Sequence[Token], told: Sequence[int], first: int, end: int) -> bool:
    return told[:1] == [first] and (end == len(tokens) or tokens[end].pause or tokens[end].word in {"en", "and"})


def _index(places: Sequence[Place], not_places: Sequence[str]) -> dict[str, _Entry]:
    certain: dict[str, list[str]] = {}
    doubtful: dict[str, list[str]] = {}
    for place in places:
        for alias in place.aliases:
            certain.setdefault(normalise(alias), []).append(place.name)
        for alias in place.doubtful:
            doubtful.setdefault(normalise(alias), []).append(place.name)
    index = {
        # "Hengelo" is more likely the municipality of that name than a village elsewhere
        key: _Entry(tuple(sorted(names, key=lambda name: not normalise(name).startswith(key))), doubtful=True)
        for key, names in doubtful.items()
    }
    for key, names in certain.items():
        known = index.get(key, _Entry((), doubtful=False))
        index[key] = _Entry((*names, *known.names), known.doubtful)
    official = {normalise(place.name): _Entry((place.name,), doubtful=False) for place in places}
    blocked = {normalise(name): _Entry((), doubtful=False) for name in not_places}
    return {**blocked, **index, **official}
