"""Text messages: a port with one back end so far, files. A provider is a second function of the same form."""

from __future__ import annotations

import hashlib
import json

from bot.settings import Settings


def send_text_message(number: str, text: str, settings: Settings, *, key: str) -> None:
    """Leave a text message for a number (E.164) in ``outgoing/sms``; the same ``key`` again replaces it.

    No provider is built in: which one may process these numbers is for the installation to agree on. The folder is
    readable for its owner only.
    """
    folder = settings.outgoing_dir / "sms"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    draft = folder / f".{name}.tmp"
    draft.write_text(json.dumps({"to": number, "text": text}, ensure_ascii=False), encoding="utf-8")
    draft.rename(folder / f"{name}.json")
