"""«Did you mean»: what came near is offered, never taken; choosing danger is as telling it."""

import pytest
from sqlalchemy import select

from bot.intake.situation import SAFETY_SIGNALS, SIGNALS
from bot.store import tables
from bot.texts import get_texts

THREE = ("debts", "housing_problem", "benefit_ending")


def own(talk):
    return talk.slots.get("language") or "nl"


def told(talk, key, **values):
    """A text in the language of the conversation."""
    return get_texts().get(key, own(talk), **values)


def in_doubt(talk, *likely):
    talk.hear("tell", text="het gaat niet zo goed", likely=likely or THREE)
    assert talk.asking == "meaning"
    return talk


def payloads(talk):
    return [button["payload"] for button in talk.said[-1]["buttons"]]


@pytest.mark.parametrize("intent", ["tell", "nlu_fallback"])
def test_what_came_near_is_asked_with_at_most_five_buttons(talk_in, intent):
    talk_in.hear(intent, text="het gaat niet zo goed", likely=THREE)
    assert talk_in.said[-1]["ask"] == "meaning"
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_meaning")
    assert payloads(talk_in) == [*(f'/answer{{"signal": "{name}"}}' for name in (*THREE, "other")), "/person"]
    assert talk_in.said[-1]["buttons"][0]["title"] == told(talk_in, "meaning.debts")
    assert not talk_in.slots.get("signals")


def test_one_guess_is_a_yes_or_no_question(talk_in):
    in_doubt(talk_in, "debts")
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_meaning_one", meaning=told(talk_in, "meaning.debts"))
    talk_in.hear("affirm")
    assert list(talk_in.slots["signals"]) == ["debts"]
    assert talk_in.asking == "municipality"
    assert told(talk_in, "signal.debts") in talk_in.words


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_button_takes_its_signal_and_the_conversation_goes_on(talk_in, place):
    in_doubt(talk_in)
    talk_in.press(talk_in.said[-1]["buttons"][place]["title"])
    assert list(talk_in.slots["signals"]) == [THREE[place]]
    assert talk_in.asking not in {"meaning", "situation"}
    assert talk_in.slots["memory"]["missed"] == 0


@pytest.mark.parametrize(("ordinal", "taken"), [("second", ["housing_problem"]), ("all", sorted(THREE))])
def test_a_place_in_the_list_is_an_answer(talk_in, ordinal, taken):
    in_doubt(talk_in)
    talk_in.hear("tell", ordinal=ordinal)
    assert sorted(talk_in.slots["signals"]) == taken


def test_the_words_of_a_button_may_be_typed(talk_in):
    in_doubt(talk_in)
    talk_in.hear("tell", text=told(talk_in, "meaning.housing_problem").upper() + ".")
    assert list(talk_in.slots["signals"]) == ["housing_problem"]


def test_words_that_now_give_a_signal_are_taken(talk_in):
    in_doubt(talk_in)
    talk_in.hear("tell", "looking_for_work")
    assert list(talk_in.slots["signals"]) == ["looking_for_work"]
    talk_in.hear("rather_not_say")
    assert talk_in.asking != "meaning", "the guesses are gone"


def test_a_yes_to_several_asks_which(talk_in):
    in_doubt(talk_in)
    talk_in.hear("affirm")
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_meaning_which")
    assert not talk_in.slots.get("signals")


@pytest.mark.parametrize("intent", ["deny", "dont_know", "rather_not_say", "correct", "go_back"])
def test_none_of_these_asks_for_own_words(talk_in, intent):
    in_doubt(talk_in)
    talk_in.hear(intent)
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_own_words")
    assert talk_in.asking == "situation"
    assert not talk_in.slots.get("signals")


def test_something_else_by_button_or_typed_asks_for_own_words(talk_in):
    in_doubt(talk_in)
    talk_in.press(told(talk_in, "button.something_else"))
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_own_words")
    talk_in.hear("start_over")
    talk_in.hear("affirm")
    in_doubt(talk_in)
    talk_in.hear("tell", text=told(talk_in, "button.something_else"))
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_own_words")


def test_none_of_these_and_again_nothing_is_the_second_miss(talk_in):
    in_doubt(talk_in)
    talk_in.hear("deny")
    talk_in.hear("tell", text="tja", likely=THREE)
    assert talk_in.asking == "handoff"


def test_after_the_second_message_that_gave_nothing_a_person_is_offered(talk_in, house):
    in_doubt(talk_in)
    talk_in.hear("tell", text="ja nou gewoon", likely=("complaint",))
    assert talk_in.asking == "handoff"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "not_understood"
    talk_in.hear("handoff_choice", wish="continue")
    assert talk_in.asking == "meaning", "the newest guess is still open"
    assert talk_in.said[-1]["buttons"][0]["title"] == told(talk_in, "meaning.complaint")


def test_a_person_is_one_button_away(talk_in):
    in_doubt(talk_in)
    talk_in.press(told(talk_in, "button.person"))
    assert talk_in.asking == "handoff"


@pytest.mark.parametrize("aside", ["why", "ask_privacy", "greet", "out_of_scope", "insult"])
def test_after_a_way_aside_the_question_comes_again(talk_in, aside):
    in_doubt(talk_in)
    asked = talk_in.said[-1]
    talk_in.hear(aside)
    assert {**talk_in.said[-1], "state": None} == {**asked, "state": None}


def test_why_has_its_own_explanation(talk_in):
    in_doubt(talk_in)
    talk_in.hear("why")
    assert told(talk_in, "why.meaning") in talk_in.words


def test_the_language_can_change_at_this_question(talk_in):
    in_doubt(talk_in)
    other = "nl" if own(talk_in) == "en" else "en"
    talk_in.hear("change_language", language=other)
    assert (talk_in.said[-1]["ask"], talk_in.said[-1]["lang"]) == ("meaning", other)


def test_a_first_message_in_our_other_language_is_guessed_at_too(talk_in):
    other = "nl" if own(talk_in) == "en" else "en"
    talk_in.hear("tell", likely=THREE, language=other)
    assert (talk_in.said[-1]["ask"], talk_in.said[-1]["lang"]) == ("meaning", other)


def test_a_place_told_meanwhile_is_kept_and_the_question_comes_again(talk_in):
    in_doubt(talk_in)
    talk_in.hear("tell", municipality="Zeist")
    assert talk_in.slots["municipality"] == "Zeist"
    assert talk_in.asking == "meaning"


def test_one_answer_can_still_be_corrected_at_this_question(talk_in):
    talk_in.hear("tell", municipality="Zeist")
    in_doubt(talk_in)
    talk_in.hear("correct", fact="municipality")
    assert talk_in.asking == "municipality"
    talk_in.hear("tell", municipality="Utrecht")
    assert talk_in.asking == "meaning"


# --- nothing is guessed when something else is going on ---------------------------------------------------------------


def test_without_a_guess_it_is_asked_differently_once_then_a_person(talk_in):
    talk_in.hear("nlu_fallback", text="asdf")
    assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_again")
    talk_in.hear("nlu_fallback", text="qwer")
    assert talk_in.asking == "handoff"


def test_a_signal_that_is_not_sure_is_asked_and_not_taken(talk_in):
    talk_in.hear("tell", "looking_for_work", likely=("looking_for_work",))
    assert talk_in.asking == "meaning"
    assert payloads(talk_in)[0] == '/answer{"signal": "looking_for_work"}'
    talk_in.hear("affirm")
    assert talk_in.asking == "municipality"


def test_the_answer_to_a_fact_is_not_guessed_at(talk_in):
    talk_in.hear("tell", "debts")
    talk_in.hear("tell", text="huh", likely=THREE)
    assert talk_in.asking == "municipality"


def test_what_is_known_is_not_offered_again(talk_in):
    talk_in.hear("tell", "debts", municipality="Amsterdam")  # outside the region: nothing is asked
    talk_in.hear("tell", text="en verder", likely=("debts", "complaint"))
    assert payloads(talk_in)[0] == '/answer{"signal": "complaint"}'
    assert len(payloads(talk_in)) == 3


@pytest.mark.parametrize("likely", [("nonsense",), ("nonsense", ""), ()])
def test_guesses_that_are_no_signals_are_no_question(talk_in, likely):
    talk_in.hear("tell", text="tja", likely=likely)
    assert talk_in.asking == "situation"


def test_more_than_three_guesses_are_cut(talk_in):
    in_doubt(talk_in, *SIGNALS[:12])
    assert len(payloads(talk_in)) == 5


# --- danger -----------------------------------------------------------------------------------------------------------


def same(messages):
    return [(message["text"], message["ask"], message["card"], message["buttons"]) for message in messages]


@pytest.mark.parametrize("signal", SAFETY_SIGNALS)
def test_choosing_danger_is_as_telling_it(talk_in, house, signal):
    in_doubt(talk_in, "debts", signal)
    chosen = same(talk_in.press(talk_in.said[-1]["buttons"][1]["title"]))
    assert talk_in.state["safety"] == signal
    with house() as session:
        handoff = session.scalars(select(tables.Handoff)).one()
        assert (handoff.reason, handoff.signal) == ("safety", signal)
    assert chosen == same(talk_in.hear("safety", signal))


@pytest.mark.parametrize(
    ("intent", "said"), [("affirm", {}), ("tell", {"ordinal": "first"}), ("tell", {"ordinal": "all"})]
)
def test_danger_may_be_chosen_by_words_too(talk_in, intent, said):
    in_doubt(talk_in, "domestic_violence")
    talk_in.hear(intent, **said)
    assert "0800-2000" in talk_in.said[0]["text"]
    assert talk_in.asking == "handoff"


def test_danger_among_several_comes_first_and_the_rest_is_kept(talk_in):
    in_doubt(talk_in, "debts", "suicidal_crisis")
    talk_in.hear("tell", ordinal="all")
    assert "113" in talk_in.said[0]["text"]
    talk_in.hear("handoff_choice", wish="continue")
    assert told(talk_in, "signal.debts") in talk_in.words
    assert told(talk_in, "signal.suicidal_crisis") not in talk_in.words


def test_the_same_button_of_danger_twice_shows_the_number_twice_and_calls_once(talk_in, house):
    in_doubt(talk_in, "suicidal_crisis")
    first = same(talk_in.hear("answer", signal="suicidal_crisis"))
    assert same(talk_in.hear("answer", signal="suicidal_crisis")) == first
    with house() as session:
        assert len(session.scalars(select(tables.Handoff)).all()) == 1


# --- hostile ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", ["nonsense", "", "say_welcome", ["debts"], {"debts": 1}, 7])
def test_a_payload_that_names_no_signal_takes_nothing(talk_in, signal):
    in_doubt(talk_in)
    talk_in.hear("answer", signal=signal)
    assert not talk_in.slots.get("signals")
    assert talk_in.asking == "handoff", "the second message that gave nothing"


@pytest.mark.parametrize("ordinal", ["fourth", "fifth", "hundredth", 99, ["second"]])
def test_a_place_that_is_not_there_takes_nothing(talk_in, ordinal):
    in_doubt(talk_in)
    talk_in.hear("tell", ordinal=ordinal)
    assert not talk_in.slots.get("signals")
    assert talk_in.asking == "handoff"


def test_the_same_button_twice_takes_it_once(talk_in):
    in_doubt(talk_in)
    talk_in.hear("answer", signal="debts")
    asked = talk_in.asking
    talk_in.hear("answer", signal="debts")
    assert (list(talk_in.slots["signals"]), talk_in.asking) == (["debts"], asked)


def test_something_else_twice_asks_for_own_words_twice_and_no_more(talk_in):
    in_doubt(talk_in)
    for _ in range(2):
        talk_in.hear("answer", signal="other")
        assert talk_in.said[-1]["text"] == told(talk_in, "say_ask_situation_own_words")
    talk_in.hear("greet")
    assert talk_in.said[-1]["text"] != told(talk_in, "say_ask_situation_own_words")
