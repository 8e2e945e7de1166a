"""Dates in sentences written by somebody who did not know the grammar.

A row of ``dates.csv`` is right when the expected day (one of those between ``|``) is the first found, or none where
none is expected. It is silently wrong when the assistant would take a day without asking that is not the only right
one: what it may take is decided by ``actions.answers.last_day``.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.answers import last_day
from bot.assistant.date_phrases import DatePhrase, find_dates

RIGHT = 0.95
PATH = Path(__file__).with_name("dates.csv")
TODAY = date(2026, 11, 22)

Row = dict[str, str]


def rows() -> list[Row]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(row: Row) -> list[DatePhrase]:
    return find_dates(row["text"], date.fromisoformat(row["today"]), row["lang"], asked=row["asked"] == "yes")


def expected(row: Row) -> list[str]:
    return [day for day in row["date"].split("|") if day]


def is_right(row: Row) -> bool:
    found = read(row)
    return found[0].date.isoformat() in expected(row) if found else not expected(row)


def is_silently_wrong(row: Row) -> bool:
    found = [phrase.as_value() for phrase in read(row)]
    if not found:
        return False
    day, _others, exact = last_day(found, date.fromisoformat(row["today"]))
    return exact and [day] != expected(row)


def shown(row: Row) -> str:
    found = [(phrase.date.isoformat(), phrase.precision) for phrase in read(row)]
    return f"{row['lang']} {row['today']} {row['text']!r}: expected {row['date'] or 'nothing'}, found {found}"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_enough_dates_are_right(language: str) -> None:
    of_language = [row for row in rows() if row["lang"] == language]
    wrong = [shown(row) for row in of_language if not is_right(row)]
    print(f"{language}: {len(of_language) - len(wrong)} of {len(of_language)} right", *wrong, sep="\n")
    assert len(wrong) <= (1 - RIGHT) * len(of_language), wrong


def test_no_date_is_silently_wrong() -> None:
    assert [shown(row) for row in rows() if is_silently_wrong(row)] == []


def test_what_is_more_than_one_day_is_never_exact() -> None:
    vague = [row for row in rows() if row["precision"] in {"month", "vague", "ambiguous"}]
    assert len(vague) > 30
    assert [shown(row) for row in vague if any(phrase.precision == "day" for phrase in read(row)[:1])] == []


WORDS = ["31", "29 februari", "eind", "volgende", "week", "vrijdag", "op", "over", "een", "drie", "maanden", "mei",
         "may", "the", "last", "day", "of", "in", "2027", "1-3", "3/4/27", "nog", "kerst", "voor", "until", "laatste",
         "eenendertigste", "next", "month", "0", "99", "a", "on", "'28", "was", "tomorrow", "weekend"]  # fmt: skip


@given(st.text(max_size=200), st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.booleans())
def test_any_text_is_read_without_error(text: str, today: date, asked: bool) -> None:
    check(text, today, asked)


@given(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    st.booleans(),
)
def test_any_words_of_dates_are_read_without_error(text: str, today: date, asked: bool) -> None:
    check(text, today, asked)


def check(text: str, today: date, asked: bool) -> None:
    for language in ("nl", "en", None):
        for phrase in find_dates(text, today, language, asked=asked):
            assert abs(phrase.date.year - today.year) <= 10
            assert text[phrase.start : phrase.end] == phrase.text
            assert phrase.date not in phrase.others
            assert not (phrase.precision == "day" and phrase.others)


@given(st.integers(1, 31), st.integers(1, 12), st.integers(2026, 2030))
def test_a_day_that_does_not_exist_gives_nothing(day: int, month: int, year: int) -> None:
    found = find_dates(f"mijn contract stopt op {day}-{month}-{year}", TODAY, "nl")
    try:
        there = [date(year, month, day)]
    except ValueError:
        there = []
    assert [phrase.date for phrase in found] == there
