"""Consent for research: asked once, after help is arranged, and nothing hangs on the answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.conversation import conversations
from bot.store import tables
from tests.actions.driver import Conversation
from tests.actions.test_conversation import to_consent


@pytest.fixture
def talk(house) -> Conversation:
    conversation = Conversation()
    conversation.hear("start", language="nl", region="midden-utrecht")
    return conversation


@pytest.fixture
def booked(talk) -> Conversation:
    to_consent(talk).press("Ja, verstuur")
    assert talk.asking == "research"
    return talk


def stored(house) -> list[bool]:
    with house() as session:
        return [row.given for row in session.scalars(select(tables.ResearchConsent))]


def test_it_is_not_asked_before_help_is_arranged(talk):
    to_consent(talk)
    assert talk.slots["memory"]["research"] is None
    talk.press("Nee, niet versturen")
    assert talk.asking != "research"
    assert talk.slots["memory"]["research"] is None


@pytest.mark.parametrize(("title", "given"), [("Ja, dat mag", True), ("Nee", False), ("Zeg ik liever niet", False)])
def test_every_answer_is_stored_and_ends_with_two_ways_on(booked, house, title, given):
    booked.press(title)
    assert stored(house) == [given]
    assert booked.asking is None
    assert len(booked.said[-1]["buttons"]) == 2


@pytest.mark.parametrize("intent", ["dont_know", "deny", "rather_not_say"])
def test_anything_but_yes_is_no(booked, house, intent):
    booked.hear(intent)
    assert stored(house) == [False]


def test_going_on_without_an_answer_is_no_consent_and_it_is_not_asked_again(booked, house):
    booked.hear("tell", "debts")
    assert stored(house) == []
    assert booked.asking == "time"
    booked.hear("deny")
    booked.press("Nu niet")
    assert booked.asking is None
    assert "onderzoek" not in booked.words


@pytest.mark.parametrize("intent", ["nlu_fallback", "thanks", "out_of_scope", "greet"])
def test_what_is_no_answer_does_not_bring_it_back(booked, house, intent):
    booked.hear(intent)
    assert booked.asking is None
    assert stored(house) == []
    assert booked.said[-1]["buttons"]


def test_why_explains_and_asks_again(booked, house):
    booked.hear("why")
    assert "U hoeft niet mee te doen" in booked.words
    assert booked.asking == booked.said[-1]["ask"] == "research"
    booked.press("Nee")
    assert stored(house) == [False]


def test_a_second_click_on_confirm_is_no_answer(booked, house):
    booked.hear("book")
    assert "Dit is al geregeld" in booked.words
    assert booked.asking == "research"
    assert stored(house) == []


def test_in_another_language_it_is_asked_anew(booked):
    booked.hear("change_language", language="en")
    assert "for research" in booked.words
    assert booked.asking == "research"


def test_a_person_is_still_reachable(booked, house):
    booked.hear("person")
    assert booked.asking == "handoff"
    booked.hear("handoff_choice", wish="continue")
    assert booked.asking is None


def test_a_yes_can_be_taken_back(booked, house):
    booked.press("Ja, dat mag")
    booked.hear("correct")
    assert booked.asking == "change"
    booked.press("Onderzoek")
    assert booked.asking == "research"
    booked.press("Nee")
    assert stored(house) == [False]


def test_a_second_booking_does_not_ask_again(booked, house):
    booked.press("Nee")
    booked.hear("tell", "debts")
    booked.hear("choose", time=booked.slots["memory"]["shown"][0])
    booked.press("Ja, verstuur")
    assert len(booked.slots["plan"]["booked"]) == 2
    assert booked.asking is None


def test_starting_over_does_not_ask_again(booked):
    booked.press("Nee")
    booked.hear("start_over")
    booked.hear("affirm")
    assert booked.slots["memory"]["research"] == "no"


def test_somebody_in_danger_is_not_asked(talk, house):
    to_consent(talk)
    talk.hear("safety", "domestic_violence")
    talk.hear("handoff_choice", wish="continue")
    talk.press("Ja, verstuur")
    assert talk.slots["plan"]["booked"]
    assert talk.asking is None


def test_a_minor_is_not_asked(talk):
    talk.hear("answer", age_group="under_18")
    to_consent(talk).press("Ja, verstuur")
    assert talk.slots["plan"]["booked"]
    assert talk.asking is None


def test_the_referral_does_not_carry_it(booked, house):
    booked.press("Ja, dat mag")
    with house() as session:
        referral = session.scalars(select(tables.Referral)).one()
        assert "research" not in str(referral.payload)
        assert referral.payload["consent"]["partners"] == [referral.partner_id]


def test_nothing_is_left_after_erasing(booked, house):
    booked.press("Ja, dat mag")
    with house() as session:
        conversations.erase(session, booked.id)
    assert stored(house) == []
