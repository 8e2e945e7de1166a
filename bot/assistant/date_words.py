"""The words of dates in Dutch and English, for ``date_phrases``."""

from __future__ import annotations

import re
from collections.abc import Iterable


def either(words: Iterable[str]) -> str:
    """Return a pattern for one of the words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _numbered(words: str, start: int) -> dict[str, int]:
    return {word: number for number, line in enumerate(words.split(","), start) for word in line.split()}


MONTHS = _numbered(
    "januari jan january, februari feb febr february, maart mrt march mar, april apr, mei may, juni jun june,"
    "juli jul july, augustus aug august, september sept sep, oktober okt october oct, november nov, december dec",
    start=1,
)
MONTH = either(MONTHS)
#: Short forms and names of months that are words or first names as well: never a date on their own.
DOUBTFUL_MONTH = either(("jan", "mar", "march", "may", "mei", "april", "june", "august", "augustus", "sep", "sept",
                         "dec", "nov", "okt", "oct", "aug", "jul", "jun", "apr", "mrt", "feb", "febr"))  # fmt: skip

WEEKDAYS = _numbered(
    "maandag monday, dinsdag tuesday, woensdag wednesday, donderdag thursday, vrijdag friday, zaterdag saturday,"
    "zondag sunday",
    start=0,
)
WEEKDAY = either(WEEKDAYS)
#: Short forms, which count before a date only ("vr 31 jan").
SHORT_WEEKDAYS = _numbered("ma mon, di tue tues, wo wed, do thu thur thurs, vr fri, za sat, zo sun", start=0)

NAMED_DAYS = {
    "vandaag": 0, "morgen": 1, "overmorgen": 2, "gisteren": -1, "eergisteren": -2,
    "morgenochtend": 1, "morgenmiddag": 1, "morgenavond": 1, "vanmiddag": 0, "vanavond": 0, "tonight": 0,
    "today": 0, "tomorrow": 1, "the day after tomorrow": 2, "day after tomorrow": 2, "yesterday": -1,
    "the day before yesterday": -2, "day before yesterday": -2,
}  # fmt: skip


def _listed(words: str) -> list[str]:
    return words.split()


_UNITS_NL = _listed("een twee drie vier vijf zes zeven acht negen")
_CARDINALS_NL = [
    *_UNITS_NL, *_listed("tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig"),
    *(f"{unit}{'ën' if unit in {'twee', 'drie'} else 'en'}twintig" for unit in _UNITS_NL), "dertig", "eenendertig",
]  # fmt: skip
_CARDINALS_EN = _listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_FIRST_TO_NINTH = _listed("first second third fourth fifth sixth seventh eighth ninth")
_ORDINALS_EN = [
    *_FIRST_TO_NINTH, *_listed("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth"),
    *_listed("eighteenth nineteenth twentieth"), *(f"twenty-{unit}" for unit in _FIRST_TO_NINTH),
    "thirtieth", "thirty-first",
]  # fmt: skip


def _ordinal(cardinal: str) -> str:
    odd = {"een": "eerste", "drie": "derde", "acht": "achtste"}
    ends_in_ste = cardinal.endswith(("tig", "acht"))
    return odd.get(cardinal) or cardinal + ("ste" if ends_in_ste else "de")


ORDINALS = {_ordinal(word): number for number, word in enumerate(_CARDINALS_NL, 1)}
ORDINALS |= {word.replace("ë", "e"): number for word, number in ORDINALS.items()}
ORDINALS |= {word: number for number, word in enumerate(_ORDINALS_EN, 1)}
ORDINALS |= {word.replace("-", " "): number for word, number in ORDINALS.items()}
ORDINAL = either(ORDINALS)
#: Days as people spell them out before a month: "drie maart", "de eenendertigste januari".
SPELLED_DAYS = ORDINALS | {word: number for number, word in enumerate(_CARDINALS_NL, 1) if number > 1}
DAY_NUMBER = r"[0-3]?\d(?:e|de|ste|st|nd|rd|th)?"
DAY = rf"(?:(?:the|de)\s+)?(?P<day>{DAY_NUMBER}|{either(SPELLED_DAYS)})"
YEAR = r"(?:(?:19|20)\d\d|'\d\d|[23]\d(?=\s*(?:$|[.,;!?)])))"

NUMBERS: dict[str, float] = {
    "een half": 0.5, "half a": 0.5, "anderhalve": 1.5, "anderhalf": 1.5, "één": 1, "a": 1, "an": 1,
    **{word: number for number, word in enumerate(_CARDINALS_NL, 1)},
    **{word: number for number, word in enumerate(_CARDINALS_EN, 1)},
}  # fmt: skip
NUMBER = rf"\d{{1,3}}(?:[.,]5)?|{either(NUMBERS)}"

#: Units of time: in days or in months, and how many of those.
UNITS = {
    word: size
    for words, size in {
        "dagen dag dgn days day": ("day", 1),
        "weken weekjes weekje week weeks wkn wk wks": ("day", 7),
        "fortnight fortnights": ("day", 14),
        "maanden maandjes maandje maand mnd mnden months month mths": ("month", 1),
        "kwartaal kwartalen quarter quarters": ("month", 3),
        "halfjaar": ("month", 6),
        "jaar years year": ("month", 12),
    }.items()
    for word in words.split()
}
UNIT = either(UNITS)

#: Feasts that are one day, by month and day.
FEASTS = {
    "kerstavond": (12, 24), "christmas eve": (12, 24),
    "eerste kerstdag": (12, 25), "1e kerstdag": (12, 25), "christmas day": (12, 25),
    "tweede kerstdag": (12, 26), "2e kerstdag": (12, 26), "boxing day": (12, 26),
    "oudjaarsdag": (12, 31), "oudejaarsdag": (12, 31), "oudejaarsavond": (12, 31), "oudjaar": (12, 31),
    "new year's eve": (12, 31), "new years eve": (12, 31), "new year’s eve": (12, 31),
    "nieuwjaarsdag": (1, 1), "new year's day": (1, 1), "new years day": (1, 1), "new year’s day": (1, 1),
    "sinterklaasavond": (12, 5), "bevrijdingsdag": (5, 5),
}  # fmt: skip
#: Times around feasts: their first and last day. They are always read back.
FEAST_TIMES = {
    "kerst": ((12, 25), (12, 26)), "kerstmis": ((12, 25), (12, 26)), "kerstdagen": ((12, 25), (12, 26)),
    "christmas": ((12, 25), (12, 26)), "xmas": ((12, 25), (12, 26)),
    "feestdagen": ((12, 24), (1, 1)), "sinterklaas": ((12, 5), (12, 5)),
    "oud en nieuw": ((12, 31), (12, 31)), "jaarwisseling": ((12, 31), (12, 31)),
    "turn of the year": ((12, 31), (12, 31)), "nieuwjaar": ((1, 1), (1, 1)), "nieuwe jaar": ((1, 1), (1, 1)),
    "new year": ((1, 1), (1, 1)), "new years": ((1, 1), (1, 1)),
}  # fmt: skip

#: Words that announce a date; without one, two bare numbers or an ambiguous month are not taken for a date.
PREPOSITION = (
    r"per|op|tot|tot\s+en\s+met|t/m|tm|vanaf|sinds|in|voor|vóór|rond|eind|einde|begin|half|loopt|eindigt|stopt"
    r"|einddatum|on|until|till|by|from|since|before|around|of|ends|datum|date|is|was|wordt"
)
#: Of these, the ones before a day of some month ("per 1-3"); "in 3/4" and "half 3" are no days.
BEFORE_NUMBERS = (
    r"per|op|tot|tot\s+en\s+met|t/m|tm|vanaf|sinds|voor|vóór|rond|loopt|eindigt|stopt|einddatum"
    r"|on|until|till|by|from|since|before|around|ends|datum|date|is|was|wordt"
)
