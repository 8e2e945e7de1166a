"""A referral's states: only the steps that exist, each noted for good."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.directory.partners import Partner
from bot.referral.booking import BookingRequest, book
from bot.referral.rules import STATES
from bot.referral.state_machine import ALLOWED, IllegalTransition, history, transition
from bot.store.engine import transaction
from bot.store.tables import Referral, ReferralTransition


@pytest.fixture
def referral_id(database: Engine, conversation_id: str, partner: Partner, now: datetime) -> int:
    with transaction(database) as session:
        request = BookingRequest(conversation_id, "unemployment_benefit", "uwv", partner, consent_version="1")
        return book(session, request, now).referral.id


def _referral(session: Session, referral_id: int) -> Referral:
    return session.get_one(Referral, referral_id)


def test_the_states_are_those_of_the_contract_and_all_can_be_reached() -> None:
    assert set(STATES) == {
        "draft", "needs_review", "requested", "accepted", "in_progress", "on_hold", "completed", "rejected", "failed",
        "cancelled",
    }  # fmt: skip
    assert set().union(*ALLOWED.values()) == set(STATES)


def test_a_referral_goes_its_way_and_every_step_is_kept(database: Engine, referral_id: int, now: datetime) -> None:
    with transaction(database) as session:
        referral = _referral(session, referral_id)
        transition(session, referral, "accepted", "uwv", now)
        transition(session, referral, "in_progress", "uwv", now)
        transition(session, referral, "completed", "uwv", now, outcome="benefit_arranged")
    with transaction(database) as session:
        steps = history(session, _referral(session, referral_id))
        assert [(step.from_status, step.to_status, step.actor, step.outcome) for step in steps] == [
            (None, "requested", "resident", None),
            ("requested", "accepted", "uwv", None),
            ("accepted", "in_progress", "uwv", None),
            ("in_progress", "completed", "uwv", "benefit_arranged"),
        ]
        assert _referral(session, referral_id).status == "completed"


def test_what_is_rejected_needs_a_reason_and_comes_back_to_the_desk(
    database: Engine, referral_id: int, now: datetime
) -> None:
    with transaction(database) as session:
        referral = _referral(session, referral_id)
        for reason in (None, "", "  "):
            with pytest.raises(IllegalTransition, match="reason"):
                transition(session, referral, "rejected", "uwv", now, reason=reason)
        transition(session, referral, "rejected", "uwv", now, reason="woont buiten het gebied")
        transition(session, referral, "needs_review", "desk", now)
        transition(session, referral, "requested", "desk", now)
        assert referral.status == "requested"


def test_completed_needs_an_outcome(database: Engine, referral_id: int, now: datetime) -> None:
    with transaction(database) as session:
        referral = _referral(session, referral_id)
        transition(session, referral, "accepted", "uwv", now)
        with pytest.raises(IllegalTransition, match="outcome"):
            transition(session, referral, "completed", "uwv", now, outcome=" ")
        assert referral.status == "accepted"


@pytest.mark.parametrize("to", ["completed", "draft", "requested", "on_hold", "nonsense", ""])
def test_a_step_that_does_not_exist_changes_nothing(database: Engine, referral_id: int, now: datetime, to: str) -> None:
    with transaction(database) as session:
        referral = _referral(session, referral_id)
        with pytest.raises(IllegalTransition):
            transition(session, referral, to, "desk", now, reason="x", outcome="work")
        assert referral.status == "requested"
        assert len(history(session, referral)) == 1


def test_who_was_not_reached_may_call_back(database: Engine, referral_id: int, now: datetime) -> None:
    for to in ("accepted", "in_progress"):
        with transaction(database) as session:
            referral = _referral(session, referral_id)
            transition(session, referral, "failed", "uwv", now, reason="not_reached")
            transition(session, referral, to, "uwv", now)
            assert referral.status == to
    with transaction(database) as session:
        transition(session, _referral(session, referral_id), "failed", "uwv", now, reason="not_reached")
        for to in ("completed", "on_hold", "rejected", "failed"):
            with pytest.raises(IllegalTransition):
                transition(session, _referral(session, referral_id), to, "uwv", now, reason="x", outcome="work")


def test_nothing_follows_an_end(database: Engine, referral_id: int, now: datetime) -> None:
    with transaction(database) as session:
        referral = _referral(session, referral_id)
        transition(session, referral, "cancelled", "resident", now)
        for state in STATES:
            with pytest.raises(IllegalTransition):
                transition(session, referral, state, "desk", now, reason="x", outcome="work")


def test_who_looks_at_an_old_state_cannot_step_from_it(database: Engine, referral_id: int, now: datetime) -> None:
    old = Session(database, expire_on_commit=False)
    with old:
        stale = _referral(old, referral_id)
        old.rollback()
        with transaction(database) as session:
            transition(session, _referral(session, referral_id), "cancelled", "resident", now)
        with pytest.raises(IllegalTransition):
            transition(old, stale, "accepted", "uwv", now)


def test_history_cannot_be_rewritten(database: Engine, referral_id: int) -> None:
    with pytest.raises(RuntimeError, match="history"), transaction(database) as session:
        session.query(ReferralTransition).one().actor = "somebody else"
