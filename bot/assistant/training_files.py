"""Reads the training examples as Rasa does, a good deal sooner: half a minute of each training went into reading them.

Rasa reads every file three times a training, and each time with a parser that remembers the line of every word, for
the case that there is a fault. Here each file is read once, with the parser in C; only a file with a fault is
given to Rasa's own check, which names the line.
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import Any

from pykwalify.core import Core  # type: ignore[import-untyped]
from pykwalify.errors import PyKwalifyException  # type: ignore[import-untyped]
from rasa.shared.constants import PACKAGE_NAME, RESPONSES_SCHEMA_FILE, SCHEMA_EXTENSIONS_FILE
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import NLU_SCHEMA_FILE, RasaYAMLReader
from rasa.shared.nlu.training_data.loading import RASA_YAML, guess_format, load_data
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_yaml
from ruamel.yaml.error import YAMLError


class TrainingFiles(RasaFileImporter):  # type: ignore[misc]  # Rasa has no types
    """Stands in ``config.yml`` where Rasa's own ``RasaFileImporter`` would."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the examples of all files, the same object each time (who combines them takes copies).

        Raises Rasa's ``YamlException`` when a file is no YAML, or not what Rasa expects of training data.
        """
        return self._examples

    @cached_property
    def _examples(self) -> TrainingData:
        reading = _Reading()
        return TrainingData().merge(*map(reading.of, self._nlu_files))


class _Reading:
    """What is the same for all files: the schema."""

    def __init__(self) -> None:
        package = files(PACKAGE_NAME)
        read = [read_yaml((package / name).read_text("utf-8")) for name in (NLU_SCHEMA_FILE, RESPONSES_SCHEMA_FILE)]
        self._schema: dict[str, Any] = {**read[0], **read[1]}
        self._extensions = [str(package / SCHEMA_EXTENSIONS_FILE)]

    def of(self, path: str) -> TrainingData:
        """Return the examples in one file. Raises ``YamlException``."""
        return _Reader(self).read(path) if guess_format(path) == RASA_YAML else load_data(path)

    def is_in_order(self, text: str) -> bool:
        """Return whether a text is YAML as the schema has it."""
        try:
            Core(source_data=read_yaml(text), schema_data=self._schema, extensions=self._extensions).validate()
        except (YAMLError, PyKwalifyException):
            return False
        return True


class _Reader(RasaYAMLReader):  # type: ignore[misc]  # Rasa has no types
    """Rasa's reader, with a quicker check before its own."""

    def __init__(self, reading: _Reading) -> None:
        super().__init__()
        self._reading = reading

    def validate(self, string: str) -> None:
        """Check a file's text. Raises ``YamlException`` with the line."""
        if not self._reading.is_in_order(string):
            super().validate(string)
