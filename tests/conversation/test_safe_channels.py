"""Ways that are not safe: nothing travels over them, and with violence at home silence is no yes."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.conversation import conversations, handoffs, safe_channels
from bot.conversation.contacts import ContactDetails, save_contact
from bot.store.engine import transaction

DETAILS = ContactDetails("Jan", "+31612345678", "jan@example.org")


def _given(session: Session, now: datetime, signal: str | None = None) -> str:
    conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
    if signal:
        handoffs.request(session, conversation_id, "safety", signal, now)
    save_contact(session, conversation_id, DETAILS, now)
    return conversation_id


@pytest.mark.parametrize(
    ("signal", "said", "safe"),
    [
        (None, None, True),
        (None, True, True),
        (None, False, False),
        ("suicidal_crisis", None, True),
        ("domestic_violence", None, False),
        ("domestic_violence", False, False),
        ("domestic_violence", True, True),
    ],
)
def test_what_may_travel(database: Engine, now: datetime, signal: str | None, said: bool | None, safe: bool) -> None:
    with transaction(database) as session:
        conversation_id = _given(session, now, signal)
        safe_channels.note(session, conversation_id, said, now)
        expected = DETAILS if safe else ContactDetails("Jan")
        assert safe_channels.safe_contact(session, conversation_id) == expected
        assert bool(safe_channels.unsafe_channels(session, conversation_id)) is not safe


def test_what_was_said_holds_until_something_else_is_said(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        conversation_id = _given(session, now)
        for said, unsafe in ((False, True), (None, True), (False, True), (True, False), (None, False)):
            safe_channels.note(session, conversation_id, said, now)
            assert bool(safe_channels.unsafe_channels(session, conversation_id)) is unsafe


def test_violence_at_home_is_not_forgotten_for_something_more_urgent(database: Engine, now: datetime) -> None:
    for signals in (("domestic_violence", "suicidal_crisis"), ("suicidal_crisis", "domestic_violence")):
        with transaction(database) as session:
            conversation_id = _given(session, now)
            for signal in signals:
                handoffs.request(session, conversation_id, "safety", signal, now)
            assert safe_channels.unsafe_channels(session, conversation_id) == {"phone", "email"}
            safe_channels.note(session, conversation_id, True, now)
            handoffs.request(session, conversation_id, "safety", "domestic_violence", now)
            assert safe_channels.unsafe_channels(session, conversation_id) == frozenset(), "they said that it is safe"


def test_who_gave_nothing_has_nothing_that_travels(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
        safe_channels.mark_unsafe(session, conversation_id, now)
        safe_channels.mark_unsafe(session, conversation_id, now)
        assert safe_channels.safe_contact(session, conversation_id) is None
