"""Training happens when something that shapes the model changed, and only then.

A small ``bot.lean_rasa`` in the project's folder stands in for Rasa: training the real model takes a minute, and is
done once for the system tests.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bot.training import Model, TrainingError, ensure_trained, fingerprint, quiet_environment

STAND_IN = """
import os, pathlib, sys, time
arguments = sys.argv[1:]
assert arguments[0] == "train" and os.environ["RASA_TELEMETRY_ENABLED"] == "false"
with open("trainings", "a") as log:
    log.write("x")
time.sleep(0.2)
if os.path.exists("broken"):
    sys.exit("YamlSyntaxException: line 3 of domain.yml")
folder = pathlib.Path(arguments[arguments.index("--out") + 1])
name = arguments[arguments.index("--fixed-model-name") + 1]
(folder / f"{name}.tar.gz").write_text(pathlib.Path("domain.yml").read_text())
"""

SHAPING = [
    "config.yml",
    "domain.yml",
    "data/nlu/debts.nl.yml",
    "content/texts/nl/why.yml",
    "bot/assistant/features.py",
    "requirements.lock",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in [*SHAPING, "actions/next.py", "content/regions/x/directory.json", "README.md"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "bot" / "__init__.py").touch()
    (tmp_path / "bot" / "lean_rasa.py").write_text(STAND_IN)
    return tmp_path


def train(project: Path, *, force: bool = False) -> Model:
    return ensure_trained(project / "models", lambda _line: None, force=force, root=project)


def trainings(project: Path) -> int:
    log = project / "trainings"
    return len(log.read_text()) if log.exists() else 0


def test_nothing_changed_nothing_trained(project: Path) -> None:
    model = train(project)
    assert model.archive.read_text() == "# domain.yml\n"
    assert model.is_fresh(project)
    train(project)
    assert trainings(project) == 1
    train(project, force=True)
    assert trainings(project) == 2


@pytest.mark.parametrize("name", SHAPING)
def test_what_shapes_the_model_calls_for_training(project: Path, name: str) -> None:
    model = train(project)
    (project / name).write_text("changed")
    assert not model.is_fresh(project)
    train(project)
    assert trainings(project) == 2


@pytest.mark.parametrize("name", ["README.md", "content/regions/x/directory.json", "actions/next.py"])
def test_what_does_not_shape_the_model_does_not(project: Path, name: str) -> None:
    train(project)
    (project / name).write_text("# changed\n")
    train(project)
    assert trainings(project) == 1


def test_a_new_action_and_a_moved_file_change_the_fingerprint(project: Path) -> None:
    before = fingerprint(project)
    (project / "actions/next.py").write_text('class A:\n    def name(self):\n        return "action_new"\n')
    after = fingerprint(project)
    (project / "data/nlu/debts.nl.yml").rename(project / "data/nlu/money.nl.yml")
    assert len({before, after, fingerprint(project)}) == 3


def test_a_failed_training_keeps_the_earlier_model_and_says_why(project: Path) -> None:
    model = train(project)
    (project / "domain.yml").write_text("broken")
    (project / "broken").touch()
    with pytest.raises(TrainingError, match="YamlSyntaxException: line 3") as error:
        train(project)
    assert "\n" not in str(error.value)
    assert model.archive.read_text() == "# domain.yml\n"
    assert not model.is_fresh(project)
    assert not (project / "models" / ".training").exists()


def test_a_lost_or_damaged_stamp_trains_again(project: Path) -> None:
    model = train(project)
    for damage in ("", "[]", '{"fingerprint": 3}', "\0"):
        model.stamp.write_text(damage)
        assert not model.is_fresh(project)
    model.stamp.unlink()
    train(project)
    assert trainings(project) == 2


def test_two_at_the_same_time_train_once(project: Path) -> None:
    threads = [threading.Thread(target=train, args=(project,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trainings(project) == 1


def test_rasa_is_told_to_send_no_telemetry() -> None:
    assert quiet_environment()["RASA_TELEMETRY_ENABLED"] == "false"
