"""The texts of the resident's page: the same in both languages, complete, short and plain."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import textstat
import yaml

from bot.directory.hsds_records import APPOINTMENT_MODES
from bot.intake.situation import SIGNALS
from bot.referral.rules import referral_rules

ROOT = Path(__file__).parents[2]
PLAIN, SCHOOL_YEARS, LONGEST = 60, 8, 15


def texts(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / f"content/pages/appointment.{language}.yml").read_text("utf-8"))
    return loaded


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, f"{path}.{key}")
    else:
        yield path, value


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    gaps = [
        {path: sorted(re.findall(r"{(\w+)}", text)) for path, text in leaves(texts(language))}
        for language in ("nl", "en")
    ]
    assert gaps[0] == gaps[1]
    assert texts("nl")["transfer_version"] == texts("en")["transfer_version"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_text_that_is_named_exists_and_no_other(language: str) -> None:
    t = texts(language)
    shared = yaml.safe_load((ROOT / f"content/pages/{language}.yml").read_text("utf-8"))
    code = "".join((ROOT / "bot/web" / name).read_text("utf-8") for name in ("resident_view.py", "resident_page.py"))
    templates = "".join(path.read_text("utf-8") for path in (ROOT / "bot/web/templates/appointment").glob("*.html"))
    named = set(re.findall(r"\bt\.([a-z_]+)", templates)) | set(re.findall(r't\["([a-z_]+)"\]', code))
    assert len(named) > 40
    assert named - {*t, *shared} == set()
    spoken = {*named, "interpreter", "modes", "parts", "transfer_version"}
    assert set(t) - spoken == set(), "is said nowhere"
    assert set(t["modes"]) == set(APPOINTMENT_MODES)
    assert set(t["parts"]) == {*referral_rules().call_back, "none"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_are_short(language: str) -> None:
    for path, text in leaves(texts(language)):
        for sentence in re.split(r"[.!?:]\s", text):
            assert len(sentence.split()) <= LONGEST, f"{path}: {sentence}"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_says_what_the_help_is_for(language: str) -> None:
    needs = yaml.safe_load((ROOT / f"content/texts/{language}/words.yml").read_text("utf-8"))["need"].values()
    whole = " ".join(text for _, text in leaves(texts(language))).casefold()
    assert not [need for need in needs if need.casefold() in whole]
    assert not [name for name in SIGNALS if name in whole]


def test_dutch_says_u_and_reads_at_b1() -> None:
    whole = ". ".join(re.sub(r"{\w+}", "dit", text).rstrip(".") for _, text in leaves(texts("nl")))
    assert re.search(r"\b(je|jij|jouw|jullie)\b", whole) is None
    textstat.set_lang("nl")
    sentences = [re.sub(r"{\w+}", "dit", text) for _, text in leaves(texts("nl")) if text.endswith(".")]
    assert textstat.flesch_reading_ease(" ".join(sentences)) >= PLAIN


def test_english_is_as_plain() -> None:
    sentences = [re.sub(r"{\w+}", "it", text) for _, text in leaves(texts("en")) if text.endswith(".")]
    assert textstat.automated_readability_index(" ".join(sentences)) <= SCHOOL_YEARS
