"""Two answers in one message: each uncertain value waits for its own yes; and what says nothing of the resident."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.facts import FactFinder
from bot.directory.municipalities import find_municipality


def found(text):
    match = find_municipality(text)
    return {"value": match.name, "sure": match.sure, "alternatives": list(match.alternatives)}


def until_the_place(talk):
    talk.hear("tell", "contract_ending")
    assert talk.asking == "municipality"


@pytest.mark.parametrize(
    "text", ["Zeist, en mijn laatste dag is 31 januari", "Zeist and then my last day is the 31st of January"]
)
def test_a_place_and_a_day_are_both_taken(talk_in, text):
    until_the_place(talk_in)
    day = {"date": "2027-01-31", "precision": "day", "text": "31 januari", "others": []}
    talk_in.hear("answer", municipality=found(text), date=day, text=text)
    assert talk_in.slots["municipality"] == "Zeist"
    assert talk_in.slots["end_date"] == "2027-01-31"


def test_an_uncertain_place_and_an_uncertain_day_are_asked_one_after_the_other(talk_in):
    until_the_place(talk_in)
    text = "ik woon tussen Zeist en Utrecht en mijn laatste dag is eind januari"
    day = {"date": "2027-01-31", "precision": "month", "text": "eind januari", "others": []}
    talk_in.hear("answer", municipality=found(text), date=day, text=text)
    assert talk_in.asking == "municipality"
    assert "Zeist" in talk_in.words
    talk_in.hear("affirm")
    assert talk_in.slots["municipality"] == "Zeist"
    assert talk_in.asking == "end_date"
    assert "31" in talk_in.words
    talk_in.hear("affirm")
    assert talk_in.slots["end_date"] == "2027-01-31"
    assert talk_in.slots["memory"]["proposals"] == {}


def test_a_no_to_one_keeps_the_other(talk_in):
    until_the_place(talk_in)
    text = "tussen Zeist en Utrecht"
    day = {"date": "2027-01-31", "precision": "month", "text": "eind januari", "others": []}
    talk_in.hear("answer", municipality=found(text), date=day, text=text)
    talk_in.hear("deny")
    assert set(talk_in.slots["memory"]["proposals"]) == {"end_date"}


def test_a_day_told_plainly_ends_its_own_proposal(talk_in):
    until_the_place(talk_in)
    text = "tussen Zeist en Utrecht"
    day = {"date": "2027-01-31", "precision": "month", "text": "eind januari", "others": []}
    talk_in.hear("answer", municipality=found(text), date=day, text=text)
    talk_in.hear("answer", end_date="2027-02-28")
    assert set(talk_in.slots["memory"]["proposals"]) == {"municipality"}


def say(talk, text, intent="tell", *signals):
    """Say a text, with the facts that are read in it."""
    message = Message({"text": text})
    FactFinder({}).read(message, text)
    talk.hear(intent, *signals, text=text, found=message.get("entities") or [])


def test_what_is_said_of_another_is_not_of_the_resident(talk_in):
    say(talk_in, "mijn man heeft ww", "tell", "looking_for_work")
    assert talk_in.slots.get("income") is None


def test_it_is_when_help_is_asked_for_that_person(talk_in):
    say(talk_in, "ik vraag dit voor mijn man", "tell", "looking_for_work")
    say(talk_in, "mijn man heeft ww")
    assert talk_in.slots.get("income") == "ww"


@pytest.mark.parametrize("text", ["jobs", "vacatures?", "heeft u banen", "waar vind ik een stage"])
def test_who_asks_for_jobs_offers_none(talk_in, text):
    say(talk_in, text, "tell", "looking_for_work")
    assert talk_in.slots.get("offer") is None


def test_an_employer_offers_them(talk_in):
    say(talk_in, "wij hebben vacatures", "tell", "employer_offers_places")
    assert talk_in.slots.get("offer") == "jobs"


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("I saw it in person and it was bad", None),
        ("my boss told me on the phone", None),
        ("contact graag per mail", "email"),
        ("ik ben mijn baan kwijt, bel mij", "phone"),
    ],
)
def test_how_to_be_reached_counts_unasked_only_when_wished(talk_in, text, channel):
    say(talk_in, text, "tell", "looking_for_work")
    assert talk_in.slots.get("contact_channel") == channel
