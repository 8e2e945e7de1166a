"""The supervisor: starts the services, waits until they answer, restarts what crashes, and ends everything together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Report = Callable[[str], None]

POLL_SECONDS = 0.1
END_SECONDS = 3.0
"""How long a service may take to end by itself; then it is killed. Together everything ends within 5 seconds."""
STEADY_SECONDS = 60.0
"""A service that ran this long is steady: the count of its crashes starts anew."""
TAIL_LINES = 4


class ServiceFailed(RuntimeError):
    """A service does not start, or crashes again and again."""


class PortBusy(RuntimeError):
    """A port is in use by another program."""


@dataclass(frozen=True)
class Service:
    """One program to keep running. It is ready when ``ready_url`` answers with a status below 500."""

    name: str
    command: Sequence[str]
    ready_url: str
    log: Path
    start_seconds: float = 180.0


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    ready: bool = False
    ever_ready: bool = False
    crashes: int = 0
    restart_at: float = 0.0


@dataclass
class Supervisor:
    """Runs services until one gives up or ``stop`` is called.

    ``back_off`` are the pauses, in seconds, before the first, second, … restart; after the last of them a further
    crash gives up. A service that was never ready gets ``first_tries`` tries only.
    """

    services: Sequence[Service]
    environment: Mapping[str, str]
    report: Report = print
    on_ready: Callable[[], None] = lambda: None
    back_off: Sequence[float] = (1, 2, 4, 8, 16)
    first_tries: int = 2
    folder: Path = Path()
    _stopping: bool = field(default=False, init=False)
    _children: list[_Child] = field(default_factory=list, init=False)

    def stop(self) -> None:
        """Ask ``run`` to end everything. Safe in a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Start all services and stay until ``stop``. Raises ``ServiceFailed``; nothing runs on afterwards."""
        self._children = [_Child(service) for service in self.services]
        announced = False
        try:
            for child in self._children:
                self._start(child)
            while not self._stopping:
                for child in self._children:
                    self._look_after(child)
                if not announced and all(child.ready for child in self._children):
                    announced = True
                    self.on_ready()
                time.sleep(POLL_SECONDS)
        finally:
            self._end_all()

    def run_until_signal(self) -> None:
        """As ``run``, ending at Ctrl-C, SIGTERM or a closed terminal (main thread only)."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        earlier = {number: signal.signal(number, lambda *_: self.stop()) for number in signals}
        try:
            self.run()
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _start(self, child: _Child) -> None:
        child.service.log.parent.mkdir(parents=True, exist_ok=True)
        with child.service.log.open("ab") as output:
            child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                list(child.service.command),
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end the whole group
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here, and it calls the kernel only
            )
        child.started, child.ready = time.monotonic(), False

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.restart_at:
                self._start(child)
        elif child.process.poll() is not None:
            self._crashed(child, f"ended with code {child.process.returncode}")
        elif not child.ready:
            child.ready = _answers(child.service.ready_url)
            if child.ready:
                if child.ever_ready:
                    self.report(f"{child.service.name} runs again")
                child.ever_ready = True
            elif now - child.started > child.service.start_seconds:
                _end([child.process])
                self._crashed(child, f"did not answer within {child.service.start_seconds:g} seconds")
        elif now - child.started > STEADY_SECONDS:
            child.crashes = 0

    def _crashed(self, child: _Child, what: str) -> None:
        _end([child.process] if child.process else [])  # what it may have left in its group
        child.process, child.ready = None, False
        child.crashes += 1
        allowed = len(self.back_off) if child.ever_ready else min(self.first_tries - 1, len(self.back_off))
        if child.crashes > allowed:
            told = f"{child.service.name} {what}, {child.crashes} times in a row. Its log: {child.service.log}"
            raise ServiceFailed("\n".join([told, *_tail(child.service.log)]))
        pause = self.back_off[child.crashes - 1]
        child.restart_at = time.monotonic() + pause
        self.report(f"{child.service.name} {what}; it is started again in {pause:g} s (log: {child.service.log})")

    def _end_all(self) -> None:
        _end([child.process for child in self._children if child.process])


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a service could listen on this port now."""
    try:
        with socket.create_server((host, port)):
            return True
    except OSError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a loopback address of our own
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End whole process groups: ask first, then kill what is left after ``END_SECONDS``."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + END_SECONDS
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)  # also for grandchildren of a service that ended in time
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group is gone (macOS says the latter)
        os.killpg(process.pid, number)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    # A supervisor killed with -9 cannot end anything; on Linux the kernel does it then.
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _tail(log: Path) -> list[str]:
    with log.open(encoding="utf-8", errors="replace") as lines:
        last = deque((line.rstrip() for line in lines if line.strip()), maxlen=TAIL_LINES)
    return [f"    {line}" for line in last]
