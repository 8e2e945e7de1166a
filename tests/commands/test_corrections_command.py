"""``doorwijzer corrections``: exit codes, and nothing written while a row has a fault."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

SOUND = "lang,text,intent,signals\nnl,geen geld meer voor de huur,,debts;housing_problem\nen,good day all,greet,\n"
FAULTY = SOUND + "nl,geen geld,,dept\nnl,een zin die apart blijft,,\n"


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    for name, text in (
        ("data/work.nl.yml", "nlu: [{intent: tell, examples: '- hoi'}, {intent: greet, examples: '- hallo'}]"),
        ("tests/apart.csv", "text\neen zin die apart blijft\n"),
    ):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    return ["--data", str(tmp_path / "data"), "--tests", str(tmp_path / "tests")]


def run(what: str, file: Path, folders: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.cli", "corrections", what, str(file), *folders]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def written(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data").iterdir())


def test_checking_writes_nothing_and_adding_writes_once(tmp_path: Path, folders: list[str]) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(SOUND)
    done = run("check", file, folders)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 new (0 masked), 0 in the training data already" in done.stdout
    assert written(tmp_path) == ["work.nl.yml"]

    done = run("add", file, folders)
    assert (done.returncode, done.stderr) == (0, "")
    assert "corrections.nl.yml: 1 added" in done.stdout
    assert "make train" in done.stdout
    assert written(tmp_path) == ["corrections.en.yml", "corrections.nl.yml", "work.nl.yml"]

    done = run("add", file, folders)
    assert done.returncode == 0
    assert done.stdout == f"✓ {file}: 0 new (0 masked), 2 in the training data already\n"


@pytest.mark.parametrize("what", ["check", "add"])
def test_every_fault_is_told_with_its_line_and_nothing_is_written(
    what: str, tmp_path: Path, folders: list[str]
) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(FAULTY)
    done = run(what, file, folders)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"✗ {file}, line 4: unknown signal 'dept' (did you mean debts?)",
        f"✗ {file}, line 5: is a test sentence ({tmp_path}/tests/apart.csv), which is never trained on: leave it out",
        "Nothing is written while a row has a fault.",
    ]
    assert written(tmp_path) == ["work.nl.yml"]


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, folders: list[str]) -> None:
    file = tmp_path / "staff.csv"
    for source, told in (
        (None, "there is no such file"),
        (b"lang,text,intent,signals\nnl,\xeb,,\n", "is not UTF-8 text"),
    ):
        if source is not None:
            file.write_bytes(source)
        done = run("add", file, folders)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"✗ {file}: {told}")
        assert len(done.stderr.splitlines()) == 1
