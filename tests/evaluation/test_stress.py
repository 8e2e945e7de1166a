"""Stressed sentences: what each kind does to a text, and how the loss is counted."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.reading import InputError
from bot.evaluation.signals.reading import Sentence
from bot.evaluation.signals.scores import Prediction
from bot.evaluation.stress import words as words_module
from bot.evaluation.stress.command import evaluate_stress, print_report, stressed_versions
from bot.evaluation.stress.distortions import ANY_LANGUAGE, KINDS, SPARED_LENGTH, distort, kinds_for
from bot.evaluation.stress.scores import stress_report
from bot.evaluation.stress.words import get_words

DUTCH = "Mijn contract stopt in maart, maar ik heb ook nog schulden bij de gemeente en ik zoek snel weer werk."
SEEDS = range(40)


def made(kind: str, text: str, language: str = "nl", seeds: range = SEEDS) -> set[str]:
    return {distort(kind, text, language, Random(seed)) for seed in seeds}


def edit_distance(one: str, other: str) -> int:
    """Letters put in, left out, changed or swapped with the next (each letter edited once)."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, second in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != second)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == second:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("schulden", 1),
        ("ik heb nu een baan", 1),
        (DUTCH, 3),  # 19 words
    ],
)
def test_one_typing_error_in_six_words_at_least_one(text: str, errors: int) -> None:
    assert {edit_distance(text, typed) for typed in made("typos", text)} == {errors}


def test_each_way_of_mistyping_occurs() -> None:
    typed = made("typos", "Werk", seeds=range(2000))
    assert {"Eerk", "Wetk", "Wwrk"} <= typed, "the key beside it, in the same case"
    assert {"eWrk", "Wrek", "Wekr"} <= typed, "swapped"
    assert {"erk", "Wrk", "Wek", "Wer"} <= typed, "dropped"
    assert {"WWerk", "Weerk", "Werrk", "Werkk"} <= typed, "doubled"
    assert "Wprk" not in typed, "p is far from e"


def test_short_words_are_spared_by_typos() -> None:
    assert made("typos", "ik wil nu wat") == {"ik wil nu wat"}
    for typed in made("typos", DUTCH):
        short = [word for word in re.findall(r"\w+", DUTCH) if len(word) <= SPARED_LENGTH]
        assert [word for word in re.findall(r"\w+", typed) if word in short] == short


def test_letters_that_no_key_of_ours_bears_are_swapped_dropped_or_doubled() -> None:
    assert made("typos", "борг", "uk", seeds=range(400)) == {
        "обрг", "брог", "богр", "орг", "брг", "бог", "бор", "бборг", "боорг", "боррг", "боргг",
    }  # fmt: skip


def test_a_third_of_the_spaces_goes() -> None:
    for typed in made("no_spaces", DUTCH):
        assert typed.replace(" ", "") == DUTCH.replace(" ", "")
        assert DUTCH.count(" ") - typed.count(" ") == 6  # of 18
    assert made("no_spaces", "geen werk") == {"geenwerk"}
    assert made("no_spaces", "hoi") == {"hoi"}


def test_capitals() -> None:
    assert made("capitals", "Ik zoek werk, é") == {"IK ZOEK WERK, É"}


def test_one_to_three_emoji_between_words_or_at_the_end() -> None:
    emoji = set(get_words().emoji)
    counts = set()
    for typed in made("emoji", "ik zoek werk"):
        parts = typed.split(" ")
        assert [part for part in parts if part not in emoji] == ["ik", "zoek", "werk"]
        assert parts[0] == "ik", "never before the first word"
        counts.add(len(parts) - 3)
    assert counts == {1, 2, 3}


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("nl", "Misschien even inderdaad.", "(mss|msch) (ff|effe) idd"),
        ("nl", "Het is ECHT niet goed!", "t is (egt|ech) (ni|nie|nt) (gd|goe)"),
        ("nl", "€1.200 schuld, zzp'er; thuis-zitten", "€1200 schuld zzper thuis zitten"),
        ("en", "I don’t know, please: you are late because…", "idk (pls|plz) ur late (cuz|bc|cos)"),
        ("en", "I'm going to need help.", "ima nd hlp"),
        ("en", "Going to become a nurse 🙂", "gonna become a nurse 🙂"),
        ("en", "a thesis, forty, Yours", "a thesis forty yours"),  # the, for and your stand inside, and stay
    ],
)
def test_chat_spelling(language: str, text: str, typed: str) -> None:
    for found in made("sms", text, language):
        assert re.fullmatch(typed, found)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("nl", "maar", {"but"}),
        ("nl", "Omdat mijn moeder", {"Because mijn moeder", "Omdat mijn mother"}),
        ("nl", "vast contract", {"permanent contract"}),
        ("nl", "werkplek, baas-achtig", {"werkplek, baas-achtig"}),  # no whole words
        ("en", "because", {"omdat"}),  # want is because too, but omdat stands first
        ("en", "i have debts", {"i have schulden"}),
        ("en", "my Dutch", {"my Nederlands"}),
    ],
)
def test_words_of_the_other_language(language: str, text: str, said: set[str]) -> None:
    assert made("code_switching", text, language) == said


def test_a_quarter_of_the_common_words_is_swapped() -> None:
    text = "geld loon huur schuld brief boete kind zoon"
    for said in made("code_switching", text):
        assert sum(one != other for one, other in zip(text.split(), said.split(), strict=True)) == 2


def test_another_language_gets_the_kinds_that_need_no_words() -> None:
    assert kinds_for("uk") == ANY_LANGUAGE
    assert kinds_for("nl") == kinds_for("en") == KINDS
    with pytest.raises(ValueError, match="there is no 'sms' for the language 'uk': typos, no_spaces"):
        distort("sms", "привіт", "uk", Random(1))
    with pytest.raises(ValueError, match="there is no 'shouting'"):
        distort("shouting", "hoi", "nl", Random(1))


@given(st.text(max_size=200), st.sampled_from(KINDS), st.sampled_from(["nl", "en"]), st.integers())
def test_any_text_can_be_stressed_and_the_same_chance_gives_the_same(
    text: str, kind: str, language: str, seed: int
) -> None:
    assert distort(kind, text, language, Random(seed)) == distort(kind, text, language, Random(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_a_huge_text_takes_no_time_to_speak_of(kind: str) -> None:
    assert len(distort(kind, "schulden " * 15_000, "nl", Random(1))) > 100_000
    assert len(distort(kind, "ſchulden" * 15_000, "nl", Random(1))) > 100_000


def test_the_words_are_what_they_should_be() -> None:
    """YAML reads an unquoted yes, no, on or 2 as something else than a word."""
    data = yaml.safe_load(Path(words_module.__file__).with_name("words.yml").read_text("utf-8"))
    words = get_words()
    assert len(words.other_language["nl"]) >= 150
    assert words.other_language["en"]["because"] == "omdat"
    for table in (*words.other_language.values(), *words.chat.values()):
        for word, said in table.items():
            ways = [said] if isinstance(said, str) else said
            assert all(isinstance(way, str) and way != word for way in ways), word
            assert isinstance(word, str)
            assert word == word.lower()
    assert all(isinstance(sign, str) for sign in data["emoji"])
    assert set(words.neighbours["g"]) == set("tyfhvb")
    assert set(words.neighbours["p"]) == set("ol")


def test_chance_depends_on_the_sentence_alone() -> None:
    one, other = Sentence("nl", DUTCH, frozenset({"debts"})), Sentence("uk", "шукаю роботу зараз", frozenset())
    both = stressed_versions([other, one])
    assert both["typos"][1:] == stressed_versions([one])["typos"]
    assert list(both) == list(KINDS)
    assert [sentence.lang for sentence in both["emoji"]] == ["uk", "nl"]
    assert [sentence.lang for sentence in both["sms"]] == ["nl"], "no list of words for Ukrainian"
    assert {sentence.signals for version in both.values() for sentence in version if sentence.lang == "nl"} == {
        frozenset({"debts"})
    }


def pair(lang: str, given: str, predicted: str) -> tuple[Sentence, Prediction]:
    found = dict.fromkeys(predicted.split(), 0.9)
    return Sentence(lang, "tekst", frozenset(given.split())), Prediction(found, tuple(found))


def test_the_loss_by_hand() -> None:
    plain = [pair("nl", "debts", "debts"), pair("nl", "suicidal_crisis", "suicidal_crisis"), pair("en", "debts", "")]
    typos = [pair("nl", "debts", "debts"), pair("nl", "suicidal_crisis", "debts"), pair("en", "debts", "debts")]
    result = stress_report(plain, {"typos": typos, "sms": plain[:1]})
    assert result["plain"]["nl"]["micro_f1"] == 1.0
    assert result["plain"]["nl"]["n"] == 2
    assert result["stress"] == {
        "typos": {"nl": {"micro_f1": 0.5, "loss": 50.0}, "en": {"micro_f1": 1.0, "loss": -100.0}},
        "sms": {"nl": {"micro_f1": 1.0, "loss": 0.0}},
    }
    assert result["safety_recall"] == {"plain": 1.0, "typos": 0.0, "sms": None}


def test_the_table_has_a_row_a_kind(capsys: pytest.CaptureFixture[str]) -> None:
    plain = [pair("nl", "debts", "debts"), pair("uk", "debts", "")]
    print_report(stress_report(plain, {"sms": [pair("nl", "debts", "")]}), as_json=False)
    heads, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert heads == ["nl", "F1", "loss", "uk", "F1", "loss", "safety", "recall"]
    assert rows == [["plain", "1.0", "-", "0.0", "-", "-"], ["sms", "0.0", "100.0", "-", "-", "-"]]


def test_a_bad_file_and_no_model_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    file.write_text("lang,text,signals\nnl,hoi,dept\n", "utf-8")
    with pytest.raises(InputError, match="line 2: unknown signal 'dept'"):
        evaluate_stress(file, tmp_path)
    file.write_text("lang,text,signals\nnl,hoi,debts\n", "utf-8")
    with pytest.raises(InputError, match="no trained model"):
        evaluate_stress(file, tmp_path)
