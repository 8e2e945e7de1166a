"""The purge: each kind of thing goes after its days, and not a day before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, func, select

from bot.conversation import conversations, handoffs, safe_channels
from bot.conversation.retention import Retention, read_retention
from bot.directory.partners import Partner
from bot.jobs.purge import purge
from bot.referral import outbox
from bot.referral.appointments import Slot
from bot.referral.booking import BookingRequest, book
from bot.referral.erasure import erase_conversation
from bot.referral.state_machine import transition
from bot.settings import ROOT
from bot.store.engine import transaction
from bot.store.tables import AssistantEvent, Audit, Base, Conversation, Message, Outbox, Referral

DAYS = Retention(unfinished=14, transcript=30, ended=210, silent=400, sent=30, audit=540)
PARTNER = Partner(id="uwv", name="UWV", role="uwv", roles=("uwv",), seats=5)
DAY = timedelta(days=1)


def referred(database: Engine, at: datetime, *, ended: datetime | None = None) -> str:
    """Leave a conversation with a referral of a moment, which ended at another."""
    with transaction(database) as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", at)[0].id
        conversations.append(session, conversation_id, "resident", "MERKTEKEN", "nl", at)
        slot = Slot(at + 2 * DAY, at + 2 * DAY + timedelta(hours=1), "phone")
        request = BookingRequest(conversation_id, "need", "uwv", PARTNER, slot=slot, consent_version="1")
        referral = book(session, request, at).referral
        session.add(AssistantEvent(sender_id=conversation_id, type_name="user", timestamp=at.timestamp()))
        if ended is not None:
            transition(session, referral, "accepted", "uwv", ended)
            transition(session, referral, "completed", "uwv", ended, outcome="work")
    return conversation_id


def count(database: Engine, table: type[Base]) -> int:
    with transaction(database) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_days_of_this_installation() -> None:
    days = read_retention(ROOT / "content" / "retention.yml")
    assert days.ended > 183  # the last question comes after six months
    assert days.unfinished >= 7  # a code to come back works for seven days
    assert days.sent < days.ended < days.silent


@pytest.mark.parametrize("wrong", ["unfinished: 0", "unfinished: 7", "[]", "surprise: 1", "unfinished: soon"])
def test_days_that_cannot_be_used(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "retention.yml").write_text(wrong)
    with pytest.raises(ValidationError):
        read_retention(tmp_path / "retention.yml")


@pytest.mark.parametrize(("age", "left"), [(13, 1), (15, 0)])
def test_a_conversation_that_led_to_nothing(database: Engine, now: datetime, age: int, left: int) -> None:
    with transaction(database) as session:
        conversations.create(session, "midden-utrecht", "nl", now - age * DAY)
    purge(database, DAYS, now)
    assert count(database, Conversation) == left


@pytest.mark.parametrize(("age", "left"), [(29, 1), (31, 0)])
def test_what_was_said_goes_and_the_referral_stays(database: Engine, now: datetime, age: int, left: int) -> None:
    conversation_id = referred(database, now - age * DAY)
    assert purge(database, DAYS, now) == 1 - left
    assert purge(database, DAYS, now) == 0
    assert count(database, Message) == count(database, AssistantEvent) == left
    assert count(database, Referral) == 1
    with transaction(database) as session:
        assert session.get_one(Conversation, conversation_id).asking is None


@pytest.mark.parametrize("said", [None, True])
def test_that_no_way_of_contact_is_safe_outlives_what_was_said(
    database: Engine, now: datetime, said: bool | None
) -> None:
    """Violence at home was told, and something more urgent took its place in the hand-off."""
    told, other = referred(database, now - 31 * DAY), referred(database, now - 31 * DAY)
    with transaction(database) as session:
        conversation = session.get_one(Conversation, told)
        conversation.state = {"signals": [{"id": "domestic_violence"}], "safety": "suicidal_crisis"}
        safe_channels.note(session, told, said, now)
        expected = safe_channels.unsafe_channels(session, told)
        assert expected == (frozenset() if said else {"phone", "email"})
    assert purge(database, DAYS, now) == 2
    with transaction(database) as session:
        assert session.get_one(Conversation, told).state == {}
        assert safe_channels.unsafe_channels(session, told) == expected
        assert safe_channels.unsafe_channels(session, other) == frozenset()


def test_what_staff_have_open_is_left_alone(database: Engine, now: datetime) -> None:
    conversation_id = referred(database, now - 60 * DAY)
    with transaction(database) as session:
        handoffs.request(session, conversation_id, "asked", None, now - 60 * DAY)
    assert purge(database, DAYS, now) == 0
    assert count(database, Message) == 1


@pytest.mark.parametrize(("age", "left"), [(209, 1), (211, 0)])
def test_a_conversation_whose_referrals_have_ended(database: Engine, now: datetime, age: int, left: int) -> None:
    referred(database, now - 300 * DAY, ended=now - age * DAY)
    purge(database, DAYS, now)
    assert count(database, Conversation) == count(database, Referral) == left


def test_one_that_still_runs_keeps_the_conversation_until_nothing_was_heard_for_long(
    database: Engine, now: datetime
) -> None:
    referred(database, now - 399 * DAY)
    silent = referred(database, now - 401 * DAY)
    purge(database, DAYS, now)
    with transaction(database) as session:
        assert silent not in set(session.scalars(select(Conversation.id)))
    assert count(database, Referral) == 1


def test_the_partner_learns_what_is_withdrawn_when_it_may_have_received_it(database: Engine, now: datetime) -> None:
    unsent, sent = referred(database, now), referred(database, now)
    with transaction(database) as session:
        reference = session.scalar(select(Referral.reference).where(Referral.conversation_id == sent))
        rows = session.scalars(select(Outbox).join(Referral).where(Referral.conversation_id == sent))
        for row in list(rows):
            row.attempts = 1
            outbox.delivered(session, row.id, now)
    with transaction(database) as session:
        assert erase_conversation(session, unsent, now)
        assert erase_conversation(session, sent, now)
        assert not erase_conversation(session, sent, now)
    with transaction(database) as session:
        [row] = session.scalars(select(Outbox)).all()
        assert (row.kind, row.reference, row.referral_id, row.details) == ("withdrawn", reference, None, {})
        assert [claimed.id for claimed in outbox.claim(session, now)] == [row.id]


def test_what_was_sent_and_what_was_read_go_too(database: Engine, now: datetime) -> None:
    referred(database, now - 31 * DAY)
    with transaction(database) as session:
        first, second = session.scalars(select(Outbox).order_by(Outbox.id)).all()
        for row in (first, second):
            outbox.delivered(session, row.id, now)
        first.referral_id = None
        session.add_all(Audit(actor="a", action="read", at=now - age * DAY) for age in (539, 541))
        kept = second.id
    purge(database, DAYS, now)
    with transaction(database) as session:
        assert session.scalars(select(Outbox.id)).all() == [kept]  # its referral is still there
    assert count(database, Audit) == 1
