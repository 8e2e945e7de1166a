"""The part of the set-up before there is an environment: it says what to do when it cannot go on."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.settings import ROOT

UV = """#!/bin/sh
echo "$@" >>"$UV_CALLS"
case "$1" in
venv) [ -z "$NO_PYTHON" ] || exit 2
    for last; do :; done
    mkdir -p "$last/bin" && ln -s "$REAL_PYTHON" "$last/bin/python" ;;
pip) [ -z "$SAYS" ] || { echo "$SAYS" >&2; exit 1; } ;;
esac
"""


class Checkout:
    """A copy of what the script needs, with a stand-in for uv that installs nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "deploy").mkdir()
        shutil.copy(ROOT / "deploy/bootstrap.sh", folder / "deploy/bootstrap.sh")
        shutil.copy(ROOT / "deploy/uv.txt", folder / "deploy/uv.txt")
        for name in ("requirements.lock", "requirements-dev.lock"):
            (folder / name).write_text(f"# {name}\n")
        self.tools = folder / "tools"
        self.tools.mkdir()
        (self.tools / "uv").write_text(UV)
        (self.tools / "uv").chmod(0o755)

    def run(self, kind: str = "run", path: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        real = shutil.which("python3.11") or shutil.which("python3") or ""
        variables = {
            "PATH": path or f"{self.tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "UV_CALLS": str(self.folder / "calls"),
            "REAL_PYTHON": os.path.realpath(real),
            **environment,
        }
        script = str(self.folder / "deploy/bootstrap.sh")
        return subprocess.run(
            [script, kind], env=variables, capture_output=True, text=True, timeout=120, check=False, cwd="/"
        )

    def installs(self) -> list[str]:
        calls = self.folder / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        return [line.split()[-1] for line in lines if line.startswith("pip sync")]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    # A stand-in environment must never write into the site-packages of the interpreter it borrows.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return Checkout(tmp_path)


def test_a_lock_that_did_not_change_installs_nothing_again(checkout: Checkout) -> None:
    prepare(checkout)
    assert checkout.run().returncode == 0
    assert checkout.run().stdout == "[1/6] packages: as locked\n"
    assert checkout.installs() == ["requirements.lock"]
    (checkout.folder / "requirements.lock").write_text("# another\n")
    assert checkout.run().returncode == 0
    assert checkout.installs() == ["requirements.lock", "requirements.lock"]


def test_run_never_takes_the_tools_of_dev_away(checkout: Checkout) -> None:
    prepare(checkout)
    checkout.run("run")
    checkout.run("dev")
    checkout.run("run")
    (checkout.folder / "requirements-dev.lock").write_text("# another\n")
    checkout.run("run")
    assert checkout.installs() == ["requirements.lock", "requirements-dev.lock", "requirements-dev.lock"]


def test_the_command_and_the_package_are_there_from_anywhere(checkout: Checkout) -> None:
    prepare(checkout)
    checkout.run()
    site = next((checkout.folder / ".venv").glob("lib/python3.11/site-packages"))
    assert (site / "doorwijzer.pth").read_text().strip() == str(checkout.folder)
    assert os.access(checkout.folder / ".venv/bin/doorwijzer", os.X_OK)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("error: Failed to fetch: `https://...` Caused by: dns error: failed to lookup address", "no network"),
        ("error: Network connectivity is disabled, but the requested data wasn't found in the cache", "no network"),
        ("error: command '/usr/bin/gcc' failed: No such file or directory", "no C compiler"),
        ("failed to write: No space left on device (os error 28)", "disk is full"),
        ("Hash mismatch for `rasa==3.6.21`", "hash mismatch"),
        ("Permission denied (os error 13)", "cannot be written"),
        ("something nobody has seen before", "could not be installed"),
    ],
)
def test_one_line_says_what_to_do(checkout: Checkout, says: str, told: str) -> None:
    prepare(checkout)
    done = checkout.run(SAYS=says)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("✗ ")
    assert told in line
    assert checkout.run().returncode == 0  # and afterwards it goes on


def test_no_python_3_11_says_how_to_get_it(checkout: Checkout) -> None:
    done = checkout.run(NO_PYTHON="1")
    assert done.returncode == 1
    assert "Python 3.11 was not found" in done.stderr


def test_a_machine_with_neither_uv_nor_python(checkout: Checkout) -> None:
    tools = checkout.folder / "bare"
    tools.mkdir()
    for name in ("dirname", "mkdir", "date", "cat", "cksum", "tr", "grep", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "")
    done = checkout.run(path=str(tools))
    assert done.returncode == 1
    assert "Neither uv nor python3 was found" in done.stderr


def test_uv_is_fetched_when_missing_and_no_network_is_one_line(checkout: Checkout) -> None:
    (checkout.tools / "uv").unlink()
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if not (Path(p) / "uv").exists())
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    nowhere |= {"PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_DEFAULT_TIMEOUT": "3"}
    done = checkout.run(path=path, **nowhere)
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def prepare(checkout: Checkout) -> None:
    """Give the checkout an environment of its own, without packages."""
    python = shutil.which("python3.11") or shutil.which("python3") or ""
    subprocess.run([python, "-m", "venv", "--without-pip", str(checkout.folder / ".venv")], check=True, timeout=60)
