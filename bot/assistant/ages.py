"""Reads the writer's age group: "ik ben 56", "17 years old", "58-jarige", "55+"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.on_behalf import any_of, listed
from bot.assistant.phrases import get_phrases

#: The first age of each group (design, section 3.4), the oldest group first.
GROUPS = ((55, "from_55"), (27, "from_27"), (18, "from_18"), (0, "under_18"))

_NUMBER = r"(?P<age>[1-9]\d)"
#: What follows a number that counts something else than the writer's years.
_NO_AGE = (
    r"(?!\s*(?:jaar|jr|years?)?\s*(?:weken|maanden|dagen|uur|uren|u\b|euro|%|procent|km|weeks|months|days|hours|percent"
    r"|werkloos|werkzaam|gewerkt|ervaring|in\s|bij\s|lang|geleden|terug|als\s|of\sexperience|ago|worked|kinderen"
    r"|minuten|minutes))(?![\d-]|[.,:/]\d)"
)
_SAID = re.compile(
    rf"\b(?:ik\s+(?:ben|word)|ben|i'?m|i\s+am|aged?|turning|leeftijd(?:\s+is)?:?)\s+"
    rf"(?:(?:nu|al|pas|net|bijna|nog|just|almost|nearly|only|now|een|a|van)\s+)*{_NUMBER}{_NO_AGE}"
    rf"|\b(?<![\d-]){_NUMBER.replace('age', 'old')}\s*(?:jaar\s+oud|jr\s+oud|years?\s+old|year-old|y/?o\b|-?jarige?)"
    rf"|\bop\s+mijn\s+{_NUMBER.replace('age', 'th')}(?:e|ste)"
)
_WRITER = re.compile(r"ik\b|i'?m\b|i\s+am\b")
_ALONE = re.compile(rf"^\W*(?:ik\s+ben\s+)?{_NUMBER}(?:\s*(?:jaar|jr|years?))?(?:\s+(?:oud|old))?\W*$")
_YEARS = re.compile(rf"(?:^|[,.;]\s*|\b(?:en|and|ben)\s+){_NUMBER}\s*(?:jaar|jr|years)(?=\s*(?:$|[.,;!?]|en\b|and\b))")


def age_group(text: str) -> tuple[str, int, int] | None:
    """Return the age group a text states about its writer, with its place; ``None`` when it states none.

    ``text`` is in plain form (``negation.plain``). The ages of others ("mijn zoon is 17") do not count.
    """
    words = _words()
    for group, pattern in words.groups.items():
        match = pattern.search(text)
        if match:
            return (group, *match.span())
    for pattern in (_ALONE, _SAID, _YEARS):
        for match in pattern.finditer(text):
            number = next(value for value in match.groupdict().values() if value)
            if not _is_of_another(text, match.start()):
                years = int(number) - (1 if words.nearly.search(match.group()) else 0)
                return (group_of(years), *match.span())
    return None


def group_of(age: int) -> str:
    """Return the age group of an age in years."""
    return next(group for first, group in GROUPS if age >= first)


def _is_of_another(text: str, start: int) -> bool:
    clause = re.split(r"[.,;!?\n]|\b(?:en ik|and i|ik ben|i am|i'm)\b", text[:start])[-1]
    words = _words()
    if _WRITER.match(text, start):
        return False
    if words.someone_else.search(clause) or words.apposition.search(text[:start]):
        return True
    return text[start].isdigit() and bool(words.of_somebody.search(text[:start]))  # "my 15 y/o niece"


@dataclass(frozen=True)
class _Words:
    someone_else: re.Pattern[str]
    apposition: re.Pattern[str]
    of_somebody: re.Pattern[str]
    nearly: re.Pattern[str]
    groups: dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    entry = get_phrases()["age"]
    groups = {group: re.compile("|".join(map(_word, listed))) for group, listed in entry["words"].items()}
    own = get_phrases()["on_behalf"]
    whose = rf"\b(?:{'|'.join(entry['of_somebody'])})"
    # "een vriend van mij" too; but «ik ben een man van 58» is about the writer
    someone = any_of([word for name in ("relative", "family", "other", "client") for word in listed(own[name])])
    person = rf"(?:{whose}\s+(?:\w+\s+)?{someone}|{someone}\s+{any_of(listed(own['of_mine']))})"
    return _Words(
        re.compile(person),
        re.compile(rf"{person}\s*[,(]\s*(?:\w+\s+)?$"),
        re.compile(rf"{whose}\s+$"),
        re.compile(rf"\b(?:{'|'.join(entry['nearly'])})\b"),
        groups,
    )


def _word(word: str) -> str:
    return rf"(?<!\w){re.escape(word.removesuffix('*'))}" + ("" if word.endswith("*") else r"(?!\w)")
