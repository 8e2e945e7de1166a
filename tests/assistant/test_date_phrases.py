"""Dates people write. Seen from Sunday 22 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.date_phrases import find_dates

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("eind volgende maand", "2026-12-31", "part_of_month"),
        ("over drie weken", "2026-12-13", "part_of_month"),
        ("per 1-3", "2027-03-01", "day"),
        ("half maart", "2027-03-15", "part_of_month"),
        ("eind januari", "2027-01-31", "part_of_month"),
        ("mijn contract loopt eind jan af en kheb ook schulden", "2027-01-31", "part_of_month"),
        ("next month", "2026-12-31", "month"),
        ("my contract ends next month", "2026-12-31", "month"),
        ("end of March", "2027-03-31", "part_of_month"),
        ("31 jan", "2027-01-31", "day"),
        ("31 januari 2027", "2027-01-31", "day"),
        ("31-1-2027", "2027-01-31", "day"),
        ("31/01/27", "2027-01-31", "day"),
        ("2027-01-31", "2027-01-31", "day"),
        ("March 31st, 2027", "2027-03-31", "day"),
        ("the 1st of March", "2027-03-01", "day"),
        ("over 2 maanden", "2027-01-22", "month"),
        ("in three weeks", "2026-12-13", "part_of_month"),
        ("in a month", "2026-12-22", "month"),
        ("over een half jaar", "2027-05-22", "month"),
        ("komende vrijdag", "2026-11-27", "day"),
        ("morgen", "2026-11-23", "day"),
        ("in 2 dagen", "2026-11-24", "day"),
        ("eind van het jaar", "2026-12-31", "part_of_month"),
        ("begin november", "2027-11-01", "part_of_month"),
        ("in mei", "2027-05-31", "month"),
        ("juni 2027", "2027-06-30", "month"),
        ("29 februari 2028", "2028-02-29", "day"),
        ("vrijdag", "2026-11-27", "day"),
        ("op maandag 30 november", "2026-11-30", "day"),
    ],
)
def test_reads(text: str, iso: str, precision: str) -> None:
    [phrase] = find_dates(text, TODAY)
    assert (phrase.date.isoformat(), phrase.precision) == (iso, precision)
    assert text[phrase.start : phrase.end] == phrase.text


@pytest.mark.parametrize(
    "text",
    [
        "I may lose my job", "ik wil mei gaan", "Jan zei dat", "ik ben 56 jaar", "ik werk 10-12 uur",
        "20-25 uur per week",
        "postcode 3511 AB", "€ 12-3", "1.500 euro", "goede morgen", "'s morgens", "bel 06-12345678", "24/7 bereikbaar",
        "geboren 12-3-1980", "8 jaar geleden", "op de 1e verdieping", "ik werk op vrijdag", "march on", "", "???",
        "ik ben over de 55 jaar", "1-2-3", "I march to work", "99-99-2027", "0-0-2027",
        "tot 31 februari", "29 februari", "april 31st", "geboren op 1 mei", "he was born on 7 August 1990",
        "mijn huur is 1/3 van mijn loon", "5 may lose their job", "you may 2 times say that", "mijn kerstpakket",
        "we betalen op 31-11", "ik heb vandaag gehoord dat mijn contract stopt", "elke vrijdag stop ik vroeg",
        "mondays and thursdays", "nog 3 weken huurachterstand", "een kaart van 1 kaart", "de 31e",
    ],
)  # fmt: skip
def test_no_date_where_there_is_none(text: str) -> None:
    assert find_dates(text, TODAY) == []


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("mijn contract is 1 november gestopt", "2026-11-01", "day"),  # the sentence says it is over
        ("3 weken geleden", "2026-11-01", "part_of_month"),
        ("sinds maart", "2026-03-31", "month"),
    ],
)
def test_what_is_in_doubt_is_not_exact(text: str, iso: str, precision: str) -> None:
    [phrase] = find_dates(text, TODAY)
    assert (phrase.date.isoformat(), phrase.precision) == (iso, precision)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("volgende week vrijdag", ["2026-11-27", "2026-12-04"]),  # said on a Sunday: has the new week begun?
        ("volgende vrijdag", ["2026-11-27", "2026-12-04"]),  # this week's, or next week's?
        ("next Friday", ["2026-11-27", "2026-12-04"]),
        ("zondag", ["2026-11-22", "2026-11-29"]),  # today, or in a week?
        ("dit weekend", ["2026-11-22"]),
        ("mijn contract loopt 1 november af", ["2027-11-01", "2026-11-01"]),  # three weeks ago, or next year?
        ("ik ben per 1 januari ontslagen", ["2027-01-01", "2026-01-01"]),
        ("voor 1 maart moet ik weg", ["2027-03-01", "2027-02-28"]),
        ("rond 1 maart stopt het", ["2027-03-01"]),
        ("1 of 2 maart is mijn laatste dag", ["2027-03-02"]),
        ("vrijdag 31 januari", ["2027-01-31"]),  # that is a Sunday
        ("over twee of drie weken", ["2026-12-13", "2026-12-06"]),
        ("op 15 december heb ik een gesprek", ["2026-12-15"]),  # the day of something else
    ],
)
def test_what_can_be_another_day_says_so(text: str, days: list[str]) -> None:
    [phrase] = find_dates(text, TODAY)
    assert phrase.precision == "ambiguous"
    assert [day.isoformat() for day in (phrase.date, *phrase.others)] == days


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("15 janurai", "2027-01-15"),
        ("31 desember", "2026-12-31"),
        ("20 decemeber", "2026-12-20"),
        ("komende donerdag", "2026-11-26"),
        ("this coming wensday", "2026-11-25"),
        ("de eenendertigste januari", "2027-01-31"),
        ("March the twenty-third", "2027-03-23"),
        ("laatste vrijdag van januari", "2027-01-29"),
        ("the first Monday of March", "2027-03-01"),
        ("laatste dag van februari", "2027-02-28"),
        ("donderdag over een week", "2026-12-03"),
        ("two weeks from Monday", "2026-12-07"),
        ("the day after tomorrow", "2026-11-24"),
        ("New Year's Eve", "2026-12-31"),
        ("tweede kerstdag", "2026-12-26"),
        ("1 mei 28", "2028-05-01"),
        ("vr 29 jan", "2027-01-29"),
        ("vrijdag is mijn laatste dag", "2026-11-27"),
        ("ik word per 1 mei ontslagen", "2027-05-01"),
        ("mijn contract liep tot 1 mei", "2026-05-01"),
        ("gisteren was mijn laatste dag", "2026-11-21"),
    ],
)
def test_reads_one_exact_day(text: str, iso: str) -> None:
    [phrase] = find_dates(text, TODAY)
    assert (phrase.date.isoformat(), phrase.precision, phrase.others) == (iso, "day", ())


@pytest.mark.parametrize(
    ("text", "iso"), [("de 31e", "2026-12-31"), ("the 30th", "2026-11-30"), ("de vijftiende", "2026-12-15")]
)
def test_a_day_of_some_month_counts_as_an_answer_only(text: str, iso: str) -> None:
    assert find_dates(text, TODAY) == []
    [phrase] = find_dates(text, TODAY, asked=True)
    assert (phrase.date.isoformat(), phrase.precision) == (iso, "ambiguous")


def test_the_29th_of_february_is_in_the_next_year_that_has_one() -> None:
    assert find_dates("29 februari", date(2027, 12, 1))[0].date == date(2028, 2, 29)


def test_english_slashes_are_in_doubt() -> None:
    [phrase] = find_dates("ends on 3/4", TODAY, "en")
    assert (phrase.precision, phrase.date, phrase.others) == ("ambiguous", date(2027, 4, 3), (date(2027, 3, 4),))
    assert find_dates("per 3/4", TODAY, "nl")[0].precision == "day"
    assert find_dates("ends on 12/31", TODAY, "en")[0].date == date(2026, 12, 31)


def test_two_dates_in_one_message() -> None:
    found = find_dates("contract tot 31 januari, daarna nieuw werk per 1 maart", TODAY)
    assert [phrase.date for phrase in found] == [date(2027, 1, 31), date(2027, 3, 1)]


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    for phrase in find_dates(text, TODAY):
        assert 0 <= phrase.start < phrase.end <= len(text)


@given(st.dates(TODAY, TODAY + timedelta(days=300)))
def test_every_day_ahead_is_read_back(day: date) -> None:
    [phrase] = find_dates(f"mijn contract stopt op {format_date(day, 'd MMMM', locale='nl')}", TODAY)
    assert (phrase.date, phrase.precision) == (day, "day")


def test_a_long_hostile_text_takes_no_time() -> None:
    assert find_dates("1-1" * 700, TODAY) == []
    assert len(find_dates("eind " * 400, TODAY)) == 0
