"""A webhook, signed after the Standard Webhooks specification (standardwebhooks.com).

The body is the referral in the form of the contract. ``webhook-id`` is the same for every attempt, so the receiver can
leave out what it has; it also names the event (``<reference>:partner:<kind>…``), under the signature.
"""

from __future__ import annotations

import binascii
import json

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from bot import clock
from bot.referral.delivery.config import DeliveryConfigError, WebhookEntry, secret
from bot.referral.delivery.http import call
from bot.referral.delivery.parcel import Parcel, Progress


class WebhookAdapter:
    """Posts to the address of the entry."""

    def __init__(self, entry: WebhookEntry) -> None:
        self._url = entry.url
        self._signers = signers(entry.secret_env)

    def send(self, parcel: Parcel) -> Progress:
        """Post the referral. Raises ``SendError``, or ``StopSending`` when the receiver answers 410."""
        body = json.dumps(parcel.document, ensure_ascii=False, separators=(",", ":"))
        moment = clock.now()  # of sending, not of the event: the receiver refuses what is minutes old
        signatures = " ".join(signer.sign(parcel.key, moment, body) for signer in self._signers)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": parcel.key,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signatures,
            "doorwijzer-event": f"referral.{parcel.kind}",
        }
        call("POST", self._url, parcel.now, headers=headers, content=body.encode())
        return {}


def signers(variable: str) -> list[Webhook]:
    """Return a signer a secret; two, parted by a space, while the receiver changes from one to the other.

    Raises ``DeliveryConfigError`` for a variable that is not set or holds no such secret.
    """
    try:
        return [Webhook(value) for value in secret(variable).split()]
    except (binascii.Error, ValueError, EmptyWebhookSecretError):
        raise DeliveryConfigError(f"{variable} is no secret of the form whsec_… (base64)") from None
