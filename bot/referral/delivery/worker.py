"""Sends what the outbox holds: row by row, each outside any transaction, and notes how it went.

At least once: a worker that dies after the receiver has it and before that was noted leaves a claimed row, which is
sent again when the lease is over, under the same key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from bot.checkpoints import checkpoint
from bot.directory.partners import Directory
from bot.referral import outbox
from bot.referral.delivery.adapters import adapter_for
from bot.referral.delivery.config import Ways
from bot.referral.delivery.errors import NobodyToSend, SendError, StopSending
from bot.referral.delivery.parcel import prepare
from bot.referral.notices.notify import notify as notices
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox

_log = logging.getLogger(__name__)

#: One round ends after so many rows or so long: what has come due meanwhile is for the next.
MOST_ROWS = 500
LONGEST_ROUND = timedelta(minutes=5)

Notify = Callable[[Engine, Outbox, Settings, Directory, datetime], None]


def deliver_due(
    engine: Engine, settings: Settings, directory: Directory, now: datetime, *, notify: Notify | None = None
) -> int:
    """Send what is due and return how many of it arrived. Several workers may do this at once.

    What goes the way of something that failed (a partner's system, mail to its residents) is left for the next round:
    who does not answer is waited for once a round, and holds up nobody else.
    Nothing that goes wrong with one row is raised. ``notify`` sends to residents (default: ``bot.referral.notices``).
    """
    return _Round(engine, settings, directory, now, notify or notices).run()


class _Round:
    def __init__(self, engine: Engine, settings: Settings, directory: Directory, now: datetime, notify: Notify) -> None:
        self._engine, self._settings, self._directory = engine, settings, directory
        self._ways = Ways(settings.content_dir / "regions")
        self._notify = notify
        self._begin, self._watch = now, time.monotonic()
        self._avoid: set[tuple[str, str, str]] = set()

    def run(self) -> int:
        arrived = 0
        for _ in range(MOST_ROWS):
            row = self._claim() if self._now() - self._begin < LONGEST_ROUND else None
            if row is None:
                break
            arrived += self._handle(row)
        return arrived

    def _now(self) -> datetime:
        # The caller's clock, going on: a lease that begins late in a round must not end early.
        return self._begin + timedelta(seconds=time.monotonic() - self._watch)

    def _claim(self) -> Outbox | None:
        # One at a time: a lease is for sending one thing, not for waiting behind nineteen others.
        with transaction(self._engine) as session:
            return next(iter(outbox.claim(session, self._now(), limit=1, avoid=self._avoid)), None)

    def _handle(self, row: Outbox) -> bool:
        checkpoint("row claimed")
        try:
            progress = self._send(row)
            checkpoint("sent")
        except NobodyToSend as nobody:
            with transaction(self._engine) as session:
                outbox.dropped(session, row.id, str(nobody))
            return False
        except Exception as error:  # whatever it is, the other rows go on
            self._failed(row, error)
            return False
        with transaction(self._engine) as session:
            if progress:
                outbox.progressed(session, row.id, progress)
            outbox.delivered(session, row.id, self._now())
        checkpoint("sending noted")
        return True

    def _send(self, row: Outbox) -> Mapping[str, Any]:
        if row.recipient == "resident":
            self._notify(self._engine, row, self._settings, self._directory, self._now())
            return {}
        adapter = adapter_for(self._ways.entry(row.region, row.partner_id), self._settings)
        with transaction(self._engine) as session:
            parcel = prepare(session, row, self._directory, self._settings, self._now())
        return adapter.send(parcel.with_note(lambda progress: self._note(row, progress)))

    def _note(self, row: Outbox, progress: Mapping[str, Any]) -> None:
        with transaction(self._engine) as session:
            outbox.progressed(session, row.id, progress)

    def _failed(self, row: Outbox, error: Exception) -> None:
        # Only our own words are kept: those of others may hold what was sent.
        known = isinstance(error, SendError)
        why = str(error) if known else f"{type(error).__name__} while it was sent"
        if known:
            _log.warning("%s did not arrive (attempt %d): %s", row.key, row.attempts, why)
        else:
            _log.error("%s could not be sent: %s", row.key, why)
        self._avoid.add((row.recipient, row.region, row.partner_id))
        with transaction(self._engine) as session:
            if isinstance(error, StopSending):
                outbox.given_up(session, row.id, row.attempts, why)
            else:
                pause = error.retry_after if isinstance(error, SendError) else None
                outbox.failed(session, row.id, row.attempts, why, self._now(), pause=pause)
