"""What may go wrong when something is sent. The words hold no content of the message: they are kept and shown."""

from __future__ import annotations

from datetime import timedelta


class SendError(RuntimeError):
    """It did not arrive, or nobody knows whether it did: try again, not before ``retry_after`` when that is given."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class StopSending(SendError):
    """The receiver wants no more of it: trying again is of no use until somebody has looked (the desk sees it)."""


class NobodyToSend(RuntimeError):
    """There is nobody to send it to any more, or no longer anything to send."""
