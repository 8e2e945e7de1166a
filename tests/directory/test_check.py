"""``check_directory``: clean on our own content, and every planted fault is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.directory.check import check_directory
from bot.settings import ROOT
from tests.directory.conftest import Edit

TODAY = date(2026, 11, 22)
AN_ID = "0d1b1f3e-7d53-4d3c-9d4a-000000000001"
Organizations = list[dict[str, Any]]


def found(content: Path, today: date = TODAY) -> list[str]:
    return [str(finding) for finding in check_directory(content, today)]


def test_our_own_content_is_clean() -> None:
    assert found(ROOT / "content") == []


def test_assurances_expire(content: Path) -> None:
    assert found(content, date(2027, 11, 22)) == []
    late = found(content, date(2027, 11, 23))
    assert len(late) == 7
    assert all("2026-11-22: check it again" in line for line in late)


def uwv(organizations: Organizations) -> dict[str, Any]:
    service: dict[str, Any] = next(entry for entry in organizations if entry["name"] == "UWV")["services"][0]
    return service


def setting(service: dict[str, Any], code: str) -> dict[str, Any]:
    attribute: dict[str, Any] = next(item for item in service["attributes"] if item["taxonomy_term"]["code"] == code)
    return attribute


def no_role(organizations: Organizations) -> None:
    uwv(organizations)["attributes"] = uwv(organizations)["attributes"][1:]


def wrong_role(organizations: Organizations) -> None:
    setting(uwv(organizations), "uwv")["taxonomy_term"]["code"] = "uvw"


def wrong_setting(organizations: Organizations) -> None:
    setting(uwv(organizations), "description_en")["taxonomy_term"]["code"] = "colour"


def wrong_phone(organizations: Organizations) -> None:
    uwv(organizations)["phones"] = [{"id": AN_ID, "number": "0800-20"}]


def wrong_email(organizations: Organizations) -> None:
    uwv(organizations)["email"] = "info@"


def wrong_website(organizations: Organizations) -> None:
    uwv(organizations)["url"] = "javascript:alert(1)"


def wrong_language(organizations: Organizations) -> None:
    uwv(organizations)["languages"][0]["code"] = "xx"


def unknown_town(organizations: Organizations) -> None:
    uwv(organizations)["service_areas"] = [{"id": AN_ID, "name": "Atlantis"}]


def town_elsewhere(organizations: Organizations) -> None:
    uwv(organizations)["service_areas"] = [{"id": AN_ID, "name": "Breda"}]


def uncovered_town(organizations: Organizations) -> None:
    zeist = next(entry for entry in organizations if entry["name"] == "Gemeente Zeist")
    organizations.remove(zeist)


def dead_role(organizations: Organizations) -> None:
    organizations.remove(next(entry for entry in organizations if entry["name"] == "Doorstroompunt"))


def no_desk(organizations: Organizations) -> None:
    organizations.pop(0)


def not_marked(organizations: Organizations) -> None:
    service = uwv(organizations)
    service["attributes"].remove(setting(service, "assured"))


def marked_twice(organizations: Organizations) -> None:
    uwv(organizations)["assured_date"] = "2026-11-01"


def marked_oddly(organizations: Organizations) -> None:
    setting(uwv(organizations), "assured")["value"] = "nee"


def expired(organizations: Organizations) -> None:
    not_marked(organizations)
    uwv(organizations)["assured_date"] = "2022-01-01"


def in_person_without_address(organizations: Organizations) -> None:
    attribute = setting(uwv(organizations), "assured")
    term = {**attribute["taxonomy_term"], "code": "mode"}
    mode = {**attribute, "id": AN_ID, "value": "in_person", "taxonomy_term": term}
    uwv(organizations)["attributes"].append(mode)


def unreachable(organizations: Organizations) -> None:
    attribute = setting(uwv(organizations), "assured")
    term = {**attribute["taxonomy_term"], "code": "calendar"}
    none = {**attribute, "id": AN_ID, "value": "none", "taxonomy_term": term}
    uwv(organizations)["attributes"].append(none)


def add(organizations: Organizations, code: str, value: str, number: int = 5) -> None:
    attribute = setting(uwv(organizations), "assured")
    record = f"{AN_ID[:-1]}{number}"
    term = {**attribute["taxonomy_term"], "code": code}
    uwv(organizations)["attributes"].append({**attribute, "id": record, "value": value, "taxonomy_term": term})


def other_calendar(organizations: Organizations) -> None:
    add(organizations, "calendar", "outlook")


def calendar_nowhere(organizations: Organizations) -> None:
    add(organizations, "calendar", "caldav")


def calendar_unused(organizations: Organizations) -> None:
    add(organizations, "calendar_url", "https://agenda.uwv.nl/ww/")


def calendar_in_the_clear(organizations: Organizations) -> None:
    calendar_nowhere(organizations)
    add(organizations, "calendar_url", "http://agenda.uwv.nl/ww/", 6)


def calendar_with_a_password(organizations: Organizations) -> None:
    calendar_nowhere(organizations)
    add(organizations, "calendar_url", "https://uwv:geheim@agenda.uwv.nl/ww/", 6)


def perhaps_accessible(organizations: Organizations) -> None:
    add(organizations, "accessible", "misschien")


def wrong_mode(organizations: Organizations) -> None:
    in_person_without_address(organizations)
    setting(uwv(organizations), "mode")["value"] = "phone, pigeon"


def walk_in_where(organizations: Organizations) -> None:
    in_person_without_address(organizations)
    service = uwv(organizations)
    setting(service, "mode")["value"] = "walk_in"
    service["attributes"].remove(setting(service, "assured"))
    service["assured_date"] = "2026-11-01"


def no_alert(organizations: Organizations) -> None:
    del uwv(organizations)["alert"]


def no_such_site(organizations: Organizations) -> None:
    uwv(organizations)["url"] = "https://uwv.example"


def broken_site(organizations: Organizations) -> None:
    uwv(organizations)["url"] = "https://["


def not_filled_in(organizations: Organizations) -> None:
    organizations[1]["name"] = "UWV FILL IN"


def chain(organizations: Organizations) -> dict[str, Any]:
    return next(entry for entry in organizations if entry["name"] == "Utrechtse Inclusiecoalitie")["services"][0]


def chain_without_places(organizations: Organizations) -> None:
    setting(chain(organizations), "places")["value"] = "vijfentwintig"


def chain_with_too_many_places(organizations: Organizations) -> None:
    setting(chain(organizations), "places")["value"] = "9" * 5000


def chain_without_a_door(organizations: Organizations) -> None:
    setting(chain(organizations), "entry_role")["value"] = "back_door"


def chain_with_another_phase(organizations: Organizations) -> None:
    setting(chain(organizations), "placement")["taxonomy_term"]["code"] = "retirement"


def chain_out_of_order(organizations: Organizations) -> None:
    chain(organizations)["attributes"].reverse()


def chain_without_phases(organizations: Organizations) -> None:
    attributes = chain(organizations)["attributes"]
    attributes[:] = [item for item in attributes if item["taxonomy_term"]["taxonomy"] != "doorwijzer-phase"]


def chain_without_its_role(organizations: Organizations) -> None:
    setting(chain(organizations), "inclusion_chain")["taxonomy_term"]["code"] = "employer_desk"


def chain_silent_on_waiting(organizations: Organizations) -> None:
    del chain(organizations)["alert"]


def doubled_id(organizations: Organizations) -> None:
    uwv(organizations)["id"] = organizations[0]["id"]


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (no_role, "UWV, WW en werk: has no role"),
        (wrong_role, "has the role 'uvw', which does not exist"),
        (wrong_setting, "setting 'colour'"),
        (wrong_phone, "'0800-20' is no phone number"),
        (wrong_email, "'info@' is no e-mail address"),
        (wrong_website, "is no address of a website"),
        (wrong_language, "language code 'xx'"),
        (unknown_town, "serves 'Atlantis', which is no municipality"),
        (town_elsewhere, "serves Breda, which is in West-Brabant"),
        (uncovered_town, "nobody has the role municipality_debt_help for Zeist"),
        (dead_role, "nobody has the role youth_desk"),
        (no_desk, "last_resort 'midden-utrecht-werkt-door' is no partner"),
        (no_desk, "no partner has the role rmt_desk"),
        (not_marked, "says nothing about being checked"),
        (marked_twice, "leave one out"),
        (marked_oddly, "assured is 'nee'"),
        (expired, "was last checked on 2022-01-01"),
        (in_person_without_address, "has no address"),
        (unreachable, "cannot be reached"),
        (doubled_id, "is used twice"),
        (wrong_mode, "has the mode 'pigeon'; modes are email, in_person, phone, video, walk_in, website"),
        (other_calendar, "has the calendar 'outlook'; it is none or caldav"),
        (calendar_nowhere, "calendar: caldav without a calendar_url"),
        (calendar_unused, "give both, or neither"),
        (calendar_in_the_clear, "it begins with https:// and holds no name or password"),
        (calendar_with_a_password, "holds no name or password"),
        (perhaps_accessible, "accessible is 'misschien'; it is yes or no"),
        (walk_in_where, "lets people walk in, but has no address; give it one"),
        (no_alert, "does not say what is not known; say it in alert"),
        (no_such_site, "'https://uwv.example' is nobody's website; write the real one"),
        (broken_site, "'https://[' is no address of a website"),
        (not_filled_in, "still says 'FILL IN'; write the name"),
        (chain_without_places, "set places to a whole number above 0"),
        (chain_with_too_many_places, "set places to a whole number above 0"),
        (chain_without_a_door, "is entered through 'back_door'; set entry_role to a role"),
        (chain_with_another_phase, "has the phase 'retirement'; phases are inflow_assessment"),
        (chain_out_of_order, "put them in this order, each once"),
        (chain_without_phases, "has places, but no phases; add attributes"),
        (chain_without_its_role, "has not the role inclusion_chain; give it that role"),
        (chain_silent_on_waiting, "says nothing of the waiting time; give wait_time"),
    ],
)
def test_a_planted_fault_is_found(edit: Edit, plant: Callable[[Organizations], None], says: str) -> None:
    findings = found(edit(plant))
    assert any(says in line for line in findings), findings
    assert all(line.startswith("midden-utrecht") for line in findings)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("region.yml", "last_resort: midden-utrecht-werkt-door", "last_resort: nobody", "last_resort 'nobody'"),
        ("region.yml", "immigration_lawyer", "astronaut", "'astronaut', which does not exist"),
        ("region.yml", "immigration_lawyer", "astronaut", "nobody has the role immigration_lawyer"),
        ("region.yml", "    - sbb\n", "    - sbb2\n", "'sbb2'"),
        ("region.yml", "brand:", "merk:", "brand: Field required"),
        ("directory.json", "[", "", "directory.json"),
    ],
)
def test_a_fault_in_a_file_is_found(content: Path, file: str, old: str, new: str, says: str) -> None:
    path = content / "regions" / "midden-utrecht" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert any(says in line for line in found(content))


@pytest.mark.parametrize(
    "gone", ["municipalities.csv", "municipalities.yml", "regions/index.yml", "regions/midden-utrecht/region.yml"]
)
def test_a_missing_file_is_a_finding_and_no_crash(content: Path, gone: str) -> None:
    (content / gone).unlink()
    [line] = found(content)
    assert gone.rsplit("/", maxsplit=1)[-1] in line


@pytest.mark.parametrize("name", ["municipalities.csv", "municipalities.yml", "regions/index.yml"])
@pytest.mark.parametrize("rubbish", [b"\xff\xfe", b"a: [", b"[]", b"", b'"'])
def test_rubbish_is_a_finding_and_no_crash(content: Path, name: str, rubbish: bytes) -> None:
    (content / name).write_bytes(rubbish)
    [line] = found(content)
    assert name.rsplit("/", maxsplit=1)[-1] in line


def test_a_region_without_municipalities(content: Path) -> None:
    path = content / "municipalities.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if ",drenthe," not in line), "utf-8")
    [line] = found(content)
    assert line.startswith("drenthe: has no municipality in municipalities.csv; add")
