"""Changing and cancelling: the new seat before the old one is dropped, both or neither, and everybody hears it once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.directory.partners import Partner
from bot.referral.appointments import SeatTaken, Slot, booked_for, hold, key_of_change, offer_times
from bot.referral.booking import BookingRequest, book, referral_document
from bot.referral.rescheduling import NotChangeable, cancel_appointment, hold_change, reschedule
from bot.referral.rules import referral_rules
from bot.referral.state_machine import transition
from bot.store.engine import transaction
from bot.store.tables import Appointment, Outbox, Referral
from tests.referral.conftest import make_partner

NewConversation = Callable[[], str]


@pytest.fixture
def partner() -> Partner:
    return make_partner(seats=1)


@pytest.fixture
def slots(database: Engine, partner: Partner, now: datetime) -> list[Slot]:
    with transaction(database) as session:
        return offer_times(session, partner, now, count=4)


@pytest.fixture
def referral_id(
    database: Engine, partner: Partner, slots: list[Slot], new_conversation: NewConversation, now: datetime
) -> int:
    with transaction(database) as session:
        return book(session, _request(new_conversation, partner, slots[0]), now).referral.id


def _request(new_conversation: NewConversation, partner: Partner, slot: Slot | None, **more: object) -> BookingRequest:
    values = {"slot": slot, "consent_version": "1", "interpreter": True, **more}
    return BookingRequest(new_conversation(), "need", "uwv", partner, **values)  # type: ignore[arg-type]


def _told(session: Session) -> list[tuple[str, str, str]]:
    rows = session.scalars(select(Outbox).where(Outbox.kind != "requested").order_by(Outbox.id))
    return [(row.kind, row.recipient, row.key.rsplit(":", 1)[-1]) for row in rows]


def test_the_new_seat_is_booked_and_the_old_one_free(
    database: Engine, partner: Partner, slots: list[Slot], referral_id: int, now: datetime
) -> None:
    with transaction(database) as session:
        referral = session.get_one(Referral, referral_id)
        new = reschedule(session, referral, partner, slots[1], now)
        assert (new.start_at, new.state, new.sequence, new.interpreter) == (slots[1].start, "booked", 1, True)
        assert booked_for(session, referral_id) is new
        assert slots[0] in offer_times(session, partner, now, count=99)
        assert slots[1] not in offer_times(session, partner, now, count=99)
        assert _told(session) == [("rescheduled", "partner", "1"), ("rescheduled", "resident", "1")]


def test_the_same_change_again_changes_nothing_and_back_again_is_a_change(
    database: Engine, partner: Partner, slots: list[Slot], referral_id: int, now: datetime
) -> None:
    for slot in (slots[1], slots[1], slots[0], slots[0]):
        with transaction(database) as session:
            new = reschedule(session, session.get_one(Referral, referral_id), partner, slot, now)
    with transaction(database) as session:
        assert new.sequence == 2
        assert [number for _, recipient, number in _told(session) if recipient == "resident"] == ["1", "2"]
        assert session.query(Appointment).filter_by(state="booked").count() == 1


def test_a_seat_that_is_gone_leaves_everything_as_it_was(
    database: Engine,
    partner: Partner,
    slots: list[Slot],
    referral_id: int,
    new_conversation: NewConversation,
    now: datetime,
) -> None:
    with transaction(database) as session:
        hold(session, partner, slots[1], new_conversation(), "other", now)
    with transaction(database) as session:
        referral = session.get_one(Referral, referral_id)
        with pytest.raises(SeatTaken):
            reschedule(session, referral, partner, slots[1], now)
        with pytest.raises(SeatTaken):
            reschedule(session, referral, partner, Slot(now, now + timedelta(hours=1), "phone"), now)
        standing = booked_for(session, referral_id)
        assert standing is not None
        assert (standing.start_at, standing.sequence) == (slots[0].start, 0)
        assert _told(session) == []


def test_a_failure_after_the_new_seat_loses_neither(
    database: Engine,
    partner: Partner,
    slots: list[Slot],
    referral_id: int,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the machine stops here")

    monkeypatch.setattr("bot.referral.calendars.built_in.replace_by", fail)
    with pytest.raises(OSError), transaction(database) as session:  # noqa: PT011
        reschedule(session, session.get_one(Referral, referral_id), partner, slots[1], now)
    with transaction(database) as session:
        standing = booked_for(session, referral_id)
        assert standing is not None
        assert standing.start_at == slots[0].start
        assert slots[1] in offer_times(session, partner, now, count=99)


def test_cancelling_keeps_the_referral_and_a_new_time_may_follow(
    database: Engine, partner: Partner, slots: list[Slot], referral_id: int, now: datetime
) -> None:
    with transaction(database) as session:
        referral = session.get_one(Referral, referral_id)
        assert cancel_appointment(session, referral, now)
        assert not cancel_appointment(session, referral, now)
        assert referral.status == "requested"
        assert slots[0] in offer_times(session, partner, now, count=99)
        again = reschedule(session, referral, partner, slots[0], now)
        assert again.sequence == 2  # more than the cancellation's: calendars take the newest
        assert [(kind, number) for kind, who, number in _told(session) if who == "resident"] == [
            ("cancelled", "1"), ("rescheduled", "2"),
        ]  # fmt: skip


@pytest.mark.parametrize("status", ["completed", "cancelled", "rejected", "failed"])
def test_what_has_ended_cannot_be_changed(
    database: Engine, partner: Partner, slots: list[Slot], referral_id: int, now: datetime, status: str
) -> None:
    with transaction(database) as session:
        referral = session.get_one(Referral, referral_id)
        transition(session, referral, "accepted", "partner", now)
        transition(session, referral, status, "partner", now, reason="other", outcome="work")
        for change in (reschedule, hold_change):
            with pytest.raises(NotChangeable, match=status):
                change(session, referral, partner, slots[1], now)
        with pytest.raises(NotChangeable):
            cancel_appointment(session, referral, now)
        assert _told(session) == []


def test_with_another_partner_it_is_another_referral(
    database: Engine, slots: list[Slot], referral_id: int, now: datetime
) -> None:
    with transaction(database) as session, pytest.raises(ValueError, match="uwv-utrecht"):
        reschedule(session, session.get_one(Referral, referral_id), make_partner(id="else"), slots[1], now)


def test_two_changes_at_once_leave_one_appointment(
    database: Engine, partner: Partner, slots: list[Slot], referral_id: int, now: datetime
) -> None:
    def run(number: int) -> int:
        with transaction(database) as session:
            referral = session.get_one(Referral, referral_id)
            return reschedule(session, referral, partner, slots[1 + number % 3], now).sequence

    with ThreadPoolExecutor(6) as pool:
        sequences = list(pool.map(run, range(6)))
    with transaction(database) as session:
        booked = session.scalars(select(Appointment).where(Appointment.state == "booked")).all()
        assert [row.sequence for row in booked] == [max(sequences)]
        assert len(_told(session)) == 2 * max(sequences)


def test_a_resident_is_never_in_two_places(
    database: Engine, partner: Partner, slots: list[Slot], new_conversation: NewConversation, now: datetime
) -> None:
    mine, elsewhere = new_conversation(), make_partner(id="gemeente", slot_minutes=30)
    half_past = Slot(slots[0].start + timedelta(minutes=30), slots[0].end, "phone")
    with transaction(database) as session:
        hold(session, partner, slots[0], mine, "one", now)
        with pytest.raises(SeatTaken, match="another appointment"):
            hold(session, elsewhere, half_past, mine, "two", now)
        later = now + timedelta(minutes=10)  # the first is not held any more
        assert hold(session, elsewhere, half_past, mine, "two", later).state == "held"


def test_keys_of_changes_differ_and_fit() -> None:
    key = "a" * 64
    keys = [key_of_change(key, number) for number in range(50)]
    assert keys[0] == key
    assert len(set(keys)) == 50
    assert {len(one) for one in keys} == {64}


@pytest.mark.parametrize(
    ("part", "words"), [("morning", "'s ochtends"), ("afternoon", "'s middags"), ("evening", "'s avonds")]
)
def test_a_wish_to_be_called_travels_in_words_and_as_a_code(
    database: Engine, new_conversation: NewConversation, now: datetime, part: str, words: str
) -> None:
    request = _request(new_conversation, make_partner(schedule=None), None, call_back=part, summary="Geen werk")
    with transaction(database) as session:
        done = book(session, request, now)
        assert done.appointment is None
        document = referral_document(done.referral, None, with_contact=False)
        assert document["summary"].startswith("Geen werk; ")
        assert words in document["summary"]
        assert done.referral.payload["call_back"] == part
        assert "call_back" not in document  # the contract's fields, and no others


def test_a_wish_in_another_language_and_without_other_words(
    database: Engine, new_conversation: NewConversation, now: datetime
) -> None:
    request = _request(new_conversation, make_partner(schedule=None), None, call_back="evening", language="uk")
    with transaction(database) as session:
        assert book(session, request, now).referral.payload["summary"] == "please call: in the evening"


@pytest.mark.parametrize("part", ["night", "", "MORNING", "x" * 5000])
def test_a_part_of_the_day_that_does_not_exist(
    database: Engine, new_conversation: NewConversation, now: datetime, part: str
) -> None:
    request = _request(new_conversation, make_partner(schedule=None), None, call_back=part)
    with pytest.raises(ValueError, match="part of the day"), transaction(database) as session:
        book(session, request, now)
    with transaction(database) as session:
        assert session.query(Referral).count() == 0


def test_who_has_a_time_is_not_called_back_at_another(
    database: Engine, partner: Partner, slots: list[Slot], new_conversation: NewConversation, now: datetime
) -> None:
    with pytest.raises(ValueError, match="another"), transaction(database) as session:
        book(session, _request(new_conversation, partner, slots[0], call_back="morning"), now)


def test_the_wishes_are_those_of_the_content() -> None:
    assert list(referral_rules().call_back) == ["morning", "afternoon", "evening"]
