"""Consent for research: only a yes is one, the last answer counts, and nothing is left after erasing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from bot.conversation import conversations, research
from bot.store.engine import transaction
from bot.store.tables import ResearchConsent


@pytest.fixture
def conversation_id(database: Engine, now: datetime) -> str:
    with transaction(database) as session:
        return conversations.create(session, "midden-utrecht", "nl", now)[0].id


def test_no_answer_is_no_consent(database: Engine, conversation_id: str) -> None:
    with transaction(database) as session:
        assert research.answer_of(session, conversation_id) is None


@pytest.mark.parametrize("first", [True, False])
def test_the_last_answer_counts(database: Engine, conversation_id: str, now: datetime, first: bool) -> None:
    for given, at in ((first, now), (not first, now + timedelta(hours=1))):
        with transaction(database) as session:
            research.record(session, conversation_id, given, at)
        with transaction(database) as session:
            row = session.scalars(select(ResearchConsent)).one()
            assert (row.given, row.at, row.version) == (given, at, research.TEXT_VERSION)
            assert research.answer_of(session, conversation_id) is given


def test_two_answers_at_once_are_one_row(database: Engine, conversation_id: str, now: datetime) -> None:
    ready = threading.Barrier(8)

    def run(number: int) -> None:
        ready.wait()
        with transaction(database) as session:
            research.record(session, conversation_id, number % 2 == 0, now)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(8)))
    with transaction(database) as session:
        assert len(session.scalars(select(ResearchConsent)).all()) == 1


def test_erased_is_erased_and_stays_so(database: Engine, conversation_id: str, now: datetime) -> None:
    with transaction(database) as session:
        research.record(session, conversation_id, True, now)
        conversations.erase(session, conversation_id)
        assert session.scalars(select(ResearchConsent)).all() == []
    with pytest.raises(conversations.ConversationNotFound), transaction(database) as session:
        research.record(session, conversation_id, True, now)
