"""Who finds reading hard is offered the phone and coming by; e-mail only when they ask for it themselves."""

import pytest

from tests.actions.driver import Conversation


def until(talk: Conversation, question: str) -> None:
    """Answer what comes before a question: the first partner, the first time."""
    for _ in range(10):
        if talk.asking == question:
            return
        if talk.asking == "partner":
            talk.hear("choose", ordinal="first")
        elif talk.asking == "time":
            talk.hear("choose", time=talk.slots["memory"]["shown"][0])
        else:
            talk.hear("rather_not_say")
    raise AssertionError(talk.asking)


def channels(talk: Conversation) -> list[str]:
    return [button["payload"] for button in talk.said[-1]["buttons"]]


PHONE, EMAIL, WALK_IN = (f'/answer{{"contact_channel": "{way}"}}' for way in ("phone", "email", "walk_in"))


@pytest.mark.parametrize("signals", [["low_literacy"], ["low_literacy", "debts"], ["debts", "low_literacy"]])
def test_phone_and_coming_by_and_no_e_mail(talk_in, signals):
    talk_in.hear("tell", *signals, municipality="Zeist")
    until(talk_in, "choice" if len(signals) > 1 else "contact_channel")
    if talk_in.asking == "choice":
        talk_in.press("alle" if talk_in.language == "nl" else "only 1")
    until(talk_in, "contact_channel")
    assert channels(talk_in) == [PHONE, WALK_IN]


def test_others_keep_the_three_ways(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    until(talk_in, "contact_channel")
    assert channels(talk_in) == [PHONE, EMAIL, WALK_IN]


def test_told_halfway_it_counts_from_then_on(talk_in):
    talk_in.hear("tell", "debts", municipality="Zeist")
    until(talk_in, "contact_channel")
    talk_in.hear("tell", "low_literacy")
    until(talk_in, "contact_channel")
    assert channels(talk_in) == [PHONE, WALK_IN]


def test_e_mail_asked_for_in_words_is_taken(talk_in):
    talk_in.hear("tell", "low_literacy", municipality="Zeist")
    until(talk_in, "contact_channel")
    talk_in.hear("tell", contact_channel="email")
    assert talk_in.slots["contact_channel"] == "email"
    until(talk_in, "contact")
    assert "mail" in talk_in.said[-1]["text"]


def test_the_details_asked_are_a_name_and_a_number(talk_in):
    talk_in.hear("tell", "low_literacy", municipality="Zeist", contact_channel="phone")
    until(talk_in, "contact")
    assert "mail" not in talk_in.said[-1]["text"]
    assert talk_in.said[-1]["card"] == {"kind": "contact", "channel": "phone", "safe": True, "call": True}
    talk_in.hear("rather_not_say")
    assert talk_in.asking == "consent"
    assert talk_in.slots["contact_channel"] == "walk_in"
