"""A few words in a language the assistant does not speak: known as such; ours with a name in it are not."""

from __future__ import annotations

import time

import pytest
import yaml
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.arbiter import Arbiter
from bot.assistant.language import LanguageIdentifier, detect
from bot.assistant.other_words import AFFIRM, DENY, INTERPRETER, answer
from bot.assistant.phrases import get_phrases

LANGUAGES = ("pl", "tr", "de", "uk", "ru", "ar")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Straciłem pracę", "pl"),
        ("stracilem prace", "pl"),
        ("szukam pracy", "pl"),
        ("nie mam pracy", "pl"),
        ("pomocy", "pl"),
        ("chcę umrzeć", "pl"),
        ("mąż mnie bije", "pl"),
        ("işten atıldım", "tr"),
        ("İşten atıldım", "tr"),
        ("iş arıyorum", "tr"),
        ("borcum var", "tr"),
        ("yardım", "tr"),
        ("YARDIM", "tr"),
        ("ölmek istiyorum", "tr"),
        ("patron pasaportumu aldı", "tr"),
        ("ich suche Arbeit", "de"),
        ("помогите", "ru"),
        ("Помогите!!!", "ru"),
        ("ищу работу", "ru"),
        ("31 грудня", "uk"),
        ("допоможіть", "uk"),
        ("أوتريخت", "ar"),
        ("مساعدة", "ar"),
        ("ja szukam pracy", "pl"),
        ("szukam pracy in Utrecht", "pl"),
    ],
)
def test_a_few_words_show_their_language(text: str, language: str) -> None:
    found = detect(text)
    assert found is not None
    assert (found["id"], found["sure"]) == (language, True)


@pytest.mark.parametrize(
    "text",
    [
        "ik heet Łukasz",
        "ik heet łukasz",
        "ik heet Łukasz Kowalski",
        "mijn man Paweł",
        "Şükrü belde mij",
        "my boss Yıldız called me",
        "Łukasz",
        "Paweł Wiśniewski",
        "mijn naam is Олена",
        "ik ben работа kwijt",
        "mijn vrouw heet Ольга Коваленко",
        "Олена",
        "Олена Коваленко",
        "محمد",
        "я",
        "ş",
        "😀",
        "mam is ziek",
        "nie",
        "tak",
        "ik ben borcum kwijt geraakt",
        "coördinatie en reünie",
        "mevrouw Müller belde",
        "vertel een mop over robots",
        "te weinig klusen als schilder",
        "de baas heeft mijn pass",
    ],
)
def test_ours_with_a_name_in_it_and_what_says_nothing_is_not_taken_for_another_language(text: str) -> None:
    found = detect(text)
    assert found is None or not found["sure"] or found["id"] in {"nl", "en"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tak", AFFIRM),
        ("Tak!", AFFIRM),
        ("evet", AFFIRM),
        ("EVET", AFFIRM),
        ("так", AFFIRM),
        ("да", AFFIRM),
        ("نعم", AFFIRM),
        ("nie", DENY),
        ("hayır", DENY),
        ("hayir", DENY),
        ("ні", DENY),
        ("нет", DENY),
        ("لا", DENY),
        ("proszę tłumacza", INTERPRETER),
        ("да, нужен переводчик", INTERPRETER),
        ("потрібен перекладач", INTERPRETER),
        ("tercüman istiyorum", INTERPRETER),
        ("أريد مترجم", INTERPRETER),
        ("nie, bez tłumacza", DENY),
        ("без переводчика", DENY),
        ("tercüman istemiyorum", DENY),
    ],
)
def test_a_yes_or_no_and_the_wish_for_an_interpreter(text: str, meant: str) -> None:
    assert answer(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "ja",
        "nee",
        "yes",
        "no",
        "ok",
        "🙂",
        "да нет наверное",
        "evet " * 500,
        "tłumacz pomógł mi " * 3,
        "12",
        "/",
    ],
)
def test_anything_else_is_no_such_answer(text: str) -> None:
    assert answer(text) is None


def _read(text: str, **known: object) -> Message:
    message = Message({TEXT: text, **known})
    Arbiter(Arbiter.get_default_config()).process(
        LanguageIdentifier(LanguageIdentifier.get_default_config()).process([message])
    )
    return message


def test_a_yes_is_nothing_but_a_yes_whatever_the_model_made_of_it() -> None:
    message = _read("evet", intent={"name": "insult", "confidence": 0.9}, signals=[{"id": "debts", "confidence": 0.9}])
    assert message.get(INTENT)["name"] == AFFIRM
    assert message.get("signals") == []
    assert message.get("other_answer") == AFFIRM


def test_danger_stays_danger() -> None:
    danger = [{"id": "suicidal_crisis", "confidence": 0.9}]
    message = _read("chcę umrzeć", intent={"name": "tell", "confidence": 0.9}, signals=danger)
    assert message.get(INTENT)["name"] == "safety"
    assert [item["value"] for item in message.get(ENTITIES)] == ["pl"]


def test_too_little_to_tell_russian_from_ukrainian_is_marked() -> None:
    assert detect("да")["brief"] is True  # type: ignore[index]
    assert detect("я живу тут уже два роки з сім'єю")["brief"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    "text", ["ą" * 200_000, "помогите " * 20_000, "ş Ł я " * 30_000, "İ" * 50_000, "\u0307" * 9_999]
)
def test_huge_texts_are_read_in_time(text: str) -> None:
    begin = time.monotonic()
    detect(text)
    answer(text)
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    "text", ["pracę помогите yardım نعم", "ик ben Łódź!", "\u202eпомогите", "a\u0301 ś\u0301", "ﷺ", "𝒑𝒓𝒂𝒄𝒚"]
)
def test_mixed_scripts_and_odd_letters_break_nothing(text: str) -> None:
    found = detect(text)
    assert found is None or found["id"] in {*LANGUAGES, "nl", "en"}


def test_the_lists_hold_no_word_that_is_ours() -> None:
    entry = get_phrases()["languages"]
    ours = {word for words in entry["small"].values() for word in words.split()} | set(entry["anywhere"].split())
    assert set(entry["other"]) == set(LANGUAGES)
    for code, language in entry["other"].items():
        assert not ours & set(language["words"].split()), code
        values = yaml.safe_dump(language, allow_unicode=True)
        assert all(isinstance(value, str) for value in language.values()), values
