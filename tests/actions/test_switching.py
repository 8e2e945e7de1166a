"""Another place instead of the one there is: nothing is lost in between."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from actions import partners
from bot import clock
from bot.referral import booking, progress, state_machine
from bot.store import tables
from bot.texts import get_texts
from tests.actions.booked import answer_until_consent, to_consent
from tests.actions.driver import Conversation


def told(talk: Conversation, key: str, **values: object) -> str:
    return get_texts().get(key, talk.language, **values)


@pytest.fixture
def booked(talk_in):
    """A conversation in which a training is booked with the first partner."""
    to_consent(talk_in, "wants_retraining")
    talk_in.hear("book")
    assert talk_in.slots["plan"]["booked"].keys() == {"training"}
    return talk_in


def referrals(house) -> list[tuple[str, str]]:
    with house() as session:
        rows = session.scalars(select(tables.Referral).order_by(tables.Referral.id))
        return [(row.partner_id, row.status) for row in rows]


def seats(house) -> list[str]:
    with house() as session:
        return [row.state for row in session.scalars(select(tables.Appointment).order_by(tables.Appointment.id))]


def test_a_place_elsewhere_stays_and_it_is_said_once(talk_in):
    talk_in.hear("tell", "switch_track")
    assert told(talk_in, "say_keep_place") in talk_in.words
    assert talk_in.asking == "municipality"
    talk_in.hear("tell", "switch_track", municipality="Zeist")
    assert told(talk_in, "say_keep_place") not in talk_in.words


def test_another_partner_leaves_the_first_when_the_new_one_stands(booked, house):
    ((first, _),) = referrals(house)
    booked.hear("correct", fact="partner")
    assert booked.asking == "partner"
    assert first not in str(booked.said[-1]["buttons"])
    assert [status for _, status in referrals(house)] == ["requested"], "it stays while the new one is chosen"
    answer_until_consent(booked)
    assert seats(house) == ["booked", "held"]
    booked.hear("book")
    (old, new) = referrals(house)
    assert (old, new[1]) == ((first, "cancelled"), "requested")
    assert new[0] != first
    assert seats(house) == ["cancelled", "booked"]
    with house() as session:
        left = session.scalars(select(tables.Referral).order_by(tables.Referral.id)).first()
        last = state_machine.history(session, left)[-1]
        assert (last.to_status, last.reason, last.actor) == ("cancelled", "transferred", "resident")
        assert told(booked, "say_switched", partner=left.partner_name) in booked.words
        current = session.scalars(select(tables.Referral).where(tables.Referral.status == "requested")).one()
    assert booked.slots["plan"]["booked"] == {"training": current.reference}
    assert booked.asking is None


def test_it_is_offered_to_who_wants_another_track_or_a_change(booked):
    title = told(booked, "button.other_partner", need=told(booked, "need.training"))
    booked.hear("correct")
    assert title in [button["title"] for button in booked.said[-1]["buttons"]]
    booked.hear("tell", "switch_track")
    booked.press(title)
    assert booked.asking == "partner"
    assert booked.slots["plan"]["switching"] == "training"


@pytest.mark.parametrize(("way", "no"), [("partner", "deny"), ("consent", "deny"), ("consent", "rather_not_say")])
def test_a_change_of_mind_keeps_what_was_booked(booked, house, way, no):
    booked.hear("correct", fact="partner")
    if way == "consent":
        answer_until_consent(booked)
    booked.hear(no)
    assert [status for _, status in referrals(house)] == ["requested"]
    assert "booked" in seats(house)
    assert "held" not in seats(house)
    assert booked.slots["plan"]["switching"] is None
    assert told(booked, "say_done") in booked.words


def test_killed_between_the_two_leaves_the_first_and_the_next_attempt_books(booked, house, monkeypatch):
    booked.hear("correct", fact="partner")
    answer_until_consent(booked)
    before = dict(booked.slots)

    def killed(*_: object, **__: object) -> None:
        raise OperationalError("killed", None, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(progress, "confirmed", killed)
        with pytest.raises(OperationalError):
            booked.hear("book")
    assert [status for _, status in referrals(house)] == ["requested"]
    assert seats(house) == ["booked", "held"]
    booked.slots = before  # the turn failed: nothing of it was kept
    booked.hear("book")
    assert [status for _, status in referrals(house)] == ["cancelled", "requested"]
    assert seats(house) == ["cancelled", "booked"]


def to_partner_without_calendar(talk, monkeypatch) -> None:
    """Go to the consent of another partner, who has no calendar."""
    every = partners.options
    monkeypatch.setattr(
        partners, "options", lambda turn, need: [replace(one, schedule=None) for one in every(turn, need)]
    )
    talk.hear("correct", fact="partner")
    answer_until_consent(talk)


def test_without_an_appointment_the_first_stays_until_the_new_partner_says_yes(booked, house, monkeypatch):
    to_partner_without_calendar(booked, monkeypatch)
    booked.hear("book")
    assert [status for _, status in referrals(house)] == ["requested", "requested"]
    assert seats(house) == ["booked"]
    with house() as session:
        old, new = session.scalars(select(tables.Referral).order_by(tables.Referral.id))
        assert new.replaces == old.reference
        assert told(booked, "say_keep_until_accepted", partner=old.partner_name) in booked.words
        assert told(booked, "say_switched", partner=old.partner_name) not in booked.words
        progress.accept(session, new, "partner:x", clock.now())
        session.flush()
        assert (old.status, new.status) == ("cancelled", "accepted")
        session.commit()
    assert seats(house) == ["cancelled"]


def test_back_to_the_first_before_the_new_partner_answered_keeps_the_first(booked, house, monkeypatch):
    ((first, _),) = referrals(house)
    to_partner_without_calendar(booked, monkeypatch)
    booked.hear("book")
    booked.hear("correct", fact="partner", needs="training")
    answer_until_consent(booked)
    booked.hear("book")
    assert referrals(house)[0] == (first, "requested")
    assert [status for _, status in referrals(house)] == ["requested", "cancelled"]
    assert seats(house) == ["booked"]


def test_confirming_again_is_harmless(booked, house):
    booked.hear("correct", fact="partner")
    answer_until_consent(booked)
    booked.hear("book")
    after = referrals(house)
    booked.hear("book")
    assert referrals(house) == after
    assert seats(house) == ["cancelled", "booked"]


def test_there_and_back_again(booked, house):
    ((first, _),) = referrals(house)
    for _ in range(2):
        booked.hear("correct", fact="partner", needs="training")
        booked.press(booked.said[-1]["buttons"][0]["title"])
        answer_until_consent(booked)
        booked.hear("book")
    partners = referrals(house)
    assert [status for _, status in partners].count("requested") == 1
    assert partners[-1][1] == "requested"
    assert seats(house).count("booked") == 1
    assert first in {partner for partner, _ in partners}


def test_where_there_is_no_other_partner_it_stays(booked, house, monkeypatch):
    present = booked.slots["plan"]["booked"]["training"]
    with house() as session:
        partner_id = booking.standing(session, booked.id, present).partner_id
    every = partners.options
    monkeypatch.setattr(
        partners, "options", lambda turn, need: [item for item in every(turn, need) if item.id == partner_id]
    )
    booked.hear("correct", fact="partner")
    assert told(booked, "say_done") in booked.words
    assert any("/person" in str(message.get("buttons")) for message in booked.said)
    assert booked.slots["plan"]["switching"] is None
    assert [status for _, status in referrals(house)] == ["requested"]


def test_one_that_the_partner_has_completed_is_left_as_it_is(booked, house):
    booked.hear("correct", fact="partner")
    answer_until_consent(booked)
    with house() as session:
        old = session.scalars(select(tables.Referral)).one()
        state_machine.transition(session, old, "accepted", "partner", clock.now())
        state_machine.transition(session, old, "completed", "partner", clock.now(), outcome="other_help")
    booked.hear("book")
    assert [status for _, status in referrals(house)] == ["completed", "requested"]


@pytest.mark.parametrize("needs", ["shelter_tonight", "", "x" * 3000, "training,debt_help"])
def test_a_need_that_is_not_booked_switches_nothing(booked, house, needs):
    booked.hear("correct", fact="partner", needs=needs)
    assert booked.slots["plan"]["switching"] is None
    assert [status for _, status in referrals(house)] == ["requested"]


def test_before_a_booking_another_partner_is_a_choice_as_before(talk_in):
    to_consent(talk_in, "wants_retraining")
    talk_in.hear("correct", fact="partner")
    assert talk_in.asking == "partner"
    assert talk_in.slots["plan"]["switching"] is None


def test_telling_another_situation_drops_the_switch(booked, house):
    booked.hear("correct", fact="partner")
    booked.hear("correct", fact="situation")
    assert booked.slots["plan"]["switching"] is None
    booked.hear("tell", "language_need")
    assert booked.asking == "time"
    assert [status for _, status in referrals(house)] == ["requested"]


def test_start_over_drops_the_switch_and_keeps_the_booking(booked, house):
    booked.hear("correct", fact="partner")
    booked.hear("start_over")
    booked.hear("affirm")
    assert booked.slots["plan"]["switching"] is None
    assert booked.slots["plan"]["booked"].keys() == {"training"}
    assert [status for _, status in referrals(house)] == ["requested"]


def test_another_conversation_cannot_give_it_up(booked, house):
    reference = booked.slots["plan"]["booked"]["training"]
    with house() as session:
        assert booking.standing(session, "somebody-else", reference) is None
        assert booking.standing(session, booked.id, "") is None


def test_a_seat_held_for_another_need_is_kept_when_there_is_nothing_to_switch_to(booked, house, monkeypatch):
    every = partners.options
    booked.hear("tell", "language_need")
    for _ in range(3):
        if booked.asking == "partner":
            booked.hear("choose", ordinal="first")
        elif booked.asking == "time":
            booked.hear("choose", time=booked.slots["memory"]["shown"][0])
    assert seats(house) == ["booked", "held"]
    monkeypatch.setattr(partners, "options", lambda turn, need: every(turn, need)[:1])
    booked.hear("correct", fact="partner", needs="training")
    assert seats(house) == ["booked", "held"]
    assert booked.said[-1]["ask"] == "consent"


def test_switching_while_another_need_is_arranged_comes_back_to_it(booked, house):
    booked.hear("tell", "language_need")
    booked.hear("correct", fact="partner", needs="training")
    assert booked.slots["plan"]["switching"] == "training"
    answer_until_consent(booked)
    booked.hear("book")
    assert booked.asking == "time"
    assert [status for _, status in referrals(house)] == ["cancelled", "requested"]
