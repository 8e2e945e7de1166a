"""Ten thousand steps of offering, holding, booking, changing and ending, in any order: what never may be never is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from itertools import combinations, islice
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, Row, bindparam, create_engine, delete, event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.conversation import conversations
from bot.directory.hours import Schedule, WeeklyHours
from bot.referral import appointments, booking, state_machine
from bot.referral.appointments import SeatTaken, Slot
from bot.referral.booking import BookingRequest
from bot.referral.calendars.availability import chosen, slots
from bot.referral.free_times import still_taken
from bot.referral.rescheduling import CHANGEABLE, NotChangeable, cancel_appointment, reschedule
from bot.store.tables import Appointment, Base, Conversation, Outbox, Referral
from bot.store.tables.base import UtcDateTime
from tests.referral.conftest import make_partner

#: About 48 of the 50 steps of an example are taken: ten thousand in all.
EXAMPLES, STEPS = 220, 50
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
RESIDENTS = 5
#: Few hours: then everybody wants the same ones.
HOURS = Schedule((WeeklyHours(3, time(9), time(12)),))
PARTNERS = (
    make_partner(id="one", seats=1, slot_minutes=60, interpreter_minutes=120, schedule=HOURS),
    make_partner(id="two", seats=2, slot_minutes=30, buffer_minutes=15, schedule=HOURS),
)

residents = st.integers(0, RESIDENTS - 1)
partners = st.sampled_from(PARTNERS)
choices = st.integers(0, 4)


def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    # savepoints need a transaction that SQLAlchemy begins, not the driver (as in bot.store.engine)
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    Base.metadata.create_all(engine)
    return engine


_SEATS = {partner.id: partner.seats for partner in PARTNERS}
_LIVE = (
    select(Appointment.__table__, Referral.status, Referral.conversation_id.label("whose"))
    .outerjoin_from(Appointment.__table__, Referral.__table__)
    .where(
        (Appointment.state == "booked")
        | ((Appointment.state == "held") & (Appointment.held_until > bindparam("now", type_=UtcDateTime)))
    )
)


class Seats(RuleBasedStateMachine):
    """Five residents, two partners, and a clock."""

    engine: ClassVar[Engine] = _engine()
    steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        """Five conversations, no seat taken."""
        self.now = START
        self.sequences: dict[int, int] = {}
        with Session(self.engine) as session, session.begin():
            session.execute(delete(Conversation))
            session.execute(delete(Outbox))
            self.residents = [
                conversations.create(session, "midden-utrecht", "nl", START)[0].id for _ in range(RESIDENTS)
            ]

    def _offer(self, session: Session, who: int, partner, which: int, longer: bool) -> Slot | None:  # type: ignore[no-untyped-def]
        resident = self.residents[who]
        found = appointments.offer_times(
            session, partner, self.now, count=5, conversation_id=resident, interpreter=longer
        )
        taken = session.execute(_LIVE, {"now": self.now}).all()
        for slot in found:
            assert slot.start >= self.now + timedelta(hours=partner.notice_hours)
            beside = [one for one in taken if one.partner_id == partner.id and _overlap(one, slot)]
            assert len({one.seat for one in beside}) < partner.seats
            assert not [one for one in taken if one.conversation_id == resident and _overlap(one, slot)]
        return found[which] if which < len(found) else None

    @rule(who=residents, partner=partners, which=choices, longer=st.booleans())
    def hold(self, who: int, partner, which: int, longer: bool) -> None:  # type: ignore[no-untyped-def]
        """What was just offered can be held, unless another time is booked for this need already."""
        with Session(self.engine) as session, session.begin():
            slot = self._offer(session, who, partner, which, longer)
            if slot is None:
                return
            key = booking.booking_key(self.residents[who], "need", partner.id)
            try:
                appointments.hold(session, partner, slot, self.residents[who], key, self.now)
            except SeatTaken:
                booked = [row for row in self._rows(session) if row.idempotency_key == key and row.state == "booked"]
                assert booked, "a time that was offered could not be held"

    @rule(who=residents, partner=partners, which=choices, longer=st.booleans(), need=st.sampled_from(("need", "other")))
    def hold_unseen(self, who: int, partner, which: int, longer: bool, need: str) -> None:  # type: ignore[no-untyped-def]
        """Any time at all is chosen, as on a page that was open for long: it is refused, or it is free."""
        product, place = chosen(partner, interpreter=longer)  # type: ignore[misc]
        slot = next(islice(slots(partner, product, place, self.now), which, None))
        key = booking.booking_key(self.residents[who], need, partner.id)
        with Session(self.engine) as session, session.begin(), suppress(SeatTaken):
            appointments.hold(session, partner, slot, self.residents[who], key, self.now)

    @rule(who=residents, partner=partners)
    def release(self, who: int, partner) -> None:  # type: ignore[no-untyped-def]
        """Somebody decides for nothing."""
        with Session(self.engine) as session, session.begin():
            appointments.release(session, booking.booking_key(self.residents[who], "need", partner.id))

    @rule(who=residents, partner=partners, which=choices, longer=st.booleans())
    def book(self, who: int, partner, which: int, longer: bool) -> None:  # type: ignore[no-untyped-def]
        """What is held is booked, or else what is offered now; twice is once."""
        key = booking.booking_key(self.residents[who], "need", partner.id)
        with Session(self.engine) as session, session.begin():
            held = appointments.held_under(session, key, self.now)
            slot = self._offer(session, who, partner, which, longer) if held is None else _slot(held)
            if slot is None:
                return
            request = BookingRequest(
                self.residents[who], "need", "uwv", partner, slot=slot, consent_version="1", interpreter=longer
            )
            done = booking.book(session, request, self.now)
            again = booking.book(session, request, self.now)
            assert again.referral.id == done.referral.id
            assert not again.is_new

    @rule(who=residents, partner=partners, which=choices)
    def change(self, who: int, partner, which: int) -> None:  # type: ignore[no-untyped-def]
        """An appointment moves to a time that is offered, or stays where it is."""
        with Session(self.engine) as session, session.begin():
            referral = self._referral(session, who, partner.id)
            slot = self._offer(session, who, partner, which, longer=False)
            if referral is None or slot is None:
                return
            before = appointments.booked_for(session, referral.id)
            if referral.status not in CHANGEABLE:
                try:
                    reschedule(session, referral, partner, slot, self.now)
                except NotChangeable:
                    return
                raise AssertionError("a referral that has ended was changed")
            new = reschedule(session, referral, partner, slot, self.now)
            assert new.start_at == slot.start
            assert before is None or new.sequence > before.sequence
            assert reschedule(session, referral, partner, slot, self.now).id == new.id

    @rule(who=residents, partner=partners)
    def cancel(self, who: int, partner) -> None:  # type: ignore[no-untyped-def]
        """The appointment is cancelled, the referral goes on."""
        with Session(self.engine) as session, session.begin():
            referral = self._referral(session, who, partner.id)
            if referral is not None and referral.status in CHANGEABLE:
                cancel_appointment(session, referral, self.now)
                assert not cancel_appointment(session, referral, self.now)

    @rule(who=residents, partner=partners)
    def give_up(self, who: int, partner) -> None:  # type: ignore[no-untyped-def]
        """The whole referral is cancelled."""
        with Session(self.engine) as session, session.begin():
            referral = self._referral(session, who, partner.id)
            if referral is not None:
                _give_up(session, referral, self.now)

    @rule(who=residents, partner=partners)
    def accept(self, who: int, partner) -> None:  # type: ignore[no-untyped-def]
        """The partner takes it on."""
        with Session(self.engine) as session, session.begin():
            referral = self._referral(session, who, partner.id)
            if referral is not None and referral.status == "requested":
                state_machine.transition(session, referral, "accepted", "partner", self.now)

    @precondition(lambda self: self.now < START + timedelta(days=20))
    @rule(minutes=st.sampled_from((1, 9, 10, 60, 60 * 24)))
    def time_goes_by(self, minutes: int) -> None:
        """Holds run out by themselves."""
        self.now += timedelta(minutes=minutes)

    @rule()
    def purge(self) -> None:
        """The job that gives back what was held too long."""
        with Session(self.engine) as session, session.begin():
            appointments.purge_holds(session, self.now)
            states = session.scalars(select(Appointment.held_until).where(Appointment.state == "held"))
            assert all(until > self.now for until in states)

    @invariant()
    def nothing_is_broken(self) -> None:
        """What holds after every step."""
        type(self).steps += 1
        with self.engine.connect() as connection:
            rows = connection.execute(_LIVE, {"now": self.now}).all()
        for row in rows:
            assert 1 <= row.seat <= _SEATS[row.partner_id]
        for one, other in combinations(rows, 2):
            if one.start_at < other.end_at and other.start_at < one.end_at:
                assert (one.partner_id, one.seat) != (other.partner_id, other.seat), "a seat twice"
                assert one.conversation_id != other.conversation_id, "a resident in two places"
        booked = [row for row in rows if row.state == "booked"]
        assert max(Counter(row.referral_id for row in booked).values(), default=1) == 1
        for row in booked:
            assert row.status in CHANGEABLE, "a seat of no referral, or of one that has ended"
            assert row.conversation_id == row.whose
            assert row.sequence >= self.sequences.get(row.referral_id, 0), "a sequence went back"
            self.sequences[row.referral_id] = row.sequence

    def _rows(self, session: Session) -> Sequence[Appointment]:
        return session.scalars(select(Appointment).where(still_taken(self.now))).all()

    def _referral(self, session: Session, who: int, partner_id: str) -> Referral | None:
        query = select(Referral).where(
            Referral.conversation_id == self.residents[who], Referral.partner_id == partner_id
        )
        return session.scalar(query.order_by(Referral.id.desc()).limit(1))


def _overlap(one: Row[Any], other: Slot) -> bool:
    start, end = other.span
    return one.start_at < end and start < one.end_at


def _slot(row: Appointment) -> Slot:
    return Slot(row.start_at, row.end_at, row.mode, row.location)


def _give_up(session: Session, referral: Referral, now: datetime) -> None:
    if "cancelled" in state_machine.ALLOWED[referral.status]:
        state_machine.transition(session, referral, "cancelled", "resident", now, reason="stopped")
        booked = appointments.booked_for(session, referral.id)
        assert booked is None or appointments.cancel(session, booked)


@pytest.mark.timeout(900)  # 40 s of one processor; more where others work too
def test_ten_thousand_steps() -> None:
    machine = Seats.TestCase
    machine.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    machine().runTest()
    assert Seats.steps >= 10_000, "examples ended early"
