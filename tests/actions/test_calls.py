"""A partner that only calls calls nobody who rather is not, who gave no number, or for whom a call is not safe."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import contacts, conversations, safe_channels
from bot.conversation.contacts import ContactDetails
from bot.directory.hours import Schedule, WeeklyHours
from bot.directory.partners import Directory
from bot.referral.notices.compose import agreed, how
from bot.referral.notices.words import Words
from bot.store import tables

OFFICE = Schedule(tuple(WeeklyHours(day, time(9), time(17)) for day in range(5)), assured=True)


def keep(house, **details: str) -> None:
    with house() as session:
        conversations.ensure(session, "c1", "midden-utrecht", clock.now())
        contacts.save_contact(session, "c1", ContactDetails("Jan de Vries", **details), clock.now())


def with_time(talk, channel=None):
    """Choose a time at which the partner calls; ``channel`` is told before it."""
    told = {"contact_channel": channel} if channel else {}
    talk.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31", **told)
    choose(talk)
    return talk


def choose(talk):
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])


def onwards(talk):
    """Go on to the consent."""
    for _ in range(4):
        if talk.asking == "consent":
            return talk.said[-1]
        talk.hear("rather_not_say")
    raise AssertionError(talk.asking)


def booked(talk):
    """Say yes; return the card of the confirmation."""
    onwards(talk)
    talk.hear("book")
    return next(message["card"] for message in talk.said if (message.get("card") or {}).get("kind") == "confirmation")


def appointments(house):
    with house() as session:
        return [(one.state, one.mode) for one in session.scalars(select(tables.Appointment))]


def ways(house, monkeypatch, *modes, location=None):
    """Let every partner keep its appointments in these ways."""
    known = Directory.partners

    def in_these(*args, **options):
        return [replace(one, modes=modes, location=location, schedule=OFFICE) for one in known(*args, **options)]

    monkeypatch.setattr(Directory, "partners", in_these)


def test_it_is_said_beside_the_times_that_the_partner_calls(talk_in):
    talk_in.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31")
    assert talk_in.text("meeting.phone") in talk_in.said[-1]["text"]


def test_a_time_by_phone_is_a_question_of_its_own(talk_in, house):
    keep(house, phone="+31612345678")
    with_time(talk_in)
    assert talk_in.asking == "contact_channel"
    talk_in.hear("affirm")
    assert talk_in.slots["contact_channel"] == "phone"
    talk_in.hear("contact_given", kinds="phone")
    assert talk_in.text("meeting.phone") in onwards(talk_in)["text"]
    assert booked(talk_in)["mode"] == "phone"
    assert appointments(house) == [("booked", "phone")]


@pytest.mark.parametrize("way", ["email", "walk_in"])
@pytest.mark.parametrize("told", [False, True])
def test_who_wants_no_call_gets_no_time_by_phone(talk_in, house, way, told):
    keep(house, email="jan@example.org")
    with_time(talk_in, way if told else None)
    assert talk_in.asking == "contact_channel"  # also for who said so before: then the partner would call
    talk_in.hear("answer", contact_channel=way)
    assert talk_in.text(f"say_no_call_{way}") in talk_in.words
    if way == "email":
        talk_in.hear("contact_given", kinds="email")
    card = booked(talk_in)
    assert (card["start"], card["mode"]) == (None, None)
    assert appointments(house) == [("released", "phone")]
    called = {"nl": "wordt gebeld", "en": "called"}[talk_in.language]
    assert called not in talk_in.words


@pytest.mark.parametrize(("way", "needed"), [("phone", True), ("email", False)])
def test_the_form_says_when_a_number_is_needed(talk_in, way, needed):
    with_time(talk_in)
    talk_in.hear("answer", contact_channel=way)
    assert talk_in.asking == "contact"
    assert talk_in.said[-1]["card"] == {"kind": "contact", "channel": way, "safe": True, "call": needed}


def test_a_no_to_the_call_leaves_open_how_to_be_reached(talk_in, house):
    with_time(talk_in)
    talk_in.hear("deny")
    assert talk_in.asking == "contact_channel"
    assert talk_in.said[-1]["text"] == talk_in.text("say_ask_contact_channel")
    assert appointments(house) == [("released", "phone")]


def test_who_wants_a_call_after_all_sees_times_again(talk_in):
    with_time(talk_in)
    talk_in.hear("answer", contact_channel="email")
    talk_in.hear("tell", contact_channel="phone")
    assert (talk_in.slots["contact_channel"], talk_in.asking) == ("phone", "time")
    choose(talk_in)
    assert talk_in.asking == "contact"


def test_without_a_number_it_is_asked_once_more_and_then_goes_without_a_time(talk_in, house):
    with_time(talk_in, "phone")
    keep(house, email="jan@example.org")
    talk_in.hear("contact_given", kinds="email")
    assert talk_in.asking == "contact"
    assert talk_in.text("say_number_needed") in talk_in.words
    talk_in.hear("rather_not_say")
    assert talk_in.slots["contact_channel"] == "email"
    assert booked(talk_in)["mode"] is None
    assert talk_in.text("say_booked_email") in talk_in.words


def test_an_address_twice_is_an_answer_too(talk_in, house):
    with_time(talk_in, "phone")
    talk_in.hear("contact_given", kinds="email")
    talk_in.hear("contact_given", kinds="email")
    assert talk_in.asking != "contact"
    assert appointments(house) == [("released", "phone")]


def test_an_address_and_then_the_number_keeps_the_time(talk_in, house):
    keep(house, email="jan@example.org", phone="+31612345678")
    with_time(talk_in, "phone")
    talk_in.hear("contact_given", kinds="email")
    talk_in.hear("contact_given", kinds="phone,email")
    assert booked(talk_in)["mode"] == "phone"


def test_a_call_that_is_not_safe_is_not_kept_and_no_detail_is_shown_that_does_not_go(talk_in, house):
    keep(house, phone="+31612345678")
    with house() as session:
        safe_channels.mark_unsafe(session, "c1", clock.now())
    with_time(talk_in, "phone")
    talk_in.hear("contact_given", kinds="phone")
    assert talk_in.text("say_no_call_unsafe") in talk_in.words
    rows = {row["label"]: row["value"] for row in onwards(talk_in)["card"]["rows"]}
    assert talk_in.text("label.contact_channel") not in rows
    assert rows[talk_in.text("label.contact")] == talk_in.text("kind.name")
    assert booked(talk_in)["mode"] is None
    assert talk_in.text("say_requested_silent") in talk_in.words
    assert appointments(house) == [("released", "phone")]


@pytest.mark.parametrize(("way", "mode"), [("phone", "phone"), ("email", "in_person"), ("walk_in", "in_person")])
def test_of_several_ways_the_one_that_fits_is_kept(talk_in, house, monkeypatch, way, mode):
    ways(house, monkeypatch, "phone", "in_person", location="Stationsplein 1, Zeist")
    keep(house, phone="+31612345678", email="jan@example.org")
    talk_in.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31")
    assert "Stationsplein 1, Zeist" in talk_in.said[-1]["text"]
    assert talk_in.text("meeting.phone") in talk_in.said[-1]["text"]
    choose(talk_in)
    talk_in.hear("answer", contact_channel=way)
    if way != "walk_in":
        talk_in.hear("contact_given", kinds=way)
    assert booked(talk_in)["mode"] == mode
    assert ("Stationsplein" in talk_in.words) == (mode == "in_person")
    assert appointments(house) == [("booked", mode)]


def test_nobody_is_sent_to_where_no_address_is(talk_in, house, monkeypatch):
    ways(house, monkeypatch, "in_person", "phone")
    talk_in.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31", contact_channel="walk_in")
    choose(talk_in)
    assert talk_in.asking == "contact_channel"
    assert appointments(house) == [("held", "phone")]


def test_it_is_told_in_the_words_of_the_messages_that_are_sent(talk_in, house):
    keep(house, phone="+31612345678")
    with_time(talk_in, "phone")
    talk_in.hear("contact_given", kinds="phone")
    booked(talk_in)
    with house() as session:
        appointment = session.scalars(select(tables.Appointment)).one()
    assert how(agreed(appointment, "+31612345678", None), Words(talk_in.language)) in talk_in.words
