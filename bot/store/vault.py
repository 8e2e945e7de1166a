"""The vault: personal contact details are stored encrypted, under a key that is not in the database."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from bot.settings import get_settings


class VaultError(RuntimeError):
    """A stored value cannot be opened: the secret key differs from the one that closed it."""


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(get_settings().secret("vault")))


def seal(value: dict[str, Any]) -> bytes:
    """Encrypt a small mapping."""
    return _cipher().encrypt(json.dumps(value, ensure_ascii=False).encode())


def unseal(ciphertext: bytes) -> dict[str, Any]:
    """Decrypt what ``seal`` gave. Raises ``VaultError`` when the key does not fit."""
    try:
        opened: dict[str, Any] = json.loads(_cipher().decrypt(ciphertext))
    except InvalidToken as error:
        raise VaultError("the secret key does not open this value; is DOORWIJZER_SECRET_KEY the right one?") from error
    return opened
