"""Partners of a region: who is offered for which role, and with which calendar."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.directory.hours import openings
from bot.directory.hsds import DirectoryError
from bot.directory.hsds_records import ROLES
from bot.directory.partners import Directory, UnknownPartner
from bot.directory.regions import UnknownRegion
from bot.settings import ROOT
from tests.directory.conftest import Edit

HOME = "midden-utrecht"


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.load(ROOT / "content" / "regions")


def test_somebody_for_every_role_in_every_region(directory: Directory) -> None:
    assert len(directory.regions) == 35
    for region in directory.regions:
        for role in sorted(ROLES):
            for town in (None, "Atlantis", *region.municipalities):
                assert directory.partners(region.id, role, town), (region.id, role, town)


@pytest.mark.parametrize(
    ("role", "town", "first"),
    [
        ("municipality_income", "Utrecht", "gemeente-utrecht-inkomen"),
        ("municipality_income", "Zeist", "rdwi-inkomen"),
        ("municipality_income", "Houten", "werk-en-inkomen-lekstroom-inkomen"),
        ("municipality_income", "Woerden", "ferm-werk-inkomen"),
        ("municipality_income", "Stichtse Vecht", "gemeente-stichtse-vecht-inkomen"),
        ("municipality_debt_help", "Zeist", "gemeente-zeist-schuldhulp"),
        ("municipality_housing", "Lopik", "gemeente-lopik-wonen"),
        ("crisis_line", "Zeist", "113"),
        ("safe_home", "Zeist", "veilig-thuis"),
        ("education", "Zeist", "roc-midden-nederland"),
        ("inclusion_chain", "Utrecht", "utrechtse-inclusiecoalitie"),
        ("inclusion_chain", "Zeist", "midden-utrecht-werkt-door"),
        ("immigration_lawyer", "Zeist", "midden-utrecht-werkt-door"),
        ("no_such_role", "Zeist", "midden-utrecht-werkt-door"),
    ],
)
def test_the_nearest_comes_first(directory: Directory, role: str, town: str, first: str) -> None:
    assert directory.partners(HOME, role, town)[0].id == first


def test_nobody_is_offered_the_desk_of_another_municipality(directory: Directory) -> None:
    for town in directory.region(HOME).municipalities:
        for role in ("municipality_income", "municipality_debt_help", "municipality_housing"):
            partners = directory.partners(HOME, role, town)
            assert town in partners[0].municipalities
            assert all(not partner.municipalities or town in partner.municipalities for partner in partners)


def test_without_a_municipality_no_municipality_is_chosen(directory: Directory) -> None:
    assert [p.id for p in directory.partners(HOME, "municipality_income")] == ["midden-utrecht-werkt-door"]
    assert [p.id for p in directory.partners(HOME, "municipality_debt_help")] == ["geldfit"]


def test_language_lessons_never_lead_to_uwv(directory: Directory) -> None:
    for role in ("education", "language_point"):
        assert all("uwv" not in partner.id for partner in directory.partners(HOME, role, "Utrecht"))


def test_the_role_is_the_one_asked_for_and_the_desk_says_so_when_it_steps_in(directory: Directory) -> None:
    assert directory.partners(HOME, "uwv", "Zeist")[0].role == "uwv"
    assert directory.partners(HOME, "childcare_allowance", "Zeist")[0].role == "rmt_desk"


def test_hotlines_have_a_number_and_no_calendar(directory: Directory) -> None:
    for role, number in (
        ("crisis_line", "0800-0113"),
        ("safe_home", "0800-2000"),
        ("labour_inspectorate", "0800-5151"),
    ):
        partner = directory.partners(HOME, role, "Zeist")[0]
        assert partner.schedule is None
        assert number in partner.phones
        assert partner.modes == ("phone",)
        assert partner.national
        assert partner.assured


def test_the_desk_is_open_on_thursday_evening_others_are_not(directory: Directory) -> None:
    thursday = date(2026, 11, 26)
    desk, uwv = (directory.partners(HOME, role)[0] for role in ("rmt_desk", "uwv"))
    assert desk.schedule is not None
    assert uwv.schedule is not None
    assert openings(desk.schedule, thursday, 1)[-1][1].hour == 20
    assert openings(uwv.schedule, thursday, 1)[-1][1].hour == 17
    assert (desk.seats, desk.slot_minutes, desk.notice_hours) == (2, 30, 24)
    assert not desk.schedule.assured


def test_what_is_not_known_is_absent_and_marked(directory: Directory) -> None:
    for partner in directory.all_partners(HOME):
        assert partner.assured is (partner.assured_on is not None)
        assert partner.assured or partner.note
        assert partner.location is None  # no address of a partner here is known
        assert set(partner.descriptions) == {"nl", "en"}


def test_other_regions_are_handed_over(directory: Directory) -> None:
    region = directory.region("achterhoek")
    assert (region.served, region.brand, region.website) == (False, "Werkcentrum Achterhoek", "https://werkcentrum.nl")
    assert region.desk_open(datetime(2026, 11, 23, 12, tzinfo=ZONE)) == (False, None)
    assert directory.partners("achterhoek", "uwv", "Aalten")[0].name == "Werkcentrum Achterhoek"
    assert directory.partners("achterhoek", "crisis_line", "Aalten")[0].id == "113"
    assert directory.region("drechtsteden").brand == "KICKSTART Drechtsteden"
    assert all(partner.schedule is None for partner in directory.all_partners("achterhoek"))


def test_the_own_region(directory: Directory) -> None:
    region = directory.region(HOME)
    assert (region.name, region.brand) == ("Midden-Utrecht", "Midden-Utrecht Werkt Door")
    assert len(region.municipalities) == 14
    assert region.desk_open(datetime(2026, 11, 23, 12, tzinfo=ZONE)) == (True, None)
    assert region.desk_open(datetime(2026, 11, 22, 12, tzinfo=ZONE)) == (False, datetime(2026, 11, 23, 9, tzinfo=ZONE))


def test_looking_up_one(directory: Directory) -> None:
    assert directory.partner(HOME, "113").name == "113"
    with pytest.raises(UnknownPartner):
        directory.partner(HOME, "nobody")
    with pytest.raises(UnknownRegion):
        directory.partners("atlantis", "uwv")
    with pytest.raises(UnknownRegion):
        directory.region("")


def test_who_may_have_left_is_looked_up_without_an_error(directory: Directory) -> None:
    assert directory.listed(HOME, "113") == directory.partner(HOME, "113")
    assert directory.listed(HOME, "nobody") is None
    assert directory.listed("atlantis", "113") is None


def test_partners_cannot_be_changed_by_accident(directory: Directory) -> None:
    partner = directory.partner(HOME, "uwv")
    with pytest.raises(dataclasses.FrozenInstanceError):
        partner.name = "x"  # type: ignore[misc]


def _service(organizations: list[dict[str, Any]], partner_id: str) -> dict[str, Any]:
    for organization in organizations:
        for service in organization["services"]:
            if any(attribute.get("value") == partner_id for attribute in service["attributes"]):
                found: dict[str, Any] = service
                return found
    raise AssertionError(partner_id)


def test_own_hours_go_before_the_default(edit: Edit) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        service = _service(organizations, "uwv")
        hours = {"freq": "WEEKLY", "byday": "MO,WE", "opens_at": "10:00", "closes_at": "12:30"}
        service["schedules"] = [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", **hours}]

    uwv = Directory.load(edit(change) / "regions").partner(HOME, "uwv")
    assert uwv.schedule is not None
    found = openings(uwv.schedule, date(2026, 11, 23), 7)
    assert [(start.isoweekday(), start.hour, end.minute) for start, end in found] == [(1, 10, 30), (3, 10, 30)]


def _record(number: int, **hours: str) -> dict[str, str]:
    return {"id": f"0d1b1f3e-7d53-4d3c-9d4a-00000000000{number}", **hours}


CLOSED = _record(1, valid_from="2026-11-24", valid_to="2026-11-25", description="Verhuizing")
ONE_DAY = _record(2, valid_from="2026-11-26", valid_to="2026-11-26", opens_at="13:00", closes_at="15:00")
MORNINGS = _record(3, byday="MO,TU,WE,TH,FR", opens_at="10:00", closes_at="12:00")


@pytest.mark.parametrize(
    ("schedules", "expected"),
    [
        ([CLOSED, ONE_DAY], ["Mo 09-17", "Th 13-15", "Fr 09-17"]),
        ([MORNINGS, CLOSED, ONE_DAY], ["Mo 10-12", "Th 13-15", "Fr 10-12"]),
        ([{**CLOSED, "byday": "WE"}], ["Mo 09-17", "Tu 09-17", "Th 09-17", "Fr 09-17"]),
    ],
    ids=["on top of the region's hours", "on top of its own", "some weekdays of it"],
)
def test_closed_days_and_other_hours_on_one_day(
    edit: Edit, schedules: list[dict[str, str]], expected: list[str]
) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        _service(organizations, "uwv")["schedules"] = schedules

    uwv = Directory.load(edit(change) / "regions").partner(HOME, "uwv")
    assert uwv.schedule is not None
    found = openings(uwv.schedule, date(2026, 11, 23), 7)
    assert [f"{start:%a}"[:2] + f" {start:%H}-{end:%H}" for start, end in found] == expected


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (_record(1, valid_from="2026-11-24"), "has no times"),
        (_record(1, byday="MO"), "has no times"),
        (_record(1, valid_from="2026-11-24", valid_to="2026-11-20"), "which is earlier"),
        (_record(1, byday="MO", opens_at="09:00"), "without a closing time"),
        (_record(1, opens_at="09:00", closes_at="10:00"), "not none"),
        (_record(1, valid_from="2026-11-24", valid_to="2026-11-25", byday="XX"), "not XX"),
    ],
)
def test_hours_that_say_nothing_are_refused(edit: Edit, hours: dict[str, str], says: str) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        _service(organizations, "uwv")["schedules"] = [hours]

    with pytest.raises(DirectoryError, match=says):
        Directory.load(edit(change) / "regions")


def test_what_a_calendar_may_be_told(edit: Edit) -> None:
    told = {
        "calendar": "caldav", "calendar_url": "https://agenda.uwv.nl/ww/", "buffer_minutes": "10",
        "interpreter_minutes": "60", "interpreter_notice_hours": "72", "accessible": "yes",
    }  # fmt: skip

    def change(organizations: list[dict[str, Any]]) -> None:
        attributes = _service(organizations, "uwv")["attributes"]
        model = next(item for item in attributes if item["taxonomy_term"]["taxonomy"] == "doorwijzer-setting")
        for number, (code, value) in enumerate(told.items()):
            term = {**model["taxonomy_term"], "code": code}
            attributes.append({**model, **_record(number), "value": value, "taxonomy_term": term})

    plain = Directory.load(ROOT / "content" / "regions").partner(HOME, "uwv")
    assert (plain.calendar_url, plain.buffer_minutes, plain.accessible) == (None, 0, None)
    assert (plain.interpreter_minutes, plain.interpreter_notice_hours) == (None, None)
    uwv = Directory.load(edit(change) / "regions").partner(HOME, "uwv")
    assert (uwv.calendar_url, uwv.buffer_minutes, uwv.accessible) == (told["calendar_url"], 10, True)
    assert (uwv.interpreter_minutes, uwv.interpreter_notice_hours) == (60, 72)
    assert uwv.schedule is not None  # its hours still say when; the calendar outside says what is free of them


def test_an_inactive_service_is_offered_to_nobody(edit: Edit) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        _service(organizations, "uwv")["status"] = "inactive"

    directory = Directory.load(edit(change) / "regions")
    assert directory.partners(HOME, "uwv")[0].id == "midden-utrecht-werkt-door"


def test_without_a_desk_the_last_resort_steps_in(edit: Edit) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        service = _service(organizations, "midden-utrecht-werkt-door")
        service["attributes"][0]["taxonomy_term"]["code"] = "employer_desk"

    directory = Directory.load(edit(change) / "regions")
    assert directory.partners(HOME, "immigration_lawyer")[0].id == "midden-utrecht-werkt-door"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("status", "actif", r"organisation 'UWV', services\.0\.status"),
        ("name", "", r"organisation 'UWV', services\.0\.name"),
        ("phone", "0800", r"services\.0\.phone: Extra inputs"),
        ("id", "1", r"services\.0\.id"),
        ("assured_date", "gisteren", r"services\.0\.assured_date"),
        ("phones", [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001"}], r"services\.0\.phones\.0\.number"),
        (
            "schedules",
            [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "byday": "XX", "opens_at": "09:00", "closes_at": "10:00"}],
            "schedules: days are MO",
        ),
        (
            "schedules",
            [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "byday": "MO", "opens_at": "09:00Z", "closes_at": "10:00"}],
            "opens_at",
        ),
        (
            "schedules",
            [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "byday": "MO", "opens_at": "11:00", "closes_at": "10:00"}],
            "closes at 10:00",
        ),
    ],
)
def test_a_wrong_field_is_named(edit: Edit, field: str, value: object, says: str) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        _service(organizations, "uwv")[field] = value

    with pytest.raises(DirectoryError, match=says) as caught:
        Directory.load(edit(change) / "regions")
    assert "midden-utrecht/directory.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "null", "{}", "[1]", "[null]", '["x"]', "[{}]", "\x00", "[" * 100_000])
def test_a_file_that_is_no_directory(content: Path, text: str) -> None:
    (content / "regions" / HOME / "directory.json").write_text(text, "utf-8")
    with pytest.raises(DirectoryError, match=r"directory\.json"):
        Directory.load(content / "regions")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("brand: Midden-Utrecht Werkt Door", "merk: x", "brand"),
        ("slot_minutes: 30", "slot_minutes: 0", "slot_minutes"),
        ('closes: "20:00"', 'closes: "08:00"', "closes at 08:00"),
        ("days: [TH]", "days: [DO]", "days"),
        ("modes: [phone]", "modes: [pigeon]", "modes"),
        ("default_schedule:", "default_schedule: [", r"region\.yml"),
    ],
)
def test_a_wrong_region_file_is_named(content: Path, old: str, new: str, says: str) -> None:
    path = content / "regions" / HOME / "region.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DirectoryError, match=says):
        Directory.load(content / "regions")


def test_two_partners_with_one_id_are_refused(edit: Edit) -> None:
    def change(organizations: list[dict[str, Any]]) -> None:
        organizations.append(json.loads(json.dumps(organizations[1])))

    with pytest.raises(DirectoryError, match="'uwv'"):
        Directory.load(edit(change) / "regions")


def test_an_unquoted_time_is_read_as_a_time(content: Path) -> None:
    path = content / "regions" / HOME / "region.yml"
    path.write_text(path.read_text("utf-8").replace('closes: "20:00"', "closes: 20:00"), "utf-8")
    desk = Directory.load(content / "regions").partners(HOME, "rmt_desk")[0]
    assert desk.schedule is not None
    assert openings(desk.schedule, date(2026, 11, 26), 1)[0][1].hour == 20
