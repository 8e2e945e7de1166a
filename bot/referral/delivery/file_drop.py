"""A file an event, in a folder of the partner's: for systems that fetch files. The same event gives the same file."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from bot.referral.delivery.errors import SendError
from bot.referral.delivery.parcel import Parcel, Progress

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class FileDropAdapter:
    """Writes below ``folder``/<partner>/; names sort in the order of the events of a referral."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, parcel: Parcel) -> Progress:
        """Write the file whole or not at all; one that is there already stays as it is. Raises ``SendError``."""
        if not (_NAME.fullmatch(parcel.partner_id) and _NAME.fullmatch(parcel.reference)):
            raise SendError("the partner's id is no name for a folder")
        folder = self._folder / parcel.partner_id
        name = f"{parcel.reference}-{parcel.number:08d}-{parcel.kind}.json"
        content = {"key": parcel.key, "kind": parcel.kind, "referral": dict(parcel.document)}
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            if not (folder / name).exists():
                _write(folder, name, json.dumps(content, ensure_ascii=False, indent=2).encode())
        except OSError as error:
            raise SendError(f"the file could not be written: {error.strerror}") from error
        return {"file": name}


def _write(folder: Path, name: str, content: bytes) -> None:
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / name)
    listing = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(listing)  # the name too survives a loss of power
    finally:
        os.close(listing)
