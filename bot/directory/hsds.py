"""Reading a directory in Open Referral HSDS 3.1: a JSON list of organisations with their services.

Two taxonomies of our own ride along as attributes of a service: ``doorwijzer-role`` (its code is one of ``ROLES``)
and ``doorwijzer-setting`` (its code is one of ``SETTINGS``, its value the setting). All else is plain HSDS.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.directory.hsds_records import Organization


class DirectoryError(ValueError):
    """A directory cannot be read; the message names the file, the organisation and the field."""


def read_organizations(path: Path) -> list[Organization]:
    """Read a ``directory.json``. Raises ``DirectoryError`` naming file, organisation and field."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DirectoryError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, or a trap
        raise DirectoryError(f"{path}: {error}") from error
    if not isinstance(data, list):
        raise DirectoryError(f"{path}: must be a list of organisations")
    return parse_organizations(path, data)


def parse_organizations(path: Path, data: list[Any]) -> list[Organization]:
    """Turn records into organisations. Raises ``DirectoryError`` naming the file ``path``, organisation and field."""
    return [_read_organization(path, number, entry) for number, entry in enumerate(data, start=1)]


def _read_organization(path: Path, number: int, entry: object) -> Organization:
    try:
        organization = Organization.model_validate(entry)
        for service in organization.services:
            service.schedule(assured=True)  # wrong hours show here, not when somebody wants an appointment
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "it"
        raise DirectoryError(f"{path}, {_called(number, entry)}, {field}: {first['msg']}") from error
    except ValueError as error:
        raise DirectoryError(f"{path}, {_called(number, entry)}, schedules: {error}") from error
    return organization


def _called(number: int, entry: object) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return f"organisation {name!r}" if name else f"organisation number {number}"
