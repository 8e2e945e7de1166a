"""Set-up after the packages: language model, front end, database, training. Each step does only what is still to do.

What comes before (uv, Python, the packages) is ``deploy/bootstrap.sh``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.settings import ROOT, Settings
from bot.training import ensure_trained, last_words

Report = Callable[[str], None]

STEPS = 6
LANGUAGE_MODEL = "nl_core_news_sm"
LANGUAGE_MODEL_VERSION = "3.7.0"
LANGUAGE_MODEL_SECONDS = 40
NODE_AT_LEAST = 18
NODE_VENV = ROOT / ".bootstrap" / "node"


class SetupError(RuntimeError):
    """A step cannot be done; the message is one line that says what to do."""


def set_up(settings: Settings, say: Report = print) -> None:
    """Do every step that is still to do, with a progress line for each. Raises ``SetupError``, ``TrainingError``."""
    steps: Sequence[tuple[str, Callable[[Report], None]]] = (
        ("language model", install_language_model),
        ("front end", install_front_end),
        ("database", lambda report: prepare_database(settings, report)),
        ("assistant", lambda report: _train(settings, report)),
    )
    for number, (name, step) in enumerate(steps, start=2):
        step(lambda line, head=f"[{number}/{STEPS}] {name}": say(f"{head}: {line}"))  # type: ignore[misc]


def install_language_model(report: Report) -> None:
    """Try once to install spaCy's Dutch model, which is published as a GitHub release only.

    Without it the blank Dutch pipeline runs. ``DOORWIJZER_LANGUAGE_MODEL=off`` skips the try.
    """
    if importlib.util.find_spec(LANGUAGE_MODEL) is not None:
        report(f"{LANGUAGE_MODEL} is there")
        return
    tried = Path(sys.prefix) / ".doorwijzer-language-model"  # goes when the packages are installed anew
    if not tried.exists() and os.environ.get("DOORWIJZER_LANGUAGE_MODEL", "") != "off":
        tried.touch()
        if _fetch_language_model():
            report(f"{LANGUAGE_MODEL} {LANGUAGE_MODEL_VERSION} installed")
            return
    report(f"{LANGUAGE_MODEL} cannot be had here; the blank Dutch pipeline is used")


def _fetch_language_model() -> bool:
    from spacy.about import __download_url__  # noqa: PLC0415 - spaCy takes a second to import

    release = f"{LANGUAGE_MODEL}-{LANGUAGE_MODEL_VERSION}"
    address = f"{__download_url__}/{release}/{release}-py3-none-any.whl"
    uv = _uv()
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, address]
    environment = {**os.environ, "UV_HTTP_TIMEOUT": "8", "UV_HTTP_RETRIES": "0"}
    try:
        finished = subprocess.run(  # noqa: S603 - an address made of constants
            command, env=environment, capture_output=True, timeout=LANGUAGE_MODEL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finished.returncode == 0


def install_front_end(report: Report, root: Path = ROOT) -> None:
    """Install the npm packages of ``package-lock.json`` and build the site's files when one of both changed.

    Raises ``SetupError`` when they cannot be fetched or built.
    """
    package, lock, builder = root / "package.json", root / "package-lock.json", root / "bot/web/assets.py"
    if not package.is_file() or not lock.is_file() or not builder.is_file():
        report("nothing to install")
        return
    wanted = _digest(package, lock, builder)
    stamp = root / "node_modules" / ".doorwijzer"
    if stamp.is_file() and stamp.read_text() == wanted and (builder.parent / "static" / "vendor").is_dir():
        report("as locked")
        return
    started = time.monotonic()
    report("installing …")
    log = root / ".bootstrap" / "npm.log"
    log.parent.mkdir(exist_ok=True)
    npm, path = _npm()
    environment = {**os.environ, "PATH": path}
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], log, environment, root)
    _run([sys.executable, "-m", "bot.web.assets"], log, environment, root)
    stamp.write_text(wanted)
    report(f"installed ({time.monotonic() - started:.0f} s)")


def prepare_database(settings: Settings, report: Report) -> None:
    """Create or migrate the database. Raises ``SetupError`` when it cannot be reached."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - see install_language_model

    from bot.store.migrate import migrate  # noqa: PLC0415

    try:
        migrate(settings.database)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SetupError(f"the database cannot be used ({reason}); check DOORWIJZER_DATABASE_URL") from error
    report("ready")


def _train(settings: Settings, report: Report) -> None:
    if not (ROOT / "config.yml").is_file():
        report("no config.yml, nothing to train")
        return
    ensure_trained(settings.models_dir, report)


def _npm() -> tuple[str, str]:
    """Return npm and the PATH it needs: this machine's Node when it is new enough, else one from a package."""
    path = os.environ.get("PATH", "")
    npm = shutil.which("npm")
    if npm and _node_version() >= NODE_AT_LEAST:
        return npm, path
    own = NODE_VENV / "bin" / "npm"
    if not own.is_file():
        log = ROOT / ".bootstrap" / "node.log"
        environment = dict(os.environ)
        _run([_uv(), "venv", "--quiet", "--clear", "--python", sys.executable, str(NODE_VENV)], log, environment, ROOT)
        requirements = ["--require-hashes", "-r", str(ROOT / "deploy" / "node.txt")]
        python = ["--python", str(NODE_VENV / "bin" / "python")]
        _run([_uv(), "pip", "install", "--quiet", *python, *requirements], log, environment, ROOT)
    return str(own), f"{own.parent}{os.pathsep}{path}"


def _node_version() -> int:
    node = shutil.which("node")
    if node is None:
        return 0
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
        return int(said.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _uv() -> str:
    own = ROOT / ".bootstrap" / "bin" / "uv"
    return shutil.which("uv") or str(own)


def _run(command: list[str], log: Path, environment: dict[str, str], folder: Path) -> None:
    """Run a tool with its output in a log. Raises ``SetupError`` with its last line."""
    try:
        with log.open("wb") as output:
            code = subprocess.run(  # noqa: S603 - our own arguments
                command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
    except OSError as error:
        raise SetupError(f"{Path(command[0]).name} cannot be started: {error}") from error
    if code != 0:
        raise SetupError(f"{Path(command[0]).name} failed: {last_words(log)} (all of it: {log})")


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
