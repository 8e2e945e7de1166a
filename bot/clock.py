"""The time, in one place: a test may replace ``now``, nothing else in the house asks the machine."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Where residents and partners live: every time shown to a person is in this zone.
ZONE = ZoneInfo("Europe/Amsterdam")
#: The hours of the day between which somebody may be asked something that can wait.
DAYTIME = (time(9), time(20))

#: The seconds by which the house lives ahead of the machine are read from here; never set outside tests.
AHEAD_VARIABLE = "DOORWIJZER_CLOCK_AHEAD"
AHEAD = timedelta(seconds=float(os.environ.get(AHEAD_VARIABLE, "0")))


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC) + AHEAD


def today() -> date:
    """Return today's date in the Netherlands."""
    return now().astimezone(ZONE).date()


def is_daytime(moment: datetime) -> bool:
    """Return whether an aware moment lies in ``DAYTIME`` in the Netherlands."""
    return DAYTIME[0] <= moment.astimezone(ZONE).time() < DAYTIME[1]
