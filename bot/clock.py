"""The time, in one place: a test may replace ``now``, nothing else in the house asks the machine."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

#: Where residents and partners live: every time shown to a person is in this zone.
ZONE = ZoneInfo("Europe/Amsterdam")


#: By how many seconds a process of a test lives in the future; never set outside tests.
_AHEAD = timedelta(seconds=float(os.environ.get("DOORWIJZER_CLOCK_AHEAD", "0")))


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC) + _AHEAD


def today() -> date:
    """Return today's date in the Netherlands."""
    return now().astimezone(ZONE).date()
