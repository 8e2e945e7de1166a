"""Reads for whom help is asked: "ik zoek hulp voor mijn moeder", "my son is 19 and has no job", "nee, voor mijzelf".

Two forms count: asking for a person, and telling what a person needs in a message that is not about its writer. All
else is the writer's own: "mijn man en ik", "ik zorg voor mijn moeder". The words are in ``content/phrases.yml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.assistant.negation import get_cues, plain
from bot.assistant.phrases import get_phrases

SELF, RELATIVE, CLIENT, OTHER = "self", "relative", "client", "other"

_WORD = r"[\w'+-]+"
_YEARS = r"\(?\d{1,2}\)?(?:\s+(?:jaar|jr|years?))?(?:\s+(?:oud|old))?"
_SENTENCE_END = re.compile(r"[.!?;\n]")
_AFTER = r"(?![\w'-])"


def on_behalf(text: str) -> tuple[str, int, int] | None:
    """Return for whom help is asked (``relative``, ``client``, ``other``, ``self``) and where it says so.

    ``text`` is in plain form (``negation.plain``). ``None`` when it does not say: then it is about the writer.
    """
    words = _words()
    found = _asked(text, words) or _told(text, words)
    myself = words.myself.search(text) or words.only_myself.match(text)
    if myself and (found is None or myself.start() > found.start("person")):
        return (SELF, *myself.span())
    return (_kind(found, text, words), *found.span()) if found else None


def people() -> str:
    """Return a pattern for anybody who is not the writer: «mijn buurman», «a friend of mine»; not «een man»."""
    phrases = get_phrases()["on_behalf"]
    said = {name: any_of(listed(phrases[name])) for name in ("mine", "a", "not_between", "of_mine", "other")}
    close = any_of(
        [word for name in ("relative", "family", "other", "client", "helpers") for word in listed(phrases[name])]
    )
    oldest = rf"(?:(?!{said['not_between']}){_WORD}\s+)?"
    whose = rf"{said['mine']}\s+{oldest}{close.removesuffix(_AFTER)}(?:'?s)?{_AFTER}"
    return rf"(?:{whose}|{said['a']}\s+{oldest}{said['other']}\s+{said['of_mine']})"


def _asked(text: str, words: _Words) -> re.Match[str] | None:
    """Return where the writer asks something for a person."""
    for pattern in words.asking:
        for match in pattern.finditer(text):
            if _is_another(match, text, words) and not _is_denied(match, text) and not _is_void(match, text, words):
                return match
    return None


def _told(text: str, words: _Words) -> re.Match[str] | None:
    """Return where a person's need is told, in a message that tells nothing of the writer's own."""
    if words.own.search(words.aside.sub(" ", text)):
        return None
    for pattern in words.telling:
        for match in pattern.finditer(text):
            behind = words.behind.search(text[: match.start()])
            if _is_another(match, text, words) and not _is_denied(match, text) and not behind:
                return match
    return None


def _kind(match: re.Match[str], text: str, words: _Words) -> str:
    """Return what a person is to the writer: «mijn vriend» is a relative, «een vriend» is not."""
    if words.client.fullmatch(match["person"]):
        return CLIENT
    if words.relative.fullmatch(match["person"]):
        return RELATIVE
    return CLIENT if words.helper.search(text) else OTHER


def _is_another(match: re.Match[str], text: str, words: _Words) -> bool:
    """Return whether the person stands alone: «mijn man en ik» are two, of whom one is the writer."""
    start, end = match.span("person")
    return not words.and_i.match(text, end) and not words.i_and.search(text[:start])


def _is_denied(match: re.Match[str], text: str) -> bool:
    """Return whether the word before it denies it («niet voor mijn moeder»); «geen hulp voor …» asks all the same."""
    cues = get_cues()
    start = match.start("link") if match["link"] is not None else match.start()
    before = re.findall(_WORD, text[:start])[-1:]
    return bool(before) and before[0] in cues.before | cues.after


def _is_void(match: re.Match[str], text: str, words: _Words) -> bool:
    before = max((end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())), default=0)
    after = _SENTENCE_END.search(text, match.end())
    return bool(words.unless.search(text, before, after.start() if after else len(text)))


@dataclass(frozen=True)
class _Words:
    """The patterns. ``person`` names the group of the person, ``link`` that of «voor»."""

    asking: tuple[re.Pattern[str], ...]
    telling: tuple[re.Pattern[str], ...]
    myself: re.Pattern[str]
    only_myself: re.Pattern[str]
    relative: re.Pattern[str]
    client: re.Pattern[str]
    helper: re.Pattern[str]
    own: re.Pattern[str]
    aside: re.Pattern[str]
    unless: re.Pattern[str]
    and_i: re.Pattern[str]
    i_and: re.Pattern[str]
    behind: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    phrases = get_phrases()["on_behalf"]
    said = {name: any_of(listed(entry)) for name, entry in phrases.items() if name not in {"self", "enrol"}}
    whose = rf"(?:{said['mine']}|{said['a']})"
    # One word may stand between: «mijn oudste zoon». A business partner is no relative.
    oldest = rf"(?:(?!{said['not_between']}){_WORD}\s+)?"
    relative = rf"(?:{said['mine']}\s+{oldest}{said['relative']}|{whose}\s+{said['family']})"
    of_mine = rf"(?:\s+{said['of_mine']})?"
    client = rf"{whose}\s+{oldest}{said['client']}{of_mine}"
    known = rf"{relative}|{client}|{whose}\s+{oldest}{said['other']}{of_mine}"
    enrol = {language: any_of(listed(entry)) for language, entry in phrases["enrol"].items()}
    alone = [phrase.startswith("=") for phrase in listed(phrases["self"])]
    myself = list(zip(listed(phrases["self"]), alone, strict=True))
    return _Words(
        asking=_asking(said, enrol, known),
        telling=_telling(said, known),
        myself=re.compile(any_of([phrase for phrase, is_alone in myself if not is_alone])),
        only_myself=re.compile(rf"^\W*(?:{any_of([phrase[1:] for phrase, is_alone in myself if is_alone])})\W*$"),
        relative=re.compile(relative),
        client=re.compile(client),
        helper=re.compile(said["helpers"]),
        own=re.compile(said["own"]),
        aside=re.compile(said["aside"]),
        unless=re.compile(said["unless"]),
        and_i=re.compile(rf"\s+{said['and']}\s+{said['i']}"),
        i_and=re.compile(rf"{said['i']}\s+{said['and']}\s+$"),
        behind=re.compile(rf"{said['behind']}\s+$"),
    )


def _asking(said: dict[str, str], enrol: dict[str, str], known: str) -> tuple[re.Pattern[str], ...]:
    """«vraag dit voor …», «een cursus voor …», «zoek werk voor …», «voor …» alone, «namens …», «… aanmelden»."""
    person = rf"(?P<person>{known}|{said['somebody']})"
    word = rf"[\s,:]+(?!{said['i']}){_WORD}"
    few = rf"(?:{_WORD}\s+){{0,3}}?"
    patterns = (
        rf"{said['asks']}(?:{word}){{0,4}}?[\s,:]+(?P<link>{said['for']})\s+{person}",
        rf"{said['things']}(?:{word}){{0,4}}?[\s,:]+(?P<link>{said['for']})\s+(?P<person>{known})",
        rf"{said['seeks']}(?:{word}){{1,4}}?[\s,:]+(?P<link>{said['for']})\s+(?P<person>{known})",
        rf"^\W*(?:{_WORD}\W+)?(?P<link>{said['for']})\s+{person}\W*$",
        rf"(?P<link>{said['always']})\s+{person}",
        rf"(?P<link>){person}\s+{few}{enrol['nl']}",
        rf"(?P<link>){enrol['en']}\s+{person}",
        rf"{said['can_you']}\s+{few}(?P<link>){person}\s+{few}{said['to_help']}",
        rf"{said['can_you']}\s+{few}{said['to_help']}\s+(?P<link>){person}",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


def _telling(said: dict[str, str], known: str) -> tuple[re.Pattern[str], ...]:
    """«het gaat om …», «… zoekt werk», «… is 19 en»."""
    not_i = rf"(?!{said['i']}|{said['mine']}){_WORD}"
    age = rf"(?:\s*,?\s*(?:(?:van|is|of|aged?)\s+)?{_YEARS})?"
    on = rf"(?:\s*,?\s*{said['and']})?,?"
    patterns = (
        rf"(?P<link>{said['about']})\s+(?P<person>{known}|{said['somebody']})",
        rf"(?P<link>)(?P<person>{known}){age}{on}(?:\s+{not_i}){{0,3}}?\s+{said['needs']}",
        rf"(?P<link>)(?P<person>{known})\s+(?:is|van)\s+{_YEARS}\s*,?\s+{said['and']}\s+{not_i}",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


def listed(entry: Any) -> list[str]:
    """Return the phrases of an entry, of all its languages: people mix them."""
    phrases = entry if isinstance(entry, list) else [phrase for listed in entry.values() for phrase in listed]
    return [plain(str(phrase)) for phrase in phrases]


def any_of(phrases: list[str]) -> str:
    """Return a pattern for any of some phrases, the longest first; ``*`` stands for any end of a word."""
    ordered = sorted(phrases, key=len, reverse=True)
    return rf"(?<![\w'-])(?:{'|'.join(map(_as_regex, ordered))}){_AFTER}"


def _as_regex(phrase: str) -> str:
    words = (re.escape(word.removesuffix("*")) + (r"[\w'-]*" if word.endswith("*") else "") for word in phrase.split())
    return r"\s+".join(words)
