"""What the words around a date say: whether it lies behind us, and whether it is about the end of work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

#: Whether a day without a year is one to come, one behind us, or may be either.
Tense = Literal["ahead", "past", "either"]

_ENDS = re.compile(r"[.,;:!?\n()]|\b(?:en|and|maar|but|dus|so|daarna|sindsdien|then|omdat|because|want)\b")
_PAST = re.compile(
    r"\b(?:sinds|since|afgelopen|vorige?|jl|jongstleden|gestopt|geëindigd|verlopen|gegaan|begonnen|kwijtgeraakt|was|waren"
    r"|werd|werden|liep|eindigde|stopten?|hield|ging|verloor|kwam|were|ended|expired|stopped|finished|lost|went|ran|came"
    r"|worked|started|last(?=\s*\|))\b"
)
#: What has happened, or will: "ik ben per 1 mei ontslagen" may be said before and after it.
_DONE = re.compile(
    r"\b(?:ontslagen|beëindigd|opgezegd|ontbonden|opgeheven|kreeg|got|fired|dismissed|terminated|laid\s+off|let\s+go"
    r"|closed)\b"
)
_TO_BE_DONE = re.compile(r"\b(?:word|wordt|worden|zal|zullen|be|being|get|gets|getting|will)\b")
_AHEAD = re.compile(
    r"\b(?:stopt|stoppen|stop|eindigt|loopt|lopen|gaat|gaan|ga|moet|moeten|zal|zullen|houdt|verloopt|vervalt|sluit|kom"
    r"|komt|is\s+het|ends|stops|will|going|ending|finishes|expires|runs|must|have\s+to|leave|is\s+(?:finished|over)"
    r"|closes?)\b"
)
_TELLS_END = re.compile(
    r"\b(?:laatste|stop\w*|einde?|eindigt|eindigen|eindigde|loopt|liep|afloopt|afgelopen|voorbij|klaar|ontslag|ontslagen"
    r"|weg|kwijt|zonder\s+werk|houdt|verloopt|verlopen|dicht|inlever\w*|eruit|last|ends?|ending|ended|finish\w*|final"
    r"|expire\w*|fired|dismiss\w*|leave|leaving|let\s+(?:me|us)|laid\s+off|hand\s+in|done|runs?\s+out|close[sd]?"
    r"|tot|t/m|per|until|till|contract|einddatum)\b"
    r"|\b(?:over|af|op|out|uit)\s*$"
)
_TELLS_ELSE = re.compile(
    r"\b(?:gesprek|afspraak|vergadering|bijeenkomst|sollicit\w*|gehoord|hoorde|verteld|zitting|rechtszaak|begonnen|begint|starts?"
    r"|gebeld|brief|bericht|kreeg|te\s+horen|rechter|letter|received|found\s+out|interview|meeting|appointment|hearing"
    r"|heard|told|court|started|called|spoke|signed\s+up|bel|bellen|langskomen|verhuis\w*|vakantie|call|come\s+by|move|holiday|rent|huur)\b"
)
#: "ik werk 4/5": a share of a week.
_SHARE = re.compile(
    r"\b(?:werk\w*|work\w*)\s+(?:(?:nu|nog|for|voor|al|now|about|ongeveer)\s+)*\|"
    r"|\|\s*(?:werk\w*|work\w*|fte|deeltijd|part[\s-]time)\b"
)
_BIRTH = re.compile(r"\b(?:geboren|jarig|verjaar\w*|born|birthday)\b")
#: How a day is put right: "nee, 28 februari", "I meant 28 February".
_OTHERWISE = re.compile(
    r"^\W*(?:nee|neen|no|nope|sorry|oeps|oops|wacht|wait|correctie|correction)\b"
    r"|\b(?:bedoel(?:de)?|mean|meant|vergist\w*|vergissing|mistake|toch|actually|should\s+be|moet(?:en)?\b.{0,30}\bzijn)\b",
    re.IGNORECASE,
)
_FEW_WORDS, _FEW_LETTERS = 2, 40
"""What may stand around a date which is all that a message says."""
_CLAUSE = 150
"""Letters before and after a date that are looked at."""


@dataclass(frozen=True)
class Clause:
    """The clause around a date, without the date itself."""

    before: str
    after: str
    is_all: bool

    @property
    def tense(self) -> Tense:
        """Return where a day without a year lies; ``either`` when the words leave it open."""
        words = self.words
        if _PAST.search(words):
            return "either" if _AHEAD.search(words) else "past"
        return "either" if _DONE.search(words) and not _TO_BE_DONE.search(words) else "ahead"

    @property
    def words(self) -> str:
        """Return the words of the clause."""
        return f"{self.before} | {self.after}"

    @property
    def tells_end(self) -> bool:
        """Return whether the clause says that something ends."""
        return bool(_TELLS_END.search(self.words))

    @property
    def tells_else(self) -> bool:
        """Return whether the clause is about a talk or a hearing, say, so that the day may be the day of that."""
        return bool(_TELLS_ELSE.search(self.words))

    @property
    def tells_share(self) -> bool:
        """Return whether two numbers are a share of the full time: "ik werk 4/5"."""
        return bool(_SHARE.search(self.words))

    @property
    def tells_birth(self) -> bool:
        """Return whether the day is a birthday."""
        return bool(_BIRTH.search(self.words))


def clause_around(text: str, start: int, end: int) -> Clause:
    """Return the clause around ``text[start:end]``."""
    before = _ENDS.split(text[max(0, start - _CLAUSE) : start])[-1]
    after = _ENDS.split(text[end : end + _CLAUSE], maxsplit=1)[0]
    around = f"{text[:start]} {text[end:]}"
    return Clause(before, after, len(around) <= _FEW_LETTERS and len(around.split()) <= _FEW_WORDS)


def says_otherwise(text: str) -> bool:
    """Return whether a message puts right what was said before."""
    return bool(_OTHERWISE.search(text))
