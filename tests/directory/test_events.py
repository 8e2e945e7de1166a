"""Events: read strictly, offered to whom they are for, and every planted fault is found."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.directory.events import Events, EventsInvalid
from bot.directory.events_check import check_events
from bot.settings import ROOT
from tests.events import event_data, make_event, write_events

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def whole_content(content: Path) -> Path:
    """Content with all that an event may name."""
    shutil.copy(ROOT / "content" / "decisions.yml", content)
    for language in ("nl", "en"):
        (content / "texts" / language).mkdir(parents=True)
    return content


def found(content: Path, now: datetime = NOW) -> list[str]:
    return [str(finding) for finding in check_events(content, now)]


def test_we_ship_no_event_because_none_is_known() -> None:
    assert Events.load(ROOT / "content").all == ()
    assert found(ROOT / "content") == []


def test_the_example_in_our_file_is_in_order_once_it_is_taken_over(whole_content: Path) -> None:
    lines = (ROOT / "content" / "events.yml").read_text("utf-8").splitlines()
    example = [line.removeprefix("# ") for line in lines[lines.index("# events:") :] if line.startswith("# ")]
    (whole_content / "events.yml").write_text("\n".join(line for line in example if "Not one" not in line), "utf-8")
    assert [event.id for event in Events.load(whole_content).all] == ["example-job-fair"]
    assert found(whole_content) == []


def test_times_are_on_the_clock_of_the_netherlands() -> None:
    winter, summer = make_event(), make_event(start="2027-07-01T13:00", end="2027-07-01T14:00", sign_up_until=...)
    assert winter.start == datetime(2027, 1, 14, 12, tzinfo=UTC)
    assert summer.start == datetime(2027, 7, 1, 11, tzinfo=UTC)
    assert summer.closes == summer.start
    assert winter.closes == datetime(2027, 1, 13, 11, tzinfo=UTC)


def test_words_fall_back_to_a_language_there_is() -> None:
    event = make_event(title={"nl": "Testmarkt"})
    assert event.called("nl") == event.called("en") == "Testmarkt"
    assert event.described("en") == "A trial."


def test_only_what_suits_is_offered_and_the_own_language_goes_first() -> None:
    events = Events(
        [
            make_event(
                id="later", start="2027-02-01T09:00", end="2027-02-01T10:00", sign_up_until=..., languages=["en"]
            ),
            make_event(),
            make_event(id="elsewhere", region="drechtsteden"),
            make_event(id="other", for_needs=["training"], for_signals=[]),
        ]
    )

    def ids(*wishes: str, language: str | None = None, now: datetime = NOW) -> list[str]:
        return [event.id for event in events.upcoming("midden-utrecht", wishes, now, language)]

    assert ids("job_search") == ids("wants_retraining", "debts") == ["test-fair", "later"]
    assert ids("job_search", language="en") == ["later", "test-fair"]
    assert ids("debt_help") == ids() == []
    assert ids("event") == ids("wants_event") == ["other", "test-fair", "later"]
    closes = datetime(2027, 1, 13, 11, tzinfo=UTC)
    assert ids("job_search", now=closes) == ["later"]
    assert ids("job_search", now=datetime(2028, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start": "2027-01-14T17:00"}, "ends before it starts"),
        ({"end": "2027-01-14T13:00"}, "ends before it starts"),
        ({"sign_up_until": "2027-01-14T13:01"}, "closes after the start"),
        ({"start": "2027-01-14T13:00+01:00"}, "without a zone"),
        ({"start": "tomorrow"}, "start"),
        ({"places": 0}, "places"),
        ({"places": -1}, "places"),
        ({"places": 10_001}, "places"),
        ({"places": "40"}, "places"),
        ({"places": True}, "places"),
        ({"places": None, "sign_up_until": ..., "contact": True}, "need a number of places"),
        ({"places": None}, "need a number of places"),
        ({"kind": "party"}, "kind"),
        ({"id": "../x"}, "id"),
        ({"id": 'a"}'}, "id"),
        ({"id": "x" * 81}, "id"),
        ({"id": ...}, "id"),
        ({"title": {}}, "title"),
        ({"title": {"nl": "x" * 81}}, "title"),
        ({"description": {"nl": "x" * 201}}, "description"),
        ({"languages": []}, "languages"),
        ({"organiser": ...}, "organiser"),
        ({"checked": "2026-02-30"}, "checked"),
        ({"colour": "red"}, "colour"),
        ({"place": {"name": "Zaal", "municipality": "Zeist", "floor": 3}}, "place.floor"),
    ],
)
def test_a_broken_event_is_refused_and_said(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    write_events(tmp_path, event_data(**changes))
    with pytest.raises(EventsInvalid, match=r"events\.yml") as raised:
        Events.load(tmp_path)
    assert told in str(raised.value)
    assert [line for line in found(tmp_path) if told in line]


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"[]",
        b"events:",
        b"events: 3",
        b"events: [",
        b"\xff\xfe",
        b"events: []\nmore: 1",
        b"- 2027-13-45",
        b"[" * 5000,
    ],
)
def test_a_broken_file_is_one_finding(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "events.yml").write_bytes(written)
    with pytest.raises(EventsInvalid, match=r"events\.yml"):
        Events.load(tmp_path)
    assert len(found(tmp_path)) == 1


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    assert found(tmp_path) == ["events: events.yml: No such file or directory"]


def test_what_surrounds_it_may_be_missing_too(tmp_path: Path) -> None:
    (line,) = found(write_events(tmp_path, event_data()))
    assert "cannot be checked" in line


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"region": "atlantis"}, "'atlantis', which does not exist"),
        ({"region": "groningen"}, "not served here"),
        ({"organiser": "nobody"}, "'nobody', which is no partner of this region"),
        ({"for_needs": ["jobsearch"]}, "the need 'jobsearch'"),
        ({"for_signals": ["party"]}, "the signal 'party'"),
        ({"languages": ["nl", "xx"]}, "language code 'xx'"),
        ({"place": {"name": "Zaal", "municipality": "Atlantis"}}, "'Atlantis', which is no municipality"),
        ({"title": {"nl": "Testmarkt"}}, "no title in en"),
        ({"description": {"en": "A trial.", "nl": " "}}, "no description in nl"),
        ({"checked": "2026-11-26"}, "checked on a day to come"),
        ({"start": "2026-11-24T09:00", "end": "2026-11-24T10:00", "sign_up_until": ...}, "is over"),
    ],
)
def test_every_fault_is_found_alone(whole_content: Path, changes: dict[str, Any], told: str) -> None:
    assert found(write_events(whole_content, event_data())) == []
    (line,) = found(write_events(whole_content, event_data(**changes)))
    assert line.startswith("test-fair: ")
    assert told in line


def test_an_id_used_twice_is_found(whole_content: Path) -> None:
    assert found(write_events(whole_content, event_data(), event_data())) == ["test-fair: this id is used twice"]
