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
