"""Conversations: who may open one, that messages keep their order, and that erased is erased."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot.conversation import conversations, handoffs, research, resumption
from bot.conversation.contacts import ContactDetails, save_contact
from bot.conversation.conversations import ConversationNotFound
from bot.directory.partners import Partner
from bot.referral.appointments import Slot
from bot.referral.booking import BookingRequest, book
from bot.referral.links import link_for
from bot.store.engine import transaction
from bot.store.tables import (
    AssistantEvent,
    AssistantTurn,
    Audit,
    Base,
    Conversation,
    EventSignUp,
    FollowUp,
    FollowUpStop,
    Message,
    TimeProposal,
    UnsafeChannel,
)

A_MONTH = timedelta(days=30)
PARTNER = Partner(id="uwv", name="UWV", role="uwv", roles=("uwv",))


def _create(database: Engine, now: datetime) -> tuple[str, str]:
    with transaction(database) as session:
        conversation, token = conversations.create(session, "midden-utrecht", None, now)
        return conversation.id, token


def test_the_token_is_long_and_only_its_hash_is_stored(database: Engine, now: datetime) -> None:
    conversation_id, token = _create(database, now)
    assert len(conversation_id) == 22
    assert len(token) == 43  # 32 bytes, base64
    with transaction(database) as session:
        stored = session.get_one(Conversation, conversation_id)
        assert token not in str(vars(stored))
        assert (stored.region, stored.language, stored.status, stored.state) == ("midden-utrecht", None, "open", {})
        assert stored.created_at == now
        assert conversations.authorise(session, conversation_id, token).id == conversation_id


def test_unknown_wrong_and_another_conversations_token_look_the_same(database: Engine, now: datetime) -> None:
    one, token = _create(database, now)
    other, other_token = _create(database, now)
    hostile = ["", other_token, token[:-1], token + "x", token.swapcase(), "\x00", "ü" * 5000, "\ud800", "' OR 1=1 --"]
    with transaction(database) as session:
        for wrong in hostile:
            with pytest.raises(ConversationNotFound):
                conversations.authorise(session, one, wrong)
        for unknown in ("", "x" * 22, one[:-1], one + "x", "\x00" * 22, "%", "a" * 100_000, one.swapcase()):
            with pytest.raises(ConversationNotFound):
                conversations.authorise(session, unknown, token)
        assert conversations.authorise(session, other, other_token).id == other


def test_a_shell_conversation_cannot_be_opened_over_the_web(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        first = conversations.ensure(session, "0123456789abcdef0123456789abcdef", "midden-utrecht", now)
        assert conversations.ensure(session, first.id, "elsewhere", now).region == "midden-utrecht"
        twenty_two = Conversation(
            id="x" * 22, token_hash="", region="r", status="open", state={}, created_at=now, updated_at=now
        )
        session.add(twenty_two)
        session.flush()
        for token in ("", "x"):
            with pytest.raises(ConversationNotFound):
                conversations.authorise(session, "x" * 22, token)
        for wrong in ("", "x" * 65, "a\x00b"):
            with pytest.raises(ValueError, match="64"):
                conversations.ensure(session, wrong, "midden-utrecht", now)


def test_an_erased_conversation_does_not_come_back(database: Engine, now: datetime) -> None:
    conversation_id, token = _create(database, now)
    with transaction(database) as session:
        assert conversations.erase(session, conversation_id)
        assert not conversations.erase(session, conversation_id)
        with pytest.raises(ConversationNotFound):
            conversations.ensure(session, conversation_id, "midden-utrecht", now)
        with pytest.raises(ConversationNotFound):
            conversations.append(session, conversation_id, "resident", "hallo", "nl", now)
        with pytest.raises(ConversationNotFound):
            conversations.begin_turn(session, conversation_id, "c", now)
        with pytest.raises(ConversationNotFound):
            conversations.authorise(session, conversation_id, token)


def test_several_processes_may_ensure_at_once(database: Engine, now: datetime) -> None:
    ready = threading.Barrier(8)

    def run(_: int) -> str:
        ready.wait()
        with transaction(database) as session:
            return conversations.ensure(session, "shell", "midden-utrecht", now).id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(8))) == {"shell"}


def test_messages_keep_everything_and_count_from_one(database: Engine, now: datetime) -> None:
    conversation_id, _ = _create(database, now)
    later = now + timedelta(minutes=1)
    with transaction(database) as session:
        turn, _ = conversations.begin_turn(session, conversation_id, "c1", now)
        conversations.append(
            session, conversation_id, "resident", "hal\x00lo 😀", "nl", now, understood={"intent": "greet"}, turn=turn
        )
        conversations.append(
            session, conversation_id, "assistant", "Dag!", "nl", later, turn=turn, ask="situation", card={"kind": "x"},
            buttons=[{"title": "Ja", "payload": "/affirm"}],
        )  # fmt: skip
        conversations.finish_turn(session, turn, later)
    with transaction(database) as session:
        first, second = conversations.messages_since(session, conversation_id)
        assert (first.seq, first.text, first.understood, first.buttons) == (1, "hallo 😀", {"intent": "greet"}, [])
        assert (second.seq, second.ask, second.card, second.at) == (2, "situation", {"kind": "x"}, later)
        assert [message.seq for message in conversations.messages_since(session, conversation_id, 1)] == [2]
        assert conversations.messages_since(session, conversation_id, 2) == []
        assert [message.text for message in conversations.replies_of(session, turn)] == ["Dag!"]
        assert session.get_one(Conversation, conversation_id).updated_at == later


def test_many_writers_get_numbers_without_gaps(database: Engine, now: datetime) -> None:
    conversation_id, _ = _create(database, now)
    ready = threading.Barrier(12)

    def run(number: int) -> None:
        ready.wait()
        for part in range(3):
            with transaction(database) as session:
                conversations.append(session, conversation_id, "staff", f"{number}.{part}", "nl", now)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(run, range(12)))
    with transaction(database) as session:
        found = conversations.messages_since(session, conversation_id)
        assert [message.seq for message in found] == list(range(1, 37))
        assert len({message.text for message in found}) == 36


def test_the_same_thing_sent_twice_is_one_turn(database: Engine, now: datetime) -> None:
    conversation_id, _ = _create(database, now)
    other, _ = _create(database, now)
    ready = threading.Barrier(8)

    def run(_: int) -> tuple[int, bool]:
        ready.wait()
        with transaction(database) as session:
            turn, is_new = conversations.begin_turn(session, conversation_id, "click", now)
            return turn.id, is_new

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(8)))
    assert len({turn for turn, _ in results}) == 1
    assert [is_new for _, is_new in results].count(True) == 1
    with transaction(database) as session:
        assert conversations.begin_turn(session, other, "click", now)[1]
        for wrong in ("", "x" * 65, "a\x00"):
            with pytest.raises(ValueError, match="client_id"):
                conversations.begin_turn(session, conversation_id, wrong, now)


#: Tables in which no conversation leaves anything.
HOUSE = {"staff", "job", "impact_record"}


def _everything(session: Session, conversation_id: str, now: datetime) -> None:
    """Leave something of a conversation in every table that can hold something of one."""
    turn, _ = conversations.begin_turn(session, conversation_id, "c1", now)
    conversations.append(session, conversation_id, "resident", "MERKTEKEN in een bericht", "nl", now, turn=turn)
    save_contact(session, conversation_id, ContactDetails("Jan", "+31612345678"), now)
    handoffs.request(session, conversation_id, "asked", None, now)
    resumption.new_code(session, conversation_id, now)
    slot = Slot(now + timedelta(days=2), now + timedelta(days=2, hours=1), "phone")
    request = BookingRequest(
        conversation_id, "need", "uwv", PARTNER, slot=slot, consent_version="1", summary="MERKTEKEN"
    )
    referral = book(session, request, now).referral
    link_for(session, referral, "partner", now)
    session.add_all(
        (
            UnsafeChannel(conversation_id=conversation_id, channel="email", at=now),
            FollowUpStop(conversation_id=conversation_id, at=now),
            FollowUp(referral_id=referral.id, wave="two_weeks", asked_at=now),
            TimeProposal(referral_id=referral.id, start_at=now, end_at=now, mode="phone", created_at=now),
            AssistantTurn(conversation_id=conversation_id, turn="1", answer={"messages": "MERKTEKEN"}, at=now),
        )
    )
    session.add(
        AssistantEvent(sender_id=conversation_id, type_name="user", timestamp=now.timestamp(), data="MERKTEKEN")
    )
    session.add(_sign_up(conversation_id, now + timedelta(days=60), now))
    research.record(session, conversation_id, True, now)


def _sign_up(conversation_id: str, end: datetime, now: datetime, **changes: str) -> EventSignUp:
    values = {"state": "live", "title": "MERKTEKEN", "location": "MERKTEKEN", "reference": "3333333N"} | changes
    return EventSignUp(
        event_id="fair", place=1, start_at=now, end_at=end, conversation_id=conversation_id, created_at=now, **values
    )


def test_nothing_is_left_of_an_erased_conversation_in_any_table(database: Engine, now: datetime) -> None:
    conversation_id, _ = _create(database, now)
    kept, kept_token = _create(database, now)
    with transaction(database) as session:
        _everything(session, conversation_id, now)
        conversations.append(session, kept, "resident", "blijft", "nl", now)
        session.add(AssistantEvent(sender_id=kept, type_name="user", timestamp=now.timestamp()))
        session.add(Audit(actor="sara", action="read", at=now))
    filled = _counts(database)
    assert all(count > 0 for table, count in filled.items() if table not in HOUSE), filled

    with transaction(database) as session:
        assert conversations.erase(session, conversation_id)
    assert _counts(database) == dict.fromkeys(filled, 0) | {"conversation": 1, "message": 1, "events": 1, "audit": 1}
    with transaction(database) as session:
        assert conversations.authorise(session, kept, kept_token).id == kept
        for table in Base.metadata.sorted_tables:
            rows = str([tuple(row) for row in session.execute(select(table))])
            assert conversation_id not in rows
            assert "MERKTEKEN" not in rows
    if database.dialect.name == "sqlite":
        database.dispose()  # the last connection writes the log back into the file
        assert b"MERKTEKEN" not in Path(str(database.url.database)).read_bytes()


def _counts(database: Engine) -> dict[str, int]:
    with transaction(database) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_erasing_does_not_depend_on_foreign_keys(tmp_path: Path, now: datetime) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")  # without our pragmas
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
        _everything(session, conversation_id, now)
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 0
        conversations.erase(session, conversation_id)
        session.commit()
    assert set(_counts(engine).values()) == {0}
    engine.dispose()


def test_erasing_while_others_write_leaves_nothing(database: Engine, now: datetime) -> None:
    conversation_id, _ = _create(database, now)
    ready = threading.Barrier(6)

    def write(number: int) -> None:
        ready.wait()
        for part in range(5):
            try:
                with transaction(database) as session:
                    turn, _ = conversations.begin_turn(session, conversation_id, f"{number}.{part}", now)
                    conversations.append(session, conversation_id, "resident", "x", "nl", now, turn=turn)
                    conversations.finish_turn(session, turn, now)
            except ConversationNotFound:
                return

    def erase() -> None:
        ready.wait()
        with transaction(database) as session:
            conversations.erase(session, conversation_id)

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(write, number) for number in range(5)] + [pool.submit(erase)]
        for future in running:
            future.result()
    assert set(_counts(database).values()) == {0}


def test_purge_takes_old_unfinished_conversations_and_events_of_nobody(database: Engine, now: datetime) -> None:
    old = now - A_MONTH - timedelta(seconds=1)
    slot = Slot(now + timedelta(days=2), now + timedelta(days=2, hours=1), "phone")
    with transaction(database) as session:
        ids = {name: conversations.create(session, "midden-utrecht", "nl", old)[0].id for name in
               ("unfinished", "referred", "handed_off", "handoff_closed", "answered")}  # fmt: skip
        book(session, BookingRequest(ids["referred"], "need", "uwv", PARTNER, slot=slot, consent_version="1"), old)
        handoffs.request(session, ids["handed_off"], "asked", None, old)
        handoffs.close(session, handoffs.request(session, ids["handoff_closed"], "asked", None, old).id, old)
        conversations.append(session, ids["answered"], "resident", "ik ben er nog", "nl", now)
        for sender, at in ((ids["unfinished"], old), (ids["referred"], old), ("erased", old), ("starting", now)):
            session.add(AssistantEvent(sender_id=sender, type_name="user", timestamp=at.timestamp()))
    with transaction(database) as session:
        assert conversations.purge(session, now - A_MONTH) == 2
        assert conversations.purge(session, now - A_MONTH) == 0
        assert set(session.scalars(select(Conversation.id))) == {ids["referred"], ids["handed_off"], ids["answered"]}
        assert set(session.scalars(select(AssistantEvent.sender_id))) == {ids["referred"], "starting"}
        assert session.scalar(select(func.count()).select_from(Message)) == 1


@pytest.mark.parametrize(
    ("state", "days_after", "kept"), [("live", 1, True), ("live", -1, False), ("cancelled", 1, False)]
)
def test_purge_leaves_whoever_has_a_place_until_the_event_is_over(
    database: Engine, now: datetime, state: str, days_after: int, kept: bool
) -> None:
    limit = now - A_MONTH
    old = limit - timedelta(days=2)
    with transaction(database) as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", old)[0].id
        session.add(_sign_up(conversation_id, limit + timedelta(days=days_after), old, state=state))
    with transaction(database) as session:
        assert conversations.purge(session, limit) == (0 if kept else 1)
    assert _counts(database)["event_sign_up"] == (1 if kept else 0)


def test_a_naive_moment_is_refused(database: Engine) -> None:
    with pytest.raises(Exception, match="time zone"), transaction(database) as session:
        conversations.create(session, "midden-utrecht", "nl", datetime(2026, 11, 25))  # noqa: DTZ001
