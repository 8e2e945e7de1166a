"""Checks what staff edit: regions, partners, municipalities. Each fault is a ``Finding`` in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from bot import clock
from bot.directory.hsds import DirectoryError, read_organizations
from bot.directory.hsds_records import ROLES, Organization, Service
from bot.directory.municipalities import Municipalities, MunicipalityTableError
from bot.directory.partners import DESK, NATIONAL, Directory, Partner
from bot.directory.regions import Region, RegionFile, read_index, read_region

MODES = frozenset({"phone", "in_person", "video", "email", "website"})
NATIONAL_ASSURANCE_DAYS = 365
_LANGUAGES = frozenset(Locale("en").languages)
#: Short numbers in use: emergencies, suicide prevention, European harmonised services, municipalities (14 030).
_SHORT_NUMBER = re.compile(r"112|113|116 ?\d{3}|14 ?0\d{2,3}")


@dataclass(frozen=True)
class Finding:
    """One fault: where it is, and what is wrong and how to mend it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


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
    national = read_organizations(regions_dir / NATIONAL / "directory.json")
    findings += _check_organizations(NATIONAL, national, towns, None, day - timedelta(days=NATIONAL_ASSURANCE_DAYS))
    for region in directory.regions:
        if not region.municipalities:
            findings.append(Finding(region.id, "has no municipality in municipalities.csv"))
        if region.served:
            form = read_region(regions_dir / region.id / "region.yml")
            own = read_organizations(regions_dir / region.id / "directory.json")
            oldest = day - timedelta(days=form.assurance_days)
            findings += _check_organizations(region.id, own, towns, region, oldest)
            findings += _check_region(region, form, directory.all_partners(region.id))
    return findings


def _check_folders(regions_dir: Path, directory: Directory) -> Iterator[Finding]:
    known = {NATIONAL, *(entry.id for entry in read_index(regions_dir / "index.yml").regions)}
    for folder in sorted(path for path in regions_dir.iterdir() if path.is_dir()):
        if folder.name not in known:
            yield Finding(folder.name, "this folder is no region of index.yml")
    if not any(region.served for region in directory.regions):
        yield Finding("index.yml", "no region has a folder with region.yml and directory.json")


# --- one region ------------------------------------------------------------------------------------------------------


def _check_region(region: Region, form: RegionFile, partners: tuple[Partner, ...]) -> Iterator[Finding]:
    own = [partner for partner in partners if not partner.national]
    if region.last_resort not in {partner.id for partner in own}:
        yield Finding(region.id, f"last_resort {region.last_resort!r} is no partner of this region")
    offered = {role for partner in partners for role in partner.roles}
    if not any(DESK in partner.roles and not partner.municipalities for partner in own):
        yield Finding(region.id, f"no partner has the role {DESK} for the whole region")
    for role in sorted(ROLES - offered - set(form.desk_roles)):
        yield Finding(region.id, f"nobody has the role {role}; add a partner, or name it under desk_roles")
    named = {*form.desk_roles, *form.default_schedule.roles, *form.default_schedule.extra_hours}
    for role in sorted(named - ROLES):
        yield Finding(region.id, f"region.yml names the role {role!r}, which does not exist")
    for role in sorted(role for role in offered if role.startswith("municipality_")):
        serving = [partner for partner in own if role in partner.roles]
        for town in region.municipalities:
            if not any(not partner.municipalities or town in partner.municipalities for partner in serving):
                yield Finding(region.id, f"nobody has the role {role} for {town}")
    for partner in partners:
        if not (partner.schedule or partner.phones or partner.email or partner.website or partner.location):
            yield Finding(f"{region.id}, {partner.id}", "cannot be reached: no calendar, phone, e-mail or website")


# --- the entries of one directory ------------------------------------------------------------------------------------


def _check_organizations(
    file: str, organizations: list[Organization], towns: Municipalities, region: Region | None, oldest: date
) -> Iterator[Finding]:
    ids = Counter(record.id for entry in organizations for record in (entry, *entry.services))
    for doubled in (record_id for record_id, count in ids.items() if count > 1):
        yield Finding(file, f"the id {doubled} is used twice")
    for organization in organizations:
        where = f"{file}, {organization.name}"
        yield from (Finding(where, message) for message in _check_contact(organization))
        for service in organization.services:
            messages = [
                *_check_contact(service),
                *_check_terms(service),
                *_check_assurance(service, oldest),
                *_check_areas(service, towns, region),
            ]
            yield from (Finding(f"{where}, {service.name}", message) for message in messages)


def _check_contact(entry: Organization | Service) -> Iterator[str]:
    for phone in entry.phones:
        if not _is_phone(phone.number):
            yield f"{phone.number!r} is no phone number in use in the Netherlands"
    if entry.email is not None:
        try:
            validate_email(entry.email, check_deliverability=False)
        except EmailNotValidError as error:
            yield f"{entry.email!r} is no e-mail address: {error}"
    address = entry.website if isinstance(entry, Organization) else entry.url
    if address is not None and (urlsplit(address).scheme != "https" or not urlsplit(address).hostname):
        yield f"{address!r} is no address of a website; it begins with https://"


def _is_phone(number: str) -> bool:
    if _SHORT_NUMBER.fullmatch(number):
        return True
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(parsed))


def _check_terms(service: Service) -> Iterator[str]:
    if not service.roles:
        yield "has no role"
    for role in service.roles:
        if role not in ROLES:
            yield f"has the role {role!r}, which does not exist"
    for setting in service.unknown_settings:
        yield f"has the setting {setting!r}, which does not exist or has no value"
    modes = (service.setting("mode") or "").replace(",", " ").split()
    for mode in modes:
        if mode not in MODES:
            yield f"has the mode {mode!r}; modes are {', '.join(sorted(MODES))}"
    if "in_person" in modes and service.address is None:
        yield "invites people to come by, but has no address"
    if service.setting("calendar") not in {None, "none"}:
        yield "has a calendar setting other than none"
    for language in service.languages:
        if language.code not in _LANGUAGES:
            yield f"has the language code {language.code!r}, which is no ISO 639 code"


def _check_assurance(service: Service, oldest: date) -> Iterator[str]:
    marked = service.setting("assured")
    if marked not in {None, "true", "false"}:
        yield f"assured is {marked!r}; it is true or false"
    elif service.assured_date is None and marked != "false":
        yield "says nothing about being checked: give an assured_date, or the setting assured: false"
    elif service.assured_date is not None and marked == "false":
        yield "has an assured_date and the setting assured: false; leave one out"
    elif service.assured_date is not None and service.assured_date < oldest:
        yield f"was last checked on {service.assured_date.isoformat()}: check it again"


def _check_areas(service: Service, towns: Municipalities, region: Region | None) -> Iterator[str]:
    for area in service.service_areas:
        if area.name not in towns.names:
            yield f"serves {area.name!r}, which is no municipality"
        elif region is not None and area.name not in region.municipalities:
            yield f"serves {area.name}, which is in {towns.region_name(towns.region_of(area.name))}"
