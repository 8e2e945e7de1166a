"""``check_directory`` on whole regions: municipalities without cover, copied folders, shared calendars."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.directory.check import check_directory
from bot.directory.municipalities import Municipalities

AN_ID = "0d1b1f3e-7d53-4d3c-9d4a-000000000001"


def found(content: Path) -> list[str]:
    return [str(finding) for finding in check_directory(content, date(2026, 11, 22))]


MUNICIPAL = ("municipality_income", "municipality_debt_help", "municipality_housing")


@pytest.mark.parametrize("role", MUNICIPAL)
@pytest.mark.parametrize(
    ("region", "town"), [("midden-utrecht", "Zeist"), ("west-brabant", "Breda"), ("drechtsteden", "Dordrecht")]
)
def test_a_municipality_without_cover_is_found(content: Path, region: str, town: str, role: str) -> None:
    path = content / "regions" / region / "directory.json"
    organizations = json.loads(path.read_text("utf-8"))
    others = [name for name in Municipalities.load(content).in_region(region) if name != town]
    for service in (service for entry in organizations for service in entry["services"]):
        if any(item["taxonomy_term"]["code"] == role for item in service["attributes"]):
            names = [area["name"] for area in service.get("service_areas", [])] or others
            kept = [name for name in names if name != town] or others[:1]
            service["service_areas"] = [{"id": AN_ID, "name": name} for name in kept]
    path.write_text(json.dumps(organizations), "utf-8")
    told = f"{region}: nobody has the role {role} for {town}; add a partner, or the municipality to its service_areas"
    assert told in found(content)


def test_a_role_for_the_desk_that_a_partner_has(content: Path) -> None:
    path = content / "regions" / "west-brabant" / "region.yml"
    path.write_text(path.read_text("utf-8").replace("[immigration_lawyer", "[uwv, immigration_lawyer"), "utf-8")
    assert found(content) == ["west-brabant: desk_roles names uwv, which a partner has; take it out of desk_roles"]


def test_two_regions_that_share_a_calendar(content: Path) -> None:
    source, copy = (content / "regions" / name for name in ("drechtsteden", "gorinchem"))
    shutil.copytree(source, copy)
    [line] = [line for line in found(content) if line.startswith("drechtsteden and gorinchem")]
    assert "both have kickstart-drechtsteden, uwv-drechtsteden, uwv-ziekte-drechtsteden and others" in line
    assert "--new-ids" in line


def test_a_copied_folder_says_what_to_edit(content: Path) -> None:
    shutil.copytree(content / "regions" / "midden-utrecht", content / "regions" / "groot-amsterdam")
    told = [line for line in found(content) if line.startswith("groot-amsterdam")]
    assert any(
        "serves Zeist, which is in Midden-Utrecht; put a municipality of Groot Amsterdam there" in x for x in told
    )
    for role in MUNICIPAL:
        assert any(line.startswith(f"groot-amsterdam: nobody has the role {role} for Amsterdam;") for line in told)


def test_a_folder_that_is_no_region(content: Path) -> None:
    (content / "regions" / "midden-utecht").mkdir()
    [line] = found(content)
    assert "midden-utecht: this folder is no region of index.yml; give it the id" in line
