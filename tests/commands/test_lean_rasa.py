"""Rasa without TensorFlow, in processes of their own: what was loaded cannot be unloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.lean_rasa import needs_tensorflow
from bot.settings import ROOT
from bot.training import quiet_environment


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=quiet_environment(), capture_output=True, text=True, check=False
    )


def test_rasa_runs_without_tensorflow() -> None:
    done = run(
        "from bot.lean_rasa import leave_tensorflow_out\n"
        "assert leave_tensorflow_out()\n"
        "import sys, rasa.core.agent, rasa.server, bot.assistant.classifier\n"
        "import rasa.graph_components.validators.default_recipe_validator\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'tensorflow'])\n"
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_what_was_left_out_says_so_when_it_is_used() -> None:
    done = run(
        "from bot.lean_rasa import leave_tensorflow_out; leave_tensorflow_out()\n"
        "from rasa.nlu.classifiers.diet_classifier import DIETClassifier\n"
        "DIETClassifier()\n"
    )
    assert "use the command `rasa`" in done.stderr


def test_it_is_not_left_out_twice_or_too_late() -> None:
    done = run(
        "import rasa.engine.recipes.default_components\n"
        "from bot.lean_rasa import leave_tensorflow_out; print(leave_tensorflow_out())\n"
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("config", "needed"),
    [
        ("pipeline: [{name: bot.assistant.dates.DateFinder}]\npolicies: [{name: RulePolicy}]", False),
        ("pipeline: [{name: DIETClassifier}]", True),
        ("policies: [{name: TEDPolicy}]", True),
        ("pipeline:\npolicies:\n", False),
        ("", False),
    ],
)
def test_who_configures_it_gets_it(tmp_path: Path, config: str, needed: bool) -> None:
    file = tmp_path / "config.yml"
    file.write_text(config)
    assert needs_tensorflow(file) is needed


def test_this_project_does_not_need_it() -> None:
    assert not needs_tensorflow()
