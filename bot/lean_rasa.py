"""Rasa without TensorFlow: ``python -m bot.lean_rasa run …`` is ``rasa run …`` with 276 MB less.

Rasa loads TensorFlow for components that this project does not use. Here the modules that only those components need
are replaced by stand-ins before Rasa is loaded. Whoever puts such a component into ``config.yml`` gets the whole
of Rasa again: then nothing is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from bot.quiet import hush
from bot.settings import ROOT

#: Rasa's own components that run without TensorFlow; ours have a dot in their names.
_WITHOUT = frozenset({"RulePolicy"})
_COMPONENTS = "rasa.engine.recipes.default_components"
_STAND_INS = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
}


class TensorFlowLeftOut(RuntimeError):
    """Something needs TensorFlow after all, in a process that was started without it."""


class _StandIn:
    """Takes the place of a class that trains with TensorFlow."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise TensorFlowLeftOut("this needs TensorFlow, which was left out; use the command `rasa`")


def needs_tensorflow(config: Path = ROOT / "config.yml") -> bool:
    """Return whether a pipeline or policy in ``config`` is Rasa's own and not known to do without TensorFlow."""
    read = yaml.safe_load(config.read_text("utf-8")) or {}
    names = [str(part.get("name")) for kind in ("pipeline", "policies") for part in read.get(kind) or ()]
    return any("." not in name and name not in _WITHOUT for name in names)


def leave_tensorflow_out(config: Path = ROOT / "config.yml") -> bool:
    """Prepare this process to load Rasa without TensorFlow; return whether that was possible.

    It is not when ``config`` needs TensorFlow, or when Rasa's components are loaded already.
    """
    if _COMPONENTS in sys.modules or "tensorflow" in sys.modules or needs_tensorflow(config):
        return False
    hush()
    for name, classes in _STAND_INS.items():
        sys.modules[name] = _module(name, {each: type(each, (_StandIn,), {}) for each in classes})
    from rasa.core.policies.rule_policy import RulePolicy  # noqa: PLC0415 - only after the stand-ins

    # Rasa looks here for its components; loading them registers them, so the list need not name ours.
    sys.modules[_COMPONENTS] = _module(_COMPONENTS, {"DEFAULT_COMPONENTS": [RulePolicy]})
    return True


def _module(name: str, contents: dict[str, Any]) -> ModuleType:
    module = ModuleType(name, "A stand-in (bot.lean_rasa).")
    module.__dict__.update(contents)
    return module


def main() -> None:
    """Run Rasa's command line."""
    leave_tensorflow_out()
    from rasa.__main__ import main as rasa  # noqa: PLC0415

    rasa()


if __name__ == "__main__":
    main()
