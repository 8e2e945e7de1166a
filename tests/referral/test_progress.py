"""The moves of a referral: each with all that follows from it, and nothing at all when it cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot.conversation import conversations
from bot.referral import progress
from bot.referral.booking import appointment_of
from bot.referral.rules import referral_rules
from bot.referral.state_machine import IllegalTransition, history
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral
from tests.referral.cases import OTHER, booked, everything, fresh, sent
from tests.referral.conftest import make_partner

PARTNER = "partner:uwv-utrecht"
BOOKED = [("partner", "requested"), ("resident", "requested")]
Move = Callable[..., bool]

MOVES: dict[str, Callable[[Any, Referral, datetime], bool]] = {
    "accept": lambda s, r, now: progress.accept(s, r, PARTNER, now),
    "begin_work": lambda s, r, now: progress.begin_work(s, r, PARTNER, now),
    "put_on_hold": lambda s, r, now: progress.put_on_hold(s, r, PARTNER, now),
    "send_back": lambda s, r, now: progress.send_back(s, r, "not_ours", PARTNER, now, suggested_role="kvk"),
    "not_reached": lambda s, r, now: progress.not_reached(s, r, PARTNER, now),
    "complete": lambda s, r, now: progress.complete(s, r, "work", PARTNER, now),
    "take_up": lambda s, r, now: progress.take_up(s, r, "desk:anna", now),
    "request_again": lambda s, r, now: progress.request_again(s, r, "desk:anna", now),
    "give_up": lambda s, r, now: progress.give_up(s, r, "resident", now),
}


def go(database: Engine, referral: Referral, now: datetime, *moves: str) -> None:
    for name in moves:
        with transaction(database) as session:
            assert MOVES[name](session, fresh(session, referral), now), name


@pytest.mark.parametrize(
    ("moves", "status", "owner", "told"),
    [
        (["accept"], "accepted", "partner", [("resident", "accepted")]),
        (["accept", "begin_work"], "in_progress", "partner", [("resident", "accepted")]),
        (["begin_work"], "in_progress", "partner", [("resident", "accepted")]),
        (["accept", "put_on_hold"], "on_hold", "partner", [("resident", "accepted")]),
        (["accept", "put_on_hold", "begin_work"], "in_progress", "partner", [("resident", "accepted")]),
        (["send_back"], "rejected", "desk", [("resident", "cancelled")]),
        (["not_reached"], "failed", "desk", []),
        (["not_reached", "begin_work"], "in_progress", "partner", [("resident", "accepted")]),
        (["not_reached", "accept"], "accepted", "partner", [("resident", "accepted")]),
        (["accept", "not_reached", "begin_work"], "in_progress", "partner", [("resident", "accepted")]),
        (["accept", "not_reached", "accept"], "accepted", "partner", [("resident", "accepted")]),
        (["accept", "complete"], "completed", "none", [("resident", "accepted"), ("resident", "cancelled")]),
        (["send_back", "take_up"], "needs_review", "desk", [("resident", "cancelled")]),
        (["not_reached", "take_up", "request_again"], "requested", "partner", [("partner", "requested")]),
        (["give_up"], "cancelled", "none", [("partner", "cancelled"), ("resident", "cancelled")]),
    ],
)
def test_a_move_is_a_step_with_its_owner_its_due_date_and_who_is_told(
    database: Engine, now: datetime, moves: list[str], status: str, owner: str, told: list[tuple[str, str]]
) -> None:
    referral = booked(database, now)
    go(database, referral, now, *moves)
    with transaction(database) as session:
        found = fresh(session, referral)
        assert (found.status, found.due_at) == (status, referral_rules().due_at(status, now))
        assert referral_rules().states[status].owner == owner
        assert sent(session, referral) == [*BOOKED, *told]
        assert len(history(session, found)) == 1 + len(moves)


@pytest.mark.parametrize("name", [name for name in MOVES if name not in {"take_up", "request_again", "complete"}])
def test_the_same_move_twice_is_one(database: Engine, now: datetime, name: str) -> None:
    referral = booked(database, now)
    go(database, referral, now, *(["accept"] if name == "put_on_hold" else []), name)
    before = everything(database)
    with transaction(database) as session:
        assert not MOVES[name](session, fresh(session, referral), now + timedelta(minutes=1))
    assert everything(database) == before


@pytest.mark.parametrize(
    ("moves", "name"),
    [
        ([], "complete"), ([], "put_on_hold"), ([], "take_up"), (["accept", "complete"], "accept"),
        (["give_up"], "accept"), (["give_up"], "send_back"), (["give_up"], "complete"), (["send_back"], "accept"),
        (["send_back"], "complete"), (["send_back"], "request_again"), (["begin_work"], "accept"),
        (["accept", "complete"], "send_back"), (["accept", "complete"], "not_reached"),
    ],
)  # fmt: skip
def test_a_move_that_cannot_be_made_says_so_and_changes_nothing(
    database: Engine, now: datetime, moves: list[str], name: str
) -> None:
    referral = booked(database, now)
    go(database, referral, now, *moves)
    before = everything(database)
    with pytest.raises(IllegalTransition, match=r"cannot go from|needs"), transaction(database) as session:
        MOVES[name](session, fresh(session, referral), now)
    assert everything(database) == before


@pytest.mark.parametrize("reason", ["", " ", "geen zin", "NOT_OURS", "x" * 5000])
def test_sending_back_needs_a_reason_of_the_list(database: Engine, now: datetime, reason: str) -> None:
    referral = booked(database, now)
    before = everything(database)
    with pytest.raises(IllegalTransition, match="reason"), transaction(database) as session:
        progress.send_back(session, fresh(session, referral), reason, PARTNER, now)
    assert everything(database) == before


@pytest.mark.parametrize("role", ["", "the mayor", "x" * 5000])
def test_a_better_role_is_one_of_the_roles(database: Engine, now: datetime, role: str) -> None:
    referral = booked(database, now)
    before = everything(database)
    with pytest.raises(IllegalTransition, match="role"), transaction(database) as session:
        progress.send_back(session, fresh(session, referral), "not_ours", PARTNER, now, suggested_role=role)
    assert everything(database) == before


@pytest.mark.parametrize("outcome", ["", "happy", "x" * 5000])
def test_completing_needs_an_outcome_of_the_list(database: Engine, now: datetime, outcome: str) -> None:
    referral = booked(database, now)
    go(database, referral, now, "accept")
    before = everything(database)
    with pytest.raises(IllegalTransition, match="outcome"), transaction(database) as session:
        progress.complete(session, fresh(session, referral), outcome, PARTNER, now)
    assert everything(database) == before


def test_the_outcome_is_noted_once_and_cannot_be_changed(database: Engine, now: datetime) -> None:
    referral = booked(database, now)
    go(database, referral, now, "accept", "complete")
    with transaction(database) as session:
        assert not progress.complete(session, fresh(session, referral), "work", PARTNER, now)
        assert history(session, fresh(session, referral))[-1].outcome == "work"
    before = everything(database)
    with pytest.raises(IllegalTransition), transaction(database) as session:
        progress.complete(session, fresh(session, referral), "training", PARTNER, now)
    assert everything(database) == before


def test_what_is_sent_back_comes_to_the_desk_and_is_no_refusal_to_the_resident(database: Engine, now: datetime) -> None:
    referral = booked(database, now, timed=False)
    go(database, referral, now, "send_back")
    with transaction(database) as session:
        step = history(session, fresh(session, referral))[-1]
        assert (step.reason, step.suggested_role, step.actor) == ("not_ours", "kvk", PARTNER)
        assert sent(session, referral) == BOOKED  # without an appointment there is nothing to tell
    timed = booked(database, now)
    go(database, timed, now, "send_back")
    with transaction(database) as session:
        assert appointment_of(session, fresh(session, timed)) is None
        row = session.scalars(select(Outbox).where(Outbox.reference == timed.reference).order_by(Outbox.id)).all()[-1]
        assert (row.recipient, row.kind, row.details["cause"]) == ("resident", "cancelled", "sent_back")


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        (["send_back"], []),
        (["accept", "complete"], [("resident", "accepted")]),
        (["give_up"], [("partner", "cancelled")]),
    ],
)
def test_an_appointment_that_has_been_is_not_called_off(
    database: Engine, now: datetime, moves: list[str], told: list[tuple[str, str]]
) -> None:
    referral = booked(database, now)
    with transaction(database) as session:
        before = appointment_of(session, fresh(session, referral))
        assert before is not None
    go(database, referral, before.start_at + timedelta(days=3), *moves)
    with transaction(database) as session:
        after = appointment_of(session, fresh(session, referral))
        assert after is not None
        assert (after.id, after.state, after.sequence) == (before.id, "booked", before.sequence)
        assert sent(session, referral) == [*BOOKED, *told]


def test_the_very_moment_it_begins_it_has_been_and_a_minute_before_not(database: Engine, now: datetime) -> None:
    for early, has_been in ((timedelta(0), True), (timedelta(minutes=1), False)):
        referral = booked(database, now)
        with transaction(database) as session:
            appointment = appointment_of(session, fresh(session, referral))
            assert appointment is not None
        go(database, referral, appointment.start_at - early, "send_back")
        with transaction(database) as session:
            assert (appointment_of(session, fresh(session, referral)) is not None) is has_been


def test_giving_up_frees_the_seat_for_somebody_else(database: Engine, now: datetime) -> None:
    partner = make_partner(seats=1)
    first = booked(database, now, partner)
    with transaction(database) as session:
        before = appointment_of(session, fresh(session, first))
        assert before is not None
    go(database, first, now, "give_up")
    second = booked(database, now, partner)
    with transaction(database) as session:
        after = appointment_of(session, fresh(session, second))
        assert after is not None
        assert (after.start_at, after.seat) == (before.start_at, before.seat)


def test_a_partner_who_never_had_it_or_gave_it_back_is_not_told_that_it_ended(database: Engine, now: datetime) -> None:
    referral = booked(database, now, timed=False)
    go(database, referral, now, "send_back", "give_up")
    with transaction(database) as session:
        assert sent(session, referral) == [*BOOKED, ("resident", "cancelled")]


def test_two_times_accepted_is_told_two_times(database: Engine, now: datetime) -> None:
    referral = booked(database, now)
    go(database, referral, now, "accept", "not_reached", "request_again", "accept")
    with transaction(database) as session:
        told = sent(session, referral)
        assert told.count(("resident", "accepted")) == 2
        assert told.count(("partner", "requested")) == 2


@pytest.mark.parametrize("confirm", ["accept", "begin_work"])
def test_the_old_place_is_kept_until_the_new_one_is_confirmed(database: Engine, now: datetime, confirm: str) -> None:
    old = booked(database, now)
    new = booked(database, now, OTHER, conversation_id=old.conversation_id, timed=False, replaces=old.reference)
    with transaction(database) as session:
        assert fresh(session, old).status == "requested"
        assert appointment_of(session, fresh(session, old)) is not None
    go(database, new, now, confirm)
    with transaction(database) as session:
        assert fresh(session, old).status == "cancelled"
        assert appointment_of(session, fresh(session, old)) is None
        last = history(session, fresh(session, old))[-1]
        assert (last.reason, last.actor) == ("transferred", PARTNER)
        assert sent(session, old) == [*BOOKED, ("partner", "cancelled"), ("resident", "cancelled")]


def test_a_booked_time_confirms_the_new_place_at_once(database: Engine, now: datetime) -> None:
    old = booked(database, now, timed=False)
    new = booked(database, now, OTHER, conversation_id=old.conversation_id, replaces=old.reference)
    with transaction(database) as session:
        assert (fresh(session, old).status, fresh(session, new).status) == ("cancelled", "requested")
        assert sent(session, old) == [*BOOKED, ("partner", "cancelled")]  # the resident hears of the new place


def test_a_new_place_that_is_sent_back_leaves_the_old_one_as_it_is(database: Engine, now: datetime) -> None:
    old = booked(database, now)
    new = booked(database, now, OTHER, conversation_id=old.conversation_id, timed=False, replaces=old.reference)
    go(database, new, now, "send_back")
    with transaction(database) as session:
        assert fresh(session, old).status == "requested"
        assert appointment_of(session, fresh(session, old)) is not None


@pytest.mark.parametrize("ended", [["give_up"], ["accept", "complete"]])
def test_an_old_place_that_ended_by_itself_is_left_alone(database: Engine, now: datetime, ended: list[str]) -> None:
    old = booked(database, now)
    new = booked(database, now, OTHER, conversation_id=old.conversation_id, timed=False, replaces=old.reference)
    go(database, old, now, *ended)
    go(database, new, now, "accept")
    with transaction(database) as session:
        assert fresh(session, old).status == {"give_up": "cancelled", "complete": "completed"}[ended[-1]]


def test_nobody_gives_up_the_place_of_another_conversation(database: Engine, now: datetime) -> None:
    theirs = booked(database, now)
    mine = booked(database, now, OTHER, timed=False, replaces=theirs.reference)
    go(database, mine, now, "accept")
    with transaction(database) as session:
        assert fresh(session, theirs).status == "requested"


def test_a_step_and_what_is_told_are_written_together_or_not_at_all(
    database: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = booked(database, now)
    new = booked(database, now, OTHER, conversation_id=old.conversation_id, timed=False, replaces=old.reference)
    before = everything(database)

    def killed(*_: object, **__: object) -> None:
        raise OSError("killed")

    monkeypatch.setattr(progress, "_free_seat", killed)  # the last thing that an acceptance does
    with pytest.raises(OSError, match="killed"), transaction(database) as session:
        progress.accept(session, fresh(session, new), PARTNER, now)
    assert everything(database) == before


def test_a_referral_that_was_erased_meanwhile_can_take_no_step(database: Engine, now: datetime) -> None:
    referral = booked(database, now)
    with transaction(database) as session:
        conversations.erase(session, referral.conversation_id)
    with pytest.raises(IllegalTransition, match="erased"), transaction(database) as session:
        progress.accept(session, referral, PARTNER, now)
