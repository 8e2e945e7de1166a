"""The words of notices: the same in both languages, short, plain, and nothing on the outside says what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
import textstat
import yaml

from tests.content.test_texts import CONTENT, PLAIN, SCHOOL_YEARS, WORDS_TO_AVOID, sentences

LANGUAGES = ("nl", "en")
TEXT_MESSAGE = 306  # two parts of 153 characters
LINK, MOMENT, PARTNER = "https://help.example.org/a/" + "x" * 60, "woensdag 30 september om 10:00 uur", "P" * 30


def flat(entries: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, entry in entries.items():
        if isinstance(entry, Mapping):
            yield from flat(entry, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(entry)


NOTICES = {
    language: dict(flat(yaml.safe_load((CONTENT / "notices" / f"{language}.yml").read_text("utf-8"))))
    for language in LANGUAGES
}
#: The words themselves, without the patterns of dates.
WORDS = [(language, key) for language in LANGUAGES for key in NOTICES[language] if not key.startswith("format.")]


def read(language: str, key: str) -> str:
    return re.sub(r"\{\w+\}", "dit" if language == "nl" else "this", NOTICES[language][key])


def test_both_languages_have_the_same_words_with_the_same_values() -> None:
    assert NOTICES["nl"].keys() == NOTICES["en"].keys()
    for key, text in NOTICES["nl"].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", NOTICES["en"][key])), key


@pytest.mark.parametrize(("language", "key"), WORDS)
def test_a_notice_is_short_and_plain(language: str, key: str) -> None:
    found = sentences(read(language, key))
    assert all(len(sentence.split()) <= 20 for sentence in found), found
    assert len(found) <= 4
    assert WORDS_TO_AVOID.search(read(language, key)) is None
    if language == "nl":
        assert not re.search(r"\b(je|jij|jouw|jullie)\b", read(language, key), re.IGNORECASE)


def test_together_they_read_at_b1() -> None:
    words = {language: " ".join(read(of, key) for of, key in WORDS if of == language) for language in LANGUAGES}
    textstat.set_lang("nl")
    assert textstat.flesch_reading_ease(words["nl"]) >= PLAIN
    assert textstat.automated_readability_index(words["en"]) <= SCHOOL_YEARS


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_lies_on_the_outside_names_nobody(language: str) -> None:
    """A subject and the name of a partner side by side tell a housemate enough."""
    subjects = [text for key, text in NOTICES[language].items() if key.endswith(".subject")]
    assert len(subjects) == 14
    assert not any("{partner}" in subject or "{brand}" in subject for subject in subjects)


@pytest.mark.parametrize(("language", "key"), [(language, key) for language, key in WORDS if key.endswith(".sms")])
def test_a_text_message_names_no_partner(language: str, key: str) -> None:
    """It is read on a locked screen: who helps tells what it is about."""
    assert "{partner}" not in NOTICES[language][key]


@pytest.mark.parametrize(("language", "key"), [(language, key) for language, key in WORDS if key.endswith(".sms")])
def test_a_text_message_has_two_parts_at_most(language: str, key: str) -> None:
    values = dict.fromkeys(("link", "follow_up", "site", "stop"), LINK)
    text = NOTICES[language][key].format(when=MOMENT, partner=PARTNER, reference="3467NPRT", brand="B" * 30, **values)
    assert len(text) <= TEXT_MESSAGE
