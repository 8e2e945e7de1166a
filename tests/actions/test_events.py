"""Events in the conversation: offered where they fit, signed up for, given back; and none known is no dead end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from actions import house as shared
from bot import clock
from bot.conversation import contacts, conversations
from bot.directory.events import Events
from bot.referral import sign_ups
from bot.store import tables
from tests.actions.driver import Conversation
from tests.events import event_data, make_event, write_events

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
OPEN = {"id": "open-day", "places": None, "sign_up_until": ..., "title": {"nl": "Inloop", "en": "Walk-in"}}


@pytest.fixture
def known(monkeypatch, tmp_path):
    """Say which events are known; gives a function."""
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def set_events(*changes):
        events = Events.load(write_events(tmp_path, *(event_data(**change) for change in changes)))
        monkeypatch.setattr(shared, "events", lambda: events)

    return set_events


@pytest.fixture
def talk(house) -> Conversation:
    conversation = Conversation()
    conversation.hear("start", language="nl", region="midden-utrecht")
    return conversation


def places(house) -> list[tuple[str, str]]:
    with house() as session:
        return [(row.event_id, row.state) for row in session.scalars(select(tables.EventSignUp))]


def agreed(house) -> list[bool]:
    with house() as session:
        return [row.contact_agreed for row in session.scalars(select(tables.EventSignUp))]


def titles(talk: Conversation) -> list[str]:
    return [button["title"] for button in talk.said[-1]["buttons"]]


def fill(house, event) -> None:
    with house() as session:
        for number in range(event.places):
            conversations.ensure(session, f"other-{number}", "midden-utrecht", NOW)
            sign_ups.sign_up(session, event, f"other-{number}", NOW)


# --- none known -------------------------------------------------------------------------------------------------------


def test_no_event_known_is_said_and_the_desk_takes_it(talk_in):
    talk_in.hear("tell", "wants_event", municipality="Zeist")
    assert ("Ik ken nu geen bijeenkomst" in talk_in.words) or ("I do not know of any event" in talk_in.words)
    assert talk_in.asking == "time"
    assert talk_in.state["needs"][0]["role"] == "rmt_desk"
    assert "Midden-Utrecht Werkt Door" in talk_in.words
    talk_in.hear("why")
    assert "geen bijeenkomst" not in talk_in.words, "said once"


def test_a_broken_file_of_events_does_not_stop_the_help(house, monkeypatch, tmp_path, caplog, talk):
    (tmp_path / "events.yml").write_text("events: [")
    settings = shared.get_settings().model_copy(update={"content_dir": tmp_path})
    monkeypatch.setattr(shared, "get_settings", lambda: settings)
    shared.events.cache_clear()
    try:
        assert shared.events().all == ()
        assert "no events are offered" in caplog.text
        talk.hear("tell", "wants_event", municipality="Zeist")
        assert talk.asking == "time"
    finally:
        shared.events.cache_clear()


# --- whoever asks for one ---------------------------------------------------------------------------------------------


def test_events_are_shown_with_date_place_language_and_free_places(known, talk):
    known({"places": 7}, OPEN)
    talk.hear("tell", "wants_event", municipality="Zeist")
    assert talk.asking == "event"
    assert "**2. Testmarkt**\nOp donderdag 14 januari om 13:00 uur, Testzaal, Zeist. Een proef.\n" in talk.words
    assert "Taal: Nederlands en Oekraïens; vrije plaatsen: 7." in talk.words
    assert "aanmelden hoeft niet" in talk.words
    assert len(talk.said[-1]["buttons"]) == 4
    assert {"Een medewerker", "Nu niet"} < set(titles(talk))


def test_the_english_words(house, known):
    known({})
    talk = Conversation()
    talk.hear("start", language="en", region="midden-utrecht")
    talk.hear("tell", "wants_event", municipality="Zeist")
    assert "Test fair**\nOn Thursday 14 January" in talk.words
    assert "Language: Dutch and Ukrainian; free places: 7." in talk.words


def test_signing_up_gives_a_reference_a_card_and_one_place(known, talk, house):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    with house() as session:
        place = session.scalars(select(tables.EventSignUp)).one()
    assert place.reference in talk.words
    card = next(message["card"] for message in talk.said if message.get("card"))
    assert (card["kind"], card["reference"], card["location"]) == ("confirmation", place.reference, "Testzaal, Zeist")
    assert talk.state["needs"][0]["reference"] == place.reference
    assert talk.asking == "research"
    talk.hear("choose", event="test-fair")  # the same button once more
    assert place.reference in talk.words
    assert len(places(house)) == 1


@pytest.mark.parametrize(
    ("intent", "entities", "signed_up"),
    [
        ("tell", {"ordinal": "second"}, ["the-second"]),
        ("tell", {"ordinal": "fifth"}, []),
        ("affirm", {}, []),
        ("deny", {}, []),
        ("dont_know", {}, []),
        ("rather_not_say", {}, []),
        ("choose", {"event": "no-such-event"}, []),
        ("choose", {"event": "elsewhere"}, []),
        ("choose", {"event": "x" * 5000}, []),
        ("choose", {"event": {"a": 1}}, []),
        ("nlu_fallback", {}, []),
    ],
)
def test_every_answer_leads_on(known, talk, house, intent, entities, signed_up):
    known({}, {"id": "the-second"}, {"id": "elsewhere", "region": "drechtsteden"})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.hear(intent, **entities)
    assert talk.said[-1]["buttons"]
    assert [event for event, _ in places(house)] == signed_up


def test_yes_to_the_only_event_is_enough(known, talk, house):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.hear("affirm")
    assert places(house) == [("test-fair", "live")]


def test_not_now_goes_on_to_the_desk(known, talk, house):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Nu niet")
    assert talk.asking == "time"
    assert places(house) == []
    talk.hear("go_back")
    assert talk.asking == "event"


def test_an_open_event_needs_no_sign_up(known, talk, house):
    known(OPEN)
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Ik ga naar 1")
    assert "zonder aanmelding" in talk.words
    assert places(house) == []
    assert talk.asking is None
    assert len(talk.said[-1]["buttons"]) == 2


def test_why_explains_and_asks_again(known, talk):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.hear("why")
    assert "naast een afspraak" in talk.words
    assert talk.asking == "event"
    assert talk.said[-1]["ask"] == "event"


def test_at_most_three_are_shown_and_the_full_ones_are_not(known, talk, house):
    known({"id": "full", "places": 1}, *({"id": f"fair-{number}"} for number in range(5)))
    fill(house, make_event(id="full", places=1))
    talk.hear("tell", "wants_event", municipality="Zeist")
    assert talk.slots["memory"]["shown_events"] == ["fair-0", "fair-1", "fair-2"]
    assert len(talk.said[-1]["buttons"]) == 5


def test_all_full_is_said_and_the_desk_takes_it(known, talk, house):
    known({"places": 1})
    fill(house, make_event(places=1))
    talk.hear("tell", "wants_event", municipality="Zeist")
    assert "zijn vol" in talk.words
    assert talk.asking == "time"


@pytest.mark.parametrize("others", [0, 1])
def test_full_meanwhile_is_said_and_the_others_are_offered(known, talk, house, others):
    known({"places": 1}, *({"id": f"later-{number}"} for number in range(others)))
    talk.hear("tell", "wants_event", municipality="Zeist")
    payload = talk.said[-1]["buttons"][others]["payload"]
    assert "test-fair" in payload
    fill(house, make_event(places=1))
    talk.hear("choose", event="test-fair")
    assert "Testmarkt is net vol." in talk.words
    assert talk.asking == ("event" if others else "time")


def test_closed_meanwhile_is_said(known, talk, house, monkeypatch):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    monkeypatch.setattr(clock, "now", lambda: make_event().closes)
    talk.hear("choose", event="test-fair")
    assert "niet meer aanmelden" in talk.words
    assert talk.asking == "time"
    assert places(house) == []


# --- beside other help ------------------------------------------------------------------------------------------------


def test_an_event_stands_beside_the_advice_and_takes_nothing_away(known, talk, house):
    known({})
    talk.hear("tell", "looking_for_work", municipality="Zeist")
    assert "Er is ook een bijeenkomst die hierbij past: Testmarkt, donderdag 14 januari" in talk.words
    assert talk.asking == "time"
    assert len(talk.said[-1]["buttons"]) <= 5
    talk.press("Naar een bijeenkomst")
    assert talk.asking == "event"
    talk.press("Aanmelden voor 1")
    assert places(house) == [("test-fair", "live")]
    assert talk.asking == "time", "the appointment is still offered"
    assert "Naar een bijeenkomst" not in titles(talk)
    talk.hear("deny")
    talk.press("Nu niet")
    assert talk.asking == "research"


def test_declined_beside_the_advice_is_not_offered_again(known, talk):
    known({})
    talk.hear("tell", "looking_for_work", municipality="Zeist")
    talk.press("Naar een bijeenkomst")
    talk.press("Nu niet")
    assert talk.asking == "time"
    assert "Naar een bijeenkomst" not in titles(talk)
    assert "Er is ook een bijeenkomst" not in talk.words


def test_the_choice_of_needs_has_the_button_and_still_five_at_most(known, talk):
    known({"for_needs": ["debt_help"]})
    talk.hear("tell", "self_employed_less_work", "debts", "language_need", municipality="Zeist")
    assert talk.asking == "choice"
    assert "Naar een bijeenkomst" in titles(talk)
    assert len(titles(talk)) <= 5
    talk.press("Naar een bijeenkomst")
    talk.press("Nu niet")
    assert talk.asking == "choice"


@pytest.mark.parametrize("changes", [{"for_needs": ["training"], "for_signals": []}, {"region": "drechtsteden"}])
def test_what_does_not_fit_is_not_mentioned(known, talk, changes):
    known(changes)
    talk.hear("tell", "looking_for_work", municipality="Zeist")
    assert "bijeenkomst" not in talk.words
    assert "Naar een bijeenkomst" not in titles(talk)


def test_the_list_asked_for_when_nothing_is_left_changes_nothing(known, talk):
    known({})
    talk.hear("tell", "looking_for_work", municipality="Zeist")
    known()
    talk.press("Naar een bijeenkomst")
    assert talk.asking == "time"


def test_the_list_that_empties_while_it_is_open_is_no_dead_end(known, talk):
    known({})
    talk.hear("tell", "looking_for_work", municipality="Zeist")
    talk.press("Naar een bijeenkomst")
    known()
    talk.hear("why")
    assert talk.asking == "time"


# --- contact details --------------------------------------------------------------------------------------------------


def test_an_event_that_wants_contact_details_asks_for_them_first(known, talk, house):
    known({"contact": True})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    assert talk.asking == "contact"
    assert "Testmarkt: daarvoor is uw naam nodig" in talk.words
    assert places(house) == []
    talk.hear("contact_given", kinds="phone")
    assert places(house) == [("test-fair", "live")]


@pytest.mark.parametrize(("answer", "taken"), [("Ja, dat mag", True), ("Zeg ik liever niet", False)])
def test_contact_details_told_before_are_used_for_an_event_only_with_a_yes(known, talk, house, answer, taken):
    known({"contact": True})
    with house() as session:
        conversations.ensure(session, talk.id, "midden-utrecht", NOW)
        contacts.save_contact(session, talk.id, contacts.ContactDetails("Test", "+31612345678"), NOW)
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    assert talk.asking == "contact"
    assert talk.said[-1].get("card") is None, "nothing is filled in twice"
    assert places(house) == []
    talk.press(answer)
    assert places(house) == ([("test-fair", "live")] if taken else [])
    assert agreed(house) == [True] * taken


@pytest.mark.parametrize("wanted", [True, False])
def test_that_the_details_may_be_used_is_kept_only_where_it_was_asked(known, talk, house, wanted):
    known({"contact": wanted})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    if wanted:
        talk.hear("affirm")
        assert places(house) == [], "a yes gives no number"
        talk.hear("contact_given", kinds="phone")
    assert agreed(house) == [wanted]


def test_without_contact_details_no_sign_up_and_still_a_way_on(known, talk, house):
    known({"contact": True})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    talk.press("Zeg ik liever niet")
    assert "Zonder naam en nummer" in talk.words
    assert places(house) == []
    assert talk.slots.get("contact_channel") is None, "it says nothing about appointments"
    assert talk.said[-1]["buttons"]


def test_starting_over_forgets_an_event_that_waits_for_contact_details(known, talk, house):
    known({"contact": True})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    talk.hear("start_over")
    talk.hear("affirm")
    talk.hear("contact_given", kinds="phone")
    assert places(house) == []


# --- a change of mind -------------------------------------------------------------------------------------------------


def test_a_place_can_be_given_back_and_taken_again(known, talk, house):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    talk.hear("correct")
    assert talk.asking == "change"
    talk.press("Bijeenkomst")
    assert "Uw aanmelding is geschrapt" in talk.words
    assert places(house) == [("test-fair", "cancelled")]
    assert talk.asking == "event"
    assert talk.state["needs"][0]["reference"] is None
    talk.press("Aanmelden voor 1")
    assert sorted(places(house)) == [("test-fair", "cancelled"), ("test-fair", "live")]


def test_going_back_gives_no_place_back(known, talk, house):
    known({})
    talk.hear("tell", "wants_event", municipality="Zeist")
    talk.press("Aanmelden voor 1")
    talk.hear("go_back")
    assert places(house) == [("test-fair", "live")]
