"""Checks the entries of one directory, each by itself. Every message says what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from bot.directory.chain import chain_faults
from bot.directory.hsds_base import Language, Phone
from bot.directory.hsds_records import CALENDARS, MODES, ROLES, Organization, Service
from bot.directory.municipalities import Municipalities
from bot.directory.regions import Region

TO_FILL_IN = "FILL IN"
"""Stands in a copied folder where somebody still has to write something."""

_LANGUAGES = frozenset(Locale("en").languages)
#: Short numbers in use: emergencies, suicide prevention, European harmonised services, municipalities (14 030).
_SHORT_NUMBER = re.compile(r"112|113|116 ?\d{3}|14 ?0\d{2,3}")
#: Endings that no real site has (RFC 2606).
_RESERVED = (".example", ".invalid", ".test", ".localhost")


@dataclass(frozen=True)
class Finding:
    """One fault: where it is, and what is wrong and how to mend it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def check_organizations(
    file: str, organizations: list[Organization], towns: Municipalities, region: Region | None, oldest: date
) -> Iterator[Finding]:
    """Yield the faults in the records of one directory.

    ``region`` is None for the national one; what was checked before ``oldest`` has to be checked again.
    """
    ids = Counter(record.id for entry in organizations for record in (entry, *entry.services))
    for doubled in (record_id for record_id, count in ids.items() if count > 1):
        yield Finding(file, f"the id {doubled} is used twice; give one of the two records another id")
    for organization in organizations:
        where = f"{file}, {organization.name}"
        if any(TO_FILL_IN in text for text in (organization.name, organization.description)):
            yield Finding(where, f"still says {TO_FILL_IN!r}; write the name, or take the organisation out")
        yield from (Finding(where, message) for message in check_contact(organization))
        for service in organization.services:
            messages = [
                *check_contact(service),
                *_check_terms(service),
                *_check_modes(service),
                *_check_languages(service),
                *chain_faults(service),
                *_check_assurance(service, oldest),
                *_check_areas(service, towns, region),
            ]
            yield from (Finding(f"{where}, {service.name}", message) for message in messages)


def check_contact(entry: Organization | Service) -> Iterator[str]:
    """Yield what is wrong with its phone numbers, e-mail address and website."""
    for phone in _phones(entry):
        if not _is_phone(phone.number):
            yield f"{phone.number!r} is no phone number in use in the Netherlands; correct it, or take it out"
    if entry.email is not None:
        try:
            validate_email(entry.email, check_deliverability=False)
        except EmailNotValidError as error:
            yield f"{entry.email!r} is no e-mail address: {error} Correct it, or take it out"
    address = entry.website if isinstance(entry, Organization) else entry.url
    if address is not None:
        yield from check_website(address)


def check_website(address: str) -> Iterator[str]:
    """Yield what is wrong with the address of a website."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:  # "https://[": brackets that hold no address
        parts, host = urlsplit(""), None
    if parts.scheme != "https" or not host:
        yield f"{address!r} is no address of a website; it begins with https://"
    elif host.endswith(_RESERVED):
        yield f"{address!r} is nobody's website; write the real one, or take it out"


def _phones(entry: Organization | Service) -> list[Phone]:
    if isinstance(entry, Organization):
        return entry.phones
    places = entry.service_at_locations
    at_places = [phone for place in places for phone in place.phones]
    at_addresses = [phone for place in places if place.location for phone in place.location.phones]
    return [*entry.phones, *at_places, *at_addresses]


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
        yield f"has no role; give it one of {', '.join(sorted(ROLES))}"
    for role in service.roles:
        if role not in ROLES:
            yield f"has the role {role!r}, which does not exist; roles are {', '.join(sorted(ROLES))}"
    for setting in service.unknown_settings:
        yield f"has the setting {setting!r}, which does not exist or has no value; correct it, or take it out"
    yield from _check_calendar(service)


def _check_calendar(service: Service) -> Iterator[str]:
    kind, address = service.setting("calendar"), service.setting("calendar_url")
    if kind not in {None, *CALENDARS}:
        yield f"has the calendar {kind!r}; it is none or caldav, and without it the hours under schedules count"
    elif (kind == "caldav") != (address is not None):
        yield "has calendar: caldav without a calendar_url, or the other way round; give both, or neither"
    elif address is not None and not _is_safe_address(address):
        yield f"has the calendar_url {address!r}; it begins with https:// and holds no name or password"
    if service.setting("accessible") not in {None, "yes", "no"}:
        yield f"accessible is {service.setting('accessible')!r}; it is yes or no, and left out when it is not known"


def _is_safe_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _check_modes(service: Service) -> Iterator[str]:
    modes = (service.setting("mode") or "").replace(",", " ").split()
    for mode in modes:
        if mode not in MODES:
            yield f"has the mode {mode!r}; modes are {', '.join(sorted(MODES))}"
    if service.address is not None:
        return
    if "in_person" in modes:
        yield "invites people to come by, but has no address; give it one, or take the mode in_person out"
    if "walk_in" in modes and not (service.setting("assured") == "false" and service.alert):
        yield "lets people walk in, but has no address; give it one, or assured: false with an alert that says so"


def _check_languages(service: Service) -> Iterator[str]:
    spoken: list[Language] = [*service.languages, *(item for phone in service.phones for item in phone.languages)]
    for language in spoken:
        if language.code not in _LANGUAGES:
            yield f"has the language code {language.code!r}, which is no ISO 639 code; write nl, en, uk, ar or the like"


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
    elif marked == "false" and service.alert is None:
        yield "is not assured, and does not say what is not known; say it in alert"


def _check_areas(service: Service, towns: Municipalities, region: Region | None) -> Iterator[str]:
    for area in service.service_areas:
        if area.name not in towns.names:
            yield f"serves {area.name!r}, which is no municipality; write its name as in municipalities.csv"
        elif region is not None and area.name not in region.municipalities:
            elsewhere = towns.region_name(towns.region_of(area.name))
            yield f"serves {area.name}, which is in {elsewhere}; put a municipality of {region.name} there"
