"""docs/add-a-region.md is true: its commands, one after the other, add a region that works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot.directory.check import check_directory
from bot.directory.partners import Directory
from bot.settings import ROOT

TODAY = date(2026, 11, 22)
PAGE = ROOT / "docs" / "add-a-region.md"
STEPS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Stranger:
    """Somebody in a copy of the project, with the page in hand."""

    def __init__(self, content: Path) -> None:
        self.home = content.parent
        self.content = content
        shutil.copytree(ROOT / "docs" / "new-region", self.home / "docs" / "new-region")
        command = self.home / "bin" / "doorwijzer"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bot.cli "$@"\n')
        command.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DOORWIJZER_CONTENT_DIR": str(content),
        }

    def does(self, step: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", step], cwd=self.home, env=self.environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (step, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture
def stranger(content: Path) -> Stranger:
    return Stranger(content)


def test_the_steps_of_the_page_add_a_region(stranger: Stranger) -> None:
    assert len(STEPS) == 6
    copy, fill_in, new_ids, check, add, export = STEPS
    stranger.does(copy)
    told = [str(finding) for finding in check_directory(stranger.content, TODAY)]
    assert any("still says 'FILL IN' as brand" in line for line in told)
    stranger.does(fill_in)
    assert "Gemeente" not in stranger.does(new_ids).replace("Uw gemeente", "")
    assert "in order" in stranger.does(check)
    assert "+ Gemeente Amsterdam: added" in stranger.does(add)
    stranger.does(export)

    assert check_directory(stranger.content, TODAY) == []
    directory = Directory.load(stranger.content / "regions")
    region = directory.region("groot-amsterdam")
    assert (region.served, region.brand) == (True, "Werkcentrum Groot Amsterdam")
    found = {
        (role, town): directory.partners(region.id, role, town)[0].id
        for role in ("municipality_income", "municipality_debt_help")
        for town in ("Amsterdam", "Amstelveen")
    }
    assert found == {
        ("municipality_income", "Amsterdam"): "gemeente-amsterdam-inkomen",
        ("municipality_income", "Amstelveen"): "gemeente-inkomen-groot-amsterdam",
        ("municipality_debt_help", "Amsterdam"): "gemeente-schuldhulp-groot-amsterdam",
        ("municipality_debt_help", "Amstelveen"): "gemeente-schuldhulp-groot-amsterdam",
    }
    assert directory.partners(region.id, "rmt_desk")[0].schedule is not None
    kept = (stranger.content / "regions" / region.id / "directory.json").read_text("utf-8")
    assert (stranger.home / "groot-amsterdam.json").read_text("utf-8") == kept


def test_the_adding_again_changes_nothing(stranger: Stranger) -> None:
    for step in STEPS[:3]:
        stranger.does(step)
    stranger.does(STEPS[4])
    path = stranger.content / "regions" / "groot-amsterdam" / "directory.json"
    before = path.read_bytes()
    assert stranger.does(STEPS[4]).count("nothing to change") == 2
    assert path.read_bytes() == before


def test_the_folder_to_copy_can_be_read_and_claims_nothing() -> None:
    text = (ROOT / "docs" / "new-region" / "directory.json").read_text("utf-8")
    assert '"phones"' not in text
    assert '"assured_date"' not in text
    assert "Utrecht" not in text + (ROOT / "docs" / "new-region" / "region.yml").read_text("utf-8")
