"""Masks personal data in what somebody writes, before anything stores or forwards it.

BSN, account, card and document numbers, amounts, addresses and codes to come back with are dropped. Names, phone
numbers and e-mail addresses come back as ``found``, for the vault. What the intake needs stays: dates, times, ages,
hours, the four digits of a postcode. The words and the placeholders are in ``content/masking.yml``.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.conversation import personal_numbers, personal_words
from bot.conversation.spans import Claims, Span, get_words

#: Their values come back for the vault; of all other kinds nothing is kept.
KEPT_KINDS = ("name", "phone", "email")

#: A mask can bring two things side by side that make a third; more than a few rounds needs a text made for it.
_MOST_ROUNDS = 6
# Invisible, but letters or marks to Unicode: fillers, the joiner of graphemes, an empty Braille cell.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029\u000b\u000c]")
_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")


@dataclass(frozen=True)
class Found:
    """One thing that was masked. ``value`` is empty for kinds that are dropped and for what is not usable."""

    kind: str
    value: str


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and what was found in it, in the order of the text."""

    text: str
    found: tuple[Found, ...]


def clean(text: str) -> str:
    """Return the text in one normal form (NFC), without what cannot be seen.

    Control characters, null bytes, lone surrogates, zero-width characters and changes of direction go; every line
    ends in a line feed; digits of any script become 0–9.
    """
    if _PLAIN.fullmatch(text):
        return text
    visible = "".join(_visible(character) for character in _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", visible)


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return "" if category in ("Cc", "Cf", "Cs", "Co") or character in _INVISIBLE else character


def mask(text: str, language: str = "nl", names: Iterable[str] = ()) -> Masked:
    """Replace personal data by readable placeholders in ``language`` (English where a language has none).

    ``names`` are names of people that somebody else recognised in the text. Masking a masked text changes nothing.
    """
    text = clean(text)
    given = tuple(clean(name) for name in names)
    found: list[Found] = []
    for _ in range(_MOST_ROUNDS):
        text, new = _mask_once(text, language, given)
        found += new
        if not new:
            break
    return Masked(text, tuple(found))


def _mask_once(text: str, language: str, names: tuple[str, ...]) -> tuple[str, list[Found]]:
    placeholders = get_words().placeholders
    texts = placeholders.get(language, placeholders["en"])
    parts, position, found = [], 0, []
    for span in _find(text, names):
        if span.kind:
            parts += [text[position : span.start], texts[span.kind] if span.instead is None else span.instead]
            position = span.end
            found.append(Found(span.kind, span.value if span.kind in KEPT_KINDS else ""))
    return "".join([*parts, text[position:]]), found


def _find(text: str, names: tuple[str, ...]) -> Claims:
    """Return what is personal in the text; the surest kinds claim their place first."""
    claims = Claims(len(text))
    claims.add(Span(*match.span()) for match in _placeholders().finditer(text))
    claims.add(personal_numbers.resume_codes(text))
    has_digits = any(character.isdigit() for character in text)
    if has_digits:
        claims.add(personal_numbers.ibans(text))
    claims.add(personal_words.emails(text))
    if has_digits:
        claims.add(personal_numbers.kept(text))
        claims.add(personal_numbers.cards(text))
        claims.add(personal_numbers.phones(text, claims))
    claims.add(personal_words.amounts(text))
    if has_digits:
        claims.add(personal_numbers.bsns(text, claims))
        claims.add(personal_numbers.documents(text))
        claims.add(personal_words.addresses(text))
    claims.add(personal_words.names(text, names))
    return claims


@lru_cache(maxsize=1)
def _placeholders() -> re.Pattern[str]:
    """Return the pattern of all placeholders: what is masked is not masked again."""
    return re.compile(
        "|".join(re.escape(text) for texts in get_words().placeholders.values() for text in texts.values())
    )


class MaskingFilter(logging.Filter):
    """Masks personal data in log records: the message with its arguments, and the text of an exception."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place and let it through; never raises."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit their message: the handler would only print them
            message = str(record.msg)
        record.msg, record.args = mask(message, "en").text, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text, "en").text
        return True


def mask_logs() -> None:
    """Put the mask on every handler of this process's root logger. Call it once logging is set up."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, MaskingFilter) for known in handler.filters):
            handler.addFilter(MaskingFilter())
