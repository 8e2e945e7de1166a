"""Two partners to choose from are told apart: by what each does for this need, and by the words on the buttons."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import partners, speech
from actions.turn import Turn
from bot.directory.partners import Directory
from bot.intake.decisions import DecisionTable, Need
from bot.texts import get_texts

CONTENT = Path(__file__).parents[2] / "content"
TABLE = DecisionTable.parse(yaml.safe_load((CONTENT / "decisions.yml").read_text("utf-8")))
ROWS = {row.id: row for row in (*TABLE.rows, TABLE.default_row) if row.rank != "safety"}
PLACES = [("midden-utrecht", "Zeist"), ("drechtsteden", "Dordrecht"), ("west-brabant", "Roosendaal")]


def turn_in(language: str, region: str, place: str) -> Turn:
    slots = {"language": language, "region": region, "municipality": place}
    return Turn(Tracker("c1", slots, {}, [], False, None, {}, "action_listen"), CollectingDispatcher())


def need_of(row_id: str) -> Need:
    row = ROWS[row_id]
    return Need(
        id=row.need, rows=(row.id,), roles=row.roles, because=(), source=row.source, checked=row.checked,
        notes=(), urgent=False, person=False, rank=row.rank, ask=row.ask,
    )  # fmt: skip


@pytest.mark.parametrize("language", get_texts().languages)
@pytest.mark.parametrize(("region", "place"), PLACES)
@pytest.mark.parametrize("row_id", ROWS)
def test_no_two_options_have_the_same_words(row_id, region, place, language):
    turn, need = turn_in(language, region, place), need_of(row_id)
    found = partners.options(turn, need)
    parts = [partners.part(turn, need, option) for option in found]
    assert len({*parts}) == len(found), parts
    assert len({*partners.titles(found)}) == len(found)
    assert all(words and not words.endswith(".") and words == words.strip() for words in parts)


@pytest.mark.parametrize(
    ("row_id", "role", "dutch", "english"),
    [
        ("disability", "uwv", "WIA", "WIA"),
        ("illness_or_stress", "health", "Ziektewet", "sickness benefit"),
        ("asylum_procedure", "uwv", "werkvergunning", "work permit"),
        ("employer_offers_jobs", "rmt_desk", "partners in de regio", "partners in the region"),
        ("legal_question_dismissal", "union_career", "ontslag", "dismissal"),
    ],
)
def test_the_words_are_about_this_need(row_id, role, dutch, english):
    for language, words in (("nl", dutch), ("en", english)):
        turn, need = turn_in(language, "midden-utrecht", "Zeist"), need_of(row_id)
        option = next(one for one in partners.options(turn, need) if one.role == role)
        assert words in partners.part(turn, need, option)
        assert partners.part(turn, need, option) != get_texts().get(f"role.{role}", language)


def test_geldfit_and_the_municipality_say_what_each_does():
    turn, need = turn_in("nl", "midden-utrecht", "Zeist"), need_of("debts")
    assert [partners.part(turn, need, option) for option in partners.options(turn, need)] == [
        "helpt bij schulden, ook als u zelfstandige bent",
        "denkt met u mee over geld en schulden",
    ]


def test_a_partner_without_a_description_is_told_by_its_role(monkeypatch):
    turn, need = turn_in("nl", "midden-utrecht", "Zeist"), need_of("debts")
    monkeypatch.setattr(Directory, "partners", _without_descriptions(Directory.partners))
    assert {partners.part(turn, need, option) for option in partners.options(turn, need)} == {"helpt met schulden"}


def _without_descriptions(original):
    return lambda self, *args: [replace(partner, descriptions={}) for partner in original(self, *args)]


def test_a_name_in_capitals_keeps_them():
    assert speech.inside("WVS kan u opvangen") == "WVS kan u opvangen"
    assert speech.inside("Helpt u. Ook WVS") == "helpt u. Ook WVS"
    assert speech.inside("") == ""


def test_an_organisation_that_stands_twice_gets_numbers(talk_in):
    talk_in.hear("tell", "sheltered_work", municipality="Zeist", route="support_first")
    assert talk_in.asking == "time"
    shown = [button["title"] for button in talk_in.said[-1]["buttons"]]
    assert any("2. RDWI" in title for title in shown), shown


@pytest.mark.parametrize("language", get_texts().languages)
def test_special_words_belong_to_a_row_that_names_need_and_role(language):
    special = {key.removeprefix("role_for.") for key in get_texts().keys(language) if key.startswith("role_for.")}
    fallback = {f"{row.need}.rmt_desk" for row in ROWS.values()}  # where nobody has a role, the desk takes it
    assert special
    assert special <= {f"{row.need}.{role}" for row in ROWS.values() for role in row.roles} | fallback
