"""Who cannot take stairs is not asked to come where there may be some; the partner hears of it with consent."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import contacts, conversations
from bot.conversation.contacts import ContactDetails
from bot.directory.partners import Directory
from bot.store import tables

PLACE = "Stationsplein 1, Zeist"


def every_partner(monkeypatch, *modes, accessible=None):
    for name in ("partners", "partner"):
        known = getattr(Directory, name)

        def changed(*args, known=known):
            found = known(*args)
            kept = {"modes": modes, "location": PLACE, "accessible": accessible}
            return [replace(one, **kept) for one in found] if isinstance(found, list) else replace(found, **kept)

        monkeypatch.setattr(Directory, name, changed)


def tell(talk, **more):
    talk.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31", **more)


def choose(talk):
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])


def held(house):
    with house() as session:
        return [(one.state, one.mode) for one in session.scalars(select(tables.Appointment))]


@pytest.mark.parametrize("accessible", [None, False])
def test_no_time_is_offered_where_there_may_be_stairs(talk_in, monkeypatch, accessible):
    every_partner(monkeypatch, "in_person", "phone", accessible=accessible)
    tell(talk_in, access="step_free")
    assert talk_in.text("say_step_free") in talk_in.words
    assert talk_in.asking == "time"
    assert PLACE not in talk_in.words
    assert talk_in.text("meeting.phone") in talk_in.words


def test_a_place_without_steps_is_offered(talk_in, house, monkeypatch):
    every_partner(monkeypatch, "in_person", accessible=True)
    tell(talk_in, access="step_free", contact_channel="walk_in")
    assert PLACE in talk_in.words
    choose(talk_in)
    assert held(house) == [("held", "in_person")]
    row = next(row for row in talk_in.said[-1]["card"]["rows"] if row["label"] == talk_in.text("label.access"))
    assert row["value"] == talk_in.text("value.step_free")
    talk_in.hear("book")
    with house() as session:
        assert talk_in.text("value.step_free") in session.scalars(select(tables.Referral)).one().payload["summary"]


def test_it_can_be_taken_out(talk_in, monkeypatch):
    every_partner(monkeypatch, "in_person", accessible=True)
    tell(talk_in, access="step_free", contact_channel="walk_in")
    choose(talk_in)
    talk_in.hear("correct", fact="access")
    assert talk_in.asking == "consent"
    assert talk_in.text("label.access").lower() not in talk_in.said[-1]["text"]


def test_a_place_with_stairs_is_given_back(talk_in, house, monkeypatch):
    every_partner(monkeypatch, "in_person")
    tell(talk_in, contact_channel="walk_in")
    choose(talk_in)
    assert talk_in.asking == "consent"
    talk_in.hear("tell", access="step_free")
    assert talk_in.text("say_no_stairs") in talk_in.words
    assert held(house) == [("released", "in_person")]
    assert talk_in.asking == "consent"


def test_nothing_is_free_where_one_cannot_get_in(talk_in, house, monkeypatch):
    every_partner(monkeypatch, "in_person")
    tell(talk_in, access="step_free")
    assert talk_in.asking == "partner"
    talk_in.hear("choose", ordinal="first")
    assert held(house) == []
    assert talk_in.asking == "contact_channel"


@pytest.mark.parametrize(("accessible", "person"), [(None, True), (False, True), (True, False)])
def test_who_is_expected_upstairs_is_helped_by_staff_once(talk_in, house, monkeypatch, accessible, person):
    every_partner(monkeypatch, "in_person", accessible=accessible)
    tell(talk_in, contact_channel="walk_in")
    choose(talk_in)
    talk_in.hear("book")
    talk_in.hear("tell", access="step_free")
    assert (talk_in.text("say_other_place") in talk_in.words) == person
    assert (talk_in.asking == "handoff") == person
    with house() as session:
        assert len(session.scalars(select(tables.Handoff)).all()) == person
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.text("say_other_place") not in talk_in.words


def test_a_call_needs_no_other_place(talk_in, house):
    with house() as session:
        conversations.ensure(session, talk_in.id, "midden-utrecht", clock.now())
        contacts.save_contact(session, talk_in.id, ContactDetails("Jan", "+31612345678"), clock.now())
    tell(talk_in, contact_channel="phone")
    choose(talk_in)
    talk_in.hear("contact_given", kinds="phone")
    talk_in.hear("book")
    talk_in.hear("tell", access="step_free")
    assert talk_in.text("say_other_place") not in talk_in.words
    assert talk_in.asking != "handoff"
