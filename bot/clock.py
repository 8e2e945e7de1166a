"""The time, in one place: a test may replace ``now``, nothing else in the house asks the machine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: Where residents and partners live: every time shown to a person is in this zone.
ZONE = ZoneInfo("Europe/Amsterdam")


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return today's date in the Netherlands."""
    return now().astimezone(ZONE).date()
