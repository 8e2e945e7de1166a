"""The set-up steps after the packages, with stand-ins for npm on the PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import setup
from bot.settings import Settings
from bot.setup import SetupError, install_front_end, install_language_model, set_up

NPM = """#!/bin/sh
echo "$@" >>npm-calls
[ -z "$NPM_SAYS" ] || { echo "$NPM_SAYS" >&2; exit 1; }
mkdir -p node_modules
"""
BUILDER = 'import pathlib; pathlib.Path("bot/web/static/vendor").mkdir(parents=True, exist_ok=True)'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bot/web").mkdir(parents=True)
    for folder in ("bot", "bot/web"):
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "bot/web/assets.py").write_text(BUILDER)
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("npm", NPM), ("node", "#!/bin/sh\necho v22.1.0\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def install(project: Path) -> list[str]:
    lines: list[str] = []
    install_front_end(lines.append, project)
    return lines


def test_npm_runs_once_for_one_lock_and_never_runs_scripts(project: Path) -> None:
    install(project)
    assert install(project) == ["as locked"]
    calls = (project / "npm-calls").read_text().splitlines()
    assert calls == ["ci --ignore-scripts --no-audit --no-fund"]
    (project / "package-lock.json").write_text('{"changed": true}')
    install(project)
    assert len((project / "npm-calls").read_text().splitlines()) == 2


def test_files_that_were_thrown_away_are_built_again(project: Path) -> None:
    install(project)
    (project / "bot/web/static/vendor").rmdir()
    install(project)
    assert (project / "bot/web/static/vendor").is_dir()


def test_npm_that_fails_is_one_line_and_is_tried_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_SAYS", "npm error network request failed")
    with pytest.raises(SetupError, match="npm failed: npm error network request failed"):
        install(project)
    monkeypatch.delenv("NPM_SAYS")
    assert install(project)[-1].startswith("installed")


def test_an_old_node_is_not_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "tools/node").write_text("#!/bin/sh\necho v12.22.0\n")
    own = project / "own/bin/npm"
    own.parent.mkdir(parents=True)
    own.write_text(NPM.replace("npm-calls", "own-calls"))
    own.chmod(0o755)
    monkeypatch.setattr(setup, "NODE_VENV", project / "own")
    install(project)
    assert (project / "own-calls").exists()
    assert not (project / "npm-calls").exists()


def test_a_project_without_a_front_end_is_skipped(tmp_path: Path) -> None:
    assert install(tmp_path) == ["nothing to install"]


def test_the_language_model_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    lines: list[str] = []
    monkeypatch.setattr(setup, "LANGUAGE_MODEL", "nl_no_such_model")
    monkeypatch.setattr(setup.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(setup, "_fetch_language_model", lambda: bool(tries.append(1)))
    install_language_model(lines.append)
    install_language_model(lines.append)
    assert len(tries) == 1
    assert lines == ["nl_no_such_model cannot be had here; the blank Dutch pipeline is used"] * 2


def test_a_fetch_without_network_fails_quietly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert setup._fetch_language_model() is False


def test_a_database_out_of_reach_stops_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "install_language_model", lambda _report: None)
    monkeypatch.setattr(setup, "install_front_end", lambda _report: None)
    lines: list[str] = []
    with pytest.raises(SetupError, match="check DOORWIJZER_DATABASE_URL"):
        set_up(Settings(database_url="postgresql://x:y@127.0.0.1:9/z"), lines.append)
