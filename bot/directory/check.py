"""Checks what staff edit: regions, partners, municipalities. Each fault is a ``Finding`` in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

from bot import clock
from bot.directory.check_records import TO_FILL_IN, Finding, check_organizations, check_website
from bot.directory.hsds import DirectoryError, read_organizations
from bot.directory.hsds_records import ROLES, Organization, Service
from bot.directory.municipalities import Municipalities, MunicipalityTableError
from bot.directory.partners import DESK, NATIONAL, Directory, Partner
from bot.directory.regions import Region, RegionFile, read_index, read_region

__all__ = ["Finding", "check_directory", "shared_ids"]

NATIONAL_ASSURANCE_DAYS = 365


def check_directory(content_dir: Path, today: date | None = None) -> list[Finding]:
    """Return all faults in the regions below ``content_dir``; an empty list when all is well.

    ``today`` (default: the date in the Netherlands) decides which assurances have expired. Files that cannot be read
    are findings too, nothing is raised for them.
    """
    regions_dir = content_dir / "regions"
    try:
        towns = Municipalities.load(content_dir)
        directory = Directory.load(regions_dir)
    except (DirectoryError, MunicipalityTableError) as error:
        return [Finding("content", str(error))]
    except OSError as error:
        return [Finding("content", f"{error.filename}: {error.strerror}")]
    day = today or clock.today()
    findings = list(_check_folders(regions_dir, directory))
    files = {NATIONAL: read_organizations(regions_dir / NATIONAL / "directory.json")}
    oldest = day - timedelta(days=NATIONAL_ASSURANCE_DAYS)
    findings += check_organizations(NATIONAL, files[NATIONAL], towns, None, oldest)
    for region in directory.regions:
        if not region.municipalities:
            findings.append(
                Finding(region.id, "has no municipality in municipalities.csv; add its municipalities there")
            )
        if region.served:
            form = read_region(regions_dir / region.id / "region.yml")
            files[region.id] = read_organizations(regions_dir / region.id / "directory.json")
            oldest = day - timedelta(days=form.assurance_days)
            findings += check_organizations(region.id, files[region.id], towns, region, oldest)
            findings += _check_region(region, form, directory.all_partners(region.id))
        findings += (Finding(region.id, message) for message in check_website(region.website))
    return [*findings, *_check_ids(files)]


def _check_folders(regions_dir: Path, directory: Directory) -> Iterator[Finding]:
    known = {NATIONAL, *(entry.id for entry in read_index(regions_dir / "index.yml").regions)}
    for folder in sorted(path for path in regions_dir.iterdir() if path.is_dir()):
        if folder.name not in known:
            yield Finding(
                folder.name, "this folder is no region of index.yml; give it the id of a region, or move it away"
            )
    if not any(region.served for region in directory.regions):
        yield Finding(
            "index.yml", "no region has a folder with region.yml and directory.json; see docs/add-a-region.md"
        )


def _check_ids(files: dict[str, list[Organization]]) -> Iterator[Finding]:
    for one, other in combinations(files, 2):
        shared = shared_ids(files[one], files[other])
        if shared:
            yield Finding(
                f"{one} and {other}",
                f"both have {', '.join(shared[:3])}{' and others' if len(shared) > 3 else ''}; the calendars would be "
                f"one. Give the copy ids of its own: doorwijzer directory import REGION ITS-directory.json --new-ids",
            )


def shared_ids(one: list[Organization], other: list[Organization]) -> list[str]:
    """Return the services of two directories that have an id in common, by the name in the program or else the id."""
    taken = {key for entry in other for service in entry.services for key in _keys(service)}
    return [
        str(service.setting("partner_id") or service.id)
        for entry in one
        for service in entry.services
        if not taken.isdisjoint(_keys(service))
    ]


def _keys(service: Service) -> set[str]:
    return {str(service.id), service.setting("partner_id") or str(service.id)}


# --- one region ------------------------------------------------------------------------------------------------------


def _check_region(region: Region, form: RegionFile, partners: tuple[Partner, ...]) -> Iterator[Finding]:
    own = [partner for partner in partners if not partner.national]
    yield from (Finding(region.id, message) for message in _check_form(form, own, partners))
    yield from (Finding(region.id, message) for message in _check_cover(region, form, own))
    for partner in partners:
        if not (partner.schedule or partner.phones or partner.email or partner.website or partner.location):
            message = "cannot be reached: no calendar, phone, e-mail or website; add one, or set its status to inactive"
            yield Finding(f"{region.id}, {partner.id}", message)


def _check_form(form: RegionFile, own: list[Partner], partners: tuple[Partner, ...]) -> Iterator[str]:
    if TO_FILL_IN in form.brand:
        yield f"region.yml still says {TO_FILL_IN!r} as brand; write the name of the region's desk"
    if form.last_resort not in {partner.id for partner in own}:
        yield f"last_resort {form.last_resort!r} is no partner of this region; name one of its partner_ids there"
    if not any(DESK in partner.roles and not partner.municipalities for partner in own):
        yield f"no partner has the role {DESK} for the whole region; add one without service_areas"
    offered = {role for partner in partners for role in partner.roles}
    for role in sorted(ROLES - offered - set(form.desk_roles)):
        yield f"nobody has the role {role}; add a partner, or name it under desk_roles"
    for role in sorted(offered & set(form.desk_roles)):
        yield f"desk_roles names {role}, which a partner has; take it out of desk_roles"
    named = {*form.desk_roles, *form.default_schedule.roles, *form.default_schedule.extra_hours}
    for role in sorted(named - ROLES):
        yield f"region.yml names the role {role!r}, which does not exist; roles are {', '.join(sorted(ROLES))}"


def _check_cover(region: Region, form: RegionFile, own: list[Partner]) -> Iterator[str]:
    municipal = {role for role in ROLES if role.startswith("municipality_")} - set(form.desk_roles)
    for role in sorted(municipal):
        serving = [partner for partner in own if role in partner.roles]
        for town in region.municipalities:
            if not any(not partner.municipalities or town in partner.municipalities for partner in serving):
                yield f"nobody has the role {role} for {town}; add a partner, or the municipality to its service_areas"
