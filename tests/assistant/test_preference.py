"""How somebody wants to be reached: what is named is not what is wanted, and a reason may stand beside the answer."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.facts import find_facts
from bot.assistant.negation import plain, words_of
from bot.assistant.phrases import get_phrases
from bot.assistant.preference import parts_of
from bot.intake.situation import FACTS
from bot.referral.delivery.words import read_words
from bot.settings import get_settings
from bot.texts import get_texts


def channel(text: str) -> str | None:
    return next((found.value for found in find_facts(text) if found.name == "contact_channel"), None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # the answer, and then the reason; or the other way round
        ("mail, want daar kan ik rustig over nadenken", "email"),
        ("bellen, ik schrijf niet zo goed in het nederlands", "phone"),
        ("email please, I am at work during the day and cannot pick up", "email"),
        ("ik ben overdag aan het werk en kan dan niet opnemen, mail", "email"),
        # what somebody would rather not is named as well
        ("mail, telefoon vind ik eng", "email"),
        ("email - the phone makes me nervous", "email"),
        ("bellen is lastig voor mij, stuur het per mail", "email"),
        ("mailen vind ik moeilijk, bel me maar", "phone"),
        ("telefonisch is zo'n gedoe, ik kom langs", "walk_in"),
        ("please email me because a phone call is too much right now", "email"),
        ("bel me niet, mail me", "email"),
        ("niet mailen maar bellen", "phone"),
        # compared
        ("liever mailen dan bellen", "email"),
        ("liever bellen dan mailen", "phone"),
        ("rather email than a phone call", "email"),
        ("by phone rather than email", "phone"),
        ("mailen in plaats van bellen", "email"),
        # both are fine: the one said first
        ("mail me of bel me", "email"),
        ("bel me of mail me", "phone"),
        # a request stands, whatever is hard
        ("bel mij ik lees moeilijk", "phone"),
        ("call me reading is hard", "phone"),
        ("bellen is niet moeilijk voor mij", None),
        ("bellen kost veel energie", None),
        ("I hate a phone call", None),
        ("ik kan niet bellen", None),
        ("bellen is helemaal niet vervelend, bel maar", "phone"),
        ("vroeger was ik postbode en bracht ik mail rond in de stad", None),
        ("auto, telefoon en huis, alles ben ik kwijt door die schulden", None),
        ("", None),
        (" , . ; -", None),
    ],
)
def test_what_is_wanted_is_taken_and_what_is_only_named_is_not(text: str, wanted: str | None) -> None:
    assert channel(text) == wanted


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kan ik dit in het turks doen?", "tr"),
        ("do you speak Arabic?", "ar"),
        ("ik begrijp engels beter dan nederlands", "en"),
        ("I prefer Dutch to be honest", "nl"),
        ("nederlands is moeilijk voor mij, kan het in het engels", "en"),
        ("ik spreek geen nederlands, wel Oekraïens", "uk"),
        ("liever hongaars of anders engels", "hu"),
        ("is er een gebarentolk", "sgn"),
        ("let's go on", None),
        ("mijn baas komt uit Polen", None),
    ],
)
def test_the_language_that_is_asked_for_is_the_one_that_is_wanted(text: str, named: str | None) -> None:
    assert next((found.value for found in find_facts(text) if found.name == "named_language"), None) == named


def test_every_language_that_can_be_named_has_a_name() -> None:
    codes = read_words(get_settings().content_dir / "delivery.yml").languages
    for code in get_phrases()["choices"]["named_language"]:
        assert code in codes, f"{code}: partners' systems have no code for it"
        assert all(get_texts().has(f"language.{code}", spoken) for spoken in get_texts().languages), code


def test_a_fact_is_no_preference() -> None:
    found = {item.name: item.value for item in find_facts("ik heb een vaste baan en dat is zwaar")}
    assert found["work_status"] == "employed"


def test_only_facts_that_exist_are_a_choice() -> None:
    phrases = get_phrases()
    assert set(phrases["preference"]["of"]) <= {*FACTS, *phrases["choices"]}


@given(st.text(alphabet="mail bel,.;- dan liever want kost\n", max_size=120))
def test_parts_never_overlap_and_hold_every_word(text: str) -> None:
    flat, words = plain(text), words_of(text)
    parts = parts_of(flat, words)
    assert all(before.end <= after.start for before, after in pairwise(parts))
    assert all(part.start <= part.passed_from <= part.end for part in parts)
    assert len([word for part in parts for word in part.words]) <= len(words)
    channel(text)


def test_a_long_message_is_fast() -> None:
    before = time.perf_counter()
    channel(("liever mailen kost bellen te veel dan " * 60)[:2000])
    assert time.perf_counter() - before < 1
