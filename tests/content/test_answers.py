"""The answers to questions aside: sourced and dated in every language, and every one can be asked in many ways."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

import pytest
import yaml

from actions.house import faq
from bot.evaluation.corrections.known import examples_in
from bot.intake.faq import PREFIX
from bot.settings import ROOT
from bot.texts import get_texts

FAQ = faq()
LANGUAGES = get_texts().languages
#: With fewer than this many ways to ask it, a question is not understood well enough.
LEAST_EXAMPLES = 35


@cache
def asked(language):
    """The training examples of a language, by intent."""
    found = defaultdict(list)
    for path in (ROOT / "data" / "nlu").glob(f"*.{language}.yml"):
        for example in examples_in(path.read_text("utf-8"), path.name):
            found[example.intent].append(example)
    return found


@pytest.mark.parametrize("intent", sorted(FAQ.intents))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_can_be_asked_in_many_ways(language, intent):
    assert len({example.text.casefold() for example in asked(language)[intent]}) >= LEAST_EXAMPLES


def test_every_intent_of_a_question_has_an_answer_and_a_rule():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    assert {name for name in domain["intents"] if name.startswith(PREFIX)} == FAQ.intents
    rules = yaml.safe_load((ROOT / "data/rules/questions.yml").read_text("utf-8"))["rules"]
    (rule,) = [rule for rule in rules if {"action": "action_answer"} in rule["steps"]]
    assert {item["intent"] for item in rule["steps"][0]["or"]} == FAQ.intents


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_two_intents(language):
    by_text = defaultdict(set)
    for intent, examples in asked(language).items():
        for example in examples:
            by_text[example.text.casefold().strip(" ?!.")].add(intent)
    doubtful = {text: intents for text, intents in by_text.items() if len(intents) > 1 and intents & FAQ.intents}
    assert doubtful == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_asking_about_a_scheme_is_no_situation(language):
    # «How do I apply for WW» and «I have WW»: labels of both kinds, or the one is taken for the other.
    signals = Counter(name for example in asked(language)["ask_ww"] for name in example.signals)
    assert signals == {}
    assert [example for example in asked(language)["tell"] if "ww" in example.text.casefold() and example.signals]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_about_dates_and_prices_is_the_same_in_every_language(language):
    figures = re.compile(r"\d+(?:[.,-]\d+)*")
    for name in FAQ.answers:
        here, there = (figures.findall(get_texts().get(f"answer.{name}", code, brand="", website="", desk=""))
                       for code in (language, "nl"))  # fmt: skip
        assert Counter(part.replace(",", ".") for part in here) == Counter(part.replace(",", ".") for part in there)


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("ww", ["26", "36"]),
        ("stap", ["2024"]),
        ("settlement", ["14"]),
        ("doorstroompunt", ["27", "2026"]),
        ("diploma", ["148"]),
        ("ukraine_work", ["2027"]),
        ("debts", ["0800-8115"]),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_that_matter_are_there(language, name, figures):
    words = get_texts().get(f"answer.{name}", language)
    assert all(figure in words for figure in figures), words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["ww", "bijstand", "bbz"])
def test_nobody_is_promised_money(language, name):
    assert {"nl": "beslist", "en": "decides"}[language] in get_texts().get(f"answer.{name}", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["permit", "asylum_work", "settlement", "dismissal", "complaint"])
def test_where_it_is_delicate_a_person_is_offered(language, name):
    assert [button.payload for button in get_texts().buttons(f"answer.{name}", language)] == ["/person"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_course_at_uwv(language):
    words = get_texts().get("answer.language_course", language)
    assert {"nl": "UWV geeft geen taalles", "en": "UWV gives no language lessons"}[language] in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phone_number_but_those_that_are_known(language):
    for name in FAQ.answers:
        words = get_texts().get(f"answer.{name}", language, brand="", website="", desk="")
        assert set(re.findall(r"0\d[\d -]{6,}", words)) <= {"0800-8115"}
