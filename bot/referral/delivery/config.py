"""By which way each partner gets its referrals: ``content/regions/<region>/delivery.yml``, written by staff.

A partner without an entry gets them by phone, from the desk. Secrets are not in the file: it names the variable of the
environment that holds them. An address may lie in a private network, as a municipality's receiver often does: it comes
from staff's own file, never from a resident, so none is refused for where it points.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import yaml
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.directory.partners import NATIONAL
from bot.referral.delivery.errors import SendError
from bot.referral.delivery.http import check_url

FILE = "delivery.yml"


class DeliveryConfigError(SendError):
    """A ``delivery.yml`` that cannot be used; the words say what to mend. The referral waits until it is."""


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None


Url = Annotated[str, AfterValidator(check_url)]
Email = Annotated[str, AfterValidator(_email)]
#: The name of a variable, so that nobody writes the secret itself here.
Variable = Annotated[str, Field(pattern=r"^DOORWIJZER_[A-Z0-9_]{1,80}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeskEntry(_Entry):
    """Nothing is sent; the desk passes it on by phone."""

    adapter: Literal["desk"] = "desk"


class EmailEntry(_Entry):
    """A mail without personal data, with the signed page."""

    adapter: Literal["email"]
    to: Email


class WebhookEntry(_Entry):
    """The referral as JSON, signed after the Standard Webhooks specification."""

    adapter: Literal["webhook"]
    url: Url
    secret_env: Variable


class KlantinteractiesEntry(_Entry):
    """VNG Klantinteracties; ``url`` ends before ``/maak-klantcontact``. ``actor``: the partner's, when it is known."""

    adapter: Literal["klantinteracties"]
    url: Url
    token_env: Variable
    actor: UUID | None = None


class FileDropEntry(_Entry):
    """A file an event, in a folder that the partner empties."""

    adapter: Literal["file_drop"]


Entry = Annotated[
    DeskEntry | EmailEntry | WebhookEntry | KlantinteractiesEntry | FileDropEntry, Field(discriminator="adapter")
]


class DeliveryFile(_Entry):
    """One ``delivery.yml``."""

    partners: dict[str, Entry] = Field(default_factory=dict)


def read_delivery(path: Path) -> DeliveryFile:
    """Read one file; one that is not there is an empty one. Raises ``DeliveryConfigError``."""
    where = f"{path.parent.name}/{path.name}"
    try:
        data = yaml.safe_load(path.read_text("utf-8")) or {}
        return DeliveryFile.model_validate(data)
    except FileNotFoundError:
        return DeliveryFile()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DeliveryConfigError(f"{where} cannot be read: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}" for fault in error.errors()
        )
        raise DeliveryConfigError(f"{where}: {faults}") from None


class Ways:
    """The ways to all partners: the region's own file, then the national one. Each file is read once."""

    def __init__(self, regions_dir: Path) -> None:
        self._regions_dir = regions_dir
        self._files: dict[str, DeliveryFile] = {}

    def entry(self, region: str, partner_id: str) -> Entry:
        """Return a partner's entry, the desk's when it has none. Raises ``DeliveryConfigError``."""
        for name in (region, NATIONAL):
            found = self._file(name).partners.get(partner_id)
            if found is not None:
                return found
        return DeskEntry()

    def _file(self, region: str) -> DeliveryFile:
        if region not in self._files:
            known = bool(re.fullmatch(r"[a-z0-9-]+", region))
            self._files[region] = read_delivery(self._regions_dir / region / FILE) if known else DeliveryFile()
        return self._files[region]


def secret(variable: str) -> str:
    """Return what a variable of the environment holds. Raises ``DeliveryConfigError`` when it is not set."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise DeliveryConfigError(f"the environment has no {variable}, which {FILE} names")
    return value
