"""Warm transfer: with consent, without telling it twice, and the old place is kept until the new one is certain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.referral import progress, transfer
from bot.referral.appointments import SeatTaken, Slot, offer_times
from bot.referral.booking import appointment_of, referral_document
from bot.referral.overdue import mark_overdue, overdue
from bot.referral.state_machine import IllegalTransition, history
from bot.referral.transfer import AlreadyThere, Consent, Destination
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral
from tests.referral.cases import JAN, OTHER, booked, everything, fresh, sent
from tests.referral.conftest import make_partner

ROC = Destination(OTHER, "education")
BY_PHONE = Consent("phone-2026-11", "desk:anna")


@pytest.fixture
def old(database: Engine, now: datetime) -> Referral:
    return booked(database, now)


@pytest.fixture
def draft(database: Engine, old: Referral, now: datetime) -> Referral:
    with transaction(database) as session:
        return transfer.propose(session, fresh(session, old), ROC, "desk:anna", now)


def test_a_proposal_carries_the_story_and_nothing_travels_before_the_yes(
    database: Engine, old: Referral, draft: Referral, now: datetime
) -> None:
    with transaction(database) as session:
        assert (fresh(session, draft).status, draft.replaces) == ("draft", old.reference)
        assert sent(session, draft) == [("resident", "transfer_proposed")]
        assert fresh(session, old).status == "requested"
        assert transfer.proposals_of(session, fresh(session, old)) == [fresh(session, draft)]
    with transaction(database) as session:
        assert transfer.agree(session, fresh(session, draft), BY_PHONE, now)
        assert not transfer.agree(session, fresh(session, draft), BY_PHONE, now)
    with transaction(database) as session:
        before, after = (referral_document(fresh(session, one), None, with_contact=True) for one in (old, draft))
        for same in ("need", "situation", "summary", "language", "interpreter", "because", "contact"):
            assert after[same] == before[same]
        assert after["contact"] == JAN.to_dict()
        assert after["consent"] == {
            "version": "phone-2026-11", "at": "2026-11-25T10:00:00+01:00", "partners": ["roc"],
        }  # fmt: skip
        assert history(session, fresh(session, draft))[-1].actor == "desk:anna"
        assert sent(session, draft) == [
            ("resident", "transfer_proposed"), ("partner", "requested"), ("resident", "requested"),
        ]  # fmt: skip


def test_the_old_place_is_kept_until_the_new_partner_confirms(
    database: Engine, old: Referral, draft: Referral, now: datetime
) -> None:
    with transaction(database) as session:
        transfer.agree(session, fresh(session, draft), BY_PHONE, now)
    with transaction(database) as session:
        assert appointment_of(session, fresh(session, old)) is not None
        progress.accept(session, fresh(session, draft), "partner:roc", now)
    with transaction(database) as session:
        assert fresh(session, old).status == "cancelled"
        assert appointment_of(session, fresh(session, old)) is None


def test_a_time_with_the_new_partner_makes_it_certain_at_once(
    database: Engine, old: Referral, draft: Referral, now: datetime
) -> None:
    with transaction(database) as session:
        slot = offer_times(session, OTHER, now, count=5)[-1]
        transfer.agree(session, fresh(session, draft), BY_PHONE, now, (OTHER, slot))
    with transaction(database) as session:
        appointment = appointment_of(session, fresh(session, draft))
        assert appointment is not None
        assert appointment.start_at == slot.start
        assert fresh(session, old).status == "cancelled"


def test_a_time_that_is_gone_changes_nothing(database: Engine, draft: Referral, now: datetime) -> None:
    one_seat = make_partner(id="roc", name=OTHER.name, role="education", seats=1)
    booked(database, now, one_seat)
    with transaction(database) as session:
        taken = appointment_of(session, session.scalars(select(Referral).order_by(Referral.id.desc())).first())  # type: ignore[arg-type]
        assert taken is not None
    before = everything(database)
    slot = Slot(taken.start_at, taken.end_at, "phone")
    with pytest.raises(SeatTaken), transaction(database) as session:
        transfer.agree(session, fresh(session, draft), BY_PHONE, now, (one_seat, slot))
    assert everything(database) == before


def test_a_no_leaves_the_old_one_and_nobody_hears_of_it(
    database: Engine, old: Referral, draft: Referral, now: datetime
) -> None:
    with transaction(database) as session:
        assert transfer.decline(session, fresh(session, draft), "resident", now)
        assert not transfer.decline(session, fresh(session, draft), "resident", now)
        with pytest.raises(IllegalTransition):
            transfer.agree(session, fresh(session, draft), BY_PHONE, now)
    with transaction(database) as session:
        assert fresh(session, old).status == "requested"
        assert sent(session, draft) == [("resident", "transfer_proposed")]
        assert history(session, fresh(session, draft))[-1].reason == "declined"


def test_what_the_partner_sent_back_is_taken_up_and_passed_on(database: Engine, old: Referral, now: datetime) -> None:
    with transaction(database) as session:
        referral = fresh(session, old)
        progress.send_back(session, referral, "not_ours", "partner:uwv-utrecht", now, suggested_role="education")
        progress.take_up(session, referral, "desk:anna", now)
        draft = transfer.propose(session, referral, ROC, "desk:anna", now)
        transfer.agree(session, draft, BY_PHONE, now)
        progress.accept(session, draft, "partner:roc", now)
    with transaction(database) as session:
        assert (fresh(session, old).status, fresh(session, draft).status) == ("cancelled", "accepted")
        assert ("partner", "cancelled") not in sent(session, old)  # it sent it back itself


def test_the_same_proposal_twice_is_one(database: Engine, old: Referral, draft: Referral, now: datetime) -> None:
    with transaction(database) as session:
        again = transfer.propose(session, fresh(session, old), ROC, "desk:bert", now)
        assert again.id == draft.id
        assert session.scalar(select(func.count()).select_from(Referral)) == 2


def test_nobody_is_passed_on_to_where_they_are(database: Engine, old: Referral, now: datetime) -> None:
    with transaction(database) as session, pytest.raises(AlreadyThere):
        transfer.propose(session, fresh(session, old), Destination(make_partner(), "uwv"), "desk:anna", now)


@pytest.mark.parametrize(
    "end",
    [
        lambda s, r, now: progress.give_up(s, r, "resident", now),
        lambda s, r, now: progress.accept(s, r, "p", now) and progress.complete(s, r, "work", "p", now),
    ],
)
def test_what_has_ended_is_not_passed_on(
    database: Engine, old: Referral, now: datetime, end: Callable[..., object]
) -> None:
    with transaction(database) as session:
        end(session, fresh(session, old), now)
    with transaction(database) as session, pytest.raises(IllegalTransition, match="passed on"):
        transfer.propose(session, fresh(session, old), ROC, "desk:anna", now)


def test_a_transfer_without_consent_does_not_exist(database: Engine, draft: Referral, now: datetime) -> None:
    with transaction(database) as session, pytest.raises(ValueError, match="agreed"):
        transfer.agree(session, fresh(session, draft), Consent(""), now)
    with transaction(database) as session:
        assert fresh(session, draft).status == "draft"


def test_for_another_need_only_its_facts_go_along(database: Engine, old: Referral, now: datetime) -> None:
    to = Destination(OTHER, "education", need="training", facts=["municipality"])
    with transaction(database) as session:
        draft = transfer.propose(session, fresh(session, old), to, "desk:anna", now)
        document = referral_document(draft, None, with_contact=False)
    assert (document["need"], document["situation"]) == ("training", {"municipality": "Zeist"})
    assert "31 januari" not in document["summary"]


def test_a_second_need_does_not_wait_for_the_first(database: Engine, old: Referral, now: datetime) -> None:
    second = booked(database, now, OTHER, "training", old.conversation_id, timed=False)
    assert second.replaces is None
    with transaction(database) as session:
        progress.send_back(session, fresh(session, old), "no_place", "partner:uwv-utrecht", now)
        progress.accept(session, fresh(session, second), "partner:roc", now)
    with transaction(database) as session:
        assert (fresh(session, old).status, fresh(session, second).status) == ("rejected", "accepted")
        streams = set(session.scalars(select(Outbox.stream).where(Outbox.recipient == "partner")))
        assert streams == {f"{old.reference}:partner", f"{second.reference}:partner"}  # neither holds up the other


def test_overdue_is_noted_once_and_ends_with_the_next_step(database: Engine, old: Referral, now: datetime) -> None:
    with transaction(database) as session:
        due = fresh(session, old).due_at
        assert due is not None
        assert mark_overdue(session, due) == 0
        assert overdue(session, due) == []
    late = due + timedelta(minutes=1)
    with transaction(database) as session:
        assert mark_overdue(session, late) == 1
        assert mark_overdue(session, late + timedelta(days=1)) == 0
        assert [(one.id, one.overdue_at, one.status) for one in overdue(session, late)] == [(old.id, late, "requested")]
        progress.accept(session, fresh(session, old), "partner:uwv-utrecht", late)
        assert overdue(session, late) == []
        assert fresh(session, old).overdue_at is None


def test_what_has_ended_is_never_overdue(database: Engine, old: Referral, now: datetime) -> None:
    with transaction(database) as session:
        progress.give_up(session, fresh(session, old), "resident", now)
        assert mark_overdue(session, now + timedelta(days=3650)) == 0


@pytest.mark.parametrize("move", [progress.take_up, progress.request_again, progress.accept, progress.begin_work])
def test_nobody_but_the_resident_can_send_a_proposal_on(
    database: Engine, draft: Referral, now: datetime, move: Callable[..., bool]
) -> None:
    before = everything(database)
    with pytest.raises(IllegalTransition), transaction(database) as session:
        move(session, fresh(session, draft), "desk:anna", now)
    assert everything(database) == before


def test_a_yes_to_what_was_no_proposal_changes_nothing(database: Engine, old: Referral, now: datetime) -> None:
    with transaction(database) as session:
        progress.send_back(session, fresh(session, old), "no_place", "partner:uwv-utrecht", now)
        progress.take_up(session, fresh(session, old), "desk:anna", now)
    before = everything(database)
    with pytest.raises(IllegalTransition, match="proposal"), transaction(database) as session:
        transfer.agree(session, fresh(session, old), BY_PHONE, now)
    assert everything(database) == before
