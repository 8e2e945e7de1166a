"""Conversations in a real database: long, broken off, paused, erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rasa.core.agent import Agent
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import Engine, delete, event, func, select
from sqlalchemy.exc import OperationalError

from bot.assistant import tracker_store as module
from bot.assistant.tracker_store import ConversationTrackerStore
from bot.store.engine import make_engine
from bot.store.migrate import check_schema
from bot.store.tables import AssistantEvent

SLOTS = ("municipality", "asking", "signals", "memory", "plan")
DOMAIN = Domain.from_dict(
    {"slots": {name: {"type": "any", "mappings": [{"type": "custom"}]} for name in SLOTS}, "actions": ["action_next"]}
)


@pytest.fixture
def store(empty_database_url: str) -> Iterator[ConversationTrackerStore]:
    opened = ConversationTrackerStore(domain=DOMAIN, host=empty_database_url)
    yield opened
    opened.engine.dispose()


async def begin(store: ConversationTrackerStore, sender: str = "c1") -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(
        [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], DOMAIN
    )
    await store.save(tracker)


async def turn(
    store: ConversationTrackerStore, number: int, sender: str = "c1", *extra: object
) -> DialogueStateTracker:
    tracker = await store.get_or_create_tracker(sender)
    said = f"zin {number}"
    tracker.update_with_events(
        [
            UserUttered(said, {"name": "tell", "confidence": 1.0}, [], {"text": said}),
            ActionExecuted("action_next"),
            SlotSet("asking", f"q{number}"),
            SlotSet("signals", {"debts": number}),
            SlotSet("memory", {"turn": number}),
            *extra,
            BotUttered("antwoord"),
            ActionExecuted("action_listen"),
        ],
        DOMAIN,
    )
    await store.save(tracker)
    return tracker


def count_rows(engine: Engine, sender: str = "c1") -> int:
    with engine.begin() as connection:
        return int(
            connection.scalar(select(func.count(AssistantEvent.id)).where(AssistantEvent.sender_id == sender)) or 0
        )


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_a_long_conversation_costs_what_a_short_one_does_and_forgets_nothing(
    store: ConversationTrackerStore,
) -> None:
    await begin(store)
    await turn(store, 1, "c1", SlotSet("municipality", "Zeist"))
    early = await store.retrieve("c1")
    assert early is not None
    rows_early = len(early.events)
    for number in range(2, 200):
        await turn(store, number)
    with statements(store.engine) as seen:
        late = await store.retrieve("c1")
    assert late is not None
    assert len(late.events) <= 1.5 * rows_early
    assert late.get_slot("municipality") == "Zeist"
    assert late.get_slot("signals") == {"debts": 199}
    assert late.latest_message is not None
    assert late.latest_message.text == "zin 199"
    assert late.latest_action_name == "action_listen"
    assert len([statement for statement in seen if "SELECT" in statement]) <= 9
    with statements(store.engine) as seen:
        await turn(store, 200)
    assert len([statement for statement in seen if statement.startswith("INSERT")]) <= 8
    full = await store.retrieve_full_tracker("c1")
    assert full is not None
    assert len(full.events) == count_rows(store.engine) == 3 + 200 * 7 + 1


async def test_nothing_is_stored_twice(store: ConversationTrackerStore) -> None:
    await begin(store)
    tracker = await turn(store, 1)
    before = count_rows(store.engine)
    await store.save(tracker)
    await store.save(tracker)
    assert count_rows(store.engine) == before
    again = await store.retrieve("c1")
    assert again is not None
    await store.save(again)
    assert count_rows(store.engine) == before


async def test_a_failed_save_stores_nothing_and_the_turn_can_be_done_again(
    store: ConversationTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store)
    await turn(store, 1)
    before = count_rows(store.engine)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_as_row", lambda *_: {"sender_id": None, "type_name": None, "data": "x"})
        with pytest.raises(Exception, match=r"(?i)null"):
            await turn(store, 2)
    assert count_rows(store.engine) == before
    tracker = await turn(store, 2)
    assert count_rows(store.engine) == before + 7
    assert tracker.get_slot("asking") == "q2"


async def test_a_lost_turn_leaves_no_trace(store: ConversationTrackerStore) -> None:
    await begin(store)
    await turn(store, 1)
    lost = await store.retrieve("c1")
    assert lost is not None
    lost.update(UserUttered("verloren"), DOMAIN)  # the process dies here
    kept = await store.retrieve("c1")
    assert kept is not None
    assert kept.latest_message is not None
    assert kept.latest_message.text == "zin 1"


async def test_erased_rows_are_gone_even_in_the_middle_of_a_turn(store: ConversationTrackerStore) -> None:
    await begin(store)
    await turn(store, 1)
    await turn(store, 1, "other")
    running = await store.retrieve("c1")
    assert running is not None
    with store.engine.begin() as connection:
        connection.execute(delete(AssistantEvent).where(AssistantEvent.sender_id == "c1"))
    running.update(UserUttered("nog bezig"), DOMAIN)
    await store.save(running)
    assert count_rows(store.engine) == 0
    assert await store.retrieve("c1") is None
    assert await store.retrieve_full_tracker("c1") is None
    assert count_rows(store.engine, "other") > 0
    assert list(await store.keys()) == ["other"]


async def test_a_pause_outlasts_many_turns(store: ConversationTrackerStore) -> None:
    await begin(store)
    await turn(store, 1, "c1", ConversationPaused())
    for number in range(2, 40):
        await turn(store, number)
    tracker = await store.retrieve("c1")
    assert tracker is not None
    assert tracker.is_paused()


@pytest.mark.parametrize("reset", [AllSlotsReset(), Restarted(), SessionStarted()])
async def test_slots_from_before_a_reset_stay_gone(store: ConversationTrackerStore, reset: object) -> None:
    await begin(store)
    await turn(store, 1, "c1", SlotSet("municipality", "Zeist"), reset)
    for number in range(2, 12):
        await turn(store, number)
    tracker = await store.retrieve("c1")
    assert tracker is not None
    assert tracker.get_slot("municipality") is None
    assert tracker.get_slot("asking") == "q11"


async def test_a_slot_that_was_emptied_stays_empty(store: ConversationTrackerStore) -> None:
    await begin(store)
    await turn(store, 1, "c1", SlotSet("municipality", "Zeist"))
    await turn(store, 2, "c1", SlotSet("municipality", None))
    for number in range(3, 12):
        await turn(store, number)
    tracker = await store.retrieve("c1")
    assert tracker is not None
    assert tracker.get_slot("municipality") is None


async def test_two_conversations_do_not_mix(store: ConversationTrackerStore) -> None:
    for sender, place in (("a", "Zeist"), ("a' OR 1=1 --", "Houten")):
        await begin(store, sender)
        for number in range(6):
            await turn(store, number, sender, SlotSet("municipality", place))
    for sender, place in (("a", "Zeist"), ("a' OR 1=1 --", "Houten")):
        tracker = await store.retrieve(sender)
        assert tracker is not None
        assert tracker.get_slot("municipality") == place
    assert await store.retrieve("") is None


async def test_a_database_that_cannot_be_read_is_an_error_not_an_empty_memory(
    store: ConversationTrackerStore,
) -> None:
    await begin(store)
    with store.engine.begin() as connection:
        AssistantEvent.__table__.drop(connection)
    wrapped = Agent._create_tracker_store(store, DOMAIN)
    with pytest.raises(Exception, match="events") as caught:
        await wrapped.get_or_create_tracker("c1")
    assert isinstance(caught.value, OperationalError) or "UndefinedTable" in str(caught.value)


async def test_rows_have_the_form_other_rooms_rely_on(store: ConversationTrackerStore) -> None:
    await begin(store)
    await turn(store, 1, "c1", SlotSet("municipality", "Zeist"))
    with store.engine.begin() as connection:
        rows = connection.execute(select(AssistantEvent.__table__).order_by(AssistantEvent.id)).all()
    by_type = {row.type_name: row for row in rows}
    assert by_type["user"].intent_name is None or by_type["user"].intent_name == "tell"
    assert by_type["slot"].action_name in SLOTS
    assert all(json.loads(row.data)["event"] == row.type_name for row in rows)


def test_a_new_database_gets_all_tables(empty_database_url: str) -> None:
    ConversationTrackerStore(DOMAIN, host=empty_database_url)
    engine = make_engine(empty_database_url)
    try:
        assert check_schema(engine) is None
        ConversationTrackerStore(DOMAIN, host=empty_database_url)  # and again: nothing to do
    finally:
        engine.dispose()
