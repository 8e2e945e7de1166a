"""The worker: a thread of the site that looks, every few seconds, which jobs are due."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_hex

from sqlalchemy import Engine

from bot import clock
from bot.jobs.rounds import Round, register, run_due

log = logging.getLogger(__name__)

#: How often it looks. A confirmation leaves within this time after the yes.
LOOK_EVERY = timedelta(seconds=2)


class Worker:
    """Does jobs in a thread of its own between ``start`` and ``stop``; any number of them may run at once."""

    def __init__(self, engine: Engine, rounds: Sequence[Round], look_every: timedelta = LOOK_EVERY) -> None:
        self._engine, self._rounds, self._pause = engine, rounds, look_every.total_seconds()
        self._name = f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(4)}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Take no further job, and wait until the present one is done, for ``seconds`` at most."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        registered = False
        while not self._ended.wait(self._pause):
            try:
                if not registered:
                    register(self._engine, self._rounds, clock.now())
                    registered = True
                run_due(self._engine, self._rounds, self._name)
            except Exception:
                # The database may be away for a while; what is due then waits there.
                log.exception("the jobs could not be looked at")
