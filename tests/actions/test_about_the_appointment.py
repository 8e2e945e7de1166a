"""After the booking: when it is, and where it can be moved or called off."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import clock
from bot.referral import links, progress
from bot.store import tables
from bot.texts import get_texts
from tests.actions.booked import answer_until_consent, to_consent
from tests.actions.driver import Conversation

SIGNAL, NEED = "debts", "debt_help"


def booked(talk: Conversation) -> str:
    to_consent(talk, SIGNAL).hear("book")
    talk.hear("deny")  # no research
    return talk.slots["plan"]["booked"][NEED]


def links_in(talk: Conversation) -> list[str]:
    return re.findall(r"/a/(\S+)", talk.words)


@pytest.mark.parametrize("intent", ["tell", "nlu_fallback", "correct", "other_times", "deny", "answer"])
def test_when_it_is_and_the_page_on_which_it_can_be_changed(talk_in, house, intent):
    reference = booked(talk_in)
    talk_in.hear(intent, text="mijn afspraak", appointment="change", likely=["debts", "illness"])
    (token,) = links_in(talk_in)
    with house() as session:
        referral = links.open_link(session, token, "resident", clock.now())
        start = session.scalars(select(tables.Appointment)).one().start_at.astimezone(clock.ZONE)
        assert (referral.reference, referral.status) == (reference, "requested")
        assert referral.partner_name in talk_in.words
    assert f"{start:%H:%M}" in talk_in.words
    assert talk_in.asking is None
    assert talk_in.slots["memory"]["missed"] == 0
    assert talk_in.slots["plan"]["booked"] == {NEED: reference}
    again = links_in(talk_in)
    talk_in.hear(intent, appointment="change")
    assert links_in(talk_in) == again


def test_each_of_two_is_told(talk_in):
    talk_in.hear("tell", SIGNAL, "self_employed_less_work", municipality="Zeist", contact_channel="phone")
    talk_in.press(get_texts().get("button.all", talk_in.language))
    answer_until_consent(talk_in)
    talk_in.hear("book")
    talk_in.hear("tell", appointment="change")
    assert len(set(links_in(talk_in))) == 2


def test_a_request_without_a_time_is_told_by_its_reference(talk_in, house):
    reference = booked(talk_in)
    with house() as session:
        session.scalars(select(tables.Appointment)).one().state = "cancelled"
    talk_in.hear("tell", appointment="change")
    assert reference in talk_in.words
    assert len(links_in(talk_in)) == 1


def test_without_a_booking_it_is_no_answer(talk_in):
    talk_in.hear("tell", appointment="change")
    assert links_in(talk_in) == []
    talk_in.hear("tell", SIGNAL, municipality="Zeist")
    talk_in.hear("other_times", appointment="change", part="any")  # «een andere tijd», while one is chosen
    assert links_in(talk_in) == []
    assert talk_in.asking == "time"


@pytest.mark.parametrize(("value", "asked"), [("again", "time"), ("change", None)])
def test_who_asks_for_one_again_after_cancelling_gets_times(talk_in, house, value, asked):
    reference = booked(talk_in)
    with house() as session:
        row = session.scalars(select(tables.Referral)).one()
        progress.give_up(session, row, progress.ACTOR_RESIDENT, clock.now())
    talk_in.hear("tell", appointment=value)
    assert talk_in.asking == asked
    assert reference not in talk_in.words
    assert links_in(talk_in) == []


@pytest.mark.parametrize("value", ["x" * 3000, {"a": 1}, 7, "again"])
def test_other_values_are_no_question(talk_in, value):
    booked(talk_in)
    talk_in.hear("tell", appointment=value)
    assert links_in(talk_in) == []


def test_what_has_been_is_told_as_over(talk_in, house):
    booked(talk_in)
    with house() as session:
        row = session.scalars(select(tables.Appointment)).one()
        row.start_at, row.end_at = row.start_at - timedelta(days=30), row.end_at - timedelta(days=30)
        start = row.start_at.astimezone(clock.ZONE)
    talk_in.hear("tell", appointment="change")
    assert {"nl": "is voorbij", "en": "has passed"}[talk_in.language] in talk_in.words
    assert f"{start:%H:%M}" in talk_in.words
    assert len(links_in(talk_in)) == 1
