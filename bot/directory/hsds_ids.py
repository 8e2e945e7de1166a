"""Ids of records. They follow from what a record is called, so that the same file always gets the same ids."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from bot.directory.hsds_records import ROLE_TAXONOMY, SETTING_TAXONOMY

_NAMESPACE = uuid5(NAMESPACE_DNS, "doorwijzer")
#: Words in the ids of our own taxonomies' terms.
_TAXONOMIES = {ROLE_TAXONOMY: "role", SETTING_TAXONOMY: "set"}
#: Fields whose value tells records of one list apart, the first that a record has.
_CALLED = ("code", "number", "name", "identifier", "address_1")
#: The word for a list in the ids of its records; none for those that a language or a service names well enough.
_WORDS = {"phones": "phone", "service_areas": "area", "languages": "", "services": ""}

Record = dict[str, Any]


def add_ids(organizations: list[Record]) -> list[Record]:
    """Return the organisations with an id for every record that lacks one."""
    return [_with_ids(entry, slug(str(entry.get("name", number)))) for number, entry in enumerate(organizations)]


def renew_ids(organizations: list[Record], region_id: str, taken: set[str], regions: list[str]) -> list[Record]:
    """Return a copy whose services have ids of their own.

    A ``partner_id`` that is among ``taken`` ends in the region's id afterwards, in place of another region's.
    """
    bare = [_without_ids(entry) for entry in organizations]
    for organization in bare:
        for service in _records(organization.get("services")):
            for attribute in _settings(service, "partner_id"):
                if attribute.get("value") in taken:
                    attribute["value"] = _moved(str(attribute["value"]), region_id, regions)
    return add_ids(bare)


def slug(name: str) -> str:
    """Return a name in small letters without accents, its words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.casefold())) or "x"


def _moved(partner_id: str, region_id: str, regions: list[str]) -> str:
    for other in regions:
        partner_id = partner_id.removesuffix(f"-{other}")
    return f"{partner_id}-{region_id}"


def _with_ids(record: Record, path: str) -> Record:
    given = record.get("id") or str(uuid5(_NAMESPACE, path))
    filled: Record = {"id": given}
    for key, value in record.items():
        if key == "taxonomy_term" and isinstance(value, dict):
            filled[key] = _term_with_id(value)
        elif isinstance(value, list):
            filled[key] = [_member(key, number, item, path) for number, item in enumerate(value)]
            if key == "services":
                filled[key] = [_led({"id": None, "organization_id": given}, item) for item in filled[key]]
        elif key != "id":
            filled[key] = _with_ids(value, f"{path}/{key}") if key == "location" and isinstance(value, dict) else value
    return filled


def _led(first: Record, item: object) -> object:
    return {**first, **item} if isinstance(item, dict) else item


def _member(key: str, number: int, item: object, path: str) -> object:
    if not isinstance(item, dict):
        return item
    called = next((str(item[field]) for field in _CALLED if item.get(field)), str(number))
    if key == "attributes" and isinstance(item.get("taxonomy_term"), dict):
        called = _term_path(item["taxonomy_term"])
    elif key == "services":
        named = _settings(item, "partner_id")
        called = str(named[0].get("value")) if named else slug(called)
    else:
        called = "/".join(filter(None, (_WORDS.get(key, key), called)))
    return _with_ids(item, f"{path}/{called}")


def _term_with_id(term: Record) -> Record:
    given = term.get("id") or str(uuid5(_NAMESPACE, _term_path(term)))
    return {"id": given, **{key: value for key, value in term.items() if key != "id"}}


def _term_path(term: Record) -> str:
    taxonomy = str(term.get("taxonomy", "term"))
    return f"{_TAXONOMIES.get(taxonomy, taxonomy)}/{term.get('code') or slug(str(term.get('name', '')))}"


def _without_ids(record: Record) -> Record:
    """Leave out the ids of a record and all below it, and what refers to them; terms are shared and keep theirs."""
    return {
        key: value
        if key == "taxonomy_term"
        else [_without_ids(item) if isinstance(item, dict) else item for item in value]
        if isinstance(value, list)
        else _without_ids(value)
        if isinstance(value, dict)
        else value
        for key, value in record.items()
        if key not in {"id", "taxonomy_term_id"} and not (key.endswith("_id") and key != "tax_id")
    }


def _settings(service: Record, code: str) -> list[Record]:
    return [
        attribute
        for attribute in _records(service.get("attributes"))
        if isinstance(term := attribute.get("taxonomy_term"), dict)
        and (term.get("taxonomy"), term.get("code")) == (SETTING_TAXONOMY, code)
    ]


def _records(value: object) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
