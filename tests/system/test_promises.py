"""What the running system must show: real model, real database, real HTTP."""

import json
from pathlib import Path

import pytest

from bot.evaluation.personas.command import evaluate_personas
from bot.evaluation.personas.reading import read_personas
from tests.system.chat import Chat, book

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]


def test_freelance_work_gone_and_debts_are_two_needs_with_reasons(system):
    chat = Chat(system.base_url)
    chat.say("Ik ben zzp'er en mijn opdrachten zijn weggevallen, en ik heb ook schulden")
    needs = {need["id"]: need for need in chat.state()["needs"]}
    assert list(needs) == ["income_support_self_employed", "debt_help"]
    assert [need["role"] for need in needs.values()] == ["municipality_income", "municipality_debt_help"]
    assert all(need["because"] for need in needs.values())


def test_what_the_first_sentence_says_is_not_asked(system):
    chat = Chat(system.base_url, "en")
    chat.say("my contract ends next month and I live in Zeist")
    state = chat.state()
    assert state["situation"]["municipality"] == "Zeist"
    assert state["situation"]["work_status"] == "end_in_sight"
    assert chat.asked not in {"municipality", "work_status"}


def test_learning_dutch_never_goes_to_uwv(system):
    chat = Chat(system.base_url)
    chat.say("Ik wil Nederlands leren")
    chat.say("ik woon in Utrecht")
    (need,) = chat.state()["needs"]
    assert (need["id"], need["role"]) == ("language_course", "education")
    assert "UWV" not in chat.words


@pytest.mark.parametrize("language", [None, "nl"])
def test_a_ukrainian_who_writes_english_gets_english_and_a_dated_answer(system, language):
    chat = Chat(system.base_url, language)
    chat.say("Hello, I am from Ukraine with temporary protection and I am looking for a job")
    assert chat.state()["language"] == "en"
    chat.say("I live in Utrecht")
    assert all(message["lang"] == "en" for message in chat.messages)
    assert "4 March 2027" in chat.words


def test_a_cry_for_help_shows_113_before_anything_else(system):
    chat = Chat(system.base_url)
    first = chat.say("ik zie het niet meer zitten")[0]
    assert "113" in first["text"]
    assert chat.state()["handoff"] is not None


def test_asides_in_the_middle_lose_nothing(system):
    chat = Chat(system.base_url)
    chat.say("mijn contract wordt niet verlengd, ik woon in Houten")
    assert chat.asked == "end_date"
    before = chat.state()
    chat.say("waarom wil je dat weten?")
    assert chat.asked == "end_date"
    chat.send('/change_language{"language": "en"}')
    assert (chat.asked, chat.messages[-1]["lang"]) == ("end_date", "en")
    chat.send('/change_language{"language": "nl"}')
    chat.send("/start_over")
    assert chat.asked == "start_over"
    chat.press("Nee")
    assert chat.asked == "end_date"
    after = chat.state()
    assert (after["situation"], after["signals"], after["needs"]) == (
        before["situation"], before["signals"], before["needs"]
    )  # fmt: skip
    chat.send("/rather_not_say")
    assert chat.asked == "time"
    chat.say("ik bedoel dat ik in Woerden woon")
    assert chat.state()["situation"]["municipality"] == "Woerden"
    assert chat.asked == "time"


def test_a_booking_ends_with_a_reference_a_calendar_file_and_two_ways_on(system):
    chat = Chat(system.base_url)
    chat.say("mijn jaarcontract loopt af en ik woon in Utrecht")
    reference = book(chat)
    (referral,) = chat.state()["referrals"]
    assert referral["status"] == "requested"
    assert referral["appointment"]["start"]
    calendar = chat.http.get(f"/api/conversations/{chat.id}/referrals/{reference}/calendar.ics")
    assert calendar.status_code == 200
    assert calendar.content.startswith(b"BEGIN:VCALENDAR")
    assert len(chat.messages[-1]["buttons"]) >= 2


PERSONAS = read_personas(ROOT / "tests" / "personas" / "personas.yml")


def test_there_are_24_personas():
    assert len(PERSONAS) == 24


def test_all_personas_pass(system, tmp_path):
    from typer.testing import CliRunner

    from bot.cli import app

    result = CliRunner().invoke(
        app, ["evaluate", "personas", str(ROOT / "tests/personas/personas.yml"), "--json", "--url", system.base_url]
    )
    report = json.loads(result.stdout)
    failed = {row["id"]: row["failures"] for row in report["personas"] if not row["passed"]}
    assert failed == {}
    assert report["summary"]["dead_ends"] == 0
    assert report["summary"]["first_role_accuracy"] >= 0.95


def test_residents_of_every_row_and_region_reach_the_right_desk(system):
    """120 residents by two authors who saw neither data nor texts; the bars are those of the design."""
    files = [ROOT / "tests" / "personas" / name for name in ("dutch.yml", "english.yml")]
    personas = {one.id: one for file in files for one in read_personas(file)}
    reports = [evaluate_personas(file, system.base_url) for file in files]
    rows = [row for report in reports for row in report["personas"]]
    wrong = {row["id"]: row["failures"] for row in rows if not row["passed"]}

    expected = [(need, row) for row in rows for need in personas[row["id"]].expect.needs]
    with_role = [row for row in rows if personas[row["id"]].expect.first_role]
    in_danger = [row for row in rows if personas[row["id"]].expect.safety]
    assert sum(need in row["needs"] for need, row in expected) / len(expected) >= 0.95, wrong
    right = sum(row["first_role"] == personas[row["id"]].expect.first_role for row in with_role)
    assert right / len(with_role) >= 0.95, wrong
    assert [row["id"] for row in in_danger if not row["passed"]] == []
    for report in reports:
        assert report["summary"]["dead_ends"] == 0, wrong
        assert report["summary"]["median_turns"] <= 12
        assert report["summary"]["most_questions"] <= 6
