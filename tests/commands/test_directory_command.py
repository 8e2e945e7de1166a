"""``doorwijzer directory``: export and import from the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot import settings
from bot.cli.main import app
from bot.settings import ROOT


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content" / "regions", folder / "regions")
    for name in ("municipalities.csv", "municipalities.yml"):
        shutil.copy(ROOT / "content" / name, folder / name)
    monkeypatch.setenv("DOORWIJZER_CONTENT_DIR", str(folder))
    settings.get_settings.cache_clear()
    yield folder
    settings.get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["directory", *arguments])


def test_out_and_in_again(content: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert run("export", "drechtsteden", "--out", str(file)).exit_code == 0
    assert run("export", "drechtsteden").output == file.read_text("utf-8")
    assert run("import", "drechtsteden", str(file)).output == "✓ drechtsteden: nothing to change\n"

    organizations = json.loads(file.read_text("utf-8"))
    organizations.pop()
    organizations[0]["description"] = "Anders."
    file.write_text(json.dumps(organizations))
    dry = run("import", "drechtsteden", str(file), "--dry-run")
    assert dry.output.splitlines() == [
        "~ KICKSTART Drechtsteden: changed",
        "- Smart Delta Drechtsteden: removed",
        "✓ drechtsteden: nothing was written (--dry-run)",
    ]
    done = run("import", "drechtsteden", str(file))
    assert done.output.splitlines()[:2] == dry.output.splitlines()[:2]
    assert "written; restart" in done.output
    assert run("import", "drechtsteden", str(file)).output == "✓ drechtsteden: nothing to change\n"
    assert run("check").exit_code == 0


def test_a_bad_file_changes_nothing_and_every_fault_is_told(content: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    organizations = json.loads((content / "regions" / "drechtsteden" / "directory.json").read_text("utf-8"))
    organizations[1]["services"][0]["email"] = "nobody"
    organizations[1]["services"][1]["languages"] = [{"code": "zz9"}]
    file.write_text(json.dumps(organizations))
    done = run("import", "drechtsteden", str(file))
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("✗ drechtsteden") for line in lines)
    assert lines[-1] == "✗ drechtsteden: nothing was changed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "drechtsteden", "none.json"], "No such file"),
        (["import", "atlantis", "none.json"], "there is no region 'atlantis'; regions are national"),
        (["export", "achterhoek"], "achterhoek has no folder"),
        (["export", "drechtsteden", "--out", "/nowhere/at/all"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(content: Path, arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert done.output.startswith("✗ ")
