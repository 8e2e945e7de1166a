"""What is booked may end outside the chat: then the chat does not call it arranged, and it can be arranged anew."""

import pytest
from sqlalchemy import select

from bot import clock
from bot.referral import progress
from bot.store import tables
from bot.texts import get_texts
from tests.actions.booked import answer_until_consent, to_consent
from tests.actions.driver import Conversation

NEED, SIGNAL = "debt_help", "debts"
PARTNER = progress.partner_actor("somebody")
ENDINGS = {
    "cancelled": lambda session, row, now: progress.give_up(session, row, progress.ACTOR_RESIDENT, now),
    "rejected": lambda session, row, now: progress.send_back(session, row, "no_place", PARTNER, now),
    "completed": lambda session, row, now: (
        progress.accept(session, row, PARTNER, now),
        progress.complete(session, row, "other_help", PARTNER, now),
    ),
    "failed": lambda session, row, now: progress.not_reached(session, row, PARTNER, now),
}


def arranged(talk: Conversation, reference: str) -> str:
    need = get_texts().get(f"need.{NEED}", talk.language)
    return get_texts().get("say_arranged", talk.language, need=need, reference=reference)


def booked(talk: Conversation) -> str:
    to_consent(talk, SIGNAL).hear("book")
    talk.hear("deny")  # no research
    return talk.slots["plan"]["booked"][NEED]


def end(house, how: str) -> None:
    with house() as session:
        ENDINGS[how](session, session.scalars(select(tables.Referral)).one(), clock.now())


def test_what_stands_is_not_arranged_twice(talk_in, house):
    reference = booked(talk_in)
    with house() as session:
        progress.accept(session, session.scalars(select(tables.Referral)).one(), PARTNER, clock.now())
    talk_in.hear("tell", SIGNAL)
    assert arranged(talk_in, reference) in talk_in.words
    assert talk_in.slots["plan"]["booked"] == {NEED: reference}


@pytest.mark.parametrize("how", ENDINGS)
def test_what_ended_is_arranged_anew_with_the_same_partner_when_it_is_told_again(talk_in, house, how):
    reference = booked(talk_in)
    end(house, how)
    talk_in.hear("tell", SIGNAL)
    assert reference not in talk_in.words
    assert talk_in.asking == "time"
    answer_until_consent(talk_in)
    talk_in.hear("book")
    new = talk_in.slots["plan"]["booked"][NEED]
    assert new != reference
    assert new in talk_in.words
    with house() as session:
        assert {row.reference: row.status for row in session.scalars(select(tables.Referral))} == {
            reference: how,
            new: "requested",
        }
        stands = select(tables.Appointment).join(tables.Referral).where(tables.Referral.reference == new)
        assert session.scalars(stands).one().state == "booked"
    talk_in.hear("tell", SIGNAL)
    assert arranged(talk_in, new) in talk_in.words


@pytest.mark.parametrize("how", ENDINGS)
def test_what_ended_is_pressed_on_nobody(talk_in, house, how):
    reference = booked(talk_in)
    end(house, how)
    for intent in ("thanks", "greet", "come_back"):
        talk_in.hear(intent)
        assert talk_in.asking is None
        assert reference not in talk_in.words
    assert talk_in.slots["plan"]["booked"] == {}


def test_of_two_only_what_ended_is_open_again(talk_in, house):
    talk_in.hear("tell", SIGNAL, "self_employed_less_work", municipality="Zeist", contact_channel="phone")
    talk_in.press(get_texts().get("button.all", talk_in.language))
    answer_until_consent(talk_in)
    talk_in.hear("book")
    both = dict(talk_in.slots["plan"]["booked"])
    with house() as session:
        row = session.scalars(select(tables.Referral).where(tables.Referral.need == NEED)).one()
        progress.give_up(session, row, progress.ACTOR_RESIDENT, clock.now())
    talk_in.hear("deny")
    assert set(talk_in.slots["plan"]["booked"]) == set(both) - {NEED}
    talk_in.hear("tell", SIGNAL)
    assert (talk_in.asking, talk_in.slots["plan"]["chosen"][-1]) == ("time", NEED)


def test_what_the_desk_asked_for_again_counts_as_arranged_again(talk_in, house):
    reference = booked(talk_in)
    end(house, "rejected")
    talk_in.hear("thanks")
    with house() as session:
        row = session.scalars(select(tables.Referral)).one()
        progress.take_up(session, row, "desk:x", clock.now())
        progress.request_again(session, row, "desk:x", clock.now())
    talk_in.hear("tell", SIGNAL)
    assert arranged(talk_in, reference) in talk_in.words


def test_an_erased_conversation_has_nothing_booked(talk_in, house):
    booked(talk_in)
    with house() as session:
        for row in session.scalars(select(tables.Referral)):
            session.delete(row)
    talk_in.hear("tell", SIGNAL)
    assert talk_in.asking == "time"
