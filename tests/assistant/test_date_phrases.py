"""Dates people write. Seen from Sunday 22 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.date_clause import says_otherwise
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
    ("text", "days"),
    [
        ("0 weken na 1 februari", ["2027-02-01"]),
        ("vanaf nu nog 3 weken", ["2026-12-13"]),
        ("6 weken opzegtermijn vanaf vandaag", ["2027-01-03"]),
        ("drie weken na 1 februari", ["2027-02-22", "2027-02-01"]),
        ("two weeks before 1 April", ["2027-03-18", "2027-04-01"]),
        ("mijn contract stopt 30 april, nog 5 weken", ["2027-04-30"]),  # which of the two?
        ("mijn opzegtermijn is 2 maanden en ik stop 1 mei", ["2027-05-01"]),
        ("1 april is mijn eerste dag zonder baan", ["2027-03-31", "2027-04-01"]),
        ("vanaf 1 mei ben ik werkloos", ["2027-04-30", "2027-05-01"]),
        ("from 1 June I am out of work", ["2027-05-31", "2027-06-01"]),
        ("vanaf 1 mei", ["2027-05-01", "2027-04-30"]),
        ("na 15 april", ["2027-04-15"]),
        ("after April 15", ["2027-04-15"]),
        ("by June 1st", ["2027-06-01"]),
        ("uiterlijk 30 juni", ["2027-06-30"]),
        ("30 June at the latest", ["2027-06-30"]),
        ("misschien 28 februari", ["2027-02-28"]),
        ("ze stoppen waarschijnlijk per 28 februari", ["2027-02-28"]),
        ("I'm not sure, April 3rd", ["2027-04-03"]),
        ("1 april of zo", ["2027-04-01"]),
        ("1 April or so", ["2027-04-01"]),
        ("31 mei, het kan ook eerder", ["2027-05-31"]),
        ("tot 1 juni maar het houdt eerder op", ["2027-06-01"]),
        ("ik dacht 31 mei", ["2027-05-31"]),
        ("het contract loopt niet af op 31 mei", ["2027-05-31"]),
        ("it does not end on 31 May", ["2027-05-31"]),
        ("Tuesday week", ["2026-12-01"]),
        ("not this Thursday but the next", ["2026-12-03"]),
        ("niet deze dinsdag maar die daarna", ["2026-12-01"]),
        ("30 april?", ["2027-04-30"]),
        ("30 april tenzij ze verlengen", ["2027-04-30"]),
        ("1 april start ik ergens anders", ["2027-04-01"]),  # the day of something else
        ("24-7 bereikbaar", ["2027-07-24"]),
    ],
)
@pytest.mark.parametrize("asked", [False, True])
def test_a_day_in_doubt_is_never_taken(text: str, days: list[str], asked: bool) -> None:
    [phrase] = find_dates(text, TODAY, asked=asked)
    assert phrase.precision != "day"
    assert [day.isoformat() for day in (phrase.date, *phrase.others)] == days


@pytest.mark.parametrize(
    "text",
    [
        "niet op 31 mei", "niet 31 mei, later", "not on May 31st", "it isn't May 31st", "31 mei is het niet",
        "31 mei klopt niet", "May 31st is wrong", "niet eind mei", "ik werk 4/5", "ik werk nu 3/4", "I work 4/5",
        "4/5 werk ik", "3/4 fte",
    ],
)  # fmt: skip
@pytest.mark.parametrize("asked", [False, True])
def test_what_is_denied_or_a_share_is_no_day(text: str, asked: bool) -> None:
    assert find_dates(text, TODAY, asked=asked) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mijn contract stopt 30-4 of 31-5", ["2027-04-30", "2027-05-31"]),
        ("30 april or 31/5", ["2027-04-30", "2027-05-31"]),
        ("per 31-12 of uiterlijk 30-4", ["2026-12-31", "2027-04-30"]),
        ("niet 30 april maar 31 mei", ["2027-05-31"]),
        ("mijn contract stopt 30 april en ik werk 4/5", ["2027-04-30"]),
        ("mijn contract stopt 30 april, ik werk 3-4 dagen", ["2027-04-30"]),
    ],
)
def test_another_day_beside_the_first_is_read(text: str, found: list[str]) -> None:
    assert [phrase.date.isoformat() for phrase in find_dates(text, TODAY)] == found


@pytest.mark.parametrize(
    "text",
    [
        "30 april wordt mijn contract niet verlengd", "my contract won't be renewed on April 30",
        "ik werk 3 dagen per week en 30 april stopt het", "contract ends 30 April, I work 8 hours a day",
        "ik stop 30 april, ik werk er 8 jaar", "ik heb het nagekeken. Het stopt 30 april.",
    ],
)  # fmt: skip
def test_what_says_nothing_about_the_day_leaves_it_exact(text: str) -> None:
    [phrase] = find_dates(text, TODAY)
    assert (phrase.date.isoformat(), phrase.precision) == ("2027-04-30", "day")


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("halverwege maart", "2027-03-15", "part_of_month"),
        ("halverwege volgende maand", "2026-12-15", "part_of_month"),
        ("last March", "2026-03-31", "month"),
        ("afgelopen december", "2025-12-31", "month"),
        ("over 3 mnd", "2027-02-22", "month"),
        ("over 3 wkn", "2026-12-13", "part_of_month"),
        ("in 3 wks", "2026-12-13", "part_of_month"),
        ("next quarter", "2027-03-31", "month"),
        ("volgend kwartaal", "2027-03-31", "month"),
        ("eind van dit kwartaal", "2026-12-31", "month"),
        ("end of Q2", "2027-06-30", "month"),
        ("begin Q2 2028", "2028-04-30", "month"),
        ("halverwege het tweede kwartaal", "2027-05-15", "month"),
        ("in the first quarter of 2028", "2028-03-31", "month"),
        ("last quarter", "2026-09-30", "month"),
        ("eind v.h. jaar", "2026-12-31", "part_of_month"),
        ("eind v/d maand", "2026-11-30", "part_of_month"),
        ("nog 3 maanden te gaan", "2027-02-22", "month"),
    ],
)
def test_reads_what_is_common(text: str, iso: str, precision: str) -> None:
    [phrase] = find_dates(text, TODAY)
    assert (phrase.date.isoformat(), phrase.precision) == (iso, precision)


@pytest.mark.parametrize(
    "text",
    [
        "een kwartaal",
        "Q5",
        "Q12",
        "het Q-team",
        "nog 2 maanden te gaan tot ik 67 ben",
        "tomorrow week",
        "90 maanden voor 1 mei",
    ],
)
def test_a_length_of_time_is_no_day(text: str) -> None:
    assert find_dates(text, TODAY) == []


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("nee 31 mei", True), ("Sorry, 31 mei", True), ("31 mei bedoel ik", True), ("I meant May 31st", True),
        ("het moet 31 mei zijn", True), ("31 mei", False), ("mijn contract stopt 31 mei", False), ("", False),
    ],
)  # fmt: skip
def test_says_otherwise(text: str, is_right: bool) -> None:
    assert says_otherwise(text) is is_right


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
    assert len(find_dates("niet 1 mei, 3 weken " * 200, TODAY)) == 0
    assert len(find_dates("1 mei 4 wkn " * 200, TODAY)) > 0
