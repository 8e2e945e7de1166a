"""Finds what is personal in words: e-mail addresses, names after "ik heet", amounts of money, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.conversation.spans import Span, either, get_words

_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]+\s?(?:@|\(at\)|\[at\])\s?[^\W_](?:[\w-]*\.)+[^\W\d_][\w-]*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_POSTCODE = re.compile(r"(?<![\w-])([1-9]\d{3})((?:\s?[A-Z]{2}(?![^\W_]))+)", re.IGNORECASE)
_HOUSE = re.compile(r"\s+(\d{1,4}(?:\s?-?\s?[a-z](?![^\W_])|-\d{1,3}(?!\d))?(?![\d:.,]\d))(?!\w)", re.IGNORECASE)
_FIRST = r"(?<!\d)(?<!\d[.,])"  # nothing of the number stands before
_WHOLE = r"(?:\d{1,3}(?:[. ]\d{3}){1,4}(?!\d)|\d{1,15}(?!\d))(?:[.,]\d{3}(?!\d)){0,4}(?:[.,]\d{1,2}(?!\d))?"
_ROUND = r"(?:,-{1,2}|,=)"  # 3.000,-
_FIGURE = rf"{_FIRST}{_WHOLE}{_ROUND}?"
_LONGEST_NAME = 5


def emails(text: str) -> Iterator[Span]:
    """Yield e-mail addresses; ``value`` is the address as it was written, without spaces."""
    for match in _EMAIL.finditer(text):
        value = re.sub(r"\s?(?:\(at\)|\[at\])\s?", "@", re.sub(r"\s", "", match[0]), flags=re.IGNORECASE)
        yield Span(*match.span(), "email", value)


def names(text: str, given: Iterable[str] = ()) -> Iterator[Span]:
    """Yield the names somebody else recognised (``given``), and what follows "mijn naam is" and the like."""
    for name in sorted({name.strip() for name in given}, key=len, reverse=True):
        if len(name) > 1:
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
                yield Span(*match.span(), "name", match[0])
    for phrase in _name_phrase().finditer(text):
        end = _end_of_name(text, phrase.end())
        if end > phrase.end():
            name = text[phrase.end() : end].rstrip(".'’-")
            yield Span(phrase.end(), phrase.end() + len(name), "name", name)


@lru_cache(maxsize=1)
def _name_phrase() -> re.Pattern[str]:
    phrases = (re.escape(phrase).replace("\\ ", r"\s+").replace("'", "['’]") for phrase in get_words().name_phrases)
    return re.compile(rf"\b(?:{'|'.join(phrases)})\s*:?\s+", re.IGNORECASE)


def _end_of_name(text: str, start: int) -> int:
    """Return where the name that begins at ``start`` ends; ``start`` itself when there is none."""
    words = get_words()
    position = end = start
    after_particle = False  # a particle belongs to the name only when a name follows it
    for count in range(_LONGEST_NAME):
        match = _WORD.match(text, position)
        if match is None:
            break
        word = match[0].rstrip(".'’-") or match[0]
        lower = word.lower()
        if count > 0 and word.islower() and lower in words["name_particles"]:
            after_particle, position = True, _skip_blank(text, match.end())
            continue
        if lower in words["not_names"] or (count > 1 and word.islower() and not after_particle):
            break
        end = match.start() + len(word)
        if match.end() > end and len(word) > 1:  # a full stop: the sentence ends here, unless it is an initial
            break
        after_particle, position = False, _skip_blank(text, match.end())
        if position == match.end():
            break
    return end


def _skip_blank(text: str, position: int) -> int:
    return position + (text[position : position + 1] in (" ", "\u00a0"))


def amounts(text: str) -> Iterator[Span]:
    """Yield amounts of money: with a currency, as "3k" or "5 mille", in words, and beside a word for debt."""
    for pattern in _amount_patterns():
        for match in pattern.finditer(text):
            yield Span(*match.span("amount"), "amount")
    for match in _currency().finditer(text):
        start = _number_words_before(text, match.start())
        if start < match.start():
            yield Span(start, match.end(), "amount")


@lru_cache(maxsize=1)
def _amount_patterns() -> tuple[re.Pattern[str], ...]:
    words = get_words()
    currency, unit = either(words["currencies"]), either(words["amount_units"])
    debt, other = either(words["debt_words"]), either(words["units"])
    sign = rf"(?:[€$£]|\b{currency}\b)"
    tail = rf"(?:\s?{unit}\b)?(?:\s?(?:[€$£]|{currency}\b))?"
    between = (
        r"(?:\W+(?:van|of|is|zijn|nog|ongeveer|circa|ca|about|around|over|like|zo'n|totaal|total|bij|elkaar))*\W{1,5}"
    )
    sources = (
        rf"(?P<amount>{sign}\s?{_FIGURE}{tail})",
        # not behind a capital: «4K» at the end of a reference is no amount
        rf"(?<!(?-i:[A-Z]))(?P<amount>{_FIGURE}\s?{unit}\b(?:\s?(?:[€$£]|{currency}\b))?)",
        rf"(?P<amount>{_FIGURE}\s?(?:[€$£]|{currency}\b))",
        rf"(?P<amount>{_FIRST}{_WHOLE}{_ROUND})",
        rf"\b{debt}\b{between}(?P<amount>{_FIGURE})(?![\w:/-])(?!\s?(?:{other}|%)(?!\w))",
        rf"(?P<amount>{_FIRST}(?=\d[\d.]{{2}}){_FIGURE})\s+(?:aan\s+|in\s+)?{debt}\b",
    )
    return tuple(re.compile(source, re.IGNORECASE) for source in sources)


@lru_cache(maxsize=1)
def _currency() -> re.Pattern[str]:
    return re.compile(rf"(?<=\s){either(get_words()['currencies'])}\b", re.IGNORECASE)


def _number_words_before(text: str, end: int) -> int:
    """Return where the number in words that ends before ``end`` begins; ``end`` when there is none."""
    words = get_words()
    start = end
    window = max(0, end - 120)
    for match in reversed(list(re.finditer(r"[^\W_][\w-]*", text[window:end]))):
        word = match[0].lower()
        part_of_number = word in words["number_words"] or any(part in word for part in words["number_word_parts"])
        if not (part_of_number or (start < end and word.isdigit() and len(word) <= 6)):
            break
        start = window + match.start()
    return start


def addresses(text: str) -> Iterator[Span]:
    """Yield the letters of a postcode (its digits stay) and the number after a street's name."""
    for match in _POSTCODE.finditer(text):
        keep = _letters_that_are_words(text, match)
        if keep > match.end(1):
            yield Span(match.end(1), keep, "address", instead="")
    for match in _street().finditer(text):
        number = _HOUSE.match(text, match.end())
        if number is not None and not _unit_follows(text, number.end()):
            yield Span(*number.span(1), "address")


def _letters_that_are_words(text: str, match: re.Match[str]) -> int:
    """Return the end of the pairs of letters that belong to the postcode and not to the sentence."""
    end = match.end(1)
    for pair in re.finditer(r"\s?([A-Za-z]{2})", match[2]):
        glued = end == match.end(1) and not pair[0][0].isspace()
        written_large = pair[1].isupper() and not text.isupper()
        if not glued and not written_large and pair[1].lower() in get_words()["not_postcode_letters"]:
            break
        end = match.end(1) + pair.end()
    return end


@lru_cache(maxsize=1)
def _street() -> re.Pattern[str]:
    ends = get_words().streets
    anywhere, capital = either(ends["any"]), either(ends["capital"])
    return re.compile(rf"(?:(?i:(?<=[^\W\d_]){anywhere})|\b[A-Z][\w'’-]{{1,40}}?{capital})(?![\w-])")


def _unit_follows(text: str, position: int) -> bool:
    match = re.match(r"\s?-?\s?([^\W\d_]+|%|€)", text[position : position + 30])
    if match is None:
        return False
    words = get_words()
    return match[1].lower() in words["units"] | words["months"] | words["currencies"] | {"%", "€"}
