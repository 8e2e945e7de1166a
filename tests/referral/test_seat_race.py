"""Two hundred residents and twenty seats: twenty get one, the others are offered other times, nobody gets another's."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise

import pytest
from sqlalchemy import Engine, select

from bot.conversation import conversations
from bot.directory.partners import Partner
from bot.referral.appointments import SeatTaken, Slot, hold, offer_times, release
from bot.referral.booking import BookingRequest, book
from bot.referral.rescheduling import cancel_appointment, reschedule
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral
from tests.referral.conftest import make_partner

CLIENTS, SEATS = 200, 20
#: At once; the rest wait in line, as at a real server. More connections than that PostgreSQL does not take here.
AT_ONCE = 40


def _residents(database: Engine, now: datetime, count: int = CLIENTS) -> list[str]:
    with transaction(database) as session:
        return [conversations.create(session, "midden-utrecht", "nl", now)[0].id for _ in range(count)]


def _first(database: Engine, partner: Partner, now: datetime) -> Slot:
    with transaction(database) as session:
        return offer_times(session, partner, now, count=1)[0]


def _request(conversation_id: str, partner: Partner, slot: Slot) -> BookingRequest:
    return BookingRequest(conversation_id, "need", "uwv", partner, slot=slot, consent_version="1")


def test_twenty_are_booked_and_a_hundred_and_eighty_are_offered_other_times(database: Engine, now: datetime) -> None:
    partner = make_partner(seats=SEATS)
    slot = _first(database, partner, now)
    residents = _residents(database, now)
    ready = threading.Barrier(AT_ONCE)

    def run(number: int) -> list[Slot] | None:
        if number < AT_ONCE:
            ready.wait()
        try:
            with transaction(database) as session:
                book(session, _request(residents[number], partner, slot), now)
        except SeatTaken:
            with transaction(database) as session:
                return offer_times(session, partner, now, count=3, conversation_id=residents[number])
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(run, range(CLIENTS)))

    others = [offered for offered in results if offered is not None]
    assert len(others) == CLIENTS - SEATS
    assert all(len(offered) == 3 and slot not in offered for offered in others)
    with transaction(database) as session:
        rows = session.execute(select(Appointment.seat, Appointment.state, Appointment.conversation_id)).all()
        assert session.query(Referral).count() == SEATS  # nobody who got nothing was referred
    assert sorted(seat for seat, _, _ in rows) == list(range(1, SEATS + 1))
    assert {state for _, state, _ in rows} == {"booked"}
    assert len({resident for _, _, resident in rows}) == SEATS


def test_with_cancels_and_changes_mixed_in_no_seat_is_given_twice(database: Engine, now: datetime) -> None:
    partner = make_partner(seats=SEATS)
    residents = _residents(database, now)
    with transaction(database) as session:
        slots = offer_times(session, partner, now, count=3)
    seen: Counter[str] = Counter()

    def run(number: int) -> None:
        dice = random.Random(number)
        mine = residents[number]
        try:
            with transaction(database) as session:
                referral = book(session, _request(mine, partner, slots[0]), now).referral
        except SeatTaken:
            seen["taken"] += 1
            with transaction(database) as session:
                assert offer_times(session, partner, now, count=3, conversation_id=mine)
            with transaction(database) as session:
                try:
                    hold(session, partner, dice.choice(slots[1:]), mine, f"held-{number}", now)
                except SeatTaken:
                    return
                if dice.random() < 0.5:
                    release(session, f"held-{number}")
            return
        seen["booked"] += 1
        try:
            with transaction(database) as session:
                kept = session.get_one(Referral, referral.id)
                if dice.random() < 0.5:
                    cancel_appointment(session, kept, now)
                else:
                    reschedule(session, kept, partner, dice.choice(slots[1:]), now)
        except SeatTaken:
            seen["stayed"] += 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, range(CLIENTS)))

    assert seen["booked"] + seen["taken"] == CLIENTS
    assert seen["booked"] >= SEATS
    with transaction(database) as session:
        rows = session.scalars(select(Appointment).where(Appointment.state.in_(("held", "booked")))).all()
        places = Counter((row.start_at, row.seat) for row in rows)
        referrals = {row.referral_id for row in rows if row.state == "booked"}
        assert max(places.values()) == 1
        assert max(Counter(row.start_at for row in rows).values()) <= SEATS
        assert len(referrals) == sum(row.state == "booked" for row in rows)
        assert max(Counter(row.conversation_id for row in rows).values()) == 1


@pytest.mark.parametrize("attempt", range(3))
def test_two_lengths_never_overlap_on_one_seat(database: Engine, now: datetime, attempt: int) -> None:
    """What the index cannot see: times that overlap without beginning together, as longer ones with an interpreter do."""
    partner = make_partner(seats=2, slot_minutes=30, interpreter_minutes=60)
    with transaction(database) as session:
        short = offer_times(session, partner, now, count=60)
        long = offer_times(session, partner, now, count=60, interpreter=True)
    day = min(slot.start for slot in short).date()
    wanted = [slot for slot in (*short, *long) if slot.start.date() == day]
    residents = _residents(database, now, 40)

    def run(number: int) -> None:
        try:
            with transaction(database) as session:
                slot = wanted[(number * 7 + attempt) % len(wanted)]
                hold(session, partner, slot, residents[number], f"key-{number}", now)
        except SeatTaken:
            pass

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(run, range(40)))
    with transaction(database) as session:
        rows = session.scalars(select(Appointment).order_by(Appointment.seat, Appointment.start_at)).all()
    assert len(rows) >= 4
    for one, next_one in pairwise(rows):
        assert one.seat != next_one.seat or one.end_at <= next_one.start_at
