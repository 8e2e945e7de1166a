"""Finds facts and choices in a message by the phrases of ``content/phrases.yml``, and an age by its number.

Only what the text states, of now, and not denied. What it states of somebody else ("mijn vrouw heeft ww") is marked as
such, unless help is asked for that person. One value a fact and message: where two are there, the one that stands
higher in the file wins ("ik ben zzp'er en heb geen werk" is about a freelancer). Where there is a choice
(``bot.assistant.preference``), what is wanted wins, and of two the one said first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.ages import age_group
from bot.assistant.appointment_words import appointment_words
from bot.assistant.clock_times import clock_time
from bot.assistant.component import MessageReader, add_entities
from bot.assistant.negation import Word, plain, words_of
from bot.assistant.on_behalf import SELF, on_behalf
from bot.assistant.phrases import as_regex, get_phrases
from bot.assistant.preference import Part, is_choice, is_passed_over, is_whole_part, is_wished, parts_of
from bot.assistant.reaching import implied_way
from bot.assistant.whose import counts_for, is_not_now, is_of_another

#: With ``=``, a phrase as short as this ("1", "b1") must be the whole message: it could be a part of anything.
SYMBOL = 2
#: A phrase that must be nearly the whole message (``=bellen``) allows this many words.
SHORT_MESSAGE_WORDS = 5

_SENTENCE_END = re.compile(r"[.!?\n]")


@dataclass(frozen=True)
class Found:
    """One fact or choice, and where it stands.

    ``of_another``: somebody else than the writer is meant. ``wished``: what there is a choice in is not only named.
    ``asked``: the only questions to which it is an answer.
    """

    name: str
    value: str
    start: int
    end: int
    of_another: bool = False
    wished: bool = False
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Text:
    """A message as it is read: in ``plain`` form, its words, and its parts."""

    flat: str
    words: list[Word]
    parts: list[Part]


@dataclass(frozen=True)
class _Value:
    name: str
    value: str
    asked_for: re.Pattern[str] | None
    anywhere: re.Pattern[str] | None
    alone: re.Pattern[str] | None
    unless: re.Pattern[str] | None


def _pattern(phrases: list[str]) -> re.Pattern[str] | None:
    if not phrases:
        return None
    ordered = sorted(phrases, key=len, reverse=True)
    # What stands around a phrase is asked once, not for each: inside a word no phrase is tried at all.
    return re.compile(rf"(?<![\w+-])(?:{'|'.join(map(as_regex, ordered))})(?![\w+-])")


@lru_cache(maxsize=1)
def _values() -> tuple[_Value, ...]:
    phrases = get_phrases()
    return tuple(
        _value(name, value, entry)
        for name, values in {**phrases["facts"], **phrases["choices"]}.items()
        for value, entry in values.items()
    )


def _value(name: str, value: str, entry: dict[str, list[str]]) -> _Value:
    phrases = [plain(str(phrase)) for key, listed in entry.items() if key != "unless" for phrase in listed]
    return _Value(
        name,
        str(value),
        _pattern([phrase[1:] for phrase in phrases if phrase.startswith("+")]),
        _pattern([phrase for phrase in phrases if not phrase.startswith(("=", "+"))]),
        _pattern([phrase[1:] for phrase in phrases if phrase.startswith("=")]),
        _pattern([plain(str(phrase)) for phrase in entry.get("unless", ())]),
    )


def find_facts(text: str) -> list[Found]:
    """Return the facts and choices a text states of its writer, or of whom it asks help for: one value each."""
    return [found for found in read_facts(text) if not (found.of_another or found.asked)]


def read_facts(text: str) -> list[Found]:
    """Return what ``find_facts`` does; besides, marked, what is said of somebody else or only answers a question."""
    flat = plain(text)
    words = words_of(text)
    read = _Text(flat, words, parts_of(flat, words))
    who = on_behalf(flat)
    found = _stated(read, of_another=False)
    others = _stated(read, of_another=True)
    if who is not None and who[0] != SELF:  # what is said of the one for whom help is asked is what counts
        found, others = {**found, **others}, {}
    age = age_group(flat)
    if age is not None:
        found["age_group"] = Found("age_group", *age)
    hour = clock_time(flat)
    if hour is not None:
        found["hour"] = Found("hour", *hour)
    appointment = appointment_words(flat)
    if appointment is not None:
        found["appointment"] = Found("appointment", *appointment)
    if who is not None:
        found["on_behalf"] = Found("on_behalf", *who)
    way = implied_way(flat, words)
    if way is not None and "contact_channel" not in found:
        found["contact_channel"] = Found("contact_channel", *way[:3], asked=way[3])
    return [*found.values(), *(replace(item, of_another=True) for item in others.values() if item.name not in found)]


def _stated(read: _Text, *, of_another: bool) -> dict[str, Found]:
    """Return what is said of the writer, or of somebody else."""
    found: dict[str, Found] = {}
    for value in _values():
        before = found.get(value.name)
        if (of_another and not counts_for(value.name)) or (before is not None and not is_choice(value.name)):
            continue
        match = _first(value, read, of_another=of_another)
        if match is not None and (before is None or match.start() < before.start):
            found[value.name] = Found(
                value.name, value.value, *match.span(), wished=is_choice(value.name) and _is_wished(value, match, read)
            )
    return found


def _first(value: _Value, read: _Text, *, of_another: bool) -> re.Match[str] | None:
    """Return the first place where the value is stated: not denied, not made void, and not what somebody rather not."""
    for pattern in filter(None, (value.asked_for, value.anywhere, value.alone)):
        for match in pattern.finditer(read.flat):
            if pattern is value.alone and not _says_only(value, match, read):
                continue
            if is_choice(value.name) and is_passed_over(
                read.parts, match.start(), asked_for=pattern is value.asked_for
            ):
                continue
            if counts_for(value.name) and not _is_now_of(match, read.flat, of_another=of_another):
                continue
            if not _is_denied(match, read.words) and not _is_void(value, read.flat, match):
                return match
    return None


def _is_wished(value: _Value, match: re.Match[str], read: _Text) -> bool:
    return match.re is not value.anywhere or is_wished(read.flat, read.parts, match.start())


def _is_now_of(match: re.Match[str], flat: str, *, of_another: bool) -> bool:
    return is_of_another(flat, *match.span()) is of_another and not is_not_now(flat, *match.span())


def _says_only(value: _Value, match: re.Match[str], read: _Text) -> bool:
    """Return whether the message says little else; of a choice, a reason may stand beside it: «mail, want …»."""
    if len(match.group()) <= SYMBOL:
        return len(read.words) == 1
    return len(read.words) <= SHORT_MESSAGE_WORDS or (
        is_choice(value.name) and is_whole_part(read.parts, *match.span())
    )


def _is_denied(match: re.Match[str], words: list[Word]) -> bool:
    # A phrase that itself holds the denying word ("geen inkomen") says exactly that.
    inside = [word for word in words if word.start < match.end() and match.start() < word.end]
    return not any(word.cue for word in inside) and any(word.denied for word in inside)


def _is_void(value: _Value, flat: str, match: re.Match[str]) -> bool:
    if value.unless is None:
        return False
    before = max((end.end() for end in _SENTENCE_END.finditer(flat, 0, match.start())), default=0)
    after = _SENTENCE_END.search(flat, match.end())
    return bool(value.unless.search(flat, before, after.start() if after else len(flat)))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FactFinder(MessageReader):
    """Adds an entity for each fact or choice, named after it."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        _values()

    def read(self, message: Message, text: str) -> None:
        """Look for facts in the text."""
        add_entities(
            message,
            [
                {
                    "entity": item.name,
                    "value": item.value,
                    "start": item.start,
                    "end": item.end,
                    "extractor": "FactFinder",
                    **({"of_another": True} if item.of_another else {}),
                    **({"wished": True} if item.wished else {}),
                    **({"asked": list(item.asked)} if item.asked else {}),
                }
                for item in read_facts(text)
            ],
        )
