"""A partner and a conversation to refer, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

import pytest
from sqlalchemy import Engine

from bot.conversation import conversations
from bot.directory.hours import Schedule, WeeklyHours
from bot.directory.partners import Partner
from bot.store.engine import transaction

#: Mornings on workdays, afternoons but for Fridays, and Thursday evenings.
OFFICE = Schedule(
    (
        *(WeeklyHours(day, time(9), time(12)) for day in range(5)),
        *(WeeklyHours(day, time(13), time(17)) for day in range(4)),
        WeeklyHours(3, time(18), time(20)),
    )
)


def make_partner(**changes: object) -> Partner:
    values: dict[str, object] = {
        "id": "uwv-utrecht",
        "name": "UWV Utrecht",
        "role": "uwv",
        "roles": ("uwv",),
        "location": "Vleutensevaart 100, Utrecht",
        "modes": ("in_person", "phone"),
        "schedule": OFFICE,
        "seats": 2,
        "slot_minutes": 60,
        "notice_hours": 24,
    }
    return Partner(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def partner() -> Partner:
    return make_partner()


@pytest.fixture
def new_conversation(database: Engine, now: datetime) -> Callable[[], str]:
    def create() -> str:
        with transaction(database) as session:
            return conversations.create(session, "midden-utrecht", "nl", now)[0].id

    return create


@pytest.fixture
def conversation_id(new_conversation: Callable[[], str]) -> str:
    return new_conversation()
