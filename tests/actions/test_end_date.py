"""Which of the dates in a message is the last day of work, and when it is asked."""

from datetime import date, timedelta

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import last_day, propose
from actions.turn import Turn
from bot import clock
from tests.actions.driver import Conversation

TODAY = date(2026, 11, 22)


def day(iso, precision="day", *others):
    return {"date": iso, "precision": precision, "text": iso, "others": list(others)}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([day("2027-01-31")], ("2027-01-31", [], True)),
        ([day("2027-01-31", "month")], ("2027-01-31", [], False)),
        ([day("2027-04-03", "ambiguous", "2027-03-04")], ("2027-04-03", ["2027-03-04"], False)),
        ([day("2026-11-01")], ("2026-11-01", [], False)),  # past: is that right?
        ([day("2026-03-01"), day("2027-01-31")], ("2027-01-31", [], True)),  # since March, until January
        ([day("2027-01-31"), day("2027-03-01")], ("2027-01-31", ["2027-03-01"], False)),  # which of the two?
        ([day("2027-01-31"), day("2027-01-31")], ("2027-01-31", [], True)),  # said twice
        ([{"date": "2027-01-31", "precision": "day"}], ("2027-01-31", [], True)),  # nothing else it can be
    ],
)
def test_the_last_day_among_dates(found, expected):
    assert last_day(found, TODAY) == expected


def answer(language, as_answer, entities=()):
    message = {
        "text": "03/04",
        "intent": {"name": "tell", "confidence": 0.9},
        "entities": [{"entity": "date", "value": value} for value in entities],
        "dates_as_answer": as_answer,
    }
    slots = {"asking": "end_date", "language": language}
    turn = Turn(Tracker("c1", slots, message, [], False, None, {}, "action_listen"), CollectingDispatcher())
    propose(turn, "end_date")
    return turn


@pytest.mark.usefixtures("house")
def test_an_answer_is_read_in_the_language_of_the_conversation():
    first, second = ((clock.today() + timedelta(days=days)).isoformat() for days in (30, 60))
    as_answer = {"nl": [day(first)], "en": [day(first, "ambiguous", second)]}
    dutch = answer("nl", as_answer, [day(first)])
    assert (dutch.situation.facts.get("end_date"), dutch.proposal) == (first, None)
    english = answer("en", as_answer, [day(first)])
    assert english.situation.facts.get("end_date") is None
    assert english.proposal == {"fact": "end_date", "value": first, "others": [second]}


@pytest.mark.usefixtures("house")
def test_an_answer_without_a_date_proposes_nothing():
    turn = answer("nl", {})
    assert (turn.situation.facts.get("end_date"), turn.proposal, turn.understood) == (None, None, False)


def test_the_reason_names_the_day(house):
    talk = Conversation()
    talk.hear("start", language="nl", region="midden-utrecht")
    talk.hear("tell", "contract_ending", municipality="Zeist")
    talk.hear("answer", end_date="2027-01-31")
    assert "want uw contract stopt op zondag 31 januari 2027." in talk.words
    assert talk.words.count("31 januari") == 1


def test_a_day_that_is_over_is_a_reason_of_its_own(house):
    talk = Conversation()
    talk.hear("start", language="en", region="midden-utrecht")
    talk.hear("tell", "dismissed_now", municipality="Zeist")
    talk.hear("answer", end_date="2026-01-31")
    assert "you have been dismissed and your last day is Saturday 31 January 2026" in talk.words


def ahead(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


@pytest.fixture
def told(house) -> Conversation:
    """A conversation in which an exact last day was told, and the next question is open."""
    talk = Conversation()
    talk.hear("start", language="nl", region="midden-utrecht")
    talk.hear("tell", "contract_ending", municipality="Zeist", date=day(ahead(70)))
    assert talk.slots["end_date"] == ahead(70)
    return talk


@pytest.mark.parametrize("intent", ["correct", "deny"])
def test_a_day_near_the_times_offered_is_about_the_appointment(told, intent):
    assert told.asking == "time"
    told.hear(intent, date=day(ahead(10)))
    assert told.slots["end_date"] == ahead(70)


@pytest.mark.parametrize("intent", ["correct", "deny"])
def test_another_day_replaces_the_first_and_is_said(told, intent):
    question = told.asking
    told.hear(intent, date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(98)
    assert "Aangepast: uw laatste dag is" in told.words
    assert "Wat wilt u veranderen" not in told.words
    assert told.asking == question  # a no with a day is no answer to it


@pytest.mark.parametrize("precision", ["month", "ambiguous", "part_of_month"])
def test_another_day_in_doubt_is_asked_and_then_said_as_changed(told, precision):
    told.hear("correct", date=day(ahead(98), precision))
    assert (told.asking, told.slots["end_date"]) == ("end_date", None)
    assert told.said[-1]["text"].startswith("Is dat")
    told.press("Ja, ")
    assert told.slots["end_date"] == ahead(98)
    assert "Aangepast: uw laatste dag is" in told.words


def test_a_yes_in_words_takes_the_other_day_too(told):
    told.hear("correct", date=day(ahead(98), "month"))
    told.hear("affirm")
    assert told.slots["end_date"] == ahead(98)
    assert told.words.count("uw laatste dag is") == 1
    assert "Aangepast" in told.words


def test_a_no_to_the_other_day_asks_for_it(told):
    told.hear("correct", date=day(ahead(98), "month"))
    told.hear("deny")
    assert (told.asking, told.slots["end_date"]) == ("end_date", None)
    assert "laatste werkdag" in told.words


def test_another_day_that_is_over_is_asked(told):
    told.hear("correct", date=day(ahead(-5)))
    assert told.slots["end_date"] is None
    assert "al voorbij" in told.words


def test_a_day_told_after_what_do_you_want_to_change(told):
    told.hear("correct")
    assert told.asking == "change"
    told.hear("tell", date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(98)
    assert "Aangepast: uw laatste dag is" in told.words
    assert "Wat wilt u veranderen" not in told.words


@pytest.mark.parametrize("fact", ["end_date", "ask"])
def test_a_day_beside_the_name_of_the_answer(told, fact):
    told.hear("correct", fact=fact, date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(98)


def test_a_day_beside_the_name_of_another_answer_changes_nothing(told):
    told.hear("correct", fact="income", date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(70)


def test_a_day_beside_another_home_changes_nothing(told):
    told.hear("correct", municipality="Utrecht", date=day(ahead(-20), "part_of_month"))
    assert (told.slots["municipality"], told.slots["end_date"]) == ("Utrecht", ahead(70))


@pytest.mark.parametrize(
    "words", ["Sorry, I mean 28 February", "nee hij loopt tot 15 april", "dat moet zijn: 3 mei", "het is toch 3 mei"]
)
def test_words_that_put_right_are_enough(told, words):
    told.hear("tell", text=words, date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(98)
    assert "Aangepast: uw laatste dag is" in told.words


def test_a_no_with_the_answer_to_the_open_question_is_about_that(told):
    told.slots["asking"] = "income"
    told.hear("deny", text="nee, vanaf 1 maart ww", income="ww", date=day(ahead(98), "ambiguous"))
    assert (told.slots["income"], told.slots["end_date"]) == ("ww", ahead(70))


def test_a_first_day_told_after_what_do_you_want_to_change(asked):
    asked.hear("correct")
    asked.hear("tell", date=day(ahead(98), "ambiguous"))
    assert asked.said[-1]["text"].startswith("Is dat")
    asked.press("Ja, ")
    assert asked.slots["end_date"] == ahead(98)
    assert "Aangepast" not in asked.words


def test_a_day_in_passing_changes_nothing(told):
    told.hear("tell", date=day(ahead(98)))
    assert told.slots["end_date"] == ahead(70)


def test_a_day_in_another_language_is_not_taken(told):
    told.hear("deny", date=day(ahead(98)), other_language="uk")
    assert told.slots["end_date"] == ahead(70)


def test_a_no_without_a_day_changes_nothing(told):
    told.hear("deny", date="31 januari")  # no reading of a day
    assert told.slots["end_date"] == ahead(70)


@pytest.fixture
def asked(house) -> Conversation:
    """A conversation in which the last day is the open question."""
    talk = Conversation()
    talk.hear("start", language="nl", region="midden-utrecht")
    talk.hear("tell", "contract_ending", municipality="Zeist")
    assert talk.asking == "end_date"
    return talk


@pytest.mark.parametrize("intent", ["correct", "deny"])
@pytest.mark.parametrize("proposed", [True, False])
def test_a_correcting_answer_is_taken_and_read_back(asked, intent, proposed):
    if proposed:
        asked.hear("tell", date=day(ahead(40), "month"))
    asked.hear(intent, date=day(ahead(98)))
    assert asked.slots["end_date"] == ahead(98)
    assert "uw laatste dag is" in asked.words
    assert "Wat wilt u veranderen" not in asked.words


def test_a_correcting_answer_in_doubt_is_asked(asked):
    asked.hear("correct", date=day(ahead(98), "ambiguous"))
    assert (asked.asking, asked.slots.get("end_date")) == ("end_date", None)
    assert asked.said[-1]["text"].startswith("Is dat")


def test_a_wish_to_change_something_is_no_day(asked):
    asked.hear("tell", date=day(ahead(40), "month"))
    asked.hear("correct")
    assert asked.asking == "change"
    assert asked.slots.get("end_date") is None
