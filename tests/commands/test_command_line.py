"""The command line: exit codes, and one line instead of a traceback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failed(done: subprocess.CompletedProcess[str], code: int, told: str) -> None:
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("✗ ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("kind", ["personas", "signals", "stress"])
def test_a_file_that_is_not_there(kind: str, tmp_path: Path) -> None:
    failed(run("evaluate", kind, str(tmp_path / "none")), 2, "there is no such file")


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("lang,text,signals\nnl,hoi,dept\n")
    failed(run("evaluate", "signals", str(file)), 2, "line 2: unknown signal 'dept'")


def test_no_system_at_the_address(tmp_path: Path) -> None:
    file = tmp_path / "personas.yml"
    file.write_text(yaml.safe_dump([{"id": "a", "language": "nl", "opening": "hoi"}]))
    failed(run("evaluate", "personas", str(file), "--url", "http://127.0.0.1:9"), 2, "no Doorwijzer answers there")
    failed(run("evaluate", "personas", str(file), "--url", "nonsense"), 2, "no Doorwijzer answers there")


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_setting_of_the_wrong_form(port: str) -> None:
    failed(run("doctor", PORT=port), 2, "PORT")


def test_a_busy_port_says_how_to_choose_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = run("serve", PORT=str(port), DOORWIJZER_VAR_DIR=str(tmp_path))
    failed(done, 1, f"port {port} is in use")
    assert f"PORT={port + 1}" in done.stderr


def test_serving_without_a_model(tmp_path: Path) -> None:
    done = run("serve", PORT="18431", DOORWIJZER_VAR_DIR=str(tmp_path), DOORWIJZER_MODELS_DIR=str(tmp_path))
    failed(done, 1, "there is no trained model yet")


def test_a_database_out_of_reach(tmp_path: Path) -> None:
    done = run("migrate", DOORWIJZER_DATABASE_URL="postgresql://x:y@127.0.0.1:9/z", DOORWIJZER_VAR_DIR=str(tmp_path))
    failed(done, 1, "the database cannot be used")
    failed(run("migrate", DOORWIJZER_DATABASE_URL="nonsense"), 1, "the database cannot be used")


def test_staff_get_a_password_once(tmp_path: Path) -> None:
    here = {"DOORWIJZER_VAR_DIR": str(tmp_path), "DOORWIJZER_DATABASE_URL": ""}
    assert run("migrate", **here).returncode == 0
    done = run("staff", "add", "sanne", **here)
    assert done.returncode == 0, done.stderr
    found = re.search(r"^password: (\S{12,})", done.stdout, re.MULTILINE)
    assert found is not None
    assert found[1].encode() not in (tmp_path / "doorwijzer.db").read_bytes()
    failed(run("staff", "add", "sanne", **here), 1, "already")
    failed(run("staff", "add", "piet", "--role", "king", **here), 1, "king")


@pytest.mark.parametrize("what", ["texts", "decisions", "directory", "events"])
def test_content_checks(what: str, tmp_path: Path) -> None:
    assert run(what, "check").stdout == f"✓ {what}: in order\n"
    done = run(what, "check", DOORWIJZER_CONTENT_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.startswith("✗ ")


def test_doctor_gives_json_and_ends_with_1_when_something_is_wrong(tmp_path: Path) -> None:
    done = run("doctor", "--json", DOORWIJZER_VAR_DIR=str(tmp_path), DOORWIJZER_MODELS_DIR=str(tmp_path))
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert {check["name"]: check["ok"] for check in told["checks"]}["model"] is False
