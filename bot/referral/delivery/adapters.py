"""Which adapter an entry of ``delivery.yml`` stands for."""

from __future__ import annotations

from bot.referral.delivery.config import (
    DeskEntry,
    EmailEntry,
    Entry,
    FileDropEntry,
    KlantinteractiesEntry,
    WebhookEntry,
)
from bot.referral.delivery.desk import DeskAdapter
from bot.referral.delivery.email import EmailAdapter
from bot.referral.delivery.file_drop import FileDropAdapter
from bot.referral.delivery.klantinteracties import KlantinteractiesAdapter
from bot.referral.delivery.parcel import Adapter
from bot.referral.delivery.webhook import WebhookAdapter
from bot.settings import Settings


def adapter_for(entry: Entry, settings: Settings) -> Adapter:
    """Return the adapter of an entry. Raises ``DeliveryConfigError`` when its secret is missing or unusable."""
    match entry:
        case DeskEntry():
            return DeskAdapter()
        case EmailEntry(to=to):
            return EmailAdapter(to, settings)
        case WebhookEntry():
            return WebhookAdapter(entry)
        case KlantinteractiesEntry():
            return KlantinteractiesAdapter(entry)
        case FileDropEntry():
            return FileDropAdapter(settings.outgoing_dir / "drop")
