"""Hand-off: one at a time, safety first, and one winner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.conversation import conversations, handoffs
from bot.conversation.conversations import ConversationNotFound
from bot.conversation.handoffs import AlreadyClaimed, HandoffNotFound
from bot.store.engine import transaction
from bot.store.tables import Conversation, Handoff, Staff


@pytest.fixture
def new_conversation(database: Engine, now: datetime) -> Callable[[], str]:
    def create() -> str:
        with transaction(database) as session:
            return conversations.create(session, "midden-utrecht", "nl", now)[0].id

    return create


@pytest.fixture
def staff(database: Engine, now: datetime) -> list[int]:
    with transaction(database) as session:
        people = [Staff(username=f"staff{number}", password_hash="", created_at=now) for number in range(8)]
        session.add_all(people)
        session.flush()
        return [person.id for person in people]


def test_asking_again_is_the_same_handoff(database: Engine, new_conversation: Callable[[], str], now: datetime) -> None:
    conversation_id = new_conversation()
    with transaction(database) as session:
        first = handoffs.request(session, conversation_id, "asked", None, now)
        again = handoffs.request(session, conversation_id, "not_understood", None, now + timedelta(minutes=1))
        assert again.id == first.id
        assert (again.reason, again.created_at, again.state) == ("asked", now, "waiting")


def test_safety_lifts_a_handoff_and_nothing_lowers_it(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    conversation_id = new_conversation()
    with transaction(database) as session:
        first = handoffs.request(session, conversation_id, "asked", None, now)
        handoffs.request(session, conversation_id, "safety", "homeless_tonight", now)
        assert (first.reason, first.signal) == ("safety", "homeless_tonight")
        handoffs.request(session, conversation_id, "safety", "suicidal_crisis", now)
        assert first.signal == "suicidal_crisis"
        handoffs.request(session, conversation_id, "safety", "homeless_tonight", now)
        handoffs.request(session, conversation_id, "asked", None, now)
        assert (first.reason, first.signal) == ("safety", "suicidal_crisis")


def test_unknown_words_and_conversations_are_refused(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    conversation_id = new_conversation()
    with transaction(database) as session:
        with pytest.raises(ValueError, match="bored"):
            handoffs.request(session, conversation_id, "bored", None, now)
        with pytest.raises(ConversationNotFound):
            handoffs.request(session, "nobody", "asked", None, now)
        with pytest.raises(HandoffNotFound):
            handoffs.set_wish(session, conversation_id, "wait")
        with pytest.raises(HandoffNotFound):
            handoffs.set_wish(session, "nobody", "wait")
        with pytest.raises(ValueError, match="continue"):
            handoffs.set_wish(session, conversation_id, "continue")
        for wrong in (0, 10_000):
            with pytest.raises(HandoffNotFound):
                handoffs.claim(session, wrong, 1, now)
            with pytest.raises(HandoffNotFound):
                handoffs.close(session, wrong, now)


def test_from_waiting_to_closed(
    database: Engine, new_conversation: Callable[[], str], staff: list[int], now: datetime
) -> None:
    conversation_id = new_conversation()
    with transaction(database) as session:
        handoff = handoffs.request(session, conversation_id, "asked", None, now)
        assert handoffs.set_wish(session, conversation_id, "call_back").wish == "call_back"
        handoffs.claim(session, handoff.id, staff[0], now)
        assert handoffs.claim(session, handoff.id, staff[0], now + timedelta(1)).claimed_at == now
        assert session.get_one(Conversation, conversation_id).status == "staff"
        assert handoffs.open_of(session, conversation_id) is handoff
        handoffs.close(session, handoff.id, now)
        assert handoffs.close(session, handoff.id, now + timedelta(1)).closed_at == now
        assert session.get_one(Conversation, conversation_id).status == "open"
        assert handoffs.open_of(session, conversation_id) is None
        with pytest.raises(AlreadyClaimed):
            handoffs.claim(session, handoff.id, staff[1], now)
        assert handoffs.request(session, conversation_id, "asked", None, now).id != handoff.id


def test_of_many_who_claim_one_wins(
    database: Engine, new_conversation: Callable[[], str], staff: list[int], now: datetime
) -> None:
    conversation_id = new_conversation()
    with transaction(database) as session:
        handoff_id = handoffs.request(session, conversation_id, "asked", None, now).id
    ready = threading.Barrier(len(staff))

    def run(staff_id: int) -> bool:
        ready.wait()
        try:
            with transaction(database) as session:
                handoffs.claim(session, handoff_id, staff_id, now)
        except AlreadyClaimed:
            return False
        return True

    with ThreadPoolExecutor(len(staff)) as pool:
        results = list(pool.map(run, staff))
    assert results.count(True) == 1
    with transaction(database) as session:
        assert session.get_one(Handoff, handoff_id).claimed_by == staff[results.index(True)]


def test_many_requests_at_once_are_one_handoff(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    conversation_id = new_conversation()
    ready = threading.Barrier(8)

    def run(_: int) -> int:
        ready.wait()
        with transaction(database) as session:
            return handoffs.request(session, conversation_id, "asked", None, now).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(run, range(8)))) == 1
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Handoff)) == 1


def test_the_queue_is_waiting_first_safety_first_oldest_first(
    database: Engine, new_conversation: Callable[[], str], staff: list[int], now: datetime
) -> None:
    def ask(session, name: str, reason: str, minutes: int) -> int:  # type: ignore[no-untyped-def]
        at = now + timedelta(minutes=minutes)
        found = handoffs.request(session, names[name], reason, "suicidal_crisis" if reason == "safety" else None, at)
        return found.id

    names = {name: new_conversation() for name in ("claimed", "old", "new", "safe_old", "safe_new", "closed")}
    with transaction(database) as session:
        claimed = ask(session, "claimed", "safety", 0)
        ask(session, "new", "asked", 9)
        ask(session, "old", "asked", 1)
        ask(session, "safe_new", "safety", 8)
        ask(session, "safe_old", "safety", 2)
        closed = ask(session, "closed", "safety", 0)
        handoffs.claim(session, claimed, staff[0], now)
        handoffs.close(session, closed, now)
        by_id = {conversation_id: name for name, conversation_id in names.items()}
        assert [by_id[row.conversation_id] for row in handoffs.queue(session)] == [
            "safe_old", "safe_new", "old", "new", "claimed",
        ]  # fmt: skip
