"""The outbox: written once, claimed by one, tried again and again, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.referral import outbox
from bot.referral.outbox import BACK_OFF, LEASE, Entry, claim, dead_letters, delivered, dropped, enqueue, failed, retry
from bot.referral.reference import new_reference
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral

SECOND = timedelta(seconds=1)
NewReferral = Callable[..., Referral]


@pytest.fixture
def new_referral(database: Engine, conversation_id: str, now: datetime) -> NewReferral:
    def create(**values: object) -> Referral:
        reference = new_reference()
        form = {
            "reference": reference,
            "idempotency_key": reference,
            "conversation_id": conversation_id,
            "need": "debt_help",
            "role": "municipality_debt_help",
            "partner_id": "gemeente-schuldhulp",
            "partner_name": "Gemeente",
            "status": "requested",
            "payload": {},
            "region": "midden-utrecht",
            "created_at": now,
        }
        with transaction(database) as session:
            referral = Referral(**(form | values))
            session.add(referral)
        return referral

    return create


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with transaction(database) as opened:
        yield opened


def keys(rows: object) -> list[str]:
    return [row.key.split(":", 1)[1] for row in rows]  # type: ignore[attr-defined]


# --- writing ---------------------------------------------------------------------------------------------------------


def test_the_same_thing_is_written_once(session: Session, new_referral: NewReferral, now: datetime) -> None:
    referral = new_referral()
    first = enqueue(session, referral, Entry("requested", "partner"), now)
    assert enqueue(session, referral, Entry("requested", "partner"), now + SECOND) is first
    assert enqueue(session, referral, Entry("requested", "resident"), now) is not first
    second = enqueue(session, referral, Entry("rescheduled", "partner", "1"), now)
    third = enqueue(session, referral, Entry("rescheduled", "partner", "2"), now)
    assert second is not third
    assert session.scalar(select(func.count()).select_from(Outbox)) == 4
    assert third.key == f"{referral.reference}:partner:rescheduled:2"


def test_the_same_thing_at_the_same_moment_is_written_once(
    database: Engine, new_referral: NewReferral, now: datetime
) -> None:
    referral, together = new_referral(), Barrier(6)

    def write(_: int) -> int:
        together.wait()
        with transaction(database) as session:
            other = enqueue(session, referral, Entry("cancelled", "partner"), now)
            enqueue(session, referral, Entry("reminder", "resident", str(_)), now)  # the transaction lives on
            return other.id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(write, range(6)))) == 1
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Outbox)) == 7


def test_it_goes_with_the_transaction_that_caused_it(
    database: Engine, new_referral: NewReferral, now: datetime
) -> None:
    referral = new_referral()
    with pytest.raises(RuntimeError, match="changed my mind"):
        _write_and_fail(database, referral, now)
    with transaction(database) as session:
        assert claim(session, now) == []


def _write_and_fail(database: Engine, referral: Referral, now: datetime) -> None:
    with transaction(database) as session:
        enqueue(session, referral, Entry("requested", "partner"), now)
        raise RuntimeError("changed my mind")


# --- claiming --------------------------------------------------------------------------------------------------------


def test_each_row_goes_to_one_worker(database: Engine, new_referral: NewReferral, now: datetime) -> None:
    referrals = [new_referral() for _ in range(40)]
    with transaction(database) as session:
        for referral in referrals:
            enqueue(session, referral, Entry("requested", "partner"), now)
    together, taken = Barrier(6), Counter[int]()

    def work(_: int) -> list[int]:
        mine: list[int] = []
        together.wait()
        while True:
            with transaction(database) as session:
                rows = claim(session, now, limit=3)
            if not rows:
                return mine
            mine += [row.id for row in rows]

    with ThreadPoolExecutor(6) as pool:
        for mine in pool.map(work, range(6)):
            taken.update(mine)
    assert len(taken) == 40
    assert set(taken.values()) == {1}


def test_things_of_a_stream_go_one_after_the_other(session: Session, new_referral: NewReferral, now: datetime) -> None:
    one, other = new_referral(), new_referral()
    for referral in (one, other):
        enqueue(session, referral, Entry("requested", "partner"), now)
        enqueue(session, referral, Entry("cancelled", "partner"), now)
    enqueue(session, one, Entry("requested", "resident"), now)
    first = claim(session, now)
    assert keys(first) == ["partner:requested", "partner:requested", "resident:requested"]
    assert claim(session, now) == []
    delivered(session, first[0].id, now)
    assert [row.key for row in claim(session, now)] == [f"{one.reference}:partner:cancelled"]
    failed(session, first[1].id, 1, "busy", now)
    assert claim(session, now) == []


def test_a_lease_that_is_over_lets_another_try(session: Session, new_referral: NewReferral, now: datetime) -> None:
    enqueue(session, new_referral(), Entry("requested", "partner"), now)
    assert [row.attempts for row in claim(session, now)] == [1]
    assert claim(session, now + LEASE - SECOND) == []
    assert [row.attempts for row in claim(session, now + LEASE)] == [2]
    assert claim(session, now + LEASE) == []


def test_who_was_too_slow_says_nothing_any_more(session: Session, new_referral: NewReferral, now: datetime) -> None:
    row = enqueue(session, new_referral(), Entry("requested", "partner"), now)
    claim(session, now)
    claim(session, now + LEASE)
    failed(session, row.id, 1, "too slow", now + LEASE)
    outbox.given_up(session, row.id, 1, "too slow")
    assert (row.state, row.last_error) == ("pending", None)
    assert row.leased_until == now + 2 * LEASE  # still the second one's
    delivered(session, row.id, now)
    failed(session, row.id, 2, "late", now)
    assert row.state == "delivered"


def test_a_row_that_was_erased_meanwhile(session: Session, new_referral: NewReferral, now: datetime) -> None:
    row = enqueue(session, new_referral(), Entry("requested", "partner"), now)
    claim(session, now)
    session.execute(delete(Outbox))
    delivered(session, row.id, now)
    failed(session, row.id, 1, "gone", now)
    outbox.progressed(session, row.id, {"step": 1})
    dropped(session, row.id, "gone")
    assert session.scalar(select(func.count()).select_from(Outbox)) == 0


def test_some_ways_may_be_left_for_later(session: Session, new_referral: NewReferral, now: datetime) -> None:
    for referral in [new_referral(partner_id=partner) for partner in ("uwv", "gemeente")]:
        enqueue(session, referral, Entry("requested", "partner"), now)
        enqueue(session, referral, Entry("requested", "resident"), now)
    rows = claim(session, now, avoid={("partner", "midden-utrecht", "uwv"), ("resident", "midden-utrecht", "gemeente")})
    assert [(row.recipient, row.partner_id) for row in rows] == [("resident", "uwv"), ("partner", "gemeente")]


# --- in vain ---------------------------------------------------------------------------------------------------------


def test_the_pauses_grow_and_the_last_attempt_in_vain_is_the_end(
    session: Session, new_referral: NewReferral, now: datetime
) -> None:
    row = enqueue(session, new_referral(), Entry("requested", "partner"), now)
    moment, pauses = now, []
    while row.state == "pending":
        assert [claimed.id for claimed in claim(session, moment)] == [row.id]
        failed(session, row.id, row.attempts, "x" * 9000, moment)
        if row.state == "pending":
            assert claim(session, row.next_attempt_at - SECOND) == []
            pauses.append(row.next_attempt_at - moment)
            moment = row.next_attempt_at
    assert pauses == list(BACK_OFF)
    assert pauses == sorted(pauses)
    assert timedelta(days=2) <= moment - now <= timedelta(days=3)
    assert len(row.last_error or "") == 500
    assert [letter.id for letter in dead_letters(session)] == [row.id]
    assert claim(session, moment + timedelta(days=30)) == []


def test_the_receiver_may_ask_for_a_longer_pause_never_a_shorter(
    session: Session, new_referral: NewReferral, now: datetime
) -> None:
    referrals = [new_referral() for _ in range(3)]  # first: the session below holds the only writer of SQLite
    rows = [enqueue(session, referral, Entry("requested", "partner"), now) for referral in referrals]
    claim(session, now)
    asked = (timedelta(0), timedelta(minutes=7), timedelta(days=400))
    for row, pause in zip(rows, asked, strict=True):
        failed(session, row.id, 1, "busy", now, pause=pause)
    assert [row.next_attempt_at - now for row in rows] == [BACK_OFF[0], timedelta(minutes=7), BACK_OFF[-1]]


def test_a_dead_letter_holds_back_its_own_stream_only(
    session: Session, new_referral: NewReferral, now: datetime
) -> None:
    one, other = new_referral(), new_referral()
    first = enqueue(session, one, Entry("requested", "partner"), now)
    enqueue(session, one, Entry("cancelled", "partner"), now)
    claim(session, now)
    outbox.given_up(session, first.id, 1, "410")
    enqueue(session, other, Entry("requested", "partner"), now)
    later = now + timedelta(days=1)
    assert [row.reference for row in claim(session, later)] == [other.reference]
    assert retry(session, first.id, later)
    assert not retry(session, first.id, later)
    assert (first.attempts, first.state) == (0, "pending")
    assert [row.key for row in claim(session, later)] == [first.key]
    delivered(session, first.id, later)
    assert first.last_error is None
    assert keys(claim(session, later)) == ["partner:cancelled"]


def test_what_nobody_is_there_for_holds_up_nothing(session: Session, new_referral: NewReferral, now: datetime) -> None:
    referral = new_referral()
    first = enqueue(session, referral, Entry("requested", "resident"), now)
    enqueue(session, referral, Entry("cancelled", "resident"), now)
    claim(session, now)
    dropped(session, first.id, "no safe channel")
    assert keys(claim(session, now)) == ["resident:cancelled"]
    assert dead_letters(session) == []


def test_a_reminder_for_later_holds_up_nothing_until_then(
    session: Session, new_referral: NewReferral, now: datetime
) -> None:
    referral, tomorrow = new_referral(), now + timedelta(days=1)
    enqueue(session, referral, Entry("reminder", "resident", at=tomorrow), now)
    enqueue(session, referral, Entry("rescheduled", "resident", "1"), now)
    (row,) = claim(session, now)
    assert row.kind == "rescheduled"
    enqueue(session, referral, Entry("cancelled", "resident"), now)
    delivered(session, row.id, now)
    assert keys(claim(session, now)) == ["resident:cancelled"]
    assert keys(claim(session, tomorrow)) == ["resident:reminder"]


def test_only_a_dead_letter_can_be_tried_anew(session: Session, new_referral: NewReferral, now: datetime) -> None:
    row = enqueue(session, new_referral(), Entry("requested", "partner"), now)
    assert not retry(session, row.id, now)
    delivered(session, row.id, now)
    assert not retry(session, row.id, now)
    assert not retry(session, 999_999, now)
    assert row.state == "delivered"


# --- whatever happens ------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(("write", "claim", "arrive", "fail", "stop", "retry", "wait")), st.integers(0, 3)),
    max_size=60,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_a_stream_arrives_in_order_and_once(
    database: Engine, new_referral: NewReferral, now: datetime, steps: list[tuple[str, int]]
) -> None:
    with transaction(database) as session:
        session.execute(delete(Outbox))
    referrals, moment = [new_referral() for _ in range(4)], now
    arrived: dict[str, list[int]] = {referral.reference: [] for referral in referrals}
    held: list[tuple[Outbox, int]] = []
    for number, (step, which) in enumerate(steps):
        with transaction(database) as session:
            if step == "write":
                enqueue(session, referrals[which], Entry("rescheduled", "partner", str(number)), moment)
            elif step == "claim":
                held += [(row, row.attempts) for row in claim(session, moment, limit=which + 1)]
            elif step == "retry":
                for row in dead_letters(session):
                    retry(session, row.id, moment)
            elif step == "wait":
                moment += (SECOND, timedelta(seconds=30), LEASE, timedelta(days=1))[which]
            elif held:
                row, attempt = held.pop(which % len(held))
                if step == "arrive":
                    if session.get_one(Outbox, row.id).state != "delivered":
                        arrived[row.reference].append(row.id)
                    delivered(session, row.id, moment)
                elif step == "fail":
                    failed(session, row.id, attempt, "down", moment)
                else:
                    outbox.given_up(session, row.id, attempt, "gone")
            leased = session.scalars(
                select(Outbox.stream).where(Outbox.state == "pending", Outbox.leased_until > moment)
            ).all()
            assert len(leased) == len(set(leased))  # never two of one stream under way
    with transaction(database) as session:
        while True:  # the end: everything is tried until it arrives
            for row in dead_letters(session):
                retry(session, row.id, moment)
            rows = claim(session, moment)
            if not rows and not session.scalar(select(func.count()).where(Outbox.state == "pending")):
                break
            for row in rows:
                arrived[row.reference].append(row.id)
                delivered(session, row.id, moment)
            moment += timedelta(days=1)
        written = session.execute(select(Outbox.reference, Outbox.id).order_by(Outbox.id)).all()
    for reference, ids in arrived.items():
        assert ids == [row_id for written_for, row_id in written if written_for == reference]


@pytest.mark.parametrize("day", ["2026-10-25", "2027-03-28", "2027-06-10"])  # both changes of the clock, and summer
def test_what_can_wait_waits_for_daytime_and_holds_up_nothing(
    session: Session, new_referral: NewReferral, day: str
) -> None:
    def local(hour: str) -> datetime:
        return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZONE).astimezone(UTC)

    referral = session.merge(new_referral())
    enqueue(session, referral, Entry("follow_up", "resident", "two_weeks"), local("01:00"))
    assert claim(session, local("08:59:59")) == []
    enqueue(session, referral, Entry("cancelled", "resident"), local("03:30"))
    (first,) = claim(session, local("03:30"))
    assert first.kind == "cancelled"
    delivered(session, first.id, local("03:31"))
    assert claim(session, local("20:00")) == []
    assert keys(claim(session, local("09:00"))) == ["resident:follow_up:two_weeks"]
