from __future__ import annotations

import pytest

from bot.assistant.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ik ben vorige week mijn baan kwijtgeraakt", "nl"),
        ("me contract loopt eind jan af en kheb ook schulden", "nl"),
        ("my contract ends next month and I live in Zeist", "en"),
        ("i don't know what to do with my debts", "en"),
        ("я з України і шукаю роботу", "uk"),
        ("szukam pracy w Utrechcie bo straciłem zatrudnienie", "pl"),
        ("أنا أبحث عن عمل في هولندا", "ar"),
    ],
)
def test_clear_sentences(text: str, language: str) -> None:
    found = detect(text)
    assert found is not None
    assert (found["id"], found["sure"]) == (language, True)


@pytest.mark.parametrize(
    "text",
    ["ok", "hoi", "Zeist", "ja", "31 januari", "Jan de Vries", "bel mij", "zzp", "top thanks", "I live in Zeist"],
)
def test_short_or_ambiguous_proposes_nothing(text: str) -> None:
    found = detect(text)
    assert found is None or not found["sure"]


@pytest.mark.parametrize("text", ["", "   ", "😀😀😀", "12345", "<>&%", "?!"])
def test_no_words_no_language(text: str) -> None:
    assert detect(text) is None
