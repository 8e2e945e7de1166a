"""Times that a partner proposes: at most three, one is chosen, and the former time is kept until then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.conversation.contacts import ContactDetails
from bot.conversation.safe_channels import mark_unsafe
from bot.referral import progress
from bot.referral.appointments import SeatTaken
from bot.referral.booking import appointment_of
from bot.referral.calendar_file import calendar_file
from bot.referral.overdue import mark_overdue, overdue
from bot.referral.proposals import ProposedTime, UnusableTime, choose_time, open_times, propose_times
from bot.referral.state_machine import IllegalTransition
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral, TimeProposal
from tests.referral.cases import JAN, booked, everything, fresh, sent
from tests.referral.conftest import make_partner

PARTNER = make_partner()
HOUR = timedelta(hours=1)


def at(now: datetime, days: float, mode: str = "phone", length: timedelta = HOUR) -> ProposedTime:
    start = now + timedelta(days=days)
    return ProposedTime(start, start + length, mode)


@pytest.fixture
def referral(database: Engine, now: datetime) -> Referral:
    return booked(database, now)


def propose(database: Engine, referral: Referral, now: datetime, *days: float) -> list[int]:
    with transaction(database) as session:
        propose_times(session, fresh(session, referral), [at(now, one) for one in days], now)
        return [one.id for one in open_times(session, fresh(session, referral), now)]


def test_new_times_take_the_place_of_the_former_ones(database: Engine, referral: Referral, now: datetime) -> None:
    first = propose(database, referral, now, 8, 9)
    second = propose(database, referral, now, 10, 9)
    again = propose(database, referral, now, 9, 10)
    assert again == second
    assert not set(first) & set(second)
    with transaction(database) as session:
        assert sent(session, referral).count(("resident", "proposed")) == 2
        assert appointment_of(session, fresh(session, referral)) is not None
        assert open_times(session, fresh(session, referral), now + timedelta(days=9)) == [
            session.get_one(TimeProposal, second[1])
        ]


def test_whoever_proposed_a_time_is_not_late_yet(database: Engine, referral: Referral, now: datetime) -> None:
    late = now + timedelta(days=4)
    with transaction(database) as session:
        assert mark_overdue(session, late) == 1
        assert propose_times(session, fresh(session, referral), [at(late, 3)], late)
        assert overdue(session, late) == []
        assert fresh(session, referral).overdue_at is None
        assert overdue(session, late + timedelta(days=6)) == [fresh(session, referral)]


def test_choosing_books_the_new_time_and_drops_the_former(database: Engine, referral: Referral, now: datetime) -> None:
    ids = propose(database, referral, now, 8, 9)
    with transaction(database) as session:
        first = choose_time(session, fresh(session, referral), ids[1], PARTNER, now)
    with transaction(database) as session:
        again = choose_time(session, fresh(session, referral), ids[1], PARTNER, now)
        assert again.id == first.id
        found = appointment_of(session, fresh(session, referral))
        assert found is not None
        assert (found.start_at, found.sequence) == (now + timedelta(days=9), 1)
        states = session.scalars(select(Appointment.state).order_by(Appointment.id)).all()
        assert states == ["cancelled", "booked"]
        assert fresh(session, referral).status == "accepted"  # the partner proposed it
        assert open_times(session, fresh(session, referral), now) == []
        told = sent(session, referral)
        assert told.count(("partner", "rescheduled")) == told.count(("resident", "rescheduled")) == 1


def test_without_an_appointment_choosing_makes_the_first(database: Engine, now: datetime) -> None:
    referral = booked(database, now, timed=False)
    ids = propose(database, referral, now, 8)
    with transaction(database) as session:
        choose_time(session, fresh(session, referral), ids[0], make_partner(schedule=None), now)
        assert appointment_of(session, fresh(session, referral)) is not None


def test_calendars_take_a_time_that_is_chosen_after_it_was_sent_back(database: Engine, now: datetime) -> None:
    referral = booked(database, now, interpreter=True)
    numbers = []
    for days in (8, 9):
        ids = propose(database, referral, now, days)
        with transaction(database) as session:
            chosen = choose_time(session, fresh(session, referral), ids[0], PARTNER, now)
            numbers.append(_number(session, referral, chosen))
            assert chosen.interpreter
        if days == 8:
            with transaction(database) as session:
                same = fresh(session, referral)
                progress.send_back(session, same, "other", "partner:uwv-utrecht", now)
                numbers.append(_number(session, referral, session.get_one(Appointment, chosen.id)))
                progress.take_up(session, same, "desk:anna", now)
                progress.request_again(session, same, "desk:anna", now)
    assert numbers == [1, 2, 3]


def _number(session: Session, referral: Referral, appointment: Appointment) -> int:
    """Return the SEQUENCE as a calendar reads it."""
    calendar = Calendar.from_ical(calendar_file(fresh(session, referral), appointment))
    return int(calendar.walk("VEVENT")[0]["SEQUENCE"])


def test_a_time_that_somebody_else_took_leaves_the_former(database: Engine, referral: Referral, now: datetime) -> None:
    other = booked(database, now, need="training")
    one_seat = make_partner(seats=1)
    ids, theirs = propose(database, referral, now, 8), propose(database, other, now, 8)
    with transaction(database) as session:
        choose_time(session, fresh(session, other), theirs[0], one_seat, now)
    before = everything(database)
    with pytest.raises(SeatTaken), transaction(database) as session:
        choose_time(session, fresh(session, referral), ids[0], one_seat, now)
    assert everything(database) == before


def test_what_is_over_withdrawn_or_of_somebody_else_cannot_be_chosen(
    database: Engine, referral: Referral, now: datetime
) -> None:
    other = booked(database, now, need="training")
    withdrawn = propose(database, referral, now, 7)
    ids, theirs = propose(database, referral, now, 8), propose(database, other, now, 9)
    before = everything(database)
    for proposal_id, moment in (
        (withdrawn[0], now), (theirs[0], now), (ids[0], now + timedelta(days=8)), (0, now), (10**9, now),
    ):  # fmt: skip
        with pytest.raises(SeatTaken), transaction(database) as session:
            choose_time(session, fresh(session, referral), proposal_id, PARTNER, moment)
    assert everything(database) == before
    with transaction(database) as session:
        progress.give_up(session, fresh(session, referral), "resident", now)
        with pytest.raises(SeatTaken):
            choose_time(session, fresh(session, referral), ids[0], PARTNER, now)


def test_two_clicks_at_once_book_one_time(database: Engine, referral: Referral, now: datetime) -> None:
    ids = propose(database, referral, now, 8, 9)

    def choose(proposal_id: int) -> bool:
        try:
            with transaction(database) as session:
                choose_time(session, fresh(session, referral), proposal_id, PARTNER, now)
        except SeatTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(choose, ids * 4))
    with transaction(database) as session:
        assert session.scalars(select(Appointment.state).where(Appointment.state == "booked")).all() == ["booked"]
    assert done.count(True) == 4  # the same time four times; the other one was withdrawn by then


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ([], "none"),
        ([8, 9, 10, 11], "too_many"),
        ([8, 8], "twice"),
        ([0], "over"),
        ([-1], "over"),
        ([200], "too_far"),
    ],
)
def test_times_nobody_can_choose_are_refused(
    database: Engine, referral: Referral, now: datetime, times: list[float], why: str
) -> None:
    with transaction(database) as session, pytest.raises(UnusableTime) as refused:
        propose_times(session, fresh(session, referral), [at(now, one) for one in times], now)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("mode", "length", "why"),
    [("walk_in", HOUR, "mode"), ("", HOUR, "mode"), ("phone", -HOUR, "length"), ("phone", 9 * HOUR, "length")],
)
def test_a_time_has_a_length_and_a_mode(
    database: Engine, referral: Referral, now: datetime, mode: str, length: timedelta, why: str
) -> None:
    with transaction(database) as session, pytest.raises(UnusableTime, match=why):
        propose_times(session, fresh(session, referral), [at(now, 8, mode, length)], now)


def test_a_referral_that_is_not_with_the_partner_gets_no_times(
    database: Engine, referral: Referral, now: datetime
) -> None:
    ids = propose(database, referral, now, 8)
    with transaction(database) as session:
        progress.send_back(session, fresh(session, referral), "no_place", "partner:x", now)
        with pytest.raises(IllegalTransition):
            propose_times(session, fresh(session, referral), [at(now, 9)], now)
        assert session.get_one(TimeProposal, ids[0]).state == "withdrawn"


@pytest.mark.parametrize("unsafe", [True, False])
def test_nobody_is_called_without_a_number_that_is_safe(database: Engine, now: datetime, unsafe: bool) -> None:
    contact = JAN if unsafe else ContactDetails("Jan de Vries", None, "jan@example.org")
    referral = booked(database, now, contact=contact)
    if unsafe:
        with transaction(database) as session:
            mark_unsafe(session, referral.conversation_id, now)
    before = everything(database)
    with pytest.raises(UnusableTime, match="no_number"):
        propose(database, referral, now, 8)
    assert everything(database) == before
    with transaction(database) as session:
        assert propose_times(session, fresh(session, referral), [at(now, 8, "in_person")], now)
