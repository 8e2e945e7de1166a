"""The whole system, really running: one start a test session, for the system and the browser tests."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.settings import ROOT, get_settings
from bot.supervisor import free_port
from bot.training import ensure_trained

START_SECONDS = 180
END_SECONDS = 5


@dataclass(frozen=True)
class System:
    """A running Doorwijzer. ``username`` and ``password`` are the desk's first login."""

    base_url: str
    database_url: str
    username: str
    password: str
    var_dir: Path
    environment: dict[str, str]
    """What its processes were started with; a test that starts one of its own takes the same."""


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start ``doorwijzer serve`` with a folder, a database and ports of its own; end it after the last test."""
    ensure_trained(get_settings().models_dir, lambda line: print(f"assistant: {line}"))
    var_dir = tmp_path_factory.mktemp("system")
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DOORWIJZER_ASSISTANT_PORT": str(free_port()),
        "DOORWIJZER_VAR_DIR": str(var_dir),
        "DOORWIJZER_MESSAGES_PER_MINUTE": "10000",
        "DOORWIJZER_CONVERSATIONS_PER_MINUTE": "10000",
    }
    environment.pop("DOORWIJZER_DATABASE_URL", None)
    command = [sys.executable, "-m", "bot.cli", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        told = _until_ready(process)
        login = re.search(r"first login\s+(\S+)\s+password (\S+)", told)
        assert login is not None, told
        yield System(
            base_url=f"http://127.0.0.1:{port}",
            database_url=f"sqlite:///{var_dir / 'doorwijzer.db'}",
            username=login[1],
            password=login[2],
            var_dir=var_dir,
            environment=environment,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0


def _until_ready(process: subprocess.Popen[bytes]) -> str:
    """Return what it printed until it was ready; fails with that when it ends or takes too long."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    told, deadline = "", time.monotonic() + START_SECONDS
    while "Ctrl-C" not in told:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            pytest.fail(f"not ready within {START_SECONDS} s:\n{told}")
        if line is None:
            pytest.fail(f"the system did not start:\n{told}")
        told += line
    return told


def _read(process: subprocess.Popen[bytes], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.decode("utf-8", "replace"))
    lines.put(None)
