"""The doctor finds what is wrong, says what to do, and never falls over itself."""

from __future__ import annotations

import importlib.metadata
import json
import socket
from pathlib import Path

import pytest

from bot.doctor import Check, database, examine, packages, print_checks, secret_key
from bot.settings import Settings
from bot.store.migrate import migrate


def settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"var_dir": folder / "var", "models_dir": folder / "models", **values})


def test_packages_are_compared_with_the_lock(tmp_path: Path) -> None:
    rasa = importlib.metadata.version("rasa")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"rasa=={rasa} \\\n    --hash=sha256:00\nno-such-package==1.0 ; sys_platform == 'never'\n")
    assert packages(lock) == Check("packages", True, "1, as locked", "run 'make run'")
    lock.write_text("rasa==0.1 \\\nno-such-package==1.0\n")
    check = packages(lock)
    assert not check.ok
    assert check.found == f"missing: no-such-package; rasa {rasa} (locked: 0.1)"


def test_a_secret_key_that_others_can_read(tmp_path: Path) -> None:
    mine = settings(tmp_path, secret_key=None)
    assert secret_key(mine).ok
    mine.secret("vault")
    assert secret_key(mine).ok
    (tmp_path / "var/secret.key").chmod(0o644)
    check = secret_key(mine)
    assert not check.ok
    assert check.advice.startswith("chmod 600")
    assert not secret_key(settings(tmp_path, secret_key="short")).ok


def test_a_database_that_is_absent_old_or_out_of_reach(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'd.db'}"
    here = settings(tmp_path, database_url=url)
    assert not database(here).ok
    assert not (tmp_path / "d.db").exists()
    (tmp_path / "d.db").touch()
    assert "doorwijzer migrate" in database(here).advice
    migrate(url)
    assert database(here).ok
    away = database(settings(tmp_path, database_url="postgresql://me:secret-word@127.0.0.1:9/x"))
    assert not away.ok
    assert away.advice == "check DOORWIJZER_DATABASE_URL"
    assert "secret-word" not in away.found


def test_every_fault_at_once_and_the_doctor_still_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        here = settings(tmp_path, PORT=port, content_dir=tmp_path / "none", database_url="nonsense")
        checks = {check.name: check for check in examine(here, tmp_path)}
    content = {"texts", "answers", "decisions", "directory", "events", "referral"}
    assert {"packages", "database", "model", "site port", *content} == {
        name for name, check in checks.items() if not check.ok
    }
    assert all(check.advice for check in checks.values() if not check.ok)
    assert f"{port} is in use" in checks["site port"].found


def test_lines_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [Check("Python", True, "3.11.7"), Check("model", False, "not trained", "run 'doorwijzer train'")]
    print_checks(checks)
    assert capsys.readouterr().out == "✓ Python: 3.11.7\n✗ model: not trained → run 'doorwijzer train'\n"
    print_checks(checks, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["checks"][1]["advice"] == "run 'doorwijzer train'"
