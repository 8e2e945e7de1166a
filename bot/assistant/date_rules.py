"""The patterns of date phrases, in order: what an earlier one took, a later one leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.assistant import date_readings as read
from bot.assistant import date_relative as relative
from bot.assistant.date_readings import Context, Reading
from bot.assistant.date_words import (
    BEFORE_NUMBERS,
    DAY,
    DAY_NUMBER,
    DOUBTFUL_MONTH,
    FEAST_TIMES,
    FEASTS,
    MONTH,
    NAMED_DAYS,
    NUMBER,
    ORDINAL,
    PREPOSITION,
    SHORT_WEEKDAYS,
    UNIT,
    WEEKDAY,
    YEAR,
    either,
)

_Reader = Callable[[re.Match[str], Context], Reading | None]
Rule = tuple[re.Pattern[str], _Reader]


def _rule(pattern: str, reader: _Reader) -> Rule:
    return re.compile(pattern), reader


_NEXT = r"volgende?|komende?|aanstaande?|next|coming"
_LAST = r"vorige?|afgelopen|last|past"
_WHICH = rf"(?P<which>{_NEXT}|{_LAST}|deze|dit|de|het|this|the)"
_PART = (
    r"(?P<part>beginning|begin|start|early|aanvang|halverwege|half|midden|medio|middle|mid|ultimo|eind[e]?|end|late)"
    r"(?:\s+(?:van|v\.?/?[dh]\.?|in|of))?[\s-]+(?:(?:de\s+maand|the\s+month\s+of)\s+)?"
)
_NOT_A_COUNT = (
    r"(?![\d-]|[.,]\d|\s*(?:uur|uren|u\b|dag|week|weken|wk|maand|mnd|jaar|hour|day|month|year|euro|eur\b|€|%|person|kind|keer"
    r"|times|deel|of\s+(?:the|my|mijn|de|het)\b|van\b))"
)
_NO_NUMBER_BEFORE = r"(?<![\d€.,/-])(?<!€\s)"
_TWO_NUMBERS = rf"(?!24/7)(?P<date>(?P<day>\d{{1,2}})[-/](?P<month>\d{{1,2}})){_NOT_A_COUNT}"
_WEEKDAY_BEFORE = rf"(?:(?P<weekday>{WEEKDAY}|{either(SHORT_WEEKDAYS)})\b\.?,?\s+)?"
#: "may" is a verb as well: it needs "of" before it, or the end of a phrase after it.
_PHRASE_ENDS = rf"\W*(?:$|[.,!?]|20\d\d|(?:{PREPOSITION})\b)"
_NO_VERB = rf"(?:(?!may\b)|(?<=of\s)|(?=may{_PHRASE_ENDS}))"
_NO_VERB_FIRST = rf"(?:(?!may\b)|(?=may\s+(?:the\s+)?(?:{ORDINAL}|\d+(?:st|nd|rd|th)|\d+{_PHRASE_ENDS})))"

_ANCHOR = rf"(?P<anchor>{WEEKDAY}|{either(name for name, days in NAMED_DAYS.items() if days >= 0)})"
_SHORT_UNIT = r"(?P<unit>weken|weekjes|weeks?|wkn|wks?|dagen|days?|fortnight)"
_ABOUT = r"(?:(?:nog|maar|just|only|ongeveer|about|around|circa|ca\.?|zo'n|een\s+kleine)\s+)*"
_NOT_SINCE = r"(?!\s+(?:oud|old|ervaring|experience|in\s+dienst|proeftijd|opzegtermijn|notice|tijd\s+heb))"
_SOON = rf"(?:over|in|na|binnen|within)\s+{_ABOUT}"
_LEFT = r"(?:heb|hebben|krijg|krijgen|ontvang|werk|loopt|duurt|blijf|mag|kan|is\s+het|recht\s+op)"

_NTH = r"(?P<nth>eerste|1e|1st|first|tweede|2e|2nd|second|derde|3e|3rd|third|vierde|4e|4th|fourth|laatste|last)"
_QUARTER = (
    r"(?:q(?P<nth>[1-4])\b|(?P<nth_word>eerste|1e|1ste|first|1st|tweede|2e|second|2nd|derde|3e|third|3rd|vierde|4e|fourth"
    r"|4th)\s+(?:kwartaal|quarter))"
)
_NOUN = rf"(?P<noun>{WEEKDAY}|dag|day|week|werkdag|working\s+day|weekday)"

RULES: tuple[Rule, ...] = (
    _rule(
        rf"{_NO_NUMBER_BEFORE}(?P<date>(?P<year>\d{{4}})(?P<sep>[-/])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}}))(?![\d-])",
        read.iso,
    ),
    _rule(
        rf"{_NO_NUMBER_BEFORE}(?P<date>(?P<day>\d{{1,2}})(?P<sep>[-/.]|\s(?=\d\d?\s20\d\d))(?P<month>\d{{1,2}})(?P=sep)"
        r"(?P<year>\d{4}|\d{2}))(?![\d/-])",
        read.numbers,
    ),
    _rule(rf"(?:\b(?:{BEFORE_NUMBERS}|\d\s+(?:of|or))\s+|^\s*){_TWO_NUMBERS}", read.numbers),
    _rule(
        rf"{_NO_NUMBER_BEFORE}\b(?P<date>{_WEEKDAY_BEFORE}(?:de\s+|the\s+)?{DAY}(?:\s+(?:of|van))?[\s-]*{_NO_VERB}"
        rf"(?P<month>{MONTH})\b\.?(?:[\s,-]+(?P<year>{YEAR})\b)?)",
        read.day_and_month,
    ),
    _rule(
        rf"\b(?P<date>{_WEEKDAY_BEFORE}{_NO_VERB_FIRST}(?P<month>{MONTH})\b\.?\s+{DAY}\b"
        rf"(?!\s*(?:%|uur|hour|year|jaar|euro)|[.,]?\d)(?:,?\s+(?P<year>{YEAR})\b)?)",
        read.day_and_month,
    ),
    _rule(
        rf"\b(?P<date>(?P<weekday>{WEEKDAY})\s+(?:(?:de|the)\s+(?P<day>{DAY_NUMBER}|{ORDINAL}))\b)",
        read.weekday_and_day,
    ),
    _rule(
        rf"\b(?P<date>(?P<weekday>{WEEKDAY})\s+(?P<day>\d{{1,2}}(?:(?:e|de|ste|st|nd|rd|th)\b|(?=\W*$))))",
        read.weekday_and_day,
    ),
    _rule(
        rf"\b(?P<date>{_NTH}\s+{_NOUN}\s+(?:van|in|of)\s+(?:(?P<month>{MONTH})\b(?:\s+(?P<year>{YEAR})\b)?"
        rf"|{_WHICH}\s+(?:maand|month|(?P<of_year>jaar|year))\b))",
        read.nth_of_month,
    ),
    _rule(
        r"\b(?P<date>(?P<nth>laatste|last)(?P<noun>)\s+(?:van|of)\s+"
        rf"(?:(?P<month>{MONTH})\b(?:\s+(?P<year>{YEAR})\b)?|{_WHICH}\s+(?:maand|month|(?P<of_year>jaar|year))\b))",
        read.nth_of_month,
    ),
    _rule(rf"\b(?P<date>(?P<feast>{either(FEASTS)}))\b", read.feast),
    _rule(
        r"\b(?P<date>(?P<when>na|after|voor|vóór|before|met|with|tot|until|till|rond|around|over|in|at|by|vanaf|from)\s+"
        rf"(?:de\s+|het\s+|the\s+)?(?P<feast>{either(FEAST_TIMES)}))\b(?!\s*(?:bonus|party|gift|market|pakket|borrel))",
        read.around_feast,
    ),
    _rule(rf"\b(?P<date>{_PART}(?P<month>{MONTH})\b(?:\s+(?P<year>{YEAR})\b)?)", read.part_of_month),
    _rule(rf"\b(?P<date>{_PART}(?:{_WHICH}\s+)?(?:maand|month)\b)", read.part_of_relative_month),
    _rule(rf"\b(?P<date>{_PART}(?:{_WHICH}\s+(?:jaar|year)|(?P<year>20\d\d)))\b", read.part_of_year),
    _rule(r"\b(?P<date>(?P<part>einde?|end|begin)\s+(?:(?:of|v\.?/?[dh]\.?)\s+)?(?:jaar|year))\b", read.part_of_year),
    _rule(
        rf"\b(?P<date>(?:{_PART})?(?:(?:the|het)\s+)?{_QUARTER}(?:\s+(?:van\s+|of\s+)?(?P<year>20\d\d))?)\b",
        read.quarter,
    ),
    _rule(rf"\b(?P<date>(?:{_PART})?{_WHICH}\s+(?:kwartaal|quarter))\b", read.quarter),
    _rule(rf"\b(?P<date>(?P<month>{MONTH})\.?\s+(?P<year>20\d\d)\b)", read.month),
    _rule(
        rf"\b(?:{PREPOSITION}|next|komende|aanstaande|deze|this|{_LAST})\s+(?P<date>(?P<month>{MONTH})\b)", read.month
    ),
    _rule(rf"^\W*(?:ergens\s+|denk\s+|maybe\s+)?(?P<date>(?P<month>{MONTH}))\W*$", read.month),
    _rule(rf"\b(?P<date>(?P<month>(?!(?:{DOUBTFUL_MONTH})\b)(?:{MONTH})))\b", read.month),
    _rule(
        rf"\b(?P<date>(?:not|niet)\s+(?:this|deze|komende|on|op)\s+(?P<weekday>{WEEKDAY}),?\s+(?:but|maar)\s+(?:the|die)"
        r"\s+(?:next|following|volgende|erna|daarna))\b",
        relative.weekday_week,
    ),
    _rule(rf"\b(?P<date>(?P<weekday>{WEEKDAY})\s+week)\b(?!\s*\d)", relative.weekday_week),
    _rule(
        rf"\b(?P<date>{_ANCHOR}\s+(?:over|in)\s+(?P<count>{NUMBER})\s+{_SHORT_UNIT})\b",
        relative.after_anchor,
    ),
    _rule(
        rf"\b(?P<date>(?P<count>{NUMBER})\s+{_SHORT_UNIT}\s+(?:(?:from|on|after|vanaf|na)\s+)?{_ANCHOR})\b",
        relative.after_anchor,
    ),
    _rule(
        rf"\b(?P<date>(?:(?P<weekday_before>{WEEKDAY})\s+(?:of\s+)?)?(?:{_PART})?(?P<which>{_NEXT}|{_LAST}|deze|this)"
        rf"\s+week\b(?:\s+(?:(?:op|on)\s+)?(?P<weekday>{WEEKDAY})\b)?)",
        relative.relative_week,
    ),
    _rule(
        rf"\b(?P<date>{_PART}(?P<which>de|the)\s+(?P<weekday_before>)(?P<weekday>)week)\b",
        relative.relative_week,
    ),
    _rule(
        rf"\b(?P<date>(?P<which>{_NEXT}|{_LAST}|a\.s\.|deze|(?:this|the)\s+coming|this)\s+(?P<weekday>{WEEKDAY}))\b",
        relative.weekday,
    ),
    _rule(rf"^\W*(?:(?:op|on)\s+)?(?P<date>(?P<weekday>{WEEKDAY}))\W*$", relative.weekday),
    _rule(rf"\b(?P<date>(?P<which>{_NEXT}|dit|this)\s+weekend)\b", relative.weekend),
    _rule(
        rf"\b(?P<date>(?:{_NEXT}|deze|this)\s+(?:maand|month)\s+(?:(?:op|on)\s+)?(?:de\s+|the\s+)(?P<day>{DAY_NUMBER}))\b",
        read.day_of_some_month,
    ),
    _rule(
        rf"\b(?P<date>(?:the\s+|de\s+)?(?P<day>{DAY_NUMBER}|{ORDINAL})\s+(?:van|of)\s+"
        rf"(?:de|the|{_NEXT}|deze|this)\s+(?:maand|month))\b",
        read.day_of_some_month,
    ),
    _rule(rf"\b(?P<date>(?P<which>{_NEXT}|{_LAST}|deze|this)\s+(?:maand|month))\b", read.relative_month),
    _rule(
        rf"\b(?P<date>{_SOON}(?P<count>{NUMBER})\s*(?:à|a|of|or|to|tot|-|–)\s*(?P<upto>{NUMBER})\s+(?P<unit>{UNIT}))\b"
        rf"{_NOT_SINCE}",
        relative.shifted,
    ),
    _rule(rf"\b(?P<date>{_SOON}een\s+(?P<unit>{UNIT})\s+of\s+(?P<about>(?P<count>{NUMBER})))\b", relative.shifted),
    _rule(rf"\b(?P<date>{_SOON}(?P<count>{NUMBER})\s+(?P<unit>{UNIT}))\b{_NOT_SINCE}", relative.shifted),
    _rule(rf"\b(?P<date>(?P<count>{NUMBER})\s+(?P<unit>{UNIT})\s+(?:geleden|terug|ago))\b", relative.ago),
    _rule(
        rf"\b(?P<date>(?P<count>{NUMBER})\s+(?P<unit>{UNIT})\s+(?:(?:opzegtermijn|opzegtijd|notice)\s+)?"
        r"(?:from|vanaf)\s+(?:now|nu|today|vandaag))\b",
        relative.shifted,
    ),
    _rule(
        rf"\b(?P<date>(?:from|vanaf)\s+(?:now|nu|today|vandaag)\s+(?:nog\s+|over\s+|another\s+)*"
        rf"(?P<count>{NUMBER})\s+(?P<unit>{UNIT}))\b",
        relative.shifted,
    ),
    _rule(rf"\bnog\s+(?P<date>(?P<count>{NUMBER})\s+(?P<unit>{UNIT})\s+te\s+gaan)\b(?!\s+tot)", relative.shifted),
    _rule(
        rf"\b{_LEFT}\s+(?:er\s+|ik\s+|nog\s+|maar\s+)*nog\s+(?P<date>{_ABOUT}(?P<count>{NUMBER})\s+(?P<unit>{UNIT}))\b"
        r"(?!\s+(?:huur|achterstand|schuld|salaris|loon|vakantie|verlof|wachten|te\s+gaan\s+tot))",
        relative.shifted,
    ),
    _rule(
        rf"\b(?P<date>(?P<count>{NUMBER})\s+(?:more\s+)?(?P<unit>{UNIT})\s+(?:of\s+[a-z ]{{2,25}}\s+)?"
        r"(?:left|to\s+go|remaining))\b",
        relative.shifted,
    ),
    _rule(
        rf"\b(?:have|has|get|for)\s+(?:only\s+|about\s+)?(?:another\s+(?P<date>(?P<count>{NUMBER})\s+(?P<unit>{UNIT})))\b",
        relative.shifted,
    ),
    _rule(
        r"(?<!goede\s)(?<!goeie\s)(?<!'s\s)(?<!elke\s)(?<!iedere\s)(?<!\bde\s)\b"
        rf"(?P<date>(?P<day>{either(NAMED_DAYS)}))\b(?!\s+(?:de\s+dag|week\b))(?!['’]s)",
        relative.named,
    ),
    _rule(
        rf"\b(?:{PREPOSITION})\s+(?:de|the)?\s*(?P<date>(?P<day>\d{{1,2}}(?:e|de|ste|st|nd|rd|th)))"
        r"(?=\s*(?:$|[.,!?;]|en\b|and\b))",
        read.day_of_some_month,
    ),
    _rule(
        rf"(?<!elke\s)(?<!iedere\s)(?<!every\s)(?<!each\s)\b(?P<date>(?P<weekday>{WEEKDAY}))\b(?!\s+(?:en|and|t/m|to)\b)",
        relative.weekday_when_it_ends,
    ),
)

#: What is a date only beside another one: "31-1 of 28-2".
BESIDE_RULES: tuple[Rule, ...] = (_rule(rf"{_NO_NUMBER_BEFORE}\b{_TWO_NUMBERS}", read.numbers),)

#: What is a date only as the answer to the question for one: "de 31e", "denk 31/1".
ASKED_RULES: tuple[Rule, ...] = (
    _rule(
        r"^\W*(?:(?:op|on|per|tot|until|till)\s+)?"
        rf"(?P<date>(?:(?:de|the)\s+|(?=\d+[a-z]))(?P<day>{DAY_NUMBER}|{ORDINAL}))"
        r"(?:\s+(?:denk\s+ik|geloof\s+ik|i\s+think|i\s+guess|al|already))?\W*$",
        read.day_of_some_month,
    ),
    *BESIDE_RULES,
    _rule(
        rf"^\W*{_ABOUT}(?P<bare>)(?P<date>(?P<count>{NUMBER})(?:\s*(?:à|of|or|to|tot|-|–)\s*(?P<upto>{NUMBER}))?"
        rf"\s+(?P<unit>{UNIT}))\W*$",
        relative.shifted,
    ),
)
