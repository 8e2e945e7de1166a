"""Training: when it is needed, and how it runs.

A fingerprint of everything that shapes the model is kept beside it. While it fits, nothing is trained again.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import ROOT

MODEL_NAME = "doorwijzer"
FINGERPRINT_FORMAT = 1

#: What shapes the model: training data, texts and phrases, the domain, the pipeline and its own components.
SOURCES = (
    "config.yml",
    "domain.yml",
    "domain/**/*.yml",
    "data/**/*.yml",
    "content/texts/*/*.yml",
    "content/phrases/**/*.yml",
    "content/phrases.yml",
    "content/languages.yml",
    "bot/assistant/**/*.py",
    "requirements.lock",
)

Report = Callable[[str], None]


class TrainingError(RuntimeError):
    """Training failed; the message says why and where the whole log is."""


@dataclass(frozen=True)
class Model:
    """Where the trained model and its fingerprint are."""

    folder: Path

    @property
    def archive(self) -> Path:
        """The model itself."""
        return self.folder / f"{MODEL_NAME}.tar.gz"

    @property
    def stamp(self) -> Path:
        """The fingerprint of what it was trained from."""
        return self.folder / f"{MODEL_NAME}.json"

    def trained_from(self) -> str | None:
        """Return the fingerprint of the model that is there; ``None`` when there is none."""
        if not self.archive.is_file():
            return None
        try:
            return str(json.loads(self.stamp.read_text("utf-8"))["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_fresh(self, root: Path = ROOT) -> bool:
        """Return whether the model was trained from what is in the checkout now."""
        return self.trained_from() == fingerprint(root)


def fingerprint(root: Path = ROOT) -> str:
    """Return one checksum of everything that shapes the model, file names included."""
    digest = hashlib.sha256(f"{FINGERPRINT_FORMAT} {sys.version_info[:2]}".encode())
    for path in _sources(root):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    digest.update("\0".join(sorted(_action_names(root / "actions"))).encode())
    return digest.hexdigest()


def ensure_trained(models_dir: Path, report: Report = print, *, force: bool = False, root: Path = ROOT) -> Model:
    """Train when the fingerprint changed (or ``force``), and return the model.

    Two calls at the same time train once: the second waits for the first. A training that fails or is broken off
    leaves the earlier model in place. Raises ``TrainingError``.
    """
    model = Model(models_dir)
    models_dir.mkdir(parents=True, exist_ok=True)
    with _alone(models_dir / ".training.lock"):
        wanted = fingerprint(root)
        if not force and model.trained_from() == wanted:
            report("as the training data")
            return model
        started = time.monotonic()
        report("training (one to three minutes) …")
        _train(model, root)
        model.stamp.write_text(json.dumps({"fingerprint": wanted}) + "\n", "utf-8")
        report(f"trained ({time.monotonic() - started:.0f} s)")
    return model


def quiet_environment() -> dict[str, str]:
    """Return the environment for Rasa's processes: no telemetry, no noise of old libraries, one thread in numpy.

    With two residents at once a second thread makes both slower (measured); training asks for all where it gains.
    """
    # Read when the libraries are loaded; ``bot.quiet`` does the rest inside the process.
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **quiet, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def _train(model: Model, root: Path) -> None:
    workshop = model.folder / ".training"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir()
    log = model.folder / "training.log"
    # Rasa's own validation takes half a minute and says little; `make lint` and CI run it as a command of its own.
    command = [sys.executable, "-m", "bot.lean_rasa", "train", "--skip-validation"]
    command += ["--out", str(workshop), "--fixed-model-name", MODEL_NAME]
    try:
        with log.open("wb") as output:
            finished = subprocess.run(  # noqa: S603 - our own interpreter and arguments
                command, cwd=root, env=quiet_environment(), stdout=output, stderr=subprocess.STDOUT, check=False
            )
        made = workshop / model.archive.name
        if finished.returncode != 0 or not made.is_file():
            raise TrainingError(f"training failed: {last_words(log)} (all of it: {log})")
        made.replace(model.archive)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def last_words(log: Path) -> str:
    """Return the last line of a log that says something."""
    try:
        lines = [line.strip() for line in log.read_text("utf-8", errors="replace").splitlines()]
    except OSError:
        lines = []
    return next((line for line in reversed(lines) if line), "it said nothing")


def _sources(root: Path) -> list[Path]:
    return sorted({path for pattern in SOURCES for path in root.glob(pattern) if path.is_file()})


def _action_names(folder: Path) -> Iterator[str]:
    """Yield what the ``name`` methods of the actions return; a change of their code needs no training."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "name":
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Constant):
                        yield str(inner.value.value)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
