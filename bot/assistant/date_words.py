"""The words of dates in Dutch and English, for ``date_phrases``."""

from __future__ import annotations

import re


def _either(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "januari jan january", "februari feb febr february", "maart mrt march mar", "april apr", "mei may",
            "juni jun june", "juli jul july", "augustus aug august", "september sept sep", "oktober okt october oct",
            "november nov", "december dec",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
MONTH = _either(MONTHS)
#: Short forms and names of months that are words or first names as well: never a date on their own.
_DOUBTFUL = ("jan", "mar", "march", "may", "mei", "april", "june", "august", "augustus", "sep", "sept", "dec", "nov",
             "okt", "oct", "aug", "jul", "jun", "apr", "mrt", "feb", "febr")  # fmt: skip
DOUBTFUL_MONTH = _either(_DOUBTFUL)
AMBIGUOUS_MONTH = _either(("may", "mei", "march"))

WEEKDAYS = {
    word: number
    for number, words in enumerate(
        ("maandag monday", "dinsdag tuesday", "woensdag wednesday", "donderdag thursday", "vrijdag friday",
         "zaterdag saturday", "zondag sunday")
    )
    for word in words.split()
}  # fmt: skip
WEEKDAY = _either(WEEKDAYS)

NAMED_DAYS = {
    "vandaag": 0, "morgen": 1, "overmorgen": 2, "gisteren": -1, "eergisteren": -2,
    "today": 0, "tomorrow": 1, "yesterday": -1,
}  # fmt: skip

NUMBERS: dict[str, float] = {
    "een half": 0.5, "half a": 0.5, "anderhalve": 1.5, "anderhalf": 1.5, "een": 1, "één": 1, "a": 1, "an": 1, "one": 1,
    "twee": 2, "two": 2, "drie": 3, "three": 3, "vier": 4, "four": 4, "vijf": 5, "five": 5, "zes": 6, "six": 6,
    "zeven": 7, "seven": 7, "acht": 8, "eight": 8, "negen": 9, "nine": 9, "tien": 10, "ten": 10, "elf": 11,
    "eleven": 11, "twaalf": 12, "twelve": 12, "veertien": 14, "fourteen": 14,
}  # fmt: skip
NUMBER = rf"\d{{1,3}}(?:[.,]5)?|{_either(NUMBERS)}"

UNITS = {
    "dagen": "day", "dag": "day", "days": "day", "day": "day",
    "weken": "week", "weekjes": "week", "week": "week", "weeks": "week",
    "maanden": "month", "maandjes": "month", "maand": "month", "months": "month", "month": "month",
    "jaar": "year", "years": "year", "year": "year",
}  # fmt: skip

DAY = r"(?:the\s+)?(?P<day>[0-3]?\d)(?:e|de|ste|st|nd|rd|th)?"
YEAR = r"(?:20\d\d|'\d\d)"
#: Words that announce a date; without one, two bare numbers or an ambiguous month are not taken for a date.
PREPOSITION = (
    r"per|op|tot|tot\s+en\s+met|t/m|tm|vanaf|sinds|in|voor|eind|einde|begin|half|loopt|eindigt|stopt|einddatum"
    r"|on|until|till|by|from|since|before|of|ends|datum|date|is|was|wordt"
)
#: Words that say a date lies behind us.
PAST_WORDS = re.compile(
    r"\b(?:sinds|since|afgelopen|vorige?|geleden|ago|gestopt|geëindigd|beëindigd|verlopen|ontslagen\s+op|was|waren"
    r"|liep|eindigde|stopte|kreeg|ended|expired|stopped|finished|last|laid\s+off\s+on|al\s+sinds)\b"
)
