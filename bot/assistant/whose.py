"""Whether what a text names is the writer's own, and of now: «mijn vrouw heeft ww», «vroeger was ik zzp'er» are not.

It looks at the part of the sentence around a phrase. What is another's, from before, wished or advised is no fact of
the writer. The words are in ``content/phrases.yml`` (``whose``); the people are those of ``on_behalf``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.assistant.negation import get_cues
from bot.assistant.on_behalf import any_of, listed, people
from bot.assistant.phrases import get_phrases

#: In Dutch it ends a part of a sentence («because»), in English it is a wish: ``ends`` says which words behind it tell.
_WISH = "want"


def counts_for(name: str) -> bool:
    """Return whether a fact is one of which it matters whose it is: how to be reached, for one, is not."""
    return name in _words().facts


def is_of_another(flat: str, start: int, end: int) -> bool:
    """Return whether what stands at ``start`` to ``end`` is said of somebody else.

    ``flat`` is in plain form (``negation.plain``). Whom the writer names beside himself does not count: «ik en mijn
    man», «bij mijn moeder»; nor does anybody before a word for the writer: «mijn coach zegt dat ik …».
    """
    words = _words()
    first, last = _clause(flat, start, end)
    if words.of_another.match(flat, end, last):
        return True
    subject = 0
    for found in words.person.finditer(flat, first, start):
        if words.behind.search(flat[first : found.start()]) or words.i_and.search(flat[first : found.start()]):
            continue
        subject = found.end()
    for found in words.theirs.finditer(flat, first, start):
        subject = max(subject, found.end())
    return subject > 0 and not words.mine.search(flat, subject, start)


def is_not_now(flat: str, start: int, end: int) -> bool:
    """Return whether what stands at ``start`` to ``end`` is past, a wish or an advice."""
    words = _words()
    first, last = _clause(flat, start, end)
    if words.was.search(flat[first:start]) or words.behind_it.match(flat, end, last):
        return True
    return any(
        not words.mine.search(flat, found.end(), start) or found["past"]
        for found in words.before_it.finditer(flat, first, start)
    )


def _clause(flat: str, start: int, end: int) -> tuple[int, int]:
    """Return where the part of the sentence around a phrase begins and ends."""
    ends = _words().ends
    before = max((found.end() for found in ends.finditer(flat, 0, start)), default=0)
    after = ends.search(flat, end)
    return before, after.start() if after else len(flat)


@dataclass(frozen=True)
class _Words:
    facts: frozenset[str]
    person: re.Pattern[str]
    theirs: re.Pattern[str]
    mine: re.Pattern[str]
    behind: re.Pattern[str]
    i_and: re.Pattern[str]
    of_another: re.Pattern[str]
    was: re.Pattern[str]
    before_it: re.Pattern[str]
    behind_it: re.Pattern[str]
    ends: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    entry = get_phrases()["whose"]
    facts = frozenset(entry["facts"])
    said = {name: any_of(listed(phrases)) for name, phrases in entry.items() if name != "facts"}
    own = get_phrases()["on_behalf"]
    mine, i, and_ = (any_of(listed(own[name])) for name in ("mine", "i", "and"))
    person = rf"(?:{people()}|{mine}\s+{said['also']})"
    # «, die ook werkt» goes on about the same person
    stops = rf"[.;:!?\n()]|,(?!\s*(?:die|who)\b)|{any_of(sorted(get_cues().ends - {_WISH}))}|{said['ends']}"
    return _Words(
        facts=facts,
        person=re.compile(person),
        theirs=re.compile(said["theirs"]),
        mine=re.compile(said["mine"]),
        behind=re.compile(rf"{said['behind']}\s+$"),
        i_and=re.compile(rf"{i}\s+{and_}\s+$"),
        of_another=re.compile(rf"\s+{said['of']}\s+{person}"),
        was=re.compile(rf"{said['was']}\s+(?:{said['small']}\s+)*$"),
        before_it=re.compile(rf"(?P<past>{said['past']})|{said['wish']}"),
        behind_it=re.compile(rf"\s+(?:{said['gone']}|{said['wished']})"),
        ends=re.compile(stops),
    )
