"""Many at once: as many appointments as there are seats, never one more, and one referral however often one clicks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from bot.conversation import conversations
from bot.directory.partners import Partner
from bot.referral.appointments import SeatTaken, Slot, hold, offer_times
from bot.referral.booking import Booking, BookingRequest, book
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral, ReferralTransition
from tests.referral.conftest import make_partner


def _first(database: Engine, partner: Partner, now: datetime) -> Slot:
    with transaction(database) as session:
        return offer_times(session, partner, now, count=1)[0]


THREADS = 40


@pytest.mark.parametrize("seats", [1, 7])
def test_forty_residents_and_few_seats(database: Engine, now: datetime, seats: int) -> None:
    partner = make_partner(seats=seats)
    slot = _first(database, partner, now)
    with transaction(database) as session:
        residents = [conversations.create(session, "midden-utrecht", "nl", now)[0].id for _ in range(THREADS)]
    ready = threading.Barrier(THREADS)

    def run(conversation_id: str) -> str:
        ready.wait()
        try:
            with transaction(database) as session:
                request = BookingRequest(conversation_id, "need", "uwv", partner, slot=slot, consent_version="1")
                return book(session, request, now).referral.reference
        except SeatTaken:
            return "taken"

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, residents))

    assert results.count("taken") == THREADS - seats
    with transaction(database) as session:
        booked = session.execute(select(Appointment.seat, Appointment.conversation_id, Appointment.state)).all()
    assert sorted(seat for seat, _, _ in booked) == list(range(1, seats + 1))
    assert {state for _, _, state in booked} == {"booked"}
    assert len({conversation for _, conversation, _ in booked}) == seats


def test_two_clicks_on_the_same_time_hold_one_seat(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    slot = _first(database, partner, now)
    ready = threading.Barrier(8)

    def run(_: int) -> int:
        ready.wait()
        with transaction(database) as session:
            return hold(session, partner, slot, conversation_id, "key", now).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(run, range(8)))) == 1


def test_the_index_itself_refuses_a_second_booking(
    database: Engine, partner: Partner, conversation_id: str, now: datetime
) -> None:
    """Even code that looks nothing up cannot double-book."""
    slot = _first(database, partner, now)
    values = {
        "partner_id": partner.id, "start_at": slot.start, "end_at": slot.end, "seat": 1, "mode": "phone",
        "conversation_id": conversation_id, "created_at": now,
    }  # fmt: skip
    with transaction(database) as session:
        session.add(Appointment(**values, state="booked", idempotency_key="a"))
        session.add(Appointment(**values, state="released", idempotency_key="a"))
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.add(Appointment(**values, state="held", idempotency_key="b"))


@pytest.mark.parametrize("attempt", range(3))
def test_two_clicks_on_confirm_are_one_referral(
    database: Engine, partner: Partner, conversation_id: str, now: datetime, attempt: int
) -> None:
    slot = _first(database, partner, now)
    request = BookingRequest(conversation_id, "need", "uwv", partner, slot=slot, consent_version="1")
    ready = threading.Barrier(2)

    def run(_: int) -> Booking:
        ready.wait()
        with transaction(database) as session:
            return book(session, request, now)

    with ThreadPoolExecutor(2) as pool:
        bookings = list(pool.map(run, range(2)))

    assert len({booking.referral.reference for booking in bookings}) == 1
    assert len({booking.appointment.id for booking in bookings if booking.appointment}) == 1
    assert sorted(booking.is_new for booking in bookings) == [False, True]
    with transaction(database) as session:
        for table in (Referral, Appointment, ReferralTransition):
            assert session.scalar(select(func.count()).select_from(table)) == 1
