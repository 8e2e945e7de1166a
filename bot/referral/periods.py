"""The periods that are published: quarters that are over, each once, as it stood on a fixed day.

Figures over overlapping periods could be subtracted («all time» minus «all time but for one month»), and so could two
versions of the same figures. So there are no running totals, quarters do not overlap, and what is published of a
quarter does not change afterwards: answers of partners count until one month after it, outcomes and what residents said
until eight months after it, when the last question afterwards has been asked and answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.clock import ZONE

MONTHS = 3
ANSWERS_AFTER = 1
OUTCOMES_AFTER = 8
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class NoMonth(ValueError):
    """Something that is not a month that is over; the message says what to do."""


@dataclass(frozen=True)
class Cut:
    """Until when something counts: answers of partners, and what came of it."""

    answers: datetime
    outcomes: datetime

    @classmethod
    def at(cls, moment: datetime) -> Cut:
        """Return the cut that takes everything before ``moment``."""
        return cls(moment, moment)

    @classmethod
    def of_month(cls, month: str) -> Cut:
        """Return the cut of the quarter that a month is in."""
        return Period.of_month(month).cut


@dataclass(frozen=True, order=True)
class Period:
    """One quarter of a year."""

    year: int
    quarter: int

    @classmethod
    def of_month(cls, month: str) -> Period:
        """Return the quarter of a month (YYYY-MM)."""
        year, number = map(int, month.split("-"))
        return cls(year, (number - 1) // MONTHS + 1)

    @property
    def id(self) -> str:
        """Its name, such as ``2026-Q4``."""
        return f"{self.year}-Q{self.quarter}"

    @property
    def first(self) -> str:
        """The first of its months."""
        return shifted(f"{self.year}-01", MONTHS * (self.quarter - 1))

    @property
    def last(self) -> str:
        """The last of its months."""
        return shifted(self.first, MONTHS - 1)

    @property
    def cut(self) -> Cut:
        """Until when its answers and outcomes count; from then on they are published."""
        over = shifted(self.first, MONTHS)
        return Cut(month_start(shifted(over, ANSWERS_AFTER)), month_start(shifted(over, OUTCOMES_AFTER)))

    def following(self) -> Period:
        """Return the next quarter."""
        return Period.of_month(shifted(self.first, MONTHS))


def published(first: datetime, now: datetime) -> list[Period]:
    """Return the quarters that are published by now, from the one that ``first`` is in, the newest first."""
    found = []
    period = Period.of_month(month_of(first))
    while period.cut.answers <= now:
        found.append(period)
        period = period.following()
    return found[::-1]


def check_months(first: str, last: str, now: datetime) -> None:
    """Raise ``NoMonth`` unless both are months that are over, in this order."""
    for month in (first, last):
        if not _MONTH.fullmatch(month):
            raise NoMonth(f"{month[:20]!r} is no month: write it as 2026-11")
        if month >= month_of(now):
            raise NoMonth(f"{month} is not over yet: the last month with figures is {shifted(month_of(now), -1)}")
    if first > last:
        raise NoMonth(f"{first} is after {last}: turn them round")


def month_of(moment: datetime) -> str:
    """Return the month (YYYY-MM) of a moment in the Netherlands."""
    return moment.astimezone(ZONE).strftime("%Y-%m")


def month_start(month: str) -> datetime:
    """Return midnight at the start of a month in the Netherlands."""
    year, number = map(int, month.split("-"))
    return datetime(year, number, 1, tzinfo=ZONE)


def shifted(month: str, months: int) -> str:
    """Return the month so many months later, or earlier."""
    year, number = map(int, month.split("-"))
    years, index = divmod(year * 12 + number - 1 + months, 12)
    return f"{years:04}-{index + 1:02}"
