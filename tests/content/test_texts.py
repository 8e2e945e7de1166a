"""The texts residents read: complete in every language, short, and at level B1 (communicatierijk.nl)."""

import re
from pathlib import Path

import pytest
import textstat
import yaml

from actions.answers import ANSWERS
from bot.assistant.language import RECOGNISED, SPOKEN
from bot.intake.decisions import DecisionTable
from bot.intake.situation import FACTS, SAFETY_SIGNALS, SIGNALS
from bot.texts import Texts

CONTENT = Path(__file__).parents[2] / "content"
TEXTS = Texts.load(CONTENT / "texts")
TABLE = DecisionTable.parse(yaml.safe_load((CONTENT / "decisions.yml").read_text("utf-8")))
MESSAGES = [
    (language, key)
    for language in TEXTS.languages
    for key in sorted(TEXTS.keys(language))
    if key.startswith(("utter_", "say_", "note.", "why.", "answer."))
]
OTHER_LANGUAGES = [code for code in RECOGNISED if code not in SPOKEN]
#: Flesch-Douma: 60 is plain language. The English index says how many years of school a text asks for.
PLAIN = 60
SCHOOL_YEARS = 8
WORDS_TO_AVOID = re.compile(
    r"\b(middels|teneinde|reeds|desbetreffende|gelieve|dient te|inzake|omtrent|derhalve|voornoemd\w*|"
    r"hereby|pursuant|aforementioned|utili[sz]e|commence|prior to)\b",
    re.IGNORECASE,
)


def words_of(language: str, key: str) -> str:
    """A text as it is read, with a short word for every value."""
    entry = TEXTS.entry(key, language)["text"]
    return re.sub(r"\{\w+\}", "dit" if language == "nl" else "this", str(entry)).strip()


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


@pytest.mark.parametrize("language", TEXTS.languages)
def test_everything_the_table_can_say_has_words(language):
    keys = [f"need.{row.need}" for row in (*TABLE.rows, TABLE.default_row)]
    keys += [f"role.{role}" for row in (*TABLE.rows, TABLE.default_row) for role in row.roles]
    keys += [f"note.{row.note}" for row in TABLE.rows if row.note]
    keys += [f"signal.{signal}" for signal in SIGNALS]
    keys += [f"say_safety_{signal}" for signal in SAFETY_SIGNALS]
    keys += [f"meaning.{signal}" for signal in SIGNALS]
    keys += [f"language.{code}" for code in (*OTHER_LANGUAGES, "unknown")]
    keys += [f"why.{question}" for question in ANSWERS]
    for fact, values in FACTS.items():
        keys += [f"fact.{fact}", f"label.{fact}", f"why.{fact}", f"say_ask_{fact}"]
        keys += [f"value.{value}" for value in values or ()]
    assert [key for key in keys if not TEXTS.has(key, language)] == []


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("language", TEXTS.languages)
def test_what_somebody_may_mean_fits_a_button(language, signal):
    title = TEXTS.get(f"meaning.{signal}", language)
    assert len(title) <= 45
    assert not re.search(r"\b(u|uw|you|your)\b", title, re.IGNORECASE), "it is the resident who says it"


@pytest.mark.parametrize("language", TEXTS.languages)
def test_no_two_meanings_have_the_same_words(language):
    titles = [TEXTS.get(f"meaning.{signal}", language) for signal in SIGNALS]
    assert len({*titles, TEXTS.get("button.something_else", language)}) == len(SIGNALS) + 1


@pytest.mark.parametrize(("language", "key"), MESSAGES)
def test_a_message_is_short(language, key):
    found = sentences(words_of(language, key))
    assert len(found) <= (4 if key.startswith("say_safety") else 3), found
    for sentence in found:
        assert len(sentence.split()) <= 20, sentence


def test_the_dutch_texts_together_read_at_b1():
    textstat.set_lang("nl")
    assert textstat.flesch_reading_ease(all_words("nl")) >= PLAIN


def test_the_english_texts_together_are_as_plain():
    # The Flesch score needs a pronunciation list that no package ships; this index counts letters instead.
    assert textstat.automated_readability_index(all_words("en")) <= SCHOOL_YEARS


def all_words(language: str) -> str:
    return " ".join(words_of(of, key) for of, key in MESSAGES if of == language)


@pytest.mark.parametrize(("language", "key"), MESSAGES)
def test_no_officialese(language, key):
    assert WORDS_TO_AVOID.search(words_of(language, key)) is None


def test_dutch_says_u():
    informal = re.compile(r"\b(je|jij|jouw|jullie)\b", re.IGNORECASE)
    assert [key for language, key in MESSAGES if language == "nl" and informal.search(words_of(language, key))] == []


@pytest.mark.parametrize("language", TEXTS.languages)
def test_a_question_has_at_most_five_buttons(language):
    assert all(len(TEXTS.buttons(key, language)) <= 5 for of, key in MESSAGES if of == language)


def test_safety_names_the_right_number():
    for language in TEXTS.languages:
        assert "113" in TEXTS.get("say_safety_suicidal_crisis", language)
        assert "0800-2000" in TEXTS.get("say_safety_domestic_violence", language)
        assert "0800-2000" in TEXTS.get("say_safety_minor_at_risk", language)
        assert "0800-5151" in TEXTS.get("say_safety_labour_exploitation", language)
