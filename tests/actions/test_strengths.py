"""One question about what somebody likes and is good at: once, free to skip, in their own words to the partner."""

import pytest
from sqlalchemy import select

from bot.store import tables

WORDS = "ik kook graag en ik kan goed met oude mensen praten"


@pytest.fixture
def asked(talk_in):
    """A resident who looks for work has chosen a time with a partner."""
    talk_in.hear("tell", "looking_for_work", municipality="Zeist")
    talk_in.hear("choose", ordinal="first")
    assert talk_in.asking == "strengths"
    return talk_in


def book(talk):
    talk.hear("answer", contact_channel="phone")
    talk.hear("contact_given", kinds="phone")
    assert talk.asking == "consent"
    return talk.words


def test_the_words_go_to_the_partner_and_are_shown_before(asked, house):
    asked.hear("tell", text=WORDS)
    assert asked.asking == "contact_channel"
    assert WORDS in book(asked)
    asked.hear("book")
    with house() as session:
        (referral,) = session.scalars(select(tables.Referral))
        assert WORDS in referral.payload["summary"]


@pytest.mark.parametrize("intent", ["rather_not_say", "dont_know", "deny"])
def test_it_may_be_skipped(asked, house, intent):
    asked.hear(intent, text="liever niet")
    assert asked.asking == "contact_channel"
    assert "liever niet" not in book(asked)


@pytest.mark.parametrize(
    ("intent", "signals"),
    [("tell", ()), ("tell", ("debts", "wants_retraining")), ("nlu_fallback", ()), ("out_of_scope", ()), ("affirm", ())],
)
def test_whatever_it_looks_like_it_is_the_answer_and_nothing_else(asked, intent, signals):
    before = asked.slots["signals"]
    asked.hear(intent, *signals, text=WORDS, municipality="Utrecht", likely=["career_question"])
    assert asked.asking == "contact_channel"
    assert asked.slots["signals"] == before
    assert asked.slots["municipality"] == "Zeist"
    assert len([message for message in asked.said if message.get("ask")]) == 1
    assert not any("say_" in message["text"] or "utter_" in message["text"] for message in asked.said)


def test_a_place_to_live_in_is_no_strength(asked):
    asked.hear("tell", text="ik woon trouwens in Houten", municipality={"value": "Houten", "sure": True})
    assert asked.slots["municipality"] == "Houten"
    assert asked.slots["memory"]["strengths"] is None
    assert "Houten" in asked.words


def test_danger_is_heard_all_the_same(asked):
    asked.hear("safety", "suicidal_crisis", text="niets meer, ik wil niet meer leven")
    assert "0800-0113" in asked.words
    assert asked.asking == "handoff"


def test_what_faintly_looks_like_danger_is_an_answer(asked):
    asked.hear("safety", "suicidal_crisis", sure=0.37, text="ik ken alle medicijnen uit mijn hoofd")
    assert "0800-0113" not in asked.words
    assert asked.asking == "contact_channel"


def test_a_way_aside_and_back(asked):
    asked.hear("why")
    assert asked.asking == "strengths"
    asked.hear("greet")
    assert asked.asking == "strengths"


def test_it_is_asked_once_for_two_needs(asked):
    asked.hear("tell", text=WORDS)
    asked.hear("tell", "wants_retraining")
    book(asked)
    asked.hear("book")
    while asked.asking in {"choice", "partner", "time"}:
        asked.hear("choose", ordinal="first")
    assert asked.asking != "strengths"


def test_the_answer_can_be_changed(asked):
    asked.hear("tell", text=WORDS)
    asked.hear("correct", fact="strengths")
    assert asked.asking == "strengths"
    asked.hear("tell", text="ik repareer fietsen")
    words = book(asked)
    assert "ik repareer fietsen" in words
    assert WORDS not in words


@pytest.mark.parametrize("words", ["", "   ", "/answer", '/choose{"partner": "x"}'])
def test_nothing_said_is_no_answer(asked, words):
    asked.hear("tell", text=words)
    assert asked.slots["memory"]["strengths"] is None


def test_a_long_story_is_cut(asked):
    asked.hear("tell", text="ik kan veel " * 500)
    assert len(asked.slots["memory"]["strengths"]) == 300


def test_it_is_not_asked_where_it_does_not_help(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    while talk_in.asking in {"choice", "partner", "time"}:
        talk_in.hear("choose", ordinal="first")
    assert talk_in.asking == "contact_channel"
