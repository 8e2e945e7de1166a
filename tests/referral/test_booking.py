"""Booking: what is stored, what travels, and that doing it again is harmless."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from bot.conversation.contacts import ContactDetails
from bot.directory.partners import Partner
from bot.intake.situation import FactError
from bot.referral import appointments
from bot.referral.appointments import SeatTaken, hold, offer_times
from bot.referral.booking import (
    BookingRequest,
    appointment_of,
    book,
    booking_key,
    referral_document,
    standing,
)
from bot.referral.progress import give_up
from bot.referral.reference import is_reference
from bot.referral.state_machine import history, transition
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral
from bot.store.vault import VaultError
from tests.referral.conftest import make_partner

JAN = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")


@pytest.fixture
def request_(database: Engine, conversation_id: str, partner: Partner, now: datetime) -> BookingRequest:
    with transaction(database) as session:
        slot = offer_times(session, partner, now, count=1)[0]
    return BookingRequest(
        conversation_id=conversation_id,
        need="unemployment_benefit",
        role="uwv",
        partner=partner,
        because=["uw contract stopt op 31 januari"],
        situation={"municipality": "Zeist", "end_date": "2027-01-31"},
        summary="Contract stopt op 31 januari.",
        language="nl",
        interpreter=True,
        slot=slot,
        contact=JAN,
        consent_version="2026-11",
    )


def test_the_document_is_exactly_the_contract(database: Engine, request_: BookingRequest, now: datetime) -> None:
    with transaction(database) as session:
        booking = book(session, request_, now)
    assert booking.is_new
    document = referral_document(booking.referral, booking.appointment, with_contact=True)
    assert is_reference(document.pop("reference"))
    assert document == {
        "status": "requested",
        "need": "unemployment_benefit",
        "situation": {"municipality": "Zeist", "end_date": "2027-01-31"},
        "summary": "Contract stopt op 31 januari.",
        "language": "nl",
        "interpreter": True,
        "appointment": {
            "start": "2026-11-26T10:00:00+01:00",
            "end": "2026-11-26T11:00:00+01:00",
            "mode": "in_person",
            "location": "Vleutensevaart 100, Utrecht",
        },
        "contact": {"name": "Jan de Vries", "phone": "+31612345678", "email": "jan@example.org"},
        "partner": {"id": "uwv-utrecht", "name": "UWV Utrecht", "role": "uwv"},
        "consent": {"version": "2026-11", "at": "2026-11-25T10:00:00+01:00", "partners": ["uwv-utrecht"]},
        "because": ["uw contract stopt op 31 januari"],
        "created_at": "2026-11-25T10:00:00+01:00",
    }
    json.dumps(document)
    assert referral_document(booking.referral, None, with_contact=False)["contact"] is None
    assert referral_document(booking.referral, None, with_contact=False)["appointment"] is None


def test_booking_again_gives_the_same_booking(database: Engine, request_: BookingRequest, now: datetime) -> None:
    with transaction(database) as session:
        first = book(session, request_, now)
    with transaction(database) as session:
        again = book(session, replace(request_, summary="anders"), now + timedelta(hours=1))
    assert not again.is_new
    assert (again.referral.id, again.referral.payload["summary"]) == (first.referral.id, request_.summary)
    assert first.appointment is not None
    assert again.appointment is not None
    assert again.appointment.id == first.appointment.id
    with transaction(database) as session:
        assert len(history(session, again.referral)) == 1


def test_contact_details_are_nowhere_readable(
    database: Engine, request_: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(database) as session:
        referral = book(session, request_, now).referral
        stored = str([tuple(row) for row in session.execute(text("SELECT payload FROM referral"))])
        sealed = bytes(session.execute(text("SELECT contact_ciphertext FROM referral")).scalar_one())
    for secret in ("Jan", "612345678", "example.org"):
        assert secret not in stored
        assert secret.encode() not in sealed
    if database.dialect.name == "sqlite":
        files = [Path(str(database.url.database) + suffix) for suffix in ("", "-wal")]
        assert b"612345678" not in b"".join(file.read_bytes() for file in files if file.exists())

    class OtherKey:
        def secret(self, purpose: str) -> bytes:
            return b"x" * 32

    monkeypatch.setattr("bot.store.vault.get_settings", OtherKey)
    with pytest.raises(VaultError):
        referral_document(referral, None, with_contact=True)


def test_only_what_is_on_the_list_travels(database: Engine, request_: BookingRequest, now: datetime) -> None:
    class Chatty:
        def to_dict(self) -> dict[str, str]:
            return {"name": "Jan", "bsn": "111222333"}

    facts = {"municipality": "Zeist", "bsn": "111222333", "diagnosis": "geheim"}
    with transaction(database) as session:
        referral = book(session, replace(request_, situation=facts, contact=Chatty()), now).referral
    document = referral_document(referral, None, with_contact=True)
    assert document["situation"] == {"municipality": "Zeist"}
    assert document["contact"] == {"name": "Jan"}


@pytest.mark.parametrize("situation", [{"income": "lottery"}, {"end_date": "soon"}])
def test_a_fact_that_is_none_stores_nothing(
    database: Engine, request_: BookingRequest, now: datetime, situation: dict[str, str]
) -> None:
    with transaction(database) as session, pytest.raises(FactError):
        book(session, replace(request_, situation=situation), now)
    _assert_nothing_stored(database)


def test_without_consent_there_is_no_referral(database: Engine, request_: BookingRequest, now: datetime) -> None:
    with transaction(database) as session, pytest.raises(ValueError, match="agreed"):
        book(session, replace(request_, consent_version=""), now)
    _assert_nothing_stored(database)


def test_a_time_that_is_gone_stores_nothing(
    database: Engine, request_: BookingRequest, new_conversation: Callable[[], str], now: datetime
) -> None:
    other = new_conversation()
    assert request_.slot is not None
    partner = make_partner(seats=1)
    with transaction(database) as session:
        hold(session, partner, request_.slot, other, "other", now)
        with pytest.raises(SeatTaken):
            book(session, replace(request_, partner=partner), now)
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Referral)) == 0
        assert session.scalars(select(Appointment.conversation_id)).all() == [other]


@pytest.mark.parametrize("key", ["some-other-key", None])
def test_the_seat_that_was_held_is_the_one_that_is_booked(
    database: Engine, request_: BookingRequest, now: datetime, key: str | None
) -> None:
    partner = make_partner(seats=1)
    request_ = replace(request_, partner=partner)
    assert request_.slot is not None
    key = key or booking_key(request_.conversation_id, request_.need, partner.id)
    with transaction(database) as session:
        held = hold(session, partner, request_.slot, request_.conversation_id, key, now)
        booking = book(session, request_, now + timedelta(minutes=5))
        assert booking.appointment is not None
        assert (booking.appointment.id, booking.appointment.state) == (held.id, "booked")
        assert booking.appointment.referral_id == booking.referral.id
        assert appointments.purge_holds(session, now + timedelta(days=1)) == 0  # booked is for good


def test_a_hold_that_ran_out_is_booked_when_the_seat_is_still_free(
    database: Engine, request_: BookingRequest, now: datetime
) -> None:
    partner = make_partner(seats=1)
    assert request_.slot is not None
    with transaction(database) as session:
        hold(session, partner, request_.slot, request_.conversation_id, "key", now)
        booking = book(session, replace(request_, partner=partner), now + timedelta(minutes=30))
        assert booking.appointment is not None
        assert booking.appointment.state == "booked"


def test_without_a_time_there_is_a_referral_without_appointment(
    database: Engine, request_: BookingRequest, now: datetime
) -> None:
    with transaction(database) as session:
        booking = book(session, replace(request_, slot=None, contact=None), now)
        assert booking.appointment is None
        assert booking.referral.contact_ciphertext is None
        assert not book(session, replace(request_, slot=None, contact=None), now).is_new


def test_two_needs_are_two_referrals(database: Engine, request_: BookingRequest, now: datetime) -> None:
    partner = make_partner(id="gemeente-zeist", name="Gemeente Zeist", role="municipality_debt_help")
    with transaction(database) as session:
        first = book(session, request_, now)
        second = book(session, replace(request_, need="debt_help", role=partner.role, partner=partner, slot=None), now)
        third = book(session, replace(request_, need="job_search", slot=None), now)
        assert len({first.referral.reference, second.referral.reference, third.referral.reference}) == 3


def test_what_was_cancelled_can_be_booked_again(database: Engine, request_: BookingRequest, now: datetime) -> None:
    with transaction(database) as session:
        first = book(session, request_, now)
        assert first.appointment is not None
        transition(session, first.referral, "cancelled", "resident", now)
        appointments.cancel(session, first.appointment)
        second = book(session, request_, now)
        assert second.is_new
        assert second.referral.reference != first.referral.reference
        assert appointment_of(session, first.referral) is None
        assert appointment_of(session, second.referral) == second.appointment


def test_a_reference_that_exists_already_is_drawn_anew(
    database: Engine, request_: BookingRequest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["33333333", "33333333", "44444444"])
    monkeypatch.setattr("bot.referral.booking.new_reference", lambda: next(drawn))
    with transaction(database) as session:
        assert book(session, request_, now).referral.reference == "33333333"
        assert book(session, replace(request_, need="debt_help", slot=None), now).referral.reference == "44444444"


def test_keys_do_not_run_together() -> None:
    assert booking_key("a", "bc", "d") != booking_key("ab", "c", "d")
    assert len(booking_key("a" * 64, "b" * 40, "c" * 80)) == 64


def _assert_nothing_stored(database: Engine) -> None:
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Referral)) == 0
        assert session.scalar(select(func.count()).select_from(Appointment)) == 0


def test_giving_up_frees_the_seat_and_says_why_and_may_be_done_again(
    database: Engine, request_: BookingRequest, now: datetime
) -> None:
    with transaction(database) as session:
        referral = book(session, request_, now).referral
    with transaction(database) as session:
        found = standing(session, request_.conversation_id, referral.reference)
        assert found is not None
        assert give_up(session, found, "switched", now)
        assert not give_up(session, found, "switched", now)
        assert appointment_of(session, found) is None
        assert standing(session, request_.conversation_id, referral.reference) is None
        assert [(step.to_status, step.reason) for step in history(session, found)][1:] == [("cancelled", "switched")]
        assert session.scalars(select(Appointment)).one().state == "cancelled"


def test_what_the_partner_completed_is_not_given_up(database: Engine, request_: BookingRequest, now: datetime) -> None:
    with transaction(database) as session:
        referral = book(session, request_, now).referral
        transition(session, referral, "accepted", "partner", now)
        transition(session, referral, "completed", "partner", now, outcome="other_help")
        assert not give_up(session, referral, "switched", now)
        assert referral.status == "completed"
        assert appointment_of(session, referral) is not None


def test_nobody_finds_the_referral_of_another_conversation(
    database: Engine, request_: BookingRequest, now: datetime
) -> None:
    with transaction(database) as session:
        reference = book(session, request_, now).referral.reference
    with transaction(database) as session:
        assert standing(session, "somebody-else", reference) is None
        assert standing(session, request_.conversation_id, "") is None
