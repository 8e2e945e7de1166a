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
    uwv(organizations)["phones"] = [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "number": "0800-20"}]


def wrong_email(organizations: Organizations) -> None:
    uwv(organizations)["email"] = "info@"


def wrong_website(organizations: Organizations) -> None:
    uwv(organizations)["url"] = "javascript:alert(1)"


def wrong_language(organizations: Organizations) -> None:
    uwv(organizations)["languages"][0]["code"] = "xx"


def unknown_town(organizations: Organizations) -> None:
    uwv(organizations)["service_areas"] = [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "name": "Atlantis"}]


def town_elsewhere(organizations: Organizations) -> None:
    uwv(organizations)["service_areas"] = [{"id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "name": "Breda"}]


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
    mode = {**attribute, "id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "value": "in_person", "taxonomy_term": term}
    uwv(organizations)["attributes"].append(mode)


def unreachable(organizations: Organizations) -> None:
    attribute = setting(uwv(organizations), "assured")
    term = {**attribute["taxonomy_term"], "code": "calendar"}
    none = {**attribute, "id": "0d1b1f3e-7d53-4d3c-9d4a-000000000001", "value": "none", "taxonomy_term": term}
    uwv(organizations)["attributes"].append(none)


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


def test_a_folder_that_is_no_region(content: Path) -> None:
    (content / "regions" / "midden-utecht").mkdir()
    [line] = found(content)
    assert "midden-utecht: this folder is no region of index.yml; give it the id" in line


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
