"""Leaving in the middle and coming back; a second referral after the first. Nothing is lost, nothing is done twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import clock
from bot.referral import appointments
from bot.store import tables
from tests.actions.driver import Conversation
from tests.actions.test_conversation import QUESTIONS, to_consent

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def begin(name: str = "c1") -> Conversation:
    conversation = Conversation(name)
    conversation.hear("start", language="nl", region="midden-utrecht")
    return conversation


@pytest.fixture
def talk(house, monkeypatch) -> Conversation:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return begin()


def without_memory(talk: Conversation) -> dict:
    return {name: value for name, value in talk.slots.items() if name != "memory"}


# --- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_leaving_says_until_when_and_where_and_never_the_code(talk, house, question):
    QUESTIONS[question](talk)
    before = without_memory(talk)
    (message,) = talk.hear("save_for_later", text="ik moet weg, ik kom morgen terug")
    assert "woensdag 2 december om 10:00 uur" in message["text"]
    assert "Verder met een eerder gesprek" in message["text"]
    assert message["card"] == {"kind": "resume_code"}
    assert message["ask"] is None
    assert without_memory(talk) == before
    with house() as session:
        assert session.scalars(select(tables.ResumeCode)).all() == []  # only the page gets one


def test_a_day_to_come_back_is_no_last_day_of_work(talk):
    QUESTIONS["end_date"](talk)
    talk.hear(
        "save_for_later", text="ik kom morgen terug", date={"date": "2026-11-26", "precision": "day", "text": "morgen"}
    )
    assert talk.slots.get("end_date") is None
    talk.hear("come_back")
    assert talk.said[-1]["ask"] == "end_date"


def test_what_is_told_on_leaving_is_not_lost(talk):
    talk.hear("save_for_later", "debts", text="ik heb schulden maar moet nu weg")
    assert "debts" in talk.slots["signals"]
    talk.hear("come_back")
    assert "u hebt schulden" in talk.words
    assert talk.words.count("u hebt schulden") == 1
    assert talk.asking == "municipality"


def test_goodbye_offers_to_save(talk):
    from bot.texts import get_texts

    for language in ("nl", "en"):
        assert [button.payload for button in get_texts().buttons("utter_goodbye", language)] == ["/save_for_later"]


def test_who_stays_after_all_gets_the_question_without_a_welcome(talk):
    QUESTIONS["municipality"](talk)
    talk.hear("save_for_later")
    talk.press("Toch nu verder")
    assert talk.said[-1]["ask"] == "municipality"
    assert "Welkom terug" not in talk.words


# --- coming back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_coming_back_asks_the_open_question_again(talk, question):
    QUESTIONS[question](talk)
    before = without_memory(talk)
    talk.hear("come_back")
    assert talk.said[0]["text"].startswith("Welkom terug.")
    assert talk.said[-1]["ask"] == question
    assert without_memory(talk) == before
    talk.hear("come_back")  # twice is once more, not another thing
    assert talk.said[-1]["ask"] == question


def test_coming_back_says_what_is_known_shortly(talk):
    talk.hear("tell", "contract_ending", "debts", "wants_retraining", "housing_problem", municipality="Zeist")
    talk.hear("come_back")
    words = talk.said[0]["text"]
    assert "u woont in Zeist" in words
    assert "uw contract stopt" in words
    assert "klopt er iets niet" not in talk.words.lower()  # not read back a second time
    assert len([name for name in talk.slots["signals"] if _words_of(name) in words]) == 3


def _words_of(signal: str) -> str:
    from bot.texts import get_texts

    return get_texts().get(f"signal.{signal}", "nl")


def test_coming_back_is_in_the_language_of_the_conversation(talk):
    talk.hear("change_language", language="en")
    talk.hear("come_back")
    assert talk.said[0]["text"].startswith("Welcome back.")


def test_danger_is_not_read_back_on_another_screen(talk):
    talk.hear("safety", "domestic_violence", "debts")
    talk.press("verder")
    talk.hear("come_back")
    assert _words_of("domestic_violence") not in talk.words
    assert "u hebt schulden" in talk.words


def test_a_call_for_a_person_is_still_open_after_coming_back_but_not_when_it_was_answered(talk, house):
    QUESTIONS["municipality"](talk)
    talk.hear("person")
    talk.hear("come_back")
    assert talk.asking == "handoff"
    with house() as session:
        session.scalars(select(tables.Handoff)).one().state = "closed"
    talk.hear("come_back")
    assert talk.asking == "municipality"
    with house() as session:
        assert len(session.scalars(select(tables.Handoff)).all()) == 1


def test_misses_before_leaving_do_not_count_after_coming_back(talk):
    talk.hear("nlu_fallback", text="asdf")
    talk.hear("come_back")
    talk.hear("nlu_fallback", text="qwer")
    assert talk.said[-1]["ask"] == "situation"


# --- leaving while a seat is held -------------------------------------------------------------------------------------


def later(monkeypatch, **time: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(**time))


def test_a_seat_that_is_still_held_stays_chosen(talk, monkeypatch):
    to_consent(talk)
    chosen = talk.slots["plan"]["agreed"]["unemployment_benefit"]["time"]
    later(monkeypatch, minutes=appointments.HOLD_MINUTES - 1)
    talk.hear("come_back")
    assert (talk.said[-1]["ask"], talk.slots["plan"]["agreed"]["unemployment_benefit"]["time"]) == ("consent", chosen)


@pytest.mark.parametrize("away", [{"minutes": 11}, {"days": 6, "hours": 23}])
def test_after_the_hold_times_are_offered_anew(talk, house, monkeypatch, away):
    to_consent(talk)
    later(monkeypatch, **away)
    talk.hear("come_back")
    assert "niet meer voor u vrij gehouden" in talk.words
    assert talk.said[-1]["ask"] == "time"
    assert talk.slots["plan"]["agreed"]["unemployment_benefit"]["partner"] == "uwv"
    shown = talk.slots["memory"]["shown"]
    assert all(datetime.fromisoformat(start) > clock.now() for start in shown)
    talk.hear("choose", time=shown[0])
    talk.press("Ja, verstuur")
    with house() as session:
        booked = session.scalars(select(tables.Appointment).where(tables.Appointment.state == "booked")).one()
        assert booked.start_at == datetime.fromisoformat(shown[0])
        assert session.scalars(select(tables.Referral)).one().status == "requested"


def test_a_seat_left_behind_can_be_had_by_another_and_the_conversation_stays(talk, house, monkeypatch):
    to_consent(talk)
    chosen = talk.slots["plan"]["agreed"]["unemployment_benefit"]["time"]
    later(monkeypatch, minutes=appointments.HOLD_MINUTES + 1)
    others = []
    for number in range(20):  # every seat of that time
        other = begin(f"other-{number}")
        to_consent_with(other, chosen)
        if other.asking != "consent":
            break
        other.hear("book")
        others.append(other)
    assert others
    talk.hear("come_back")
    assert talk.said[-1]["ask"] == "time"
    assert chosen not in talk.slots["memory"]["shown"]
    assert talk.slots["municipality"] == "Zeist"
    with house() as session:
        assert session.get(tables.Conversation, talk.id) is not None
        mine = session.scalars(select(tables.Appointment).where(tables.Appointment.conversation_id == talk.id)).all()
        assert [seat.state for seat in mine] == ["released"]


def to_consent_with(talk: Conversation, start: str) -> None:
    talk.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31", contact_channel="phone")
    talk.slots["memory"] = {**talk.slots["memory"], "shown": [start]}  # as if it was offered to them as well
    talk.hear("choose", time=start)
    if talk.asking == "contact":
        talk.hear("contact_given", kinds="phone")


# --- a second referral ------------------------------------------------------------------------------------------------


def arrange(talk: Conversation) -> None:
    for _ in range(6):
        match talk.asking:
            case "partner":
                talk.press(talk.said[-1]["buttons"][0]["title"])
            case "contact_channel":
                talk.press("Bel mij")
            case "time":
                talk.hear("choose", time=talk.slots["memory"]["shown"][0])
            case "contact":
                talk.hear("contact_given", kinds="phone")
            case "strengths" | "research":
                talk.hear("rather_not_say")
            case "consent":
                talk.press("Ja, verstuur")
            case _:
                return


def referrals(house) -> dict[str, str]:
    with house() as session:
        return {found.need: found.reference for found in session.scalars(select(tables.Referral))}


def test_something_new_after_the_first_referral_leads_to_a_second(talk, house):
    to_consent(talk)
    talk.hear("book")
    talk.hear("deny")  # to the question about research
    talk.press("Nog iets vertellen")
    assert talk.asking == "situation"
    talk.hear("tell", "debts")
    assert "u hebt schulden" in talk.words
    assert "al geregeld" not in talk.words
    arrange(talk)
    assert set(referrals(house)) == {"unemployment_benefit", "debt_help"}
    with house() as session:
        assert {found.status for found in session.scalars(select(tables.Referral))} == {"requested"}
        starts = [found.start_at for found in session.scalars(select(tables.Appointment))]
        assert len(starts) == len(set(starts)) == 2
    assert {need["id"]: need["reference"] for need in talk.state["needs"]} == referrals(house)


@pytest.mark.parametrize("way", ["words", "button", "after «tell more»"])
def test_the_same_need_told_again_is_arranged_already(talk, house, way):
    to_consent(talk)
    talk.hear("book")
    if way == "button":
        talk.hear("answer", signal="contract_ending")
    else:
        if way != "words":
            talk.hear("deny")  # to the question about research
            talk.press("Nog iets vertellen")
        talk.hear("tell", "contract_ending", text="mijn contract stopt")
    reference = referrals(house)["unemployment_benefit"]
    assert f"Aanvragen van WW: dat is al geregeld. Het kenmerk daarvan is {reference}." in talk.words
    assert talk.words.count(reference) == 1
    assert talk.asking is None
    assert len(talk.said[-1]["buttons"]) == 2
    assert len(referrals(house)) == 1


def test_the_same_and_something_new_in_one_message(talk, house):
    to_consent(talk)
    talk.hear("book")
    talk.hear("tell", "contract_ending", "debts")
    assert "Aanvragen van WW: dat is al geregeld" in talk.words
    assert "Hulp bij schulden: dat is al geregeld" not in talk.words
    arrange(talk)
    assert set(referrals(house)) == {"unemployment_benefit", "debt_help"}


def test_an_answer_that_names_the_first_need_is_not_answered_with_its_code(talk):
    to_consent(talk)
    talk.hear("book")
    talk.hear("tell", "debts")
    assert talk.asking == "time"
    talk.hear("choose", "contract_ending", time=talk.slots["memory"]["shown"][0])
    assert "al geregeld" not in talk.words


def test_a_message_that_gives_nothing_after_the_first_referral_is_no_answer(talk):
    to_consent(talk)
    talk.hear("book")
    talk.hear("deny")  # to the question about research
    talk.press("Nog iets vertellen")
    talk.hear("nlu_fallback", text="asdf")
    assert "Ik begrijp u nog niet goed" in talk.words
    talk.hear("nlu_fallback", text="qwer")
    assert talk.asking == "handoff"


def test_coming_back_after_a_referral_names_its_code(talk, house):
    to_consent(talk)
    talk.hear("book")
    talk.hear("deny")  # to the question about research
    talk.hear("come_back")
    assert referrals(house)["unemployment_benefit"] in talk.words
    assert len(talk.said[-1]["buttons"]) == 2  # two ways on
    talk.hear("tell", "debts")
    arrange(talk)
    assert len(referrals(house)) == 2


def test_a_second_conversation_collides_with_nothing_of_the_first(talk, house):
    to_consent(talk)
    talk.hear("book")
    second = begin("c2")
    to_consent(second)
    second.hear("book")
    with house() as session:
        found = session.scalars(select(tables.Referral).order_by(tables.Referral.id)).all()
        assert [referral.conversation_id for referral in found] == ["c1", "c2"]
        assert len({referral.idempotency_key for referral in found}) == 2
        assert len({referral.reference for referral in found}) == 2
        seats = session.scalars(select(tables.Appointment).where(tables.Appointment.state == "booked")).all()
        assert len({(seat.partner_id, seat.start_at, seat.seat) for seat in seats}) == 2
    assert "al geregeld" not in second.words  # it knows nothing of the first
