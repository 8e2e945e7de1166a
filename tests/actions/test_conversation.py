"""The course of a conversation: every step, every way aside, nothing lost."""

import pytest
from sqlalchemy import select, text

from bot import clock
from bot.conversation import contacts, conversations
from bot.store import tables
from tests.actions.driver import Conversation


@pytest.fixture
def talk(house) -> Conversation:
    conversation = Conversation()
    conversation.hear("start", language="nl", region="midden-utrecht")
    return conversation


def to_consent(talk: Conversation) -> Conversation:
    talk.hear("tell", "contract_ending", municipality="Zeist")
    talk.hear("tell", date={"date": "2027-01-31", "precision": "day", "text": "31 januari 2027"})
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])
    talk.press("Bel mij")
    talk.hear("contact_given", kinds="phone")
    assert talk.asking == "consent"
    return talk


def test_it_says_first_that_it_is_a_computer_program(talk):
    assert "computerprogramma van Midden-Utrecht Werkt Door" in talk.said[0]["text"]
    assert talk.said[-1]["ask"] == "situation"
    assert len(talk.said[-1]["buttons"]) <= 5


def test_a_contract_that_ends_is_booked_with_uwv(talk, house):
    to_consent(talk)
    assert "zondag 31 januari 2027" in talk.words
    talk.press("Ja, verstuur")
    with house() as session:
        referral = session.scalars(select(tables.Referral)).one()
        appointment = session.scalars(select(tables.Appointment)).one()
    assert (referral.role, referral.need, referral.status) == ("uwv", "unemployment_benefit", "requested")
    assert (appointment.state, appointment.referral_id) == ("booked", referral.id)
    assert referral.reference in talk.words
    assert talk.asking == "research"
    talk.press("Nee")
    assert talk.asking is None
    assert len(talk.said[-1]["buttons"]) == 2  # two ways on


def test_what_was_said_is_not_asked_again(talk):
    talk.hear("tell", "contract_ending", municipality="Zeist")
    assert talk.asking == "end_date"
    assert "u woont in Zeist" in talk.words
    assert "uw contract stopt" in talk.words


def test_freelance_and_debts_are_two_needs_with_reasons_and_two_referrals(talk, house):
    talk.hear("tell", "self_employed_less_work", "debts")
    talk.hear("tell", municipality="Utrecht")
    assert talk.asking == "choice"
    needs = {need["id"]: need for need in talk.state["needs"]}
    assert list(needs) == ["income_support_self_employed", "debt_help"]
    assert needs["debt_help"]["because"] == ["u hebt schulden"]
    assert "Hulp bij schulden, bij Gemeente Utrecht" in talk.words
    assert "want u hebt schulden" in talk.words
    talk.press("Alles")
    for _ in range(2):
        talk.hear("choose", time=talk.slots["memory"]["shown"][0])
    talk.press("Bel mij")
    talk.hear("contact_given", kinds="phone")
    talk.press("Ja, verstuur")
    with house() as session:
        roles = {referral.role for referral in session.scalars(select(tables.Referral))}
    assert roles == {"municipality_income", "municipality_debt_help"}


def test_language_never_goes_to_uwv(talk):
    talk.hear("tell", "language_need")
    talk.hear("tell", municipality="Woerden")
    (need,) = talk.state["needs"]
    assert need["role"] == "education"
    assert "UWV" not in " ".join(button["title"] for button in talk.said[-1]["buttons"])


def test_the_ukraine_answer_has_a_date(talk):
    talk.hear("change_language", language="en")
    talk.hear("tell", "ukrainian_protection", "looking_for_work", municipality="Utrecht")
    assert "22 November 2026" in talk.words
    assert "4 March 2027" in talk.words


@pytest.mark.parametrize(
    ("signal", "number"),
    [
        ("suicidal_crisis", "113"),
        ("domestic_violence", "0800-2000"),
        ("labour_exploitation", "0800-5151"),
        ("minor_at_risk", "0800-2000"),
        ("homeless_tonight", "gemeente"),
    ],
)
def test_safety_shows_the_number_first_and_calls_a_person(talk, house, signal, number):
    talk.hear("safety", signal, "debts")
    assert number in talk.said[0]["text"]
    assert talk.asking == "handoff"
    assert talk.state["safety"] == signal
    with house() as session:
        handoff = session.scalars(select(tables.Handoff)).one()
    assert (handoff.reason, handoff.signal) == ("safety", signal)


def test_after_safety_one_can_go_on_and_what_was_said_is_kept(talk):
    talk.hear("safety", "suicidal_crisis", "debts")
    talk.press("verder")
    assert talk.asking == "municipality"
    assert "debts" in talk.slots["signals"]


QUESTIONS = {
    "situation": lambda talk: None,
    "municipality": lambda talk: talk.hear("tell", "contract_ending"),
    "end_date": lambda talk: talk.hear("tell", "contract_ending", municipality="Zeist"),
    "choice": lambda talk: talk.hear("tell", "self_employed_less_work", "debts", municipality="Zeist"),
    "partner": lambda talk: talk.hear("tell", "career_question", municipality="Zeist"),
    "time": lambda talk: talk.hear("tell", "debts", municipality="Zeist"),
    "contact_channel": lambda talk: (
        talk.hear("tell", "debts", municipality="Zeist"),
        talk.hear("choose", time=talk.slots["memory"]["shown"][0]),
    ),
    "consent": to_consent,
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("aside", ["why", "greet", "ask_bot", "ask_privacy", "out_of_scope", "thanks"])
def test_a_way_aside_comes_back_to_the_same_question_and_loses_nothing(talk, question, aside):
    QUESTIONS[question](talk)
    before = {name: value for name, value in talk.slots.items() if name not in {"memory"}}
    talk.hear(aside)
    assert talk.said[-1]["ask"] == question
    assert {name: value for name, value in talk.slots.items() if name not in {"memory"}} == before


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_language_can_change_at_any_question(talk, question):
    QUESTIONS[question](talk)
    talk.hear("change_language", language="en")
    assert (talk.said[-1]["ask"], talk.said[-1]["lang"]) == (question, "en")


@pytest.mark.parametrize("question", QUESTIONS)
def test_start_over_asks_first_and_no_leads_back(talk, question):
    QUESTIONS[question](talk)
    facts = {name: talk.slots.get(name) for name in ("municipality", "end_date", "signals", "plan")}
    talk.hear("start_over")
    assert talk.asking == "start_over"
    talk.hear("deny")
    assert talk.said[-1]["ask"] == question
    assert {name: talk.slots.get(name) for name in facts} == facts


@pytest.mark.parametrize("question", QUESTIONS)
def test_start_over_with_a_yes_begins_again(talk, question):
    QUESTIONS[question](talk)
    talk.hear("start_over")
    talk.hear("affirm")
    assert talk.said[-1]["ask"] == "situation"
    assert not talk.slots.get("signals")
    assert talk.slots.get("municipality") is None


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_person_can_be_had_at_any_question_and_the_question_comes_back(talk, question):
    QUESTIONS[question](talk)
    talk.hear("person")
    assert talk.asking == "handoff"
    talk.press("Verder")
    assert talk.said[-1]["ask"] == question


@pytest.mark.parametrize("skip", ["rather_not_say", "dont_know"])
def test_rather_not_say_leads_on_to_an_end(talk, house, skip):
    talk.hear("tell", "contract_ending")
    for _ in range(12):
        if talk.asking in {"consent", None}:
            break
        if talk.asking == "time":
            talk.hear("choose", time=talk.slots["memory"]["shown"][0])
        else:
            talk.hear(skip)
    assert talk.asking == "consent"
    talk.hear("affirm")
    with house() as session:
        assert session.scalars(select(tables.Referral)).one().payload["situation"].keys() <= {
            "work_status", "contact_channel"
        }  # fmt: skip


def test_an_earlier_answer_can_be_changed_in_the_middle(talk):
    to_consent(talk)
    talk.hear("correct", municipality="Utrecht")
    assert talk.slots["municipality"] == "Utrecht"
    assert "Aangepast: u woont in Utrecht" in talk.words
    assert talk.said[-1]["ask"] == "consent"


def test_the_summary_offers_a_change_of_every_row(talk):
    to_consent(talk)
    card = next(message["card"] for message in talk.said if message.get("card"))
    assert card["kind"] == "summary"
    assert all(row["change"].startswith("/correct") for row in card["rows"])
    talk.press("Iets veranderen")
    assert talk.asking == "change"
    talk.press("Tijd")
    assert talk.asking == "time"
    assert talk.slots["municipality"] == "Zeist"


def test_one_step_back_asks_the_last_question_again(talk):
    talk.hear("tell", "contract_ending")
    talk.hear("tell", municipality="Zeist")
    assert talk.asking == "end_date"
    talk.hear("go_back")
    assert talk.asking == "municipality"
    assert "contract_ending" in talk.slots["signals"]


def test_a_month_without_a_day_is_read_back_never_taken_silently(talk):
    talk.hear("tell", "contract_ending", municipality="Zeist")
    talk.hear("tell", date={"date": "2027-01-31", "precision": "part_of_month", "text": "eind januari"})
    assert talk.slots.get("end_date") is None
    assert "zondag 31 januari 2027" in talk.said[-1]["text"]
    talk.hear("affirm")
    assert talk.slots["end_date"] == "2027-01-31"


def test_a_no_to_the_date_asks_again(talk):
    talk.hear("tell", "contract_ending", municipality="Zeist")
    talk.hear("tell", date={"date": "2027-01-31", "precision": "part_of_month", "text": "eind januari"})
    talk.hear("deny")
    assert (talk.asking, talk.slots.get("end_date")) == ("end_date", None)


def test_two_misunderstandings_bring_a_person(talk, house):
    talk.hear("nlu_fallback", text="asdf")
    assert talk.said[-1]["ask"] == "situation"
    talk.hear("nlu_fallback", text="qwer")
    assert talk.asking == "handoff"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().reason == "not_understood"


def test_the_second_click_on_confirm_books_nothing_more(talk, house):
    to_consent(talk)
    talk.hear("book")
    first = talk.words
    talk.hear("book")
    with house() as session:
        assert len(session.scalars(select(tables.Referral)).all()) == 1
        assert len(session.scalars(select(tables.Appointment)).all()) == 1
        reference = session.scalars(select(tables.Referral)).one().reference
    assert reference in first
    assert reference in talk.words


def test_a_no_to_sending_sends_nothing_and_frees_the_seat(talk, house):
    to_consent(talk)
    talk.hear("deny")
    with house() as session:
        assert session.scalars(select(tables.Referral)).all() == []
        assert [seat.state for seat in session.scalars(select(tables.Appointment))] == ["released"]
    assert "niets verstuurd" in talk.words


def test_outside_the_region_the_right_region_is_named(talk):
    talk.hear("tell", "contract_ending", municipality="Amsterdam")
    assert "Groot Amsterdam" in talk.words
    assert talk.said[-1]["buttons"]


def test_a_new_need_after_a_booking_is_arranged_too(talk):
    to_consent(talk)
    talk.hear("book")
    talk.hear("tell", "debts")
    assert talk.asking == "time"


def test_being_called_back_asks_a_number_and_notes_it(talk, house):
    talk.hear("person")
    talk.press("Bel mij terug")
    assert talk.asking == "contact"
    talk.hear("contact_given", kinds="phone")
    assert "belt u" in talk.words
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().wish == "call_back"


def test_no_message_has_more_than_five_buttons(talk):
    to_consent(talk)
    talk.press("Iets veranderen")
    assert all(len(message.get("buttons") or ()) <= 5 for message in talk.said)


def test_call_me_as_an_answer_is_not_a_hand_off(talk):
    QUESTIONS["contact_channel"](talk)
    assert talk.asking == "contact_channel"
    talk.hear("person", contact_channel="phone", wish="call_back", text="bel me maar")
    assert talk.asking == "contact"


def test_call_me_while_staff_are_called_is_a_wish(talk, house):
    talk.hear("person")
    talk.hear("person", contact_channel="phone", wish="call_back", text="bel me maar terug")
    assert talk.asking == "contact"
    with house() as session:
        assert session.scalars(select(tables.Handoff)).one().wish == "call_back"


def test_the_number_is_said_although_the_database_fails(talk, house):
    with house() as session:
        session.execute(text("DROP TABLE handoff"))
    talk.hear("safety", "suicidal_crisis")
    assert "113" in talk.said[0]["text"]
    assert "Bel het nummer hierboven" in talk.words


def test_contact_details_told_in_passing_are_not_asked_again(talk, house):
    talk.hear("tell", "debts", municipality="Zeist", contact_channel="phone")
    with house() as session:
        conversations.ensure(session, talk.id, "midden-utrecht", clock.now())
        contacts.save_contact(session, talk.id, contacts.ContactDetails(name="Test", phone="+31612345678"), clock.now())
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])
    assert talk.asking == "consent"
    assert "telefoonnummer" in talk.words


def test_contact_details_can_be_changed_in_the_summary(talk, house):
    to_consent(talk)
    with house() as session:
        contacts.save_contact(session, talk.id, contacts.ContactDetails(name="Test", phone="+31612345678"), clock.now())
    talk.hear("correct", fact="contact")
    assert talk.asking == "contact"
    talk.hear("contact_given", kinds="email,phone")
    assert talk.asking == "consent"
    assert "e-mailadres" in talk.words


def test_another_home_said_plainly_replaces_the_first_and_is_said(talk):
    talk.hear("tell", "debts", municipality="Zeist")
    talk.hear("tell", municipality={"value": "Woerden", "sure": True})
    assert talk.slots["municipality"] == "Woerden"
    assert "Aangepast: u woont in Woerden" in talk.words


def test_a_place_in_passing_replaces_nothing(talk):
    talk.hear("tell", "debts", municipality="Zeist")
    talk.hear("tell", municipality={"value": "Utrecht", "sure": False})
    assert talk.slots["municipality"] == "Zeist"


def test_a_partner_of_the_former_municipality_is_left_and_its_seat_given_back(talk, house):
    talk.hear("tell", "debts", municipality="Zeist", contact_channel="phone")
    talk.hear("choose", time=talk.slots["memory"]["shown"][0])
    talk.hear("correct", municipality="Woerden")
    assert talk.asking == "time"
    assert "Gemeente Woerden" in talk.words
    assert "Zeist" not in talk.words
    with house() as session:
        assert [seat.state for seat in session.scalars(select(tables.Appointment))] == ["released"]
