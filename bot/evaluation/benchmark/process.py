"""Starting a worker, waiting for it with signs of life, and saying why when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from bot.evaluation.benchmark import worker
from bot.evaluation.benchmark.worker import JOB, RESULT, Job, Result
from bot.settings import ROOT

#: How often a worker that is still busy is reported.
REPORT_SECONDS = 30.0


class WorkerFailed(RuntimeError):
    """A worker ended without a result; the message is one line and says why."""


def run(job: Job, environment: Mapping[str, str], report: Callable[[str], None]) -> Result:
    """Do a job in a process and a folder of its own. Raises ``WorkerFailed``."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        (folder / JOB).write_text(json.dumps(asdict(job)), "utf-8")
        log = folder / "log.txt"
        code = _wait(folder, log, _environment(folder, environment), report)
        if code < 0:
            raise WorkerFailed(f"it was ended by signal {-code}" + (" (too little memory?)" if code == -9 else ""))
        if code != 0 or not (folder / RESULT).is_file():
            raise WorkerFailed(_last_words(log))
        return Result(**json.loads((folder / RESULT).read_text("utf-8")))


def _environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    # With a folder of its own it remembers no sentence vectors and no earlier training.
    path = os.pathsep.join(filter(None, (str(ROOT), given.get("PYTHONPATH"))))
    return {**given, "DOORWIJZER_VAR_DIR": str(folder / "var"), "PYTHONPATH": path}


def _wait(folder: Path, log: Path, environment: dict[str, str], report: Callable[[str], None]) -> int:
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", worker.__name__],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while True:
                try:
                    return process.wait(REPORT_SECONDS)
                except subprocess.TimeoutExpired:
                    report(f"{time.monotonic() - started:.0f} s …")
        finally:
            process.kill()  # when this command is broken off; does nothing to one that has ended
            process.wait()


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")
