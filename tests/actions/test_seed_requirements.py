"""What the seed documents ask for and no other test shows; docs/requirements.md says which test shows what."""

import re

import pytest
from sqlalchemy import select

from bot.store import tables
from bot.texts import get_texts
from tests.actions.booked import answer_until_consent, to_consent
from tests.actions.driver import Conversation

#: Words that send somebody away. Who does not fit here fits somewhere: there is no wrong door.
SENDING_AWAY = re.compile(
    r"doelgroep|kom\w* niet in aanmerking|geen recht op|niet voor u bedoeld|niet bij ons terecht|"
    r"wij kunnen u niet helpen|"
    r"target group|not eligible|not entitled|do not qualify|not meant for you|we cannot help you",
    re.IGNORECASE,
)


def told(talk: Conversation, key: str) -> str:
    return get_texts().get(key, talk.language)


def partners_offered(talk: Conversation) -> list[str]:
    """The names of the partners to choose from, as the open question lists them."""
    return re.findall(r"^[12]\. (.+?): ", talk.said[-1]["text"], re.MULTILINE)


def choose_partner(talk: Conversation, name: str) -> None:
    """Choose a partner: by its button, or it is the one whose times are shown."""
    if any(name in button["title"] for button in talk.said[-1]["buttons"]):
        talk.press(name)


def referrals(house) -> list[tables.Referral]:
    with house() as session:
        return list(session.scalars(select(tables.Referral).order_by(tables.Referral.id)))


# --- seed 000 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signal", ["dismissal_threat", "looking_for_work", "wants_practical_learning", "no_benefit", "career_question"]
)
def test_two_options_with_a_reason_and_what_each_does(talk_in, signal):
    talk_in.hear("tell", signal, municipality="Zeist", age_group="from_27")
    assert talk_in.asking in {"partner", "time"}
    assert len(set(partners_offered(talk_in))) == 2
    (need,) = talk_in.state["needs"]
    assert need["because"] == [told(talk_in, f"signal.{signal}")]
    because = {"nl": "want", "en": "because"}[talk_in.language]
    assert f"{because} {need['because'][0]}" in talk_in.words
    lines = re.findall(r"^[12]\. .+: .+\.$", talk_in.said[-1]["text"], re.MULTILINE)
    assert len({line.partition(": ")[2] for line in lines[-2:]}) == 2, "each says what it does"


@pytest.mark.parametrize("place", [0, 1])
def test_nobody_is_chosen_before_the_resident_chooses_and_each_can_be(talk_in, house, place):
    talk_in.hear("tell", "dismissal_threat", municipality="Zeist", contact_channel="phone")
    assert talk_in.slots["plan"]["agreed"] == {}
    wanted = partners_offered(talk_in)[place]
    choose_partner(talk_in, wanted)
    answer_until_consent(talk_in)
    talk_in.hear("book")
    assert [referral.partner_name for referral in referrals(house)] == [wanted]


def test_still_employed_and_at_risk_is_a_full_case(talk_in, house):
    talk_in.hear("tell", "dismissal_threat", work_status="employed")
    assert talk_in.asking == "municipality"
    to_consent(talk_in)
    assert talk_in.slots.get("income") is None, "a scheme is not asked for"
    talk_in.hear("book")
    (referral,) = referrals(house)
    assert (referral.need, referral.role, referral.status) == ("work_to_work", "rmt_desk", "requested")


@pytest.mark.parametrize("signal", ["no_benefit", "self_employed_less_work", "ukrainian_protection", "contract_ending"])
def test_people_for_whom_nobody_else_is_there_get_an_appointment(talk_in, house, signal):
    talk_in.hear("tell", signal, municipality="Zeist", contact_channel="phone")
    for _ in range(2):
        if talk_in.asking in {"age_group", "end_date"}:
            talk_in.hear("rather_not_say")
    answer_until_consent(talk_in)
    talk_in.hear("book")
    assert len(referrals(house)) == 1


@pytest.mark.parametrize("language", get_texts().languages)
def test_no_text_sends_anybody_away(language):
    texts = get_texts()
    assert [key for key in sorted(texts.keys(language)) if SENDING_AWAY.search(str(texts.entry(key, language)))] == []


def test_the_words_that_send_away_are_found():
    assert SENDING_AWAY.search("U hoort niet tot onze doelgroep.")
    assert SENDING_AWAY.search("You are not our target group.")


@pytest.mark.parametrize(
    ("signal", "offer", "role"),
    [
        ("wants_practical_learning", None, "learning_desk"),
        ("employer_offers_places", "learning_places", "employer_desk"),
    ],
)
def test_practical_learning_is_for_learners_and_for_employers(talk_in, signal, offer, role):
    talk_in.hear("tell", signal, municipality="Zeist")
    if offer:
        assert talk_in.asking == "offer"
        talk_in.hear("answer", offer=offer)
    assert talk_in.asking == "time"
    assert talk_in.state["needs"][0]["role"] == role
    assert "SBB" in partners_offered(talk_in), "SBB knows the companies that teach"


# --- seed 001 ---------------------------------------------------------------------------------------------------------


def test_the_story_is_told_once_and_each_partner_has_its_own_consent(talk_in, house):
    talk_in.hear("tell", "self_employed_less_work", "debts", contact_channel="phone")
    asked = [talk_in.asking]
    talk_in.hear("tell", municipality="Utrecht")
    talk_in.press(get_texts().get("button.all", talk_in.language))
    for _ in range(12):
        asked.append(talk_in.asking)
        if talk_in.asking == "time":
            talk_in.hear("choose", time=talk_in.slots["memory"]["shown"][0])
        elif talk_in.asking == "contact":
            talk_in.hear("contact_given", kinds="phone")
        elif talk_in.asking == "consent":
            talk_in.hear("book")
        else:
            break
    assert [asked.count(once) for once in ("municipality", "contact")] == [1, 1]
    assert asked.count("consent") == 1, "both are shown together, each by name"
    first, second = referrals(house)
    assert {first.payload["situation"]["municipality"], second.payload["situation"]["municipality"]} == {"Utrecht"}
    for referral in (first, second):
        assert referral.payload["consent"]["partners"] == [referral.partner_id]


# --- seed 004 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("route", "second"), [("work_first", "WSP West-Brabant"), ("support_first", "WVS")])
def test_towards_work_or_support_first_in_west_brabant(house, route, second):
    talk = Conversation()
    talk.hear("start", language="nl", region="west-brabant")
    talk.hear("tell", "on_social_assistance", municipality="Roosendaal")
    assert talk.asking == "route"
    talk.hear("answer", route=route)
    assert partners_offered(talk)[0] == "Werkplein Hart van West-Brabant"
    assert partners_offered(talk)[1] == second
