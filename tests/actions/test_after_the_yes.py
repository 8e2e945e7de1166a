"""After the yes: what the confirmation says, its link, and when a partner without a calendar calls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import contacts, conversations
from bot.conversation.contacts import ContactDetails
from bot.referral import links
from bot.store import tables
from tests.actions.booked import to_consent

TIMED, UNTIMED = "job_search", "untimed"
NL = {"bring": "brieven die hierover gaan", "change": "zonder account", "digits": "eindigt op 678"}
EN = {"bring": "letters about this", "change": "without an account", "digits": "ends in 678"}


def give_number(house, phone: str = "+31612345678") -> None:
    with house() as session:
        conversations.ensure(session, "c1", "midden-utrecht", clock.now())
        contacts.save_contact(session, "c1", ContactDetails("Jan de Vries", phone, None), clock.now())


def card_of(talk):
    return next(m["card"] for m in talk.said if (m.get("card") or {}).get("kind") == "confirmation")


def referral_of(house):
    with house() as session:
        return session.scalars(select(tables.Referral).order_by(tables.Referral.id)).all()[-1]


def without_a_calendar(talk):
    """Choose a partner without a calendar, up to the question after the contact details."""
    talk.hear("tell", "debts", municipality="Utrecht", contact_channel="phone")
    for _ in range(8):
        if talk.asking == "partner":
            talk.hear("choose", ordinal="first")
        elif talk.asking == "time":
            other = next(
                button for message in talk.said for button in message["buttons"] if "partner" in button["payload"]
            )
            talk.press(other["title"])
        elif talk.asking == "contact":
            talk.hear("contact_given", kinds="phone")
        elif talk.asking not in {"call_time", "consent"}:
            talk.hear("rather_not_say")
    return talk


@pytest.fixture(autouse=True)
def _known(house):
    give_number(house)


@pytest.fixture
def asked(talk_in, monkeypatch):
    """A resident whose partner has no calendar has given a number."""
    from dataclasses import replace

    from actions import partners

    chosen = partners.chosen
    monkeypatch.setattr(partners, "chosen", lambda turn, need: replace(chosen(turn, need), schedule=None))
    without_a_calendar(talk_in)
    assert talk_in.asking == "call_time"
    return talk_in


def test_the_confirmation_says_what_to_bring_and_where_to_change_it(talk_in, house):
    words = NL if talk_in.language == "nl" else EN
    to_consent(talk_in, "looking_for_work")
    talk_in.hear("book")
    card, referral = card_of(talk_in), referral_of(house)
    for said in words.values():
        assert said in talk_in.words
    assert words["bring"] in card["bring"]
    assert referral.reference in talk_in.words
    token = card["link"].rsplit("/a/", 1)[1]
    assert card["link"] in talk_in.words
    with house() as session:
        assert links.open_link(session, token, "resident", clock.now()).id == referral.id
    assert "612345678" not in talk_in.words + str(card)
    assert all(len(re.findall(r"[.!?](?:\s|$)", message["text"])) <= 3 for message in talk_in.said)


def test_no_digits_are_said_of_a_number_that_is_not_safe(talk_in, house):
    from bot.conversation import safe_channels

    with house() as session:
        safe_channels.mark_unsafe(session, "c1", clock.now())
    to_consent(talk_in, "looking_for_work")
    talk_in.hear("book")
    assert "678" not in talk_in.words


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ({"intent": "answer", "part": "morning"}, "morning"),
        ({"intent": "tell", "part": "evening"}, "evening"),
        ({"intent": "choose", "ordinal": "second"}, "afternoon"),
        ({"intent": "answer", "part": "any"}, None),
        ({"intent": "rather_not_say"}, None),
        ({"intent": "dont_know"}, None),
        ({"intent": "deny"}, None),
    ],
)
def test_the_part_of_the_day_goes_to_the_partner_once(asked, house, answer, wish):
    assert 0 < len(asked.said[-1]["buttons"]) <= 5
    asked.hear(**answer)
    assert asked.asking == "consent"
    asked.hear("book")
    payload = referral_of(house).payload
    assert payload.get("call_back") == wish
    told = {"morning": ("ochtends", "morning"), "afternoon": ("middags", "afternoon"), "evening": ("avonds", "evening")}
    for part, words in told.items():
        expected = 1 if part == wish else 0
        assert sum(payload["summary"].count(word) for word in words) == expected
        assert any(word in asked.words for word in words) == (part == wish)


def test_what_is_no_part_of_the_day_is_asked_again_and_then_a_person_comes(asked):
    asked.hear("tell", text="na vijven, of toch niet")
    assert asked.asking == "call_time"
    asked.hear("answer", part="night")
    assert asked.asking == "handoff"


def test_it_can_be_changed_before_the_yes(asked, house):
    asked.hear("answer", part="morning")
    rows = {row["change"] for message in asked.said for row in (message.get("card") or {}).get("rows", ())}
    assert '/correct{"fact": "call_time"}' in rows
    asked.hear("correct", fact="call_time")
    assert asked.asking == "call_time"
    asked.hear("answer", part="evening")
    asked.hear("book")
    assert referral_of(house).payload["call_back"] == "evening"


def test_one_step_back_asks_it_again(asked):
    asked.hear("answer", part="morning")
    asked.hear("go_back")
    assert asked.asking == "call_time"


def test_why_it_is_asked_is_said_and_it_stays_open(asked):
    asked.hear("why")
    assert asked.asking == "call_time"
    assert "vaste tijd" in asked.words or "fixed time" in asked.words


@pytest.mark.parametrize("channel", ["email", "walk_in"])
def test_nobody_is_asked_who_is_not_called(talk_in, monkeypatch, channel):
    from dataclasses import replace

    from actions import partners

    chosen = partners.chosen
    monkeypatch.setattr(partners, "chosen", lambda turn, need: replace(chosen(turn, need), schedule=None))
    talk_in.hear("tell", "debts", municipality="Utrecht", contact_channel=channel)
    for _ in range(6):
        if talk_in.asking == "partner":
            talk_in.hear("choose", ordinal="first")
        elif talk_in.asking == "contact":
            talk_in.hear("contact_given", kinds=channel)
        elif talk_in.asking != "consent":
            talk_in.hear("rather_not_say")
        assert talk_in.asking != "call_time"
    assert talk_in.asking == "consent"


def test_every_part_of_the_day_has_its_words() -> None:
    from bot.referral.rules import referral_rules
    from bot.texts import Texts

    texts = Texts.load(Path(__file__).parents[2] / "content" / "texts")
    for language in texts.languages:
        offered = {button.payload for button in texts.buttons("say_ask_call_time", language)}
        for part in referral_rules().call_back:
            assert texts.has(f"value.{part}", language)
            assert f'/answer{{"part": "{part}"}}' in offered


def test_the_time_is_shown_but_does_not_stand_in_what_is_stored(talk_in, house):
    """It may change: the appointment says it, to the partner and to a next one."""
    to_consent(talk_in, "looking_for_work")
    label = "Tijd" if talk_in.language == "nl" else "Time"
    assert label in str(talk_in.said)
    talk_in.hear("book")
    stored = referral_of(house).payload["summary"]
    assert "Zeist" in stored
    assert f"{label}:" not in stored
