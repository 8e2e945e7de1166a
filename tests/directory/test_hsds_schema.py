"""Our directories against the published HSDS 3.1 schema (not part of this repository)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bot.directory.transfer import export_region, import_region
from bot.settings import ROOT

FOLDER = os.environ.get("DOORWIJZER_STANDARDS", "")
SCHEMA = Path(FOLDER) / "hsds-3.1" / "compiled" / "organization.json"

pytestmark = pytest.mark.skipif(
    not FOLDER,
    reason="HSDS schema NOT checked: set DOORWIJZER_STANDARDS to the folder that holds hsds-3.1/compiled/",
)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _files() -> list[Path]:
    regions = (ROOT / "content" / "regions").glob("*/directory.json")
    return [*sorted(regions), ROOT / "docs" / "new-region" / "directory.json"]


def test_there_is_something_to_check() -> None:
    names = {path.parent.name for path in _files()}
    assert names >= {"midden-utrecht", "drechtsteden", "west-brabant", "national", "new-region"}


@pytest.mark.parametrize("region", ["midden-utrecht", "drechtsteden", "west-brabant", "national"])
def test_an_export_fits_the_schema(region: str, validator: Draft202012Validator) -> None:
    organizations = json.loads(export_region(ROOT / "content", region))
    assert organizations
    assert [error.message for entry in organizations for error in validator.iter_errors(entry)] == []


def test_ids_that_an_import_makes_fit_the_schema(content: Path, validator: Draft202012Validator) -> None:
    file = content / "given.json"
    phone = {"number": "0800-2000", "languages": [{"code": "nl"}]}
    place = {"location": {"location_type": "virtual", "accessibility": [{"description": "Met tolk"}]}}
    service = {"name": "Dienst", "status": "active", "phones": [phone], "service_at_locations": [place]}
    terms = [("rmt_desk", "doorwijzer-role", None), ("assured", "doorwijzer-setting", "false")]
    service |= {"alert": "Nog niet bevestigd.", "attributes": [_attribute(*term) for term in terms]}
    file.write_text(json.dumps([{"name": "Nieuw", "description": "x", "services": [service]}]))
    assert import_region(content, "drechtsteden", file, add=True).added == ("Nieuw",)
    added = json.loads(export_region(content, "drechtsteden"))[-1]
    assert [error.message for error in validator.iter_errors(added)] == []


def _attribute(code: str, taxonomy: str, value: str | None) -> dict[str, Any]:
    term = {"code": code, "name": code, "description": code, "taxonomy": taxonomy}
    return {"taxonomy_term": term, **({"value": value} if value else {})}


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.parent.name)
def test_every_organisation_fits_the_schema(path: Path, validator: Draft202012Validator) -> None:
    organizations: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    faults = [
        f"{organization['name']}, {error.json_path}: {error.message}"
        for organization in organizations
        for error in validator.iter_errors(organization)
    ]
    assert faults == []


def test_every_field_we_use_is_a_field_of_hsds(validator: Draft202012Validator) -> None:
    def unknown(value: object, schema: dict[str, Any], where: str) -> list[str]:
        if isinstance(value, list):
            return [fault for item in value for fault in unknown(item, schema.get("items", {}), where)]
        if not isinstance(value, dict):
            return []
        known = schema.get("properties", {})
        return [
            fault
            for key, inner in value.items()
            for fault in ([] if key in known else [f"{where}.{key}"])
            + unknown(inner, known.get(key, {}), f"{where}.{key}")
        ]

    for path in _files():
        for organization in json.loads(path.read_text("utf-8")):
            assert unknown(organization, dict(validator.schema), organization["name"]) == []


def test_the_schema_can_fail(validator: Draft202012Validator) -> None:
    organization = json.loads(_files()[0].read_text("utf-8"))[0]
    organization["services"][0]["status"] = "actif"
    assert [error.json_path for error in validator.iter_errors(organization)] == ["$.services[0].status"]
