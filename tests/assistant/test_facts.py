"""Facts by phrases, denial, and ages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.facts import find_facts, read_facts
from bot.assistant.negation import mark, words_of
from bot.assistant.phrases import get_phrases
from bot.intake.situation import FACTS


def facts(text: str) -> dict[str, str]:
    return {found.name: found.value for found in find_facts(text)}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("ik ben zzp'er", "work_status", "self_employed"),
        ("ik ben zzper en heb geen werk", "work_status", "self_employed"),
        ("I'm a freelancer and my clients are gone", "work_status", "self_employed"),
        ("ik heb een nulurencontract", "work_status", "flex"),
        ("mijn contract loopt af", "work_status", "end_in_sight"),
        ("my contract is not renewed", "work_status", "end_in_sight"),
        ("ik werk in loondienst", "work_status", "employed"),
        ("ik ben werkloos", "work_status", "unemployed"),
        ("I lost my job", "work_status", "unemployed"),
        ("ik zit in de ww", "income", "ww"),
        ("ik krijg een bijstandsuitkering", "income", "bijstand"),
        ("ik heb geen inkomen", "income", "none"),
        ("i don't get any benefits", "income", "none"),
        ("ik krijg leefgeld", "income", "leefgeld"),
        ("ziektewet", "income", "sickness"),
        ("56 jaar", "age_group", "from_55"),
        ("56", "age_group", "from_55"),
        ("ik ben 17", "age_group", "under_18"),
        ("i am 26 years old", "age_group", "from_18"),
        ("ik ben een vrouw van 27 jaar oud", "age_group", "from_27"),
        ("ik word 55", "age_group", "from_27"),
        ("ik ben een 55-plusser", "age_group", "from_55"),
        ("tijdelijke bescherming", "right_to_work", "ukraine_scheme"),
        ("I have a Dutch passport", "right_to_work", "dutch_eu"),
        ("ik spreek geen Nederlands", "dutch_level", "none"),
        ("een beetje nederlands", "dutch_level", "basic"),
        ("I speak fluent Dutch", "dutch_level", "good"),
        ("bellen", "contact_channel", "phone"),
        ("bel mij maar", "contact_channel", "phone"),
        ("liever per mail", "contact_channel", "email"),
        ("I would rather come by", "contact_channel", "walk_in"),
        ("dat praten door zo'n hoorn hoeft niet, stuur maar wat", "contact_channel", "email"),
        ("bel me liever niet, mail maar", "contact_channel", "email"),
        ("I never pick up, so drop me an email", "contact_channel", "email"),
        ("computers zijn niks voor mij, pak de telefoon maar", "contact_channel", "phone"),
        ("no computer at home, phone's better", "contact_channel", "phone"),
        ("ik spreek graag iemand in het echt", "contact_channel", "walk_in"),
        ("my hearing is poor so i'll come to you", "contact_channel", "walk_in"),
        ("liefst meteen aan het werk", "route", "work_first"),
        ("direct aan het werk", "route", "work_first"),
        ("straight to work please", "route", "work_first"),
        ("eerst begeleiding graag", "route", "support_first"),
        ("Eerst hulp of begeleiding", "route", "support_first"),
        ("help or support first", "route", "support_first"),
        ("i am not ready to work yet", "route", "support_first"),
        ("gewone banen", "offer", "jobs"),
        ("wij hebben vacatures", "offer", "jobs"),
        ("ordinary jobs", "offer", "jobs"),
        ("leerplekken of stages", "offer", "learning_places"),
        ("internships", "offer", "learning_places"),
        ("Plekken met begeleiding", "offer", "adapted_places"),
        ("places with support", "offer", "adapted_places"),
        ("ik ben derdelander", "right_to_work", "unknown"),
        ("my protection has ended", "right_to_work", "unknown"),
        ("de tweede", "ordinal", "second"),
        ("allebei", "ordinal", "all"),
        ("alleen 's avonds", "part", "evening"),
        ("english please", "language", "en"),
    ],
)
def test_states(text: str, name: str, value: str) -> None:
    assert facts(text).get(name) == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ik ben geen zzp'er", "work_status"),
        ("ik wil zzp'er worden", "work_status"),
        ("ik wil een eigen bedrijf beginnen", "work_status"),
        ("ik heb geen ww", "income"),
        ("I don't have unemployment benefits", "income"),
        ("heb ik recht op ww?", "income"),
        ("mijn zoon is 17", "age_group"),
        ("my daughter is 16 years old", "age_group"),
        ("ik zoek een stageplek", "offer"),
        ("ik zoek vacatures", "offer"),
        ("I am looking for jobs", "offer"),
        ("ik wil werk", "offer"),
        ("niet meteen aan het werk", "route"),
        ("my son wants to work", "route"),
        ("ik heb 25 jaar gewerkt", "age_group"),
        ("ik ben 20 jaar in dienst", "age_group"),
        ("ik werk 32 uur", "age_group"),
        ("over 20 jaar", "age_group"),
        ("ik heb het uwv gebeld", "contact_channel"),
        ("I don't do phone calls", "contact_channel"),
        ("ik ben ontslagen per mail", "contact_channel"),
        ("they fired me by email", "contact_channel"),
        ("moet een aanzegging schriftelijk", "contact_channel"),
        ("does a contract stop by itself", "contact_channel"),
        ("dat vind ik te persoonlijk", "contact_channel"),
        ("de eerste keer dat ik dit doe en het valt mij tegen", "ordinal"),
        ("<script>alert(1)</script>", "ordinal"),
        ("de brieven in het nederlands zijn moeilijk", "language"),
        ("", "income"),
    ],
)
def test_does_not_state(text: str, name: str) -> None:
    assert name not in facts(text)


def test_every_value_of_the_file_exists() -> None:
    for name, values in get_phrases()["facts"].items():
        assert set(values) <= set(FACTS[name] or ()), name


def test_places_are_those_of_the_text() -> None:
    [found] = [item for item in find_facts("Hé, ik ben ZZP’er hoor") if item.name == "work_status"]
    assert "Hé, ik ben ZZP’er hoor"[found.start : found.end] == "ZZP’er"


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("ik heb géén schulden", {"schulden"}),
        ("I don't have debts", {"have", "debts"}),
        ("dat klopt niet", {"dat", "klopt"}),
        ("geen werk, wel schulden", {"werk"}),
        ("geen geld maar schulden", {"geld"}),
        ("ik heb schulden", set()),
    ],
)
def test_denied_words(text: str, denied: set[str]) -> None:
    assert {word.text for word in words_of(text) if word.denied} == denied


def test_denied_words_are_other_words() -> None:
    assert mark("Ik heb géén schulden") == "ik heb geen SCHULDEN"


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for found in find_facts(text):
        assert 0 <= found.start < found.end <= len(text)


def test_a_long_text_is_fast() -> None:
    text = ("ik ben 20 jaar geen zzp'er en niet " * 60)[:2000]
    find_facts(text)
    start = time.process_time()
    find_facts(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mijn buurman zit in de bijstand", "income"),
        ("mijn vrouw heeft ww", "income"),
        ("ik leef van de ww van mijn man", "income"),
        ("my sister has social assistance", "income"),
        ("my ex gets welfare", "income"),
        ("my neighbour is on welfare", "income"),
        ("mijn man is in loondienst", "work_status"),
        ("mijn broer is zzp'er", "work_status"),
        ("mijn man, die werkt als zzp'er, helpt mij", "work_status"),
        ("my husband's contract ends in May", "work_status"),
        ("vroeger was ik zzp'er", "work_status"),
        ("ik ben vijf jaar zzp'er geweest", "work_status"),
        ("I used to be a freelancer", "work_status"),
        ("I was a freelancer years ago", "work_status"),
        ("ik heb vroeger bijstand gehad", "income"),
        ("ik wil weer in loondienst", "work_status"),
        ("mijn coach zegt dat ik in loondienst moet", "work_status"),
        ("I want a permanent contract", "work_status"),
        ("I would like to work as a freelancer", "work_status"),
        ("geen nederlands paspoort", "dutch_level"),
        ("ik heb geen nederlands paspoort", "dutch_level"),
        ("no dutch passport", "dutch_level"),
        ("before I dare to walk in", "contact_channel"),
        ("I had to walk in the rain", "contact_channel"),
        ("then there was a call that I lost it all", "contact_channel"),
    ],
)
def test_what_is_of_another_or_not_now_is_no_fact_of_the_writer(text: str, name: str) -> None:
    assert name not in facts(text)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("ik en mijn man hebben bijstand", "income", "bijstand"),
        ("mijn man en ik hebben bijstand", "income", "bijstand"),
        ("my sister has social assistance and I am on ww", "income", "ww"),
        ("mijn ex heeft bijstand en ik heb ww", "income", "ww"),
        ("ik woon bij mijn moeder en heb bijstand", "income", "bijstand"),
        ("door mijn ex zit ik in de bijstand", "income", "bijstand"),
        ("ik wil uit de bijstand", "income", "bijstand"),
        ("ik moet rondkomen van bijstand", "income", "bijstand"),
        ("vroeger was ik zzp'er en nu zit ik in de bijstand", "income", "bijstand"),
        ("ik heb een vaste baan maar wil iets anders", "work_status", "employed"),
        ("ik ben een man zonder werk", "work_status", "unemployed"),
        ("ik ben vorig jaar mijn baan kwijt geraakt", "work_status", "unemployed"),
        ("ik vraag dit voor mijn moeder, ze heeft bijstand", "income", "bijstand"),
        ("namens mijn broer: hij is zzp'er", "work_status", "self_employed"),
        ("I want to walk in", "contact_channel", "walk_in"),
        ("I'd like a call", "contact_channel", "phone"),
    ],
)
def test_what_is_of_the_writer_or_of_whom_help_is_asked_for_counts(text: str, name: str, value: str) -> None:
    assert facts(text).get(name) == value


def test_what_is_said_of_another_is_marked() -> None:
    [found] = [item for item in read_facts("mijn zoon heeft bijstand") if item.name == "income"]
    assert (found.value, found.of_another) == ("bijstand", True)


@pytest.mark.parametrize(
    "piece", ["mijn man heeft ww ", "vroeger was ik zzp'er ", "wil weer in loondienst ", "van mijn "]
)
def test_whose_it_is_is_read_quickly_in_a_huge_text(piece: str) -> None:
    text = (piece * 400)[:2000]
    read_facts(text)
    start = time.process_time()
    read_facts(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "my 15 y/o niece wants to work",
        "my niece is 15 years old",
        "mijn 17-jarige neef",
        "mijn neefje is 16 jaar oud",
        "mijn kleinkind is 12 jaar oud",
        "my stepson, 17 years old, is at home",
        "mijn stiefdochter (17 jaar oud) zit thuis",
        "my grandchild is 17 years old",
        "mijn schoonmoeder is 77 jaar oud",
        "my aunt is 70 years old",
        "a friend of mine is 17 years old",
    ],
)
def test_the_age_of_another_is_not_the_writers(text: str) -> None:
    assert "age_group" not in facts(text)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("ik ben een man van 58 jaar oud", "from_55"),
        ("mijn leeftijd is 17", "under_18"),
        ("mijn zoon is ziek en ik ben 30", "from_27"),
        ("my niece is 15 and I am 40", "from_27"),
        ("I live with my aunt, I am 17", "under_18"),
    ],
)
def test_the_age_of_the_writer_beside_another_counts(text: str, group: str) -> None:
    assert facts(text)["age_group"] == group


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("'s avonds", "evening"),
        ("in de avond", "evening"),
        ("in the evening", "evening"),
        ("kan het ook in de avond?", "evening"),
        ("26 november 's avonds", "evening"),
        ("liever in de middag", "afternoon"),
        ("ik kan volgende week woensdag alleen s middags want ik werk", "afternoon"),
        ("morgenochtend", "morning"),
        ("niet 's ochtends maar 's middags", "afternoon"),
        ("liever overdag", "any"),
        ("liever niet 's avonds", None),
        ("goedenavond", None),
        ("good evening", None),
        ("", None),
    ],
)
def test_the_part_of_the_day(text: str, part: str | None) -> None:
    assert facts(text).get("part") == part


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("25 november 14:30", "14:30"),
        ("25 nov om 14.30 uur", "14:30"),
        ("half drie", "14:30"),
        ("half past two", "14:30"),
        ("kwart voor tien", "09:45"),
        ("quarter past two", "14:15"),
        ("om 9 uur graag", "09:00"),
        ("negen uur", "09:00"),
        ("na 3 uur", "15:00"),
        ("2 pm", "14:00"),
        ("12 am", "00:00"),
        ("10u", "10:00"),
        ("ik werk 32 uur per week", None),
        ("8 uur per dag", None),
        ("over 2 uur", None),
        ("01.12", None),
        ("25.11.2026", None),
        ("een half jaar", None),
        ("24:00", None),
        ("1:75", None),
        ("06 12345678", None),
        ("9" * 5000, None),
    ],
)
def test_a_time_of_the_day(text: str, hour: str | None) -> None:
    assert facts(text).get("hour") == hour


@pytest.mark.parametrize("text", ["earlier please", "kan het eerder?", "liever eerder", "zo snel mogelijk"])
def test_earlier(text: str) -> None:
    assert facts(text)["time_wish"] == "earlier"


def test_somebody_who_worked_earlier_asks_for_no_earlier_time() -> None:
    assert "time_wish" not in facts("ik heb eerder al bij een andere baas gewerkt")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ik wil mijn afspraak afzeggen", "change"),
        ("kan ik mijn afspraak verzetten?", "change"),
        ("wanneer is mijn afspraak ook alweer?", "change"),
        ("ik wil een andere tijd", "change"),
        ("i need to cancel my appointment", "change"),
        ("what time is my appointment", "change"),
        ("ik wil toch weer een afspraak met UWV, mijn contract stopt", "again"),
        ("i need a new appointment", "again"),
        ("bedankt voor de afspraak", None),
        ("ik wil een afspraak", None),
        ("ik wil iets afzeggen", None),
        ("", None),
    ],
)
def test_an_appointment_there_is(text: str, value: str | None) -> None:
    assert facts(text).get("appointment") == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ik kan geen trap op", True),
        ("ik zit in een rolstoel, kan dat?", True),
        ("door mijn knie kan ik niet traplopen", True),
        ("I can't climb stairs", True),
        ("is it step-free? i use a wheelchair", True),
        ("mijn moeder zit in een rolstoel", False),
        ("ik repareer rolstoelliften", False),
        ("ik ben trappenbouwer", False),
        ("is er een lift", False),
    ],
)
def test_who_cannot_take_stairs(text, told):
    assert [found.value for found in find_facts(text) if found.name == "access"] == ["step_free"] * told
