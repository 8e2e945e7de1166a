"""What makes a day that reads as exact less than that: "niet op 31 december", "1 januari of zo", "vanaf 1 maart".

Such a day is asked, never taken; a denied one is no answer at all. Used by ``date_phrases`` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from bot.assistant.date_readings import Context, Reading
from bot.assistant.date_relative import count_of, moved
from bot.assistant.date_words import NUMBER, UNIT

_DAY = timedelta(days=1)
_ARTICLE = r"\s+(?:(?:op|on|per|de|the|het)\s+)*$"
#: "voor 1 maart" may be the day before; so may "vanaf 1 maart", the first day without work.
_BEFORE = re.compile(rf"\b(?:voor|vóór|before){_ARTICLE}")
_FROM = re.compile(rf"\b(?:vanaf|from|as\s+of|starting){_ARTICLE}")
_NO_WORK = re.compile(
    r"\b(?:geen|zonder|no|without|out\s+of)\s+(?:\w+\s+)?(?:werk|baan|inkomen|work|job|income)\b"
    r"|\b(?:werkloos|werkeloos|thuis|unemployed|jobless|at\s+home|(?:niet|niks|niets)\s+meer|no\s+longer)\b"
)
_FIRST_DAY = re.compile(r"\b(?:eerste|1e|first|1st)\s+(?:\w+\s+)?(?:werk)?(?:dag|day)\b")
#: A day somewhere near the one that is named, or on one side of it.
_NEAR = re.compile(
    r"(?:\b(?:rond|omstreeks|around|about|circa|ca\.?|ongeveer|approximately|roughly|week\s+(?:van|of)"
    r"|na|after|by|uiterlijk|ten\s+laatste|op\s+z(?:'n|ijn)\s+(?:laatst|vroegst)|at\s+the\s+(?:latest|earliest)"
    r"|no\s+later\s+than|(?:eerder|later|vroeger|earlier|sooner)\s+(?:dan|than)|tussen|between|ergens|somewhere"
    r"|(?:niet|not|n't)\s+(?:until|till|before|after)"
    rf"|niet|not|\d\d?\s*(?:of|or|à|tot|to|en|and))){_ARTICLE}"
)
_OR_SO = re.compile(
    r"^\W*(?:of\s*zo|or\s+so|zoiets|something|ongeveer|or\s+thereabouts|of\s+daaromtrent)\b"
    r"|^\s*(?:op\s+z(?:'n|ijn)\s+(?:laatst|vroegst)|at\s+the\s+(?:latest|earliest)|uiterlijk)\b"
    r"|^\s*\?"
)
_UNSURE = re.compile(
    r"\b(?:misschien|wellicht|mogelijk|waarschijnlijk|vermoedelijk|maybe|perhaps|possibly|probably|might|dacht|thought|guess"
    r"|gok|hoop|hope|tenzij|unless|mits|not\s+sure|niet\s+zeker|(?:weet\s+(?:ik\s+)?(?:het\s+)?(?:nog\s+)?niet))\b"
)
#: Said after the day, up to the end of the sentence: "maar het kan ook later zijn".
_OTHERWISE = re.compile(r"\b(?:eerder|later|vroeger|earlier|sooner)\b")
_SENTENCE_ENDS = re.compile(r"[.!?\n]")
_DENIED_BEFORE = re.compile(
    r"(?:(?<!weet )(?<!weet ik )(?<!weet het )(?<!nog )\b(?:niet|not)|n['’]t)(?:\s+(?:op|per|on|de|the|het))*\s+$"
)
_DENIED_AFTER = re.compile(
    r"^\s*(?:(?:is|was|wordt|gaat|klopt|it|het|dat|that)\s+)*"
    r"(?:(?:niet|not)\b(?!\s+(?:meer|verle|renew|exten|zeker|sure|certain))|(?:fout|wrong|verkeerd|incorrect)\b)"
)
#: "het stopt niet op 31 januari", but not "31 januari wordt mijn contract niet verlengd".
_NOT = re.compile(
    r"(?:\b(?:niet|not|nooit|never)|n['’]t)\b(?!.*\b(?:verleng\w*|renew\w*|exten\w*|meer|langer|longer|any\s?more)\b)"
)
#: "24-7" is a day less often than it is always.
_ALWAYS = re.compile(r"24\s?[-/]\s?7")
_COUNTED = re.compile(
    rf"\b(?P<count>{NUMBER})\s*(?P<unit>{UNIT})\s+(?P<side>na|after|from|vanaf|voor|vóór|before){_ARTICLE}"
)
_COUNT = re.compile(
    rf"\b(?!an?\s)(?:{NUMBER})\s*(?:{UNIT})\b(?<!jaar)(?<!years)(?<!year)"
    r"(?!\s*(?:/|(?:per|in\s+de|in\s+the|a|oud|old|ervaring|experience|in\s+dienst)\b))"
)


def is_denied(context: Context) -> bool:
    """Return whether the words say that it is not this day: "niet op 31 december", "31 januari klopt niet"."""
    return bool(_DENIED_BEFORE.search(context.clause.before) or _DENIED_AFTER.search(context.clause.after))


def as_sure_as_told(reading: Reading, text: str, start: int, end: int, context: Context) -> Reading:
    """Lower the precision of a day, read from ``text[start:end]``, that the words around it make less than exact."""
    if reading.precision != "day":
        return reading
    day, before = reading.day, text[:start]
    counted = _COUNTED.search(before)
    if counted:  # "twee weken na 1 januari"
        sign = -1 if counted["side"] in {"voor", "vóór", "before"} else 1
        other = moved(day, count_of(counted["count"]), counted["unit"], sign)
        return Reading(other or day, "ambiguous", (day,) if other not in {None, day} else ())
    if _FIRST_DAY.search(context.clause.words) or (_FROM.search(before) and _NO_WORK.search(context.clause.words)):
        return Reading(day - _DAY, "ambiguous", (day,))
    if _BEFORE.search(before) or _FROM.search(before):
        return Reading(day, "ambiguous", (day - _DAY,))
    if context.is_certain and not _is_doubted(text, start, end, context):
        return reading
    return reading._replace(precision="ambiguous")


def _is_doubted(text: str, start: int, end: int, context: Context) -> bool:
    """Return whether the sentence says that it may be another day, or none."""
    first, last = _sentence(text, start, end)
    return bool(
        _NEAR.search(text[:start])
        or _OR_SO.search(text[end:])
        or _OTHERWISE.search(text, end, last)
        or _UNSURE.search(text, first, last)
        or _NOT.search(context.clause.words)
        or _ALWAYS.fullmatch(text, start, end)
    )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence around ``text[start:end]`` begins and ends."""
    first = max((found.end() for found in _SENTENCE_ENDS.finditer(text, 0, start)), default=0)
    stop = _SENTENCE_ENDS.search(text, end)
    return first, stop.start() if stop else len(text)


def count_beside(text: str, taken: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether a number of weeks stands unread beside ``text[start:end]``: "1 mei, nog 4 weken"."""
    counts = (found.span() for found in _COUNT.finditer(text, *_sentence(text, start, end)))
    return any(all(last <= one or other <= first for first, last in taken) for one, other in counts)
