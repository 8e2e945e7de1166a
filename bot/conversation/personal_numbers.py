"""Finds numbers that point at a person: IBAN, bank card, phone, BSN, documents; and dates, which stay.

Each function takes the text and yields spans; the patterns run in time linear to the text, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import luhn, numdb
from stdnum.nl import bsn

from bot.conversation.spans import Claims, Span, either, get_words
from bot.referral.reference import ALPHABET

#: Numbers of people; free, paid and shared-cost numbers of services are public.
_PUBLIC = (PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)
#: A text with more candidates is no message of a person; what is left in it is masked without a look at it.
_MOST_PHONE_CHECKS = 40

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_HOUR = r"(?:[01]?\d|2[0-4])"
_KEEP = re.compile(
    rf"""
      (?<!\d)(?<!\d[-/. ]) {_DAY} (?P<s>[-/.]) {_MONTH} (?P=s) (?:{_YEAR}|\d\d) (?![-/.]?\d)   # 31-01-2027, 1/2/27
    | (?<!\d)(?<!\d[-/. ]) {_DAY}[ ]{_MONTH}[ ]{_YEAR} (?![-/. ]?\d)                           # 31 01 2027
    | (?<!\d)(?<!\d[-/. ]) {_YEAR} (?P<t>[-/.]) {_MONTH} (?P=t) {_DAY} (?![-/.]?\d)            # 2027-01-31
    | (?<!\d)(?<!\d[-/. ]) {_YEAR} \s?[-/–]\s? {_YEAR} (?![-/. ]?\d)                           # 2025-2026
    | (?<!\d) {_HOUR}:[0-5]\d (?::[0-5]\d)? (?!\d)                                             # 14:30
    | (?<![\d.]) {_HOUR}\.[0-5]\d \s?[-–]\s? {_HOUR}\.[0-5]\d (?![\d.])                        # 09.00-17.00
    | (?<![\d.]) {_HOUR}\.[0-5]\d (?=\s?(?:uur|u|h|am|pm)\b)                                   # 14.30 uur
    | (?<![\d+]) 0[89]00[ -]?\d{{4}} (?![ -]?\d)                                               # 0800-2000
    """,
    re.VERBOSE | re.IGNORECASE,
)

_CODE_GROUP = rf"[{ALPHABET}]{{4}}"
#: A code to come back with, as bot.conversation.resumption makes them; figures alone are some other number.
_RESUME_CODE = re.compile(
    rf"(?<![\w-])(?!(?:\d{{4}}[- ]?){{3}}(?!\w)){_CODE_GROUP}[- ]?{_CODE_GROUP}[- ]?{_CODE_GROUP}(?![\w-])",
    re.IGNORECASE,
)

_SEPARATORS = r"[^\S\n]|[-.()/–—_·]"
_RUN = re.compile(rf"\d(?:(?:{_SEPARATORS}){{0,4}}\d)*")
_GROUP = re.compile(r"\d+")
_CARD = re.compile(
    r"(?<!\d)(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -]?)\d{6}\2\d{5})(?!\d)"  # 4-4-4-x, and 4-6-5 (Amex)
)
_IBAN_START = re.compile(r"(?=([A-Z]{2})\s?\d\s?\d)", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"(?<![^\W_])"
    r"(?:(?=[A-Z0-9]*\d[A-Z0-9]*\d)[A-NP-Z]{2}[A-NP-Z0-9]{6}\d"  # a Dutch passport or identity card
    r"|[A-Z]{1,3}[ -]?\d{6,9}|[a-z]{1,3}\d{6,9})"  # many another country's
    r"(?![^\W_])"
)
_LOWER_DOCUMENT = re.compile(r"(?<![^\W_])[a-z]{2}(?=(?:[a-z]?\d){5})[a-z0-9]{6}\d(?![^\W_])")


def kept(text: str) -> Iterator[Span]:
    """Yield what looks like a number of a person and is none: dates, times, public numbers."""
    return (Span(*match.span()) for match in _KEEP.finditer(text))


def ibans(text: str) -> Iterator[Span]:
    """Yield account numbers: with the country's form, and valid check digits outside the Netherlands.

    A Dutch one is so distinct that one with a typing error goes too.
    """
    for match in _IBAN_START.finditer(text):
        country = match[1].upper()
        found = form.match(text, match.start()) if (form := _iban_form(country)) is not None else None
        if found is not None and (country == "NL" or _iban_checks(found[0])):
            yield Span(*found.span(), "iban")


@lru_cache(maxsize=200)
def _iban_form(country: str) -> re.Pattern[str] | None:
    """Return the pattern of a country's IBAN, separators allowed anywhere."""
    structure = numdb.get("iban").info(country + "00")[0][1].get("bban")
    if not structure:
        return None
    classes = {"n": r"\d", "a": "[A-Z]", "c": "[A-Z0-9]"}
    gap = r"[^\S\n]?[-.]?[^\S\n]?"
    characters = [*country, r"\d", r"\d"]
    for count, kind in re.findall(r"(\d+)!([nac])", structure):
        characters += [classes[kind]] * int(count)
    return re.compile(gap.join(characters), re.IGNORECASE)


def _iban_checks(text: str) -> bool:
    number = re.sub(r"[\W_]", "", text).upper()
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1  # ISO 13616


def cards(text: str) -> Iterator[Span]:
    """Yield numbers of payment cards (Luhn)."""
    for match in _CARD.finditer(text):
        if luhn.is_valid(_digits(match[0])):
            yield Span(*match.span(), "card")


def phones(text: str, claims: Claims) -> Iterator[Span]:
    """Yield phone numbers of people; ``value`` is the number in E.164, or empty when it is not a real one."""
    checks = 0
    for run in _runs(text, claims):
        index = 0
        while index < len(run):
            best: Span | None = None
            for start, end, number in _phone_windows(text, run, index):
                checks += 1
                value = _e164(number) if checks <= _MOST_PHONE_CHECKS else ""
                if value is None:
                    continue
                if best is None or (value and not best.value):
                    best = Span(start, end, "phone", value)
                if value:
                    break
            if best is None:
                index += 1
                continue
            yield best
            while index < len(run) and run[index].start() < best.end:
                index += 1


Run = Sequence[re.Match[str]]


def _phone_windows(text: str, run: Run, index: int) -> Iterator[tuple[int, int, str]]:
    """Yield the stretches from one group of digits on that may be a phone number, the longest first."""
    first = run[index]
    begin = first.start()
    while begin > 0 and text[begin - 1] in "(+":
        begin -= 1
    plus = "+" in text[begin : first.start()]
    lengths = _phone_lengths(first[0], plus, run[index + 1][0] if index + 1 < len(run) else "")
    if not lengths:
        return
    digits, windows = "", []
    for group in run[index:]:
        digits += group[0]
        if len(digits) > max(lengths):
            break
        if len(digits) in lengths:
            windows.append((begin, group.end(), digits))
    prefix = "+" if plus or (len(first[0]) == 11 and first[0].startswith("31")) else ""
    for start, end, number in reversed(windows):
        yield start, end, prefix + number


def _phone_lengths(first: str, plus: bool, second: str) -> range | tuple[int, ...]:
    """Return how many digits a phone number may have that begins with this group; none when it cannot begin so."""
    if plus:
        return range(8, 16)
    if first.startswith("00"):
        return range(10, 18) if (first + second)[2:3] not in ("", "0") else ()
    if first.startswith("0"):
        return (10,) if (first + second)[1:2] not in ("", "0") else ()
    if len(first) == 9 and first[0] == "6" and not bsn.is_valid(first):
        return (9,)  # a mobile number without its 0
    return (11,) if len(first) == 11 and first.startswith("31") else ()


def _e164(number: str) -> str | None:
    """Return the number in E.164, empty when it is not a real one, ``None`` when it belongs to a service."""
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.number_type(parsed) in _PUBLIC:
        return None
    valid = phonenumbers.is_valid_number(parsed)
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)) if valid else ""


def bsns(text: str, claims: Claims) -> Iterator[Span]:
    """Yield citizen service numbers: 8 or 9 digits that pass the 11-proef, however they are grouped.

    After the word BSN any number of that length goes: it is one with a slip in it.
    """
    for match in _after_bsn_word().finditer(text):
        yield Span(*match.span(1), "bsn")
    for run in _runs(text, claims):
        index = 0
        while index < len(run):
            digits, step = "", 1
            for offset, group in enumerate(run[index:], start=1):
                digits += group[0]
                if len(digits) > 9:
                    break
                if len(digits) >= 8 and bsn.is_valid(digits):
                    yield Span(run[index].start(), group.end(), "bsn")
                    step = offset
                    break
            index += step


def resume_codes(text: str) -> Iterator[Span]:
    """Yield codes to come back with, typed where everybody who may read the conversation would read them."""
    for match in _RESUME_CODE.finditer(text):
        yield Span(*match.span(), "code")


def documents(text: str) -> Iterator[Span]:
    """Yield numbers of passports, cards and permits, and any other ten digits or more in a row."""
    for match in _after_document_word().finditer(text):
        if sum(character.isdigit() for character in match[1]) >= 4:
            yield Span(*match.span(1), "document")
    for pattern in (_DOCUMENT, _LOWER_DOCUMENT):
        for match in pattern.finditer(text):
            if not re.fullmatch(rf"[^\W\d]{{3,}}{_YEAR}", match[0]):  # maart2027
                yield Span(*match.span(), "document")
    for match in re.finditer(r"\d{10,}", text):
        yield Span(*match.span(), "document")


@lru_cache(maxsize=1)
def _after_bsn_word() -> re.Pattern[str]:
    words = either(get_words()["bsn_words"])
    number = rf"\d(?:(?:{_SEPARATORS}){{0,3}}\d){{6,9}}(?!\d)"
    return re.compile(rf"\b{words}\b[\s:=.]*(?:is\b)?[\s:=]*({number})", re.IGNORECASE)


@lru_cache(maxsize=1)
def _after_document_word() -> re.Pattern[str]:
    words = either(get_words()["document_words"])
    return re.compile(rf"\b{words}(?:nummer|number|nr|no)?\b[\s:=.]*(?:is\b)?[\s:=]*([A-Z0-9-]{{5,20}})\b", re.I)


def _runs(text: str, claims: Claims) -> Iterator[Run]:
    """Yield the groups of digits that stand together with nothing but separators between, leaving out claimed ones."""
    for match in _RUN.finditer(text):
        run: list[re.Match[str]] = []
        for group in _GROUP.finditer(text, *match.span()):
            apart = run and "+" in text[run[-1].end() : group.start()]
            if not claims.free(group.start(), group.end()) or apart:
                if run:
                    yield run
                run = []
            if claims.free(group.start(), group.end()):
                run.append(group)
        if run:
            yield run


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
