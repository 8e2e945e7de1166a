"""From the first words to what is arranged, for every situation and way of contact: the driver reads every message."""

from dataclasses import replace
from datetime import time

import pytest

from actions import speech
from bot import clock
from bot.conversation import contacts, conversations
from bot.conversation.contacts import ContactDetails
from bot.directory.hours import Schedule, WeeklyHours
from bot.directory.partners import Directory
from bot.intake.situation import FACTS, SAFETY_SIGNALS, SIGNALS
from bot.texts import get_texts
from tests.actions.driver import Conversation

CHANNELS = FACTS["contact_channel"] or ()
TOLD = [signal for signal in SIGNALS if signal not in {*SAFETY_SIGNALS, "complaint"}]
FIRST = {
    "route": "support_first",
    "offer": "jobs",
    "work_status": "unemployed",
    "income": "none",
    "dutch_level": "basic",
}


def answer(talk: Conversation, channel: str) -> None:
    """Answer the open question as somebody does who goes along."""
    match talk.asking:
        case "municipality":
            talk.hear("answer", municipality="Zeist")
        case "contact_channel":
            talk.hear("answer", contact_channel=channel)
        case "choice" | "partner" as question:
            title = talk.said[-1]["buttons"][0]["title"]
            assert question != "partner" or len(talk.said[-1]["text"].splitlines()) > 1
            talk.press(title)
        case "time":
            talk.press(talk.said[-1]["buttons"][0]["title"])
        case "contact":
            talk.hear("contact_given", kinds="phone,email")
        case "consent":
            talk.hear("book")
        case fact if fact in FIRST:
            talk.hear("answer", **{fact: FIRST[fact]})
        case _:
            talk.hear("rather_not_say")


@pytest.mark.parametrize(("number", "signal"), enumerate(TOLD))
def test_every_situation_ends_with_a_code(talk_in, number, signal):
    channel = CHANNELS[number % len(CHANNELS)]
    talk_in.hear("tell", signal, end_date="2027-01-31")
    for _ in range(25):
        if talk_in.asking is None:
            break
        answer(talk_in, channel)
    assert talk_in.slots["plan"]["booked"], talk_in.asking


@pytest.mark.parametrize(("channel", "key"), [("phone", "say_booked_phone_number"), ("email", "say_booked_email")])
def test_without_a_time_it_is_said_how_one_hears(talk_in, house, channel, key):
    with house() as session:
        conversations.ensure(session, talk_in.id, "midden-utrecht", clock.now())
        details = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")
        contacts.save_contact(session, talk_in.id, details, clock.now())
    requested(talk_in, channel)
    assert get_texts().get(key, talk_in.language, digits="678") in talk_in.words


def test_who_comes_by_is_not_told_to_wait_for_a_message(talk_in):
    requested(talk_in, "walk_in")
    assert get_texts().get("say_requested_website", talk_in.language, website="https://idw.nl") in talk_in.words


@pytest.mark.parametrize("assured", [True, False])
def test_who_comes_by_hears_when_the_door_is_open_where_that_is_certain(talk_in, monkeypatch, assured):
    mornings = tuple(WeeklyHours(weekday=day, opens=time(9), closes=time(12, 30)) for day in range(5))
    known = Directory.partner

    def opened(directory, region, partner_id):
        partner = known(directory, region, partner_id)
        return replace(partner, modes=("phone", "walk_in"), schedule=Schedule(mornings, assured))

    monkeypatch.setattr(Directory, "partner", opened)
    requested(talk_in, "walk_in")
    until = {"nl": "van 09:00 tot 12:30 uur", "en": "from 09:00 to 12:30"}[talk_in.language]
    assert talk_in.words.count(until) == (3 if assured else 0)


def requested(talk: Conversation, channel: str) -> None:
    """Ask for something of a partner without a calendar: IDW."""
    said = []
    talk.hear("tell", "diploma_abroad", contact_channel=channel, municipality="Zeist")
    for _ in range(10):
        said.append(talk.words)
        if talk.slots["plan"]["booked"]:
            break
        answer(talk, channel)
    note = "say_no_calendar_walk_in" if channel == "walk_in" else "say_no_calendar"
    assert any(get_texts().get(note, talk.language, partner="IDW") in words for words in said)
    assert talk.slots["plan"]["booked"]


def test_the_summary_keeps_the_name_of_the_language(talk_in):
    words = speech.inside(get_texts().get("label.dutch_level", talk_in.language))
    assert words == {"nl": "uw Nederlands", "en": "your Dutch"}[talk_in.language]
