"""A time chooses its partner, and several needs are arranged together: each partner by name, each to be refused."""

import pytest
from sqlalchemy import select

from actions import offers, times
from bot.referral import appointments
from bot.store import tables
from bot.texts import get_texts
from tests.actions.driver import Conversation

TWO = ("self_employed_less_work", "debts")
THREE = (*TWO, "language_need")


def told(talk: Conversation, key: str, **values: object) -> str:
    return get_texts().get(key, talk.language, **values)


def titles(talk: Conversation) -> list[str]:
    return [button["title"] for button in talk.said[-1]["buttons"]]


def referrals(house) -> dict[str, str]:
    with house() as session:
        return {found.need: found.partner_name for found in session.scalars(select(tables.Referral))}


def seats(house) -> list[str]:
    with house() as session:
        return sorted(seat.state for seat in session.scalars(select(tables.Appointment)))


def take_times(talk: Conversation) -> None:
    while talk.asking == "time":
        assert len(titles(talk)) <= 5
        talk.hear("choose", time=talk.slots["memory"]["shown"][0])


def to_consent(talk: Conversation, *signals: str) -> Conversation:
    """Choose all needs, a time for each, and tell how to be reached: one question each, and each asked once."""
    talk.hear("tell", *signals, municipality="Zeist")
    assert talk.asking == "choice"
    talk.press(told(talk, "button.all"))
    take_times(talk)
    assert talk.asking == "contact_channel"
    talk.hear("answer", contact_channel="phone")
    assert talk.asking == "contact"
    talk.hear("contact_given", kinds="phone")
    assert talk.asking == "consent"
    assert len(titles(talk)) <= 5
    return talk


def rows(talk: Conversation) -> list[dict[str, str]]:
    return talk.said[-1]["card"]["rows"]


# --- one answer for the time and the partner --------------------------------------------------------------------------


def test_times_come_with_both_partners_and_the_other_is_one_press_away(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert talk_in.asking == "time"
    assert "1. Gemeente Zeist: " in talk_in.said[-1]["text"]
    assert "2. Geldfit: " in talk_in.said[-1]["text"]
    talk_in.press("Geldfit")
    assert talk_in.slots["plan"]["agreed"]["debt_help"]["partner"] == "geldfit"
    if talk_in.asking == "time":  # with a calendar: the way back is one press too
        assert any("Gemeente Zeist" in title for title in titles(talk_in))


def test_nobody_is_chosen_until_a_time_is(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert talk_in.slots["plan"]["agreed"] == {}
    for intent in ("why", "greet", "ask_privacy", "other_times"):
        talk_in.hear(intent)
    assert talk_in.slots["plan"]["agreed"].get("debt_help", {}).get("partner") is None


def test_looking_further_shows_other_times_and_the_evening(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    before = talk_in.slots["memory"]["shown"]
    talk_in.press(told(talk_in, "button.times_or_evening"))
    assert talk_in.asking == "time"
    assert not set(before) & set(talk_in.slots["memory"]["shown"])
    assert told(talk_in, "button.evening") in titles(talk_in)
    assert len(titles(talk_in)) <= 5


def test_none_of_these_asks_for_the_partner_and_there_it_can_be_left(talk_in, house):
    talk_in.hear("tell", "debts", municipality="Zeist")
    talk_in.hear("deny")
    assert talk_in.asking == "partner"
    assert told(talk_in, "button.not_now") in titles(talk_in)
    talk_in.press(told(talk_in, "button.not_now"))
    assert told(talk_in, "say_not_sent") in talk_in.words
    assert talk_in.asking is None
    assert referrals(house) == {}


def test_three_times_are_offered_at_once_in_full(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    assert talk_in.asking == "time"
    assert len(talk_in.slots["memory"]["shown"]) == 3
    assert len(titles(talk_in)) <= 5
    assert sum(":" in title for title in titles(talk_in)) == 3


@pytest.mark.parametrize("wanted", ["nobody", "", "uwv", "x" * 3000, {"a": 1}, None, 7])
def test_a_partner_that_is_not_offered_is_not_taken(talk_in, wanted):
    talk_in.hear("tell", "debts", municipality="Zeist")
    talk_in.hear("choose", partner=str(wanted) if isinstance(wanted, dict) else wanted)
    assert talk_in.asking == "time"
    assert talk_in.slots["plan"]["agreed"] == {}


def test_a_partner_without_times_is_never_chosen_by_itself(talk_in, monkeypatch):
    monkeypatch.setattr(times, "look", lambda turn: False)
    talk_in.hear("tell", "debts", municipality="Zeist", contact_channel="phone")
    assert talk_in.asking == "partner"
    talk_in.press("Gemeente Zeist")
    assert talk_in.asking == "contact", "who was chosen is asked to send a time"


def test_where_the_table_prefers_nobody_the_partner_is_asked_first(talk_in):
    talk_in.hear("tell", "career_question", municipality="Zeist")
    assert talk_in.asking == "partner"
    talk_in.hear("choose", ordinal="second")
    assert talk_in.asking == "time"


# --- together ---------------------------------------------------------------------------------------------------------


def test_two_needs_take_one_time_each_and_everything_else_once(talk_in, house):
    to_consent(talk_in, *TWO)
    talk_in.hear("book")
    assert set(referrals(house)) == {"income_support_self_employed", "debt_help"}
    assert seats(house) == ["booked", "booked"]
    assert talk_in.words.count(told(talk_in, "say_change_later")) == 1
    with house() as session:
        for referral in session.scalars(select(tables.Referral)):
            assert referral.payload["consent"]["partners"] == [referral.partner_id]


def test_each_partner_is_named_with_what_it_gets_and_every_row_can_be_changed(talk_in):
    to_consent(talk_in, *TWO)
    text = talk_in.said[-1]["text"]
    for number, partner in enumerate(["RDWI", "Gemeente Zeist"], start=1):
        assert told(talk_in, "say_consent_line", number=number, partner=partner, summary="").rstrip(" .") in text
    first, second = (told(talk_in, f"need.{need}") for need in ("income_support_self_employed", "debt_help"))
    assert text.index(first) < text.index(second)
    assert all(row["change"].startswith("/correct{") for row in rows(talk_in))
    own = [row for row in rows(talk_in) if row["label"].startswith(("1. ", "2. "))]
    assert {row["label"][0] for row in own} == {"1", "2"}
    shared = [row["value"] for row in rows(talk_in) if row not in own]
    assert shared.count("Zeist") == 1, "what all get is said once"


def test_a_time_is_changed_for_its_own_need(talk_in, house):
    to_consent(talk_in, *TWO)
    before = talk_in.slots["plan"]["agreed"]
    talk_in.hear("correct", fact="time", needs="income_support_self_employed")
    assert talk_in.asking == "time"
    assert talk_in.slots["plan"]["agreed"]["debt_help"] == before["debt_help"]
    talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][-1])
    assert talk_in.asking == "consent"
    after = talk_in.slots["plan"]["agreed"]
    assert after["income_support_self_employed"]["time"] != before["income_support_self_employed"]["time"]
    assert seats(house).count("held") == 2


def test_a_partner_is_changed_for_its_own_need(talk_in):
    to_consent(talk_in, *TWO)
    talk_in.hear("correct", fact="partner", needs="debt_help")
    assert talk_in.asking == "partner"
    assert "KVK" in titles(talk_in)
    assert "income_support_self_employed" in talk_in.slots["plan"]["agreed"]


@pytest.mark.parametrize("needs", ["", "training", "x" * 3000, "debt_help,training"])
def test_a_change_of_a_need_that_is_not_arranged_is_one_of_the_last(talk_in, needs):
    to_consent(talk_in, *TWO)
    talk_in.hear("correct", fact="time", needs=needs)
    assert talk_in.asking == "time"
    assert talk_in.slots["plan"]["agreed"]["income_support_self_employed"]["time"]


def test_change_something_says_which(talk_in):
    to_consent(talk_in, *TWO)
    talk_in.hear("correct", fact="ask")
    assert talk_in.asking == "change"
    assert f"2. {told(talk_in, 'label.partner')}" in titles(talk_in)
    assert len(titles(talk_in)) <= 5


@pytest.mark.parametrize(
    ("number", "sent"), [(1, "income_support_self_employed"), (2, "debt_help")]
)  # fmt: skip
@pytest.mark.parametrize("way", ["button", "words"])
def test_only_one_of_them_sends_only_that_one(talk_in, house, number, sent, way):
    to_consent(talk_in, *TWO)
    if way == "button":
        talk_in.press(told(talk_in, "button.only", number=number))
    else:
        talk_in.hear("tell", ordinal={1: "first", 2: "second"}[number], text=f"alleen {number}")
    assert set(referrals(house)) == {sent}
    assert seats(house) == ["booked", "released"]
    assert told(talk_in, "say_not_sent_rest") in talk_in.words
    assert talk_in.asking == "research"


@pytest.mark.parametrize("intent", ["deny", "rather_not_say", "dont_know"])
def test_a_no_sends_nothing_at_all(talk_in, house, intent):
    to_consent(talk_in, *TWO)
    talk_in.hear(intent)
    assert referrals(house) == {}
    assert seats(house) == ["released", "released"]
    assert told(talk_in, "say_not_sent") in talk_in.words


@pytest.mark.parametrize(
    ("intent", "entities"),
    [
        ("tell", {}),
        ("nlu_fallback", {}),
        ("tell", {"ordinal": "third"}),
        ("book", {"needs": "training"}),
        ("book", {"needs": ""}),
        ("choose", {"needs": "debt_help"}),
        ("choose", {"time": "2026-11-25T09:00:00+01:00"}),
    ],
)
def test_what_is_no_yes_sends_nothing(talk_in, house, intent, entities):
    to_consent(talk_in, *TWO)
    talk_in.hear(intent, **entities)
    assert referrals(house) == {}
    assert talk_in.asking == "consent"


def test_a_second_press_books_nothing_twice(talk_in, house):
    to_consent(talk_in, *TWO)
    talk_in.hear("book")
    talk_in.hear("book")
    assert len(referrals(house)) == 2
    assert seats(house) == ["booked", "booked"]


# --- one by one -------------------------------------------------------------------------------------------------------


def one_by_one(talk: Conversation) -> Conversation:
    to_consent(talk, *THREE).press(told(talk, "button.one_by_one"))
    assert talk.asking == "consent"
    return talk


def test_of_three_each_can_be_asked_apart(talk_in, house):
    one_by_one(talk_in)
    assert talk_in.said[-1]["text"].count(":") < 12, "only the first is shown"
    first = talk_in.said[-1]["buttons"][0]["payload"]
    talk_in.hear("book", needs=talk_in.slots["plan"]["chosen"][0])
    assert len(referrals(house)) == 1
    assert talk_in.asking == "consent"
    assert talk_in.said[-1]["buttons"][0]["payload"] != first
    talk_in.hear("deny")
    assert talk_in.asking == "consent"
    talk_in.hear("affirm")
    assert len(referrals(house)) == 2
    assert seats(house) == ["booked", "booked", "released"]
    assert talk_in.slots["plan"]["one_by_one"] is False


def test_a_second_press_is_no_yes_to_the_next_partner(talk_in, house):
    one_by_one(talk_in)
    first = talk_in.slots["plan"]["chosen"][0]
    talk_in.hear("book", needs=first)
    talk_in.hear("book", needs=first)
    assert set(referrals(house)) == {first}
    assert talk_in.asking == "consent"


def test_for_somebody_else_there_is_room_to_ask_first(talk_in, house):
    talk_in.hear("tell", on_behalf="relative")
    to_consent(talk_in, *TWO)
    assert told(talk_in, "button.one_by_one") in titles(talk_in)
    talk_in.press(get_texts().buttons("say_ask_consent_several_on_behalf", talk_in.language)[2].title)
    assert referrals(house) == {}


# --- what goes otherwise ----------------------------------------------------------------------------------------------


def test_a_time_that_went_to_somebody_else_is_asked_anew_and_the_other_stands(talk_in, house, monkeypatch):
    to_consent(talk_in, *TWO)
    book = offers.booking.book

    def taken(session, request, now):
        if request.need == "debt_help":
            raise appointments.SeatTaken("gone")
        return book(session, request, now)

    with monkeypatch.context() as patched:
        patched.setattr(offers.booking, "book", taken)
        talk_in.hear("book")
    assert set(referrals(house)) == {"income_support_self_employed"}
    assert told(talk_in, "say_time_taken") in talk_in.words
    assert talk_in.asking == "time"
    talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
    assert talk_in.asking == "consent", "a new time is shown before it is sent"
    talk_in.hear("book")
    assert set(referrals(house)) == {"income_support_self_employed", "debt_help"}


def test_a_need_that_is_no_more_is_left_and_its_seat_given_back(talk_in, house):
    talk_in.hear("tell", *TWO, municipality="Zeist")
    talk_in.press(told(talk_in, "button.all"))
    talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
    talk_in.slots["signals"] = {"debts": 1.0}
    talk_in.slots["work_status"] = None
    talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
    assert talk_in.slots["plan"]["chosen"] == ("debt_help",) or talk_in.slots["plan"]["chosen"] == ["debt_help"]
    assert seats(house) == ["held", "released"]
    assert talk_in.asking == "contact_channel"


def test_start_over_gives_every_seat_back(talk_in, house):
    to_consent(talk_in, *TWO)
    talk_in.hear("start_over")
    talk_in.hear("affirm")
    assert seats(house) == ["released", "released"]


def test_telling_another_situation_gives_every_seat_back(talk_in, house):
    to_consent(talk_in, *TWO)
    talk_in.hear("correct", fact="situation")
    assert seats(house) == ["released", "released"]
    assert talk_in.slots["plan"]["agreed"] == {}


def test_a_step_back_asks_the_last_time_again(talk_in):
    talk_in.hear("tell", *TWO, municipality="Zeist")
    talk_in.press(told(talk_in, "button.all"))
    take_times(talk_in)
    talk_in.hear("go_back")
    assert talk_in.asking == "time"
    assert talk_in.slots["plan"]["agreed"]["income_support_self_employed"]["time"]
    assert talk_in.slots["plan"]["agreed"]["debt_help"]["time"] is None
