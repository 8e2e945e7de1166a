"""Export and import of one region's directory as Open Referral HSDS 3.1: a JSON list of organisations.

An import replaces the region's ``directory.json`` as a whole or not at all: every record is checked first, and the file
changes in one step. What is left out of a file says nothing new, so the order of organisations is the file's own.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.directory.check import shared_ids
from bot.directory.check_records import check_organizations
from bot.directory.hsds import DirectoryError, parse_organizations, read_organizations
from bot.directory.hsds_ids import add_ids, renew_ids
from bot.directory.hsds_records import Organization
from bot.directory.municipalities import Municipalities
from bot.directory.partner import read_partners
from bot.directory.partners import NATIONAL
from bot.directory.regions import Region, read_index, read_region

MAX_BYTES = 20_000_000
"""A directory is some hundred kilobytes; what is bigger than this is not one."""

Records = list[dict[str, Any]]


class ImportRefused(DirectoryError):
    """A file cannot be imported; ``faults`` says why, one line each. Nothing was written."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Changes:
    """What an import changes: names of organisations, and whether it puts those that stay in another order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.reordered)


def export_region(content_dir: Path, region_id: str) -> str:
    """Return a region's directory (or ``national``) as JSON. Raises ``DirectoryError`` when there is none."""
    path = _folder(content_dir, region_id) / "directory.json"
    read_organizations(path)
    return to_json(_read_json(path))


def import_region(
    content_dir: Path,
    region_id: str,
    file: Path,
    *,
    dry_run: bool = False,
    add: bool = False,
    new_ids: bool = False,
) -> Changes:
    """Put the organisations of ``file`` in the place of a region's directory, and say what that changes.

    Records without an id get one. With ``add`` the organisations that the file does not name stay; with ``new_ids`` all
    services get ids of their own, as a copy of another region needs. With ``dry_run`` nothing is written.

    Raises ``ImportRefused`` with every fault of the file, and ``DirectoryError`` when there is no such region; the
    region's directory is then as it was.
    """
    target = _folder(content_dir, region_id) / "directory.json"
    before = _read_json(target) if target.exists() else []
    others = _other_regions(content_dir, region_id)
    given = _read_json(file)
    try:
        if new_ids:
            taken = {key for organizations in others.values() for key in _partner_ids(organizations)}
            given = renew_ids(given, region_id, taken, _region_ids(content_dir))
        after = _added(before, add_ids(given)) if add else add_ids(given)
        text = to_json(after).encode()
    except (ValueError, RecursionError) as error:  # half a character, a number that is none, a trap
        raise DirectoryError(f"{file}: {error}") from error
    faults = list(_faults(content_dir, region_id, file, after, others))
    if faults:
        raise ImportRefused(faults)
    changes = _changes(before, after)
    if changes and not dry_run:
        _write(target, text)
    return changes


def to_json(organizations: Records) -> str:
    """Return the form in which a directory is kept: a line for each small record, so that a change is one line."""
    return f"{_list('services', organizations, 0)}\n"


# --- reading and checking --------------------------------------------------------------------------------------------


def _folder(content_dir: Path, region_id: str) -> Path:
    known = [NATIONAL, *_region_ids(content_dir)]
    if region_id not in known:
        raise DirectoryError(f"there is no region {region_id!r}; regions are {', '.join(known)}")
    folder = content_dir / "regions" / region_id
    if not folder.is_dir():
        raise DirectoryError(f"{region_id} has no folder {folder}; docs/add-a-region.md says how to make it")
    return folder


def _region_ids(content_dir: Path) -> list[str]:
    return [entry.id for entry in read_index(content_dir / "regions" / "index.yml").regions]


def _read_json(path: Path) -> Records:
    """Read a list of objects. Raises ``DirectoryError`` naming the file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DirectoryError(f"{path}: is bigger than {MAX_BYTES // 1_000_000} MB, so it is no directory")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DirectoryError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, DirectoryError) else DirectoryError(f"{path}: {error}") from error
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise DirectoryError(f"{path}: must be a list of organisations")
    return data


def _other_regions(content_dir: Path, region_id: str) -> dict[str, list[Organization]]:
    paths = (path for path in sorted((content_dir / "regions").glob("*/directory.json")))
    return {path.parent.name: read_organizations(path) for path in paths if path.parent.name != region_id}


def _partner_ids(organizations: list[Organization]) -> Iterator[str]:
    for organization in organizations:
        yield from filter(None, (service.setting("partner_id") for service in organization.services))


def _faults(
    content_dir: Path, region_id: str, file: Path, after: Records, others: dict[str, list[Organization]]
) -> Iterator[str]:
    try:
        organizations = parse_organizations(file, after)
        form = None if region_id == NATIONAL else read_region(content_dir / "regions" / region_id / "region.yml")
        partners = read_partners(organizations, form, national=region_id == NATIONAL)
    except DirectoryError as error:
        yield str(error)
        return
    towns = Municipalities.load(content_dir)
    region = None if region_id == NATIONAL else _region(towns, region_id)
    # what was checked long ago is still what is known: the check of the directory asks for it, an import may bring it
    yield from map(str, check_organizations(region_id, organizations, towns, region, oldest=date.min))
    names = [partner.id for partner in partners]
    for doubled in sorted({name for name in names if names.count(name) > 1}):
        yield f"{region_id}: two services have the partner_id {doubled!r}; give one another"
    for other, theirs in others.items():
        shared = shared_ids(organizations, theirs)
        if shared:
            some = f"{', '.join(shared[:3])}{' …' if len(shared) > 3 else ''}"
            yield f"{region_id}: {some} is in {other} too; --new-ids gives a copy ids of its own"


def _region(towns: Municipalities, region_id: str) -> Region:
    return Region(region_id, towns.region_name(region_id), "", "", towns.in_region(region_id), served=True)


# --- what changes, and writing it ------------------------------------------------------------------------------------


def _by_id(organizations: Records) -> dict[str, dict[str, Any]]:
    return {str(entry.get("id", number)): entry for number, entry in enumerate(organizations)}


def _added(before: Records, given: Records) -> Records:
    return list({**_by_id(before), **_by_id(given)}.values())


def _changes(before: Records, after: Records) -> Changes:
    old, new = _by_id(before), _by_id(after)
    stay = [key for key in old if key in new]
    return Changes(
        added=tuple(str(entry["name"]) for key, entry in new.items() if key not in old),
        changed=tuple(str(new[key]["name"]) for key in stay if new[key] != old[key]),
        removed=tuple(str(entry.get("name")) for key, entry in old.items() if key not in new),
        reordered=stay != [key for key in new if key in old],
    )


def _write(target: Path, text: bytes) -> None:
    """Write a file in one step: whoever reads it meanwhile sees the old one or the new one, never half of one."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".directory-", suffix=".json")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode if target.exists() else 0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _list(key: str, records: list[Any], indent: int) -> str:
    if not records or not all(isinstance(record, dict) for record in records):
        return _line(records)
    pad = " " * indent
    show = _block if key == "services" else lambda record, _: _line(record)
    inner = ",\n".join(f"{pad}  {show(record, indent + 2)}" for record in records)
    return f"[\n{inner}\n{pad}]"


def _block(record: dict[str, Any], indent: int) -> str:
    pad = " " * indent
    inner = ",\n".join(f"{pad}  {_line(key)}: {_value(key, value, indent + 2)}" for key, value in record.items())
    return f"{{\n{inner}\n{pad}}}"


def _value(key: str, value: object, indent: int) -> str:
    return _list(key, value, indent) if isinstance(value, list) else _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
