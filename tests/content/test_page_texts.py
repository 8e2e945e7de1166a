"""The texts of the partner's pages: the same in both languages, complete, short and plain."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import textstat
import yaml

from bot.directory.hsds_records import APPOINTMENT_MODES, ROLES
from bot.referral.proposals import UnusableTime
from bot.web.partner_acts import ACTS

ROOT = Path(__file__).parents[2]
PLAIN, SCHOOL_YEARS = 60, 8


def texts(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / f"content/pages/partner.{language}.yml").read_text("utf-8"))
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


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_text_that_is_named_exists(language: str) -> None:
    t = texts(language)
    shared = yaml.safe_load((ROOT / f"content/pages/{language}.yml").read_text("utf-8"))
    named: set[str] = set()
    for file in (ROOT / "bot/web/templates/partner").glob("*.html"):
        named |= set(re.findall(r"\bt\.([a-z_]+)", file.read_text("utf-8")))
    assert len(named) > 30
    assert named - {*t, *shared} == set()
    assert set(t["roles"]) == ROLES
    assert set(t["modes"]) == set(APPOINTMENT_MODES)
    assert set(t["done"]) == set(ACTS)
    assert {f"partner_{act}" for act in ACTS} <= set(t)
    reasons = set(re.search(r"``why`` is (.*)\.", str(UnusableTime.__doc__)).group(1).replace(" or ", " ").split())  # type: ignore[union-attr]
    assert {reason.strip(",") for reason in reasons} <= set(t["wrong"])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_are_short(language: str) -> None:
    for path, text in leaves(texts(language)):
        for sentence in re.split(r"[.!?:]\s", text):
            assert len(sentence.split()) <= 15, f"{path}: {sentence}"


def test_dutch_says_u_and_reads_at_b1() -> None:
    whole = ". ".join(re.sub(r"{\w+}", "dit", text).rstrip(".") for _, text in leaves(texts("nl")))
    assert re.search(r"\b(je|jij|jouw|jullie)\b", whole) is None
    textstat.set_lang("nl")
    sentences = [text for path, text in leaves(texts("nl")) if text.endswith(".")]
    assert textstat.flesch_reading_ease(" ".join(sentences)) >= PLAIN


def test_english_is_as_plain() -> None:
    sentences = [text for path, text in leaves(texts("en")) if text.endswith(".")]
    assert textstat.automated_readability_index(" ".join(sentences)) <= SCHOOL_YEARS
