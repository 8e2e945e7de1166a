"""A message in a language the assistant does not speak: answered in Dutch and English, nothing taken without a yes."""

import pytest
from sqlalchemy import select

from bot.store import tables
from bot.texts import get_texts

LANGUAGES = ["uk", "ru", "pl", "tr", "ar", "de"]
READ = ("ukrainian_protection", "looking_for_work")


def own(talk):
    return talk.slots.get("language") or "nl"


def told(talk, key, **values):
    return get_texts().get(key, own(talk), **values)


def say_in(code, key, **values):
    return get_texts().get(key, code, **values)


def titles(talk):
    return [button["title"] for button in talk.said[-1]["buttons"]]


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_answered_in_both_languages_with_the_name_of_the_language(talk_in, code):
    talk_in.hear("tell", *READ, other_language=code)
    assert sorted(message["lang"] for message in talk_in.said) == ["en", "nl"]
    for message in talk_in.said:
        spoken = message["lang"]
        assert say_in(spoken, f"language.{code}") in message["text"]
        assert all(say_in(spoken, f"signal.{name}") in message["text"] for name in READ)
    assert "zonder het te zeggen" in talk_in.words
    assert "I only speak Dutch and English" in talk_in.words
    assert talk_in.said[-1]["lang"] == own(talk_in), "the page follows the language of the last message"


def test_what_was_read_is_asked_and_only_a_yes_takes_it(talk_in):
    talk_in.hear("tell", *READ, other_language="uk", municipality={"value": "Zeist", "sure": True})
    assert talk_in.said[-1]["ask"] == "other_language"
    assert titles(talk_in) == ["Ja / Yes", "Nee / No", "Een medewerker met een tolk / A person with an interpreter"]
    assert not talk_in.slots.get("signals")
    assert talk_in.slots.get("municipality") is None
    assert talk_in.state["needs"] == []
    talk_in.press("Ja / Yes")
    assert sorted(talk_in.slots["signals"]) == sorted(READ)
    assert talk_in.slots["municipality"] == "Zeist"
    assert told(talk_in, "signal.looking_for_work") not in talk_in.words, "it was read back already"
    assert {message["lang"] for message in talk_in.said} == {own(talk_in)}


def test_a_no_takes_nothing_and_asks_for_own_words(talk_in):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.press("Nee / No")
    assert not talk_in.slots.get("signals")
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_own_words")


def test_a_no_leaves_what_was_known_before(talk_in):
    talk_in.hear("tell", "debts")
    talk_in.hear("tell", "looking_for_work", other_language="pl")
    talk_in.hear("deny")
    assert list(talk_in.slots["signals"]) == ["debts"]
    assert talk_in.asking == "municipality"


def test_told_anew_in_our_language_the_guess_is_dropped(talk_in):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.hear("tell", "debts")
    assert list(talk_in.slots["signals"]) == ["debts"]
    assert talk_in.asking == "municipality"


def test_a_yes_with_more_in_it_takes_what_was_read_back_and_asks_the_rest(talk_in):
    talk_in.hear("tell", "looking_for_work", other_language="uk")
    talk_in.hear("affirm", "debts", other_language="uk")
    assert list(talk_in.slots["signals"]) == ["looking_for_work"]
    assert talk_in.asking == "other_language"
    assert told(talk_in, "say_ask_other_language_again", things=told(talk_in, "signal.debts")) in talk_in.words
    talk_in.hear("affirm")
    assert sorted(talk_in.slots["signals"]) == ["debts", "looking_for_work"]


def test_what_could_not_be_read_is_said_and_an_interpreter_offered(talk_in):
    talk_in.hear("tell", other_language="tr", text="merhaba nasılsınız bugün")
    assert [message["text"] for message in talk_in.said if message["lang"] == own(talk_in)] == [
        told(talk_in, "say_ask_other_language_unread", language=told(talk_in, "language.tr"))
    ]
    assert titles(talk_in)[0] == "Een medewerker met een tolk / A person with an interpreter"
    talk_in.press("Verder zonder tolk")
    assert talk_in.said[-1]["ask"] == "situation"
    assert talk_in.said[-1]["lang"] == own(talk_in)


def test_a_greeting_in_another_language_is_answered_too_but_not_a_second_time(talk_in):
    talk_in.hear("greet", other_language="uk")
    assert talk_in.asking == "other_language"
    talk_in.hear("deny")
    talk_in.hear("greet", other_language="uk")
    assert talk_in.asking == "situation"


def test_after_the_notice_our_own_language_works_at_once(talk_in):
    talk_in.hear("tell", other_language="de")
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert talk_in.asking == "time"


@pytest.mark.parametrize("likely", [("debts",), ("debts", "housing_problem")])
def test_after_the_notice_an_unsure_message_is_guessed_at_in_both_languages(talk_in, likely):
    talk_in.hear("greet", other_language="de")
    talk_in.hear("tell", likely=likely)
    assert talk_in.asking == "meaning"
    assert sorted(message["lang"] for message in talk_in.said[-2:]) == ["en", "nl"]
    assert titles(talk_in)[0] == f"{say_in('nl', 'meaning.debts')} / {say_in('en', 'meaning.debts')}"
    talk_in.hear("answer", signal="debts")
    assert "debts" in talk_in.slots["signals"]


# --- it goes on in that language --------------------------------------------------------------------------------------


def test_the_second_time_is_brief_and_the_third_brings_a_person(talk_in, house):
    talk_in.hear("tell", "looking_for_work", other_language="ru")
    talk_in.hear("tell", "debts", other_language="ru")
    brief = [message["text"] for message in talk_in.said]
    assert len(brief) == 2
    assert "only speak" not in talk_in.words
    assert told(talk_in, "signal.looking_for_work") in talk_in.words
    assert told(talk_in, "signal.debts") in talk_in.words
    assert "tolk" in titles(talk_in)[-1]
    talk_in.hear("tell", "debts", other_language="ru")
    assert talk_in.asking == "handoff"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "not_understood"
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.asking == "other_language", "what was read still waits for a yes"
    assert not talk_in.slots.get("signals")


def test_two_messages_that_could_not_be_read_bring_a_person_in_both_languages(talk_in):
    talk_in.hear("nlu_fallback", other_language="ar")
    talk_in.hear("nlu_fallback", other_language="ar")
    assert talk_in.asking == "handoff"
    for code in ("nl", "en"):
        assert say_in(code, "language.ar") in next(item["text"] for item in talk_in.said if item["lang"] == code)
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.asking == "situation", "an interpreter was offered already"


def test_it_never_goes_round_for_ever(talk_in):
    asked = []
    for _ in range(12):
        talk_in.hear("tell", "debts", other_language="pl")
        asked.append(talk_in.asking)
        if talk_in.asking == "handoff":
            talk_in.hear("handoff_choice", wish="continue")
    assert asked.count("handoff") >= 4
    assert all("tolk" in button["title"] for button in talk_in.said[-1]["buttons"][-1:])


# --- in the middle of the conversation --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "fact", "said"),
    [
        ({}, "municipality", {"municipality": {"value": "Zeist", "sure": True}}),
        ({"municipality": "Zeist"}, "end_date", {"date": {"date": "2027-01-31", "precision": "day"}}),
    ],
)
def test_the_answer_to_a_question_is_read_back_too(talk_in, first, fact, said):
    talk_in.hear("tell", "contract_ending", **first)
    assert talk_in.asking == fact
    talk_in.hear("tell", other_language="uk", **said)
    assert talk_in.asking == "other_language"
    assert talk_in.slots.get(fact) is None
    talk_in.hear("affirm")
    assert talk_in.slots[fact] in {"Zeist", "2027-01-31"}
    assert talk_in.asking != fact


def test_a_date_in_passing_is_not_taken(talk_in):
    talk_in.hear("tell", "contract_ending")
    talk_in.hear("tell", other_language="de", date={"date": "2027-01-31", "precision": "day"})
    assert talk_in.slots.get("end_date") is None


def test_the_open_question_comes_back_in_the_conversations_own_language(talk_in):
    talk_in.hear("tell", "debts")
    talk_in.hear("tell", other_language="uk")
    talk_in.hear("deny")
    assert (talk_in.said[-1]["ask"], talk_in.said[-1]["lang"]) == ("municipality", own(talk_in))
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_municipality")


@pytest.mark.parametrize("aside", ["why", "ask_privacy", "thanks", "out_of_scope"])
def test_after_a_way_aside_the_question_comes_again(talk_in, aside):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.hear(aside)
    assert talk_in.said[-1]["ask"] == "other_language"
    assert all(told(talk_in, f"signal.{name}") in talk_in.said[-1]["text"] for name in READ)


def test_why_has_its_own_explanation(talk_in):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.hear("why")
    assert told(talk_in, "why.other_language") in talk_in.words


def test_start_over_forgets_what_was_read(talk_in):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.hear("start_over")
    talk_in.hear("affirm")
    assert talk_in.asking == "situation"
    assert not talk_in.slots.get("signals")


# --- a person with an interpreter -------------------------------------------------------------------------------------


def test_the_interpreter_is_asked_for_and_staff_see_it(talk_in, house):
    talk_in.hear("tell", *READ, other_language="uk")
    talk_in.press("Een medewerker met een tolk")
    assert talk_in.asking == "handoff"
    assert sorted(message["lang"] for message in talk_in.said) == ["en", "nl"]
    assert all(say_in(item["lang"], "language.uk") in item["text"] for item in talk_in.said)
    assert titles(talk_in)[0] == "Ik wacht hier / I will wait here"
    assert talk_in.state["interpreter"] == "uk"
    assert talk_in.state["situation"]["language"] == "uk"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "asked"
    talk_in.press("Verder met het gesprek")
    assert talk_in.asking == "other_language"


def test_a_typed_yes_to_an_interpreter_calls_one(talk_in, house):
    talk_in.hear("tell", other_language="pl")
    talk_in.hear("affirm")
    assert talk_in.asking == "handoff"
    assert talk_in.state["interpreter"] == "pl"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "asked"


def test_a_person_asked_for_in_another_language_comes_with_an_interpreter(talk_in):
    talk_in.hear("person", other_language="ru")
    assert talk_in.asking == "handoff"
    assert talk_in.state["interpreter"] == "ru"
    assert told(talk_in, "language.ru") in talk_in.words


def test_nobody_else_gets_an_interpreter(talk_in):
    talk_in.hear("person")
    assert talk_in.state["interpreter"] is None
    assert "language" not in talk_in.state["situation"]
    assert [message["lang"] for message in talk_in.said] == [own(talk_in)]


def test_the_partner_hears_of_the_interpreter_with_consent_and_the_row_can_be_taken_out(talk_in, house):
    talk_in.hear("person", interpreter="uk")
    talk_in.hear("handoff_choice", wish="continue")
    talk_in.hear("tell", "debts", municipality="Zeist", contact_channel="walk_in")
    talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
    talk_in.hear("answer", contact_channel="walk_in")
    rows = {row["label"]: row for row in talk_in.said[-1]["card"]["rows"]}
    row = rows[told(talk_in, "label.interpreter")]
    assert row["value"] == told(talk_in, "language.uk")
    talk_in.hear("correct", fact="interpreter")
    assert told(talk_in, "label.interpreter").lower() not in talk_in.said[-1]["text"]
    talk_in.hear("person", interpreter="uk")
    talk_in.hear("handoff_choice", wish="continue")
    talk_in.hear("book")
    with house() as session:
        payload = session.scalars(select(tables.Referral)).one().payload
    assert (payload["language"], payload["interpreter"]) == ("uk", True)


# --- danger -----------------------------------------------------------------------------------------------------------


def test_danger_waits_for_no_yes_and_the_number_is_said_in_both_languages(talk_in, house):
    talk_in.hear("safety", "suicidal_crisis", "debts", other_language="uk")
    assert [message["card"]["signal"] for message in talk_in.said[:2]] == ["suicidal_crisis"] * 2
    assert sorted(message["lang"] for message in talk_in.said[:2]) == ["en", "nl"]
    assert all("113" in message["text"] for message in talk_in.said[:2])
    assert talk_in.state["safety"] == "suicidal_crisis"
    assert talk_in.state["interpreter"] == "uk"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "safety"
    assert "debts" not in talk_in.slots["signals"]
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.asking == "other_language"


# --- hostile ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["xx", "uk.x", "say_welcome", ["uk"], {"a": 1}, 7])
def test_a_language_without_a_name_is_another_language(talk_in, code):
    talk_in.hear("tell", "debts", other_language=code)
    assert told(talk_in, "language.unknown") in talk_in.words
    talk_in.hear("person", interpreter=code)
    assert talk_in.state["interpreter"] == "unknown"


def test_the_interpreter_twice_calls_once(talk_in, house):
    talk_in.hear("tell", other_language="uk")
    for _ in range(2):
        talk_in.hear("person", interpreter="uk")
    with house() as session:
        assert len(session.scalars(select(tables.Handoff)).all()) == 1


def test_a_yes_twice_takes_it_once(talk_in):
    talk_in.hear("tell", "debts", other_language="uk")
    talk_in.hear("affirm")
    asked, signals = talk_in.asking, dict(talk_in.slots["signals"])
    talk_in.hear("affirm")
    assert (talk_in.asking, talk_in.slots["signals"]) == (asked, signals)


def test_a_guess_at_a_place_in_another_language_is_not_proposed(talk_in):
    talk_in.hear("tell", "debts")
    talk_in.hear("tell", other_language="de", municipality={"value": "Essen", "sure": False}, text="in Essen wohne ich")
    assert talk_in.slots["memory"]["proposals"] == {}
    assert talk_in.asking == "other_language"


# --- it is remembered -------------------------------------------------------------------------------------------------


def languages_said(talk):
    return sorted({message["lang"] for message in talk.said})


@pytest.fixture
def after_a_yes(talk_in):
    """What was read of a message in Ukrainian was taken; the conversation went on in its own language."""
    talk_in.hear("tell", "debts", other_language="uk")
    talk_in.hear("affirm")
    assert talk_in.asking == "municipality"
    assert languages_said(talk_in) == [own(talk_in)]
    return talk_in


def test_a_miss_later_on_is_answered_in_both_languages_and_the_second_brings_an_interpreter(after_a_yes):
    after_a_yes.hear("nlu_fallback", text="???")
    assert languages_said(after_a_yes) == ["en", "nl"]
    assert [message["lang"] for message in after_a_yes.said if message["ask"] == "municipality"] == [own(after_a_yes)]
    after_a_yes.hear("nlu_fallback", text="???")
    assert after_a_yes.asking == "handoff"
    assert languages_said(after_a_yes) == ["en", "nl"]
    assert after_a_yes.state["interpreter"] == "uk"


def test_a_person_asked_for_later_comes_with_the_interpreter(after_a_yes):
    after_a_yes.hear("person")
    assert after_a_yes.state["interpreter"] == "uk"
    assert languages_said(after_a_yes) == ["en", "nl"]


def test_who_waits_reads_that_too_in_both_languages(after_a_yes):
    after_a_yes.hear("person")
    after_a_yes.hear("affirm")
    assert languages_said(after_a_yes) == ["en", "nl"]
    assert told(after_a_yes, "say_waiting") in after_a_yes.words


def test_danger_told_later_by_a_button_is_answered_in_both_languages(after_a_yes):
    after_a_yes.hear("safety", "suicidal_crisis")
    assert languages_said(after_a_yes) == ["en", "nl"]
    assert after_a_yes.state["interpreter"] == "uk"


def test_a_sure_sentence_in_our_language_ends_it(after_a_yes):
    after_a_yes.hear("tell", language=own(after_a_yes))
    after_a_yes.hear("tell")
    assert after_a_yes.asking == "handoff"
    assert languages_said(after_a_yes) == [own(after_a_yes)]
    assert after_a_yes.state["interpreter"] is None


def test_who_goes_on_without_an_interpreter_gets_none_but_is_still_answered_in_both(talk_in):
    talk_in.hear("tell", other_language="pl")
    talk_in.press("Verder zonder tolk")
    talk_in.hear("person")
    assert talk_in.state["interpreter"] is None
    assert languages_said(talk_in) == ["en", "nl"]


def brief(code):
    return {"entity": "other_language", "value": code, "brief": True}


def hear_answer(talk, meant, word, *found, first="tell"):
    """Hear a yes or no in another language, as the reader of languages marks it."""
    return talk.hear(meant, text=word, found=list(found), other_answer=meant, intent_ranking=[{"name": first}])


@pytest.mark.parametrize(("word", "found"), [("так", [brief("uk")]), ("да", [brief("ru")]), ("tak", []), ("evet", [])])
def test_a_yes_in_another_language_calls_the_interpreter_of_the_one_we_know(talk_in, word, found):
    talk_in.hear("tell", other_language="uk")
    hear_answer(talk_in, "affirm", word, *found)
    assert talk_in.asking == "handoff"
    assert talk_in.state["interpreter"] == "uk"
    assert talk_in.state["situation"]["language"] == "uk"


@pytest.mark.parametrize(("word", "found"), [("ні", [brief("uk")]), ("nie", []), ("нет", [brief("ru")])])
def test_a_no_in_another_language_goes_on_without_one(talk_in, word, found):
    talk_in.hear("tell", other_language="uk")
    hear_answer(talk_in, "deny", word, *found)
    assert talk_in.said[-1]["ask"] == "situation"
    assert talk_in.state["interpreter"] is None


def test_a_yes_to_what_was_read_takes_it(talk_in):
    talk_in.hear("tell", "debts", other_language="uk")
    hear_answer(talk_in, "affirm", "так", brief("uk"))
    assert list(talk_in.slots["signals"]) == ["debts"]


def test_such_a_word_means_nothing_while_no_other_language_is_known(talk_in):
    talk_in.hear("tell", "debts", municipality={"value": "Zeist", "sure": False})
    before = dict(talk_in.slots["memory"])
    hear_answer(talk_in, "affirm", "tak")
    assert talk_in.slots.get("municipality") is None
    assert talk_in.slots["memory"]["missed"] == before["missed"] + 1


def test_what_was_found_unsurely_in_another_language_is_read_back(talk_in):
    talk_in.hear("tell", "looking_for_work", likely=("looking_for_work",), other_language="pl")
    assert told(talk_in, "signal.looking_for_work") in talk_in.words
    assert not talk_in.slots.get("signals")
