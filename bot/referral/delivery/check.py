"""Checks what staff wrote in ``delivery.yml``, and whether this machine has the secrets that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.directory.hsds import DirectoryError
from bot.directory.municipalities import MunicipalityTableError
from bot.directory.partners import NATIONAL, Directory
from bot.referral.delivery.config import (
    FILE,
    DeliveryConfigError,
    DeliveryFile,
    KlantinteractiesEntry,
    WebhookEntry,
    read_delivery,
    secret,
)
from bot.referral.delivery.webhook import signers


def check_delivery(content_dir: Path) -> list[str]:
    """Return what is wrong in the files: their form, and partners that do not exist."""
    files, findings = _files(content_dir / "regions")
    if not any(file.partners for file in files.values()):
        return findings
    try:
        directory = Directory.load(content_dir / "regions")
    except (DirectoryError, MunicipalityTableError, OSError):
        return findings  # told by the check of the directory
    return findings + list(_strangers(files, directory))


def check_secrets(content_dir: Path) -> list[str]:
    """Return which variables the files name and this machine's environment does not hold, or not in a usable form."""
    files, _ = _files(content_dir / "regions")
    findings = []
    for region, file in files.items():
        for partner_id, entry in file.partners.items():
            try:
                if isinstance(entry, WebhookEntry):
                    signers(entry.secret_env)
                elif isinstance(entry, KlantinteractiesEntry):
                    secret(entry.token_env)
            except DeliveryConfigError as error:
                findings.append(f"{region}/{FILE}, {partner_id}: {error}")
    return findings


def _files(regions_dir: Path) -> tuple[dict[str, DeliveryFile], list[str]]:
    files, findings = {}, []
    for path in sorted(regions_dir.glob(f"*/{FILE}")):
        try:
            files[path.parent.name] = read_delivery(path)
        except DeliveryConfigError as error:
            findings.append(str(error))
    return files, findings


def _strangers(files: dict[str, DeliveryFile], directory: Directory) -> Iterator[str]:
    partners = {region.id: directory.all_partners(region.id) for region in directory.regions}
    everybody = {region: {partner.id for partner in own} for region, own in partners.items()}
    everybody[NATIONAL] = {partner.id for own in partners.values() for partner in own if partner.national}
    for region, file in files.items():
        for partner_id in sorted(set(file.partners) - everybody.get(region, set())):
            yield f"{region}/{FILE}: {partner_id} is no partner there; use an id of its directory.json"
