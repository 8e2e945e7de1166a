"""Export and import: nothing lost, nothing half done, and every fault said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.directory.hsds import DirectoryError
from bot.directory.hsds_ids import add_ids
from bot.directory.partners import Directory
from bot.directory.transfer import Changes, ImportRefused, export_region, import_region, to_json
from bot.settings import ROOT

FOLDERS = ("midden-utrecht", "drechtsteden", "west-brabant", "national")
HOME = "west-brabant"

Organizations = list[dict[str, Any]]

#: What a region's folder holds; a file on the way would be one more.
FILES = ["delivery.yml", "directory.json", "region.yml"]


def directory_of(content: Path, region: str = HOME) -> Path:
    return content / "regions" / region / "directory.json"


def read(content: Path, region: str = HOME) -> Organizations:
    found: Organizations = json.loads(directory_of(content, region).read_text("utf-8"))
    return found


@pytest.fixture
def send(content: Path, tmp_path: Path) -> Any:
    """Import organisations (or the bytes of a file) into West-Brabant."""

    def bring(what: Organizations | bytes, region: str = HOME, **options: bool) -> Changes:
        file = tmp_path / "given.json"
        file.write_bytes(what if isinstance(what, bytes) else json.dumps(what).encode())
        return import_region(content, region, file, **options)

    return bring


@pytest.mark.parametrize("region", FOLDERS)
def test_what_goes_out_comes_back_unchanged(content: Path, send: Any, region: str) -> None:
    before = directory_of(content, region).read_bytes()
    out = export_region(content, region)
    assert out.encode() == before  # our files are kept in the form that an export has
    assert send(out.encode(), region) == Changes()
    assert directory_of(content, region).read_bytes() == before


@pytest.mark.parametrize("region", FOLDERS[:3])
def test_ids_follow_from_names(region: str) -> None:
    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(item) for item in value]
        return {k: bare(v) for k, v in value.items() if k != "id"} if isinstance(value, dict) else value

    kept = json.loads((ROOT / "content" / "regions" / region / "directory.json").read_text("utf-8"))
    assert add_ids(bare(kept)) == kept


def test_what_was_added_changed_and_removed_is_said(content: Path, send: Any) -> None:
    organizations = read(content)
    names = [entry["name"] for entry in organizations]
    organizations[1]["description"] = "Anders."
    gone = organizations.pop(5)
    organizations.append({"name": "Nieuw", "description": "Nog zonder diensten."})
    changes = send(organizations)
    assert changes == Changes(("Nieuw",), (names[1],), (gone["name"],))
    assert [entry["name"] for entry in read(content)] == [name for name in names if name != gone["name"]] + ["Nieuw"]
    assert send(read(content)) == Changes()


def test_the_order_is_the_files(content: Path, send: Any) -> None:
    turned = read(content)[::-1]
    assert send(turned) == Changes(reordered=True)
    assert read(content) == turned


def test_a_dry_run_writes_nothing(content: Path, send: Any) -> None:
    before = directory_of(content).read_bytes()
    assert send([], dry_run=True).removed
    assert directory_of(content).read_bytes() == before


def test_adding_keeps_what_is_not_named(content: Path, send: Any) -> None:
    before = read(content)
    first = {**before[0], "description": "Anders."}
    assert send([first, {"name": "Nieuw", "description": "x"}], add=True) == Changes(("Nieuw",), (first["name"],))
    assert [entry["name"] for entry in read(content)] == [*(entry["name"] for entry in before), "Nieuw"]
    assert read(content)[1:-1] == before[1:]


def test_fields_of_hsds_that_we_do_not_use_are_kept(content: Path, send: Any) -> None:
    organizations = read(content)
    organizations[0] |= {"year_incorporated": 1990, "tax_id": "1", "programs": [], "contacts": [{"name": "Balie"}]}
    place = {"location_type": "physical", "description": "Hier", "accessibility": [{"description": "Drempelloos"}]}
    organizations[0]["services"][0] |= {"wait_time": "2 weken", "service_at_locations": [{"location": place}]}
    send(organizations)
    kept = read(content)[0]
    assert (kept["year_incorporated"], kept["contacts"][0]["name"]) == (1990, "Balie")
    desk = Directory.load(content / "regions").partners(HOME, "rmt_desk")[0]
    assert (desk.location, desk.accessibility) == ("Hier", ("Drempelloos",))


def _role(organizations: Organizations) -> dict[str, Any]:
    term: dict[str, Any] = organizations[1]["services"][0]["attributes"][0]["taxonomy_term"]
    return term


def _spoil(field: str, value: object) -> Any:
    return lambda organizations: organizations[1]["services"][0].update({field: value})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda o: _role(o).update(code="astronaut"),
            "has the role 'astronaut', which does not exist; roles are childcare_allowance, coa",
        ),
        (_spoil("phones", [{"number": "12"}]), "'12' is no phone number"),
        (_spoil("email", "nobody"), "'nobody' is no e-mail address"),
        (_spoil("languages", [{"code": "zz9"}]), "language code 'zz9'"),
        (_spoil("service_areas", [{"name": "Utrecht"}]), "serves Utrecht, which is in Midden-Utrecht"),
        (_spoil("status", "open"), "organisation 'UWV', services.0.status"),
        (_spoil("fone", "1"), "organisation 'UWV', services.0.fone: Extra inputs"),
        (_spoil("id", "7"), "services.0.id"),
        (_spoil("schedules", [{"byday": "MO", "opens_at": "12:00", "closes_at": "09:00"}]), "closes at 09:00"),
        (_spoil("services", None), "Extra inputs"),
        (lambda o: o.append(o[0]), "is used twice"),
        (lambda o: o[1].pop("name"), "name: Field required"),
        (lambda o: o[1].update(services="x"), "services"),
        (lambda o: o[1].update(services=[None]), "services.0"),
        (lambda o: o[1]["services"].append({**o[1]["services"][0], "id": None}), "is used twice"),
    ],
)
def test_a_fault_is_refused_and_nothing_is_lost(content: Path, send: Any, spoil: Any, says: str) -> None:
    before = directory_of(content).read_bytes()
    organizations = read(content)
    spoil(organizations)
    with pytest.raises(ImportRefused) as refused:
        send(organizations)
    assert any(says in fault for fault in refused.value.faults), refused.value.faults
    assert directory_of(content).read_bytes() == before
    assert sorted(path.name for path in directory_of(content).parent.iterdir()) == FILES


def test_all_faults_are_said_at_once(content: Path, send: Any) -> None:
    organizations = read(content)
    organizations[1]["services"][0]["email"] = "nobody"
    organizations[2]["services"][0]["url"] = "ftp://x"
    with pytest.raises(ImportRefused) as refused:
        send(organizations)
    assert len(refused.value.faults) == 2


RUBBISH = {
    "empty": b"",
    "half": b"{",
    "null": b"null",
    "object": b"{}",
    "number": b"7",
    "numbers": b"[1]",
    "texts": b'["x"]',
    "no UTF-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "deep and whole": b'[{"x": ' * 400 + b"1" + b"}]" * 400,
    "half a character": b'[{"name": "\\ud800", "description": "x"}]',
    "no number": b'[{"name": "a", "description": "b", "year_incorporated": NaN}]',
    "huge": b"[" + b" " * 20_000_001 + b"]",
}


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_is_refused_and_nothing_is_lost(content: Path, send: Any, rubbish: bytes) -> None:
    before = directory_of(content).read_bytes()
    with pytest.raises(DirectoryError):
        send(rubbish)
    assert directory_of(content).read_bytes() == before


def test_a_write_that_fails_leaves_the_old_file(content: Path, send: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = directory_of(content).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        send([{"name": "Nieuw", "description": "x"}])
    assert directory_of(content).read_bytes() == before
    assert sorted(path.name for path in directory_of(content).parent.iterdir()) == FILES


@pytest.mark.parametrize("region", ["atlantis", "", "../national", "achterhoek"])
def test_a_region_that_is_not_served_has_no_directory(content: Path, send: Any, region: str) -> None:
    with pytest.raises(DirectoryError):
        send([], region)
    with pytest.raises(DirectoryError):
        export_region(content, region)


def test_the_records_of_another_region_need_ids_of_their_own(content: Path, send: Any) -> None:
    shutil.copytree(content / "regions" / "drechtsteden", content / "regions" / "gorinchem")
    given = [entry for entry in read(content, "drechtsteden") if not entry["name"].startswith("Gemeente")]
    with pytest.raises(ImportRefused, match=r"kickstart-drechtsteden, .* is in drechtsteden too; --new-ids"):
        send(given, "gorinchem")
    send(given, "gorinchem", new_ids=True)
    new = read(content, "gorinchem")
    old_ids = {service["id"] for entry in given for service in entry["services"]}
    assert not any(service["id"] in old_ids for entry in new for service in entry["services"])
    assert all(service["organization_id"] == entry["id"] for entry in new for service in entry["services"])
    text = json.dumps(new)
    assert '"kickstart-gorinchem"' in text
    assert '-drechtsteden"' not in text
    assert send(given, "gorinchem", new_ids=True) == Changes()


def test_an_empty_directory_has_a_form_too() -> None:
    assert json.loads(to_json([])) == []
