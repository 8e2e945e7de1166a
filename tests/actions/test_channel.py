"""The question how to be reached takes what people type, and the form for it follows another wish."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.facts import FactFinder


def to_channel(talk):
    talk.hear("tell", "debts", municipality="Zeist")
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])
    assert talk.asking == "contact_channel"


def say(talk, text, intent="tell"):
    message = Message({"text": text})
    FactFinder({}).read(message, text)
    talk.hear(intent, text=text, found=message.get("entities") or [])


@pytest.mark.parametrize("intent", ["tell", "answer", "deny", "nlu_fallback", "dont_know", "rather_not_say"])
@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("[telefoonnummer]", "phone"),
        ("[phone number]", "phone"),
        ("[e-mailadres]", "email"),
        ("mijn mail is [email address]", "email"),
        ("maakt niet uit", "phone"),
        ("doesn't matter", "phone"),
        ("liever niet bellen", "email"),
        ("rather not call", "email"),
        ("liever niet mailen", "phone"),
        ("I don't do phone calls", "email"),
    ],
)
def test_what_people_type_is_an_answer(talk_in, text, way, intent):
    to_channel(talk_in)
    say(talk_in, text, intent)
    assert talk_in.slots["contact_channel"] == way
    assert talk_in.asking == "contact"


def test_rather_not_say_still_lets_somebody_come_by(talk_in):
    to_channel(talk_in)
    say(talk_in, "zeg ik liever niet", "rather_not_say")
    assert talk_in.slots["contact_channel"] == "walk_in"


@pytest.mark.parametrize("intent", ["tell", "answer", "deny", "correct", "rather_not_say"])
@pytest.mark.parametrize(
    ("first", "text", "way"),
    [
        ("phone", "nee liever mail", "email"),
        ("phone", "toch liever mailen", "email"),
        ("phone", "liever niet bellen", "email"),
        ("phone", "no, rather email", "email"),
    ],
)
def test_the_form_follows_another_wish(talk_in, first, text, way, intent):
    to_channel(talk_in)
    talk_in.hear("answer", contact_channel=first)
    assert talk_in.asking == "contact"
    say(talk_in, text, intent)
    assert (talk_in.slots["contact_channel"], talk_in.asking) == (way, "contact")
    assert talk_in.said[-1]["card"]["channel"] == way


def test_coming_by_after_all_needs_no_form(talk_in):
    to_channel(talk_in)
    talk_in.hear("answer", contact_channel="phone")
    say(talk_in, "ik kom liever langs")
    say(talk_in, "liever persoonlijk")
    assert talk_in.slots["contact_channel"] == "walk_in"
    assert talk_in.asking == "consent"


def test_a_plain_no_to_the_form_still_lets_somebody_come_by(talk_in):
    to_channel(talk_in)
    talk_in.hear("answer", contact_channel="phone")
    say(talk_in, "nee", "deny")
    assert talk_in.slots["contact_channel"] == "walk_in"


@pytest.mark.parametrize("intent", ["tell", "deny", "ask_permit", "rather_not_say"])
@pytest.mark.parametrize("text", ["geen nummer", "ik geef mijn nummer niet", "no number", "without a number"])
def test_no_number_is_an_answer_to_the_form(talk_in, text, intent):
    to_channel(talk_in)
    talk_in.hear("answer", contact_channel="phone")
    assert talk_in.asking == "contact"
    say(talk_in, text, intent)
    assert (talk_in.slots["contact_channel"], talk_in.asking) == ("email", "contact")
    assert talk_in.text("say_no_call_email") in talk_in.words
