"""A question aside: answered with its source, then the open question comes back; nothing that was told is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from actions.house import faq
from bot import clock
from bot.store import tables
from bot.texts import get_texts

FAQ = faq()
PERSON = "/person"


def own(talk):
    """The language of the conversation; the slot is empty as long as it is the default."""
    return talk.slots.get("language") or "nl"


def tell(talk, *signals, **facts):
    talk.hear("tell", *signals, **facts)
    return talk


def at_channel(talk):
    tell(talk, "debts", municipality="Zeist")
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])


def to_contact(talk):
    tell(talk, "debts", municipality="Zeist", contact_channel="phone")
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])


def to_consent(talk):
    to_contact(talk)
    talk.hear("contact_given", kinds="phone")


def to_change(talk):
    to_consent(talk)
    talk.hear("correct", fact="ask")


#: How each open question is reached.
OPEN = {
    "situation": lambda talk: None,
    "meaning": lambda talk: talk.hear("tell", text="het gaat niet", likely=("debts", "housing_problem")),
    "other_language": lambda talk: talk.hear("tell", "debts", other_language="uk"),
    "municipality": lambda talk: tell(talk, "contract_ending"),
    "end_date": lambda talk: tell(talk, "contract_ending", municipality="Zeist"),
    "work_status": lambda talk: tell(talk, municipality="Zeist").hear("correct", fact="work_status"),
    "choice": lambda talk: tell(talk, "self_employed_less_work", "debts", municipality="Zeist"),
    "partner": lambda talk: tell(talk, "career_question", municipality="Zeist"),
    "time": lambda talk: tell(talk, "debts", municipality="Zeist"),
    "contact_channel": at_channel,
    "contact": to_contact,
    "consent": to_consent,
    "change": to_change,
    "handoff": lambda talk: talk.hear("person"),
    "start_over": lambda talk: (tell(talk, "debts"), talk.hear("start_over")),
}


def kept(talk):
    """What must not change by a question aside: all slots, but for what was said and shown."""
    return {name: value for name, value in talk.slots.items() if name != "memory"}


@pytest.mark.parametrize("question", OPEN)
def test_every_open_question_comes_back_after_an_answer(talk_in, question):
    OPEN[question](talk_in)
    assert talk_in.asking == question
    before = kept(talk_in)
    talk_in.hear(
        "ask_ww", text="wat is ww", income="ww", ordinal="first", municipality={"value": "Best", "sure": False}
    )
    language = own(talk_in)
    assert talk_in.said[0]["text"].startswith(get_texts().get("answer.ww", language))
    assert talk_in.said[-1]["ask"] == question
    assert kept(talk_in) == before


@pytest.mark.parametrize("question", OPEN)
def test_five_questions_in_a_row_lose_nothing(talk_in, question):
    OPEN[question](talk_in)
    before = kept(talk_in)
    for name in ("ask_bbz", "ask_joke", "ask_privacy", "ask_opening_hours", "ask_bbz"):
        talk_in.hear(name)
    assert talk_in.said[-1]["ask"] == question
    assert kept(talk_in) == before


@pytest.mark.parametrize("name", FAQ.answers)
def test_every_answer_has_its_source_and_date(talk_in, name):
    answer, language = FAQ.answers[name], own(talk_in)
    message = talk_in.hear(answer.intent)[0]
    assert talk_in.said[-1]["ask"] == "situation"
    if answer.source is None:
        assert message["card"] is None
        return
    source = get_texts().get(f"source.{answer.source}", language)
    assert message["card"]["kind"] == "source"
    assert (message["card"]["source"], message["card"]["checked"]) == (source, "2026-11-22")
    closing = {
        "nl": f"Bron: {source} (bekeken op 22 november 2026).",
        "en": f"Source: {source} (checked on 22 November",
    }
    assert message["text"].splitlines()[-1].startswith(closing[language])
    assert "{" not in message["text"]


def after_the_scheme(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 5, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize("name", [name for name, answer in FAQ.answers.items() if answer.valid_until])
def test_an_answer_that_has_ended_is_not_said_and_a_person_is_offered(talk_in, monkeypatch, name):
    after_the_scheme(monkeypatch)
    message = talk_in.hear(FAQ.answers[name].intent)[0]
    answer = get_texts().get(f"answer.{name}", own(talk_in))
    assert answer.split(".")[0] not in talk_in.words
    assert "4 maart 2027" in message["text"] or "4 March 2027" in message["text"]
    assert [button["payload"] for button in message["buttons"]] == [PERSON]
    assert talk_in.said[-1]["ask"] == "situation"


def test_it_is_said_on_its_last_day(talk_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 4, 22, 30, tzinfo=UTC))  # 23.30 h in the Netherlands
    talk_in.hear("ask_leefgeld")
    assert get_texts().get("answer.leefgeld", own(talk_in)) in talk_in.words


@pytest.mark.parametrize(
    ("now", "word"), [((2026, 11, 25, 9, 0), "say_answer_desk_open"), ((2026, 11, 28, 9, 0), "say_answer_desk_closed")]
)
def test_opening_hours_are_those_of_the_regions_desk(talk_in, monkeypatch, now, word):
    monkeypatch.setattr(clock, "now", lambda: datetime(*now, tzinfo=UTC))
    talk_in.hear("ask_opening_hours")
    monday = {"nl": "op maandag 30 november om 09:00 uur", "en": "on Monday 30 November at 09:00"}
    when = monday[own(talk_in)]
    assert get_texts().get(word, own(talk_in), when=when) in talk_in.words
    assert "https://middenutrechtwerktdoor.nl" in talk_in.words


@pytest.mark.parametrize("name", FAQ.intents)
def test_a_person_can_be_had_right_after_any_answer(talk_in, house, name):
    talk_in.hear(name)
    talk_in.hear("person")
    assert talk_in.asking == "handoff"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "asked"


def test_the_interpreters_button_asks_for_one(talk_in):
    talk_in.hear("ask_interpreter")
    talk_in.press("tolk" if own(talk_in) == "nl" else "interpreter")
    assert talk_in.asking == "handoff"
    assert talk_in.state["interpreter"] == "unknown"


def test_what_a_question_surely_tells_is_taken_and_the_facts_in_it_are_not(talk_in):
    talk_in.hear("ask_settlement", "legal_question_dismissal", income="ww", municipality="Zeist")
    assert talk_in.slots["signals"] == {"legal_question_dismissal": 0.95}
    assert talk_in.slots.get("income") is None
    assert talk_in.asking == "municipality"


def test_what_a_question_hardly_tells_is_not_taken(talk_in):
    talk_in.hear("ask_bbz", "self_employed_less_work", sure=0.3)
    assert not talk_in.slots.get("signals")
    assert talk_in.said[-1]["ask"] == "situation"


def test_can_you_call_me_is_an_answer_where_that_is_the_question(talk_in):
    OPEN["contact_channel"](talk_in)
    talk_in.hear("ask_contact_by_phone", contact_channel="phone")
    assert talk_in.slots["contact_channel"] == "phone"
    assert talk_in.asking == "contact"
    assert get_texts().get("answer.contact_by_phone", own(talk_in)) not in talk_in.words


def test_a_question_in_our_other_language_is_answered_in_it(talk_in):
    other = {"nl": "en", "en": "nl"}[own(talk_in)]
    talk_in.hear("ask_costs", language=other)
    assert own(talk_in) == other
    assert {message["lang"] for message in talk_in.said} == {other}


def test_a_place_in_a_question_is_not_proposed_as_the_home(talk_in):
    tell(talk_in, "contract_ending")
    talk_in.hear("ask_opening_hours", text="is er een kantoor in utrecht", municipality="Utrecht")
    assert talk_in.slots.get("municipality") is None
    assert talk_in.said[-1]["ask"] == "municipality"
    assert talk_in.slots["memory"]["proposals"] == {}


def test_questions_are_no_misunderstandings(talk_in, house):
    talk_in.hear("nlu_fallback", text="asdf")
    talk_in.hear("ask_joke")
    talk_in.hear("nlu_fallback", text="qwer")
    assert talk_in.asking == "situation"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).all() == []


def test_after_the_booking_too(talk_in):
    to_consent(talk_in)
    talk_in.hear("book")
    talk_in.hear("deny")  # to the question about research
    assert talk_in.asking is None
    talk_in.hear("ask_delete_data")
    assert get_texts().get("answer.delete_data", own(talk_in)) in talk_in.words
    assert len(talk_in.said[-1]["buttons"]) == 2
