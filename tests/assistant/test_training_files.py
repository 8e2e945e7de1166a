"""Training examples: read sooner than Rasa's own importer does, and the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.exceptions import YamlException
from rasa.shared.importers.importer import CombinedDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats import rasa_yaml

from bot.assistant.training_files import TrainingFiles
from bot.settings import ROOT

WHOLE = """\
version: "3.1"
nlu:
- intent: tell
  examples:
  - text: |
      ik heb schulden 😀 é
    metadata:
      signals: [debts]
  - text: "no: it's 'quoted'"
- intent: affirm
  examples: |
    - ja
    - ja
    - [Zeist](municipality) graag
- synonym: Zeist
  examples: |
    - zeist centrum
- regex: year
  examples: |
    - \\d{4}
- lookup: place
  examples: |
    - Zeist
"""
FAULTS = {
    "not_yaml": "nlu:\n- intent: tell\n  examples: [\n",
    "key_twice": 'version: "3.1"\nnlu:\n- intent: tell\n  intent: affirm\n  examples: |\n    - ja\n',
    "unknown_key": 'version: "3.1"\nnlu:\n- intent: tell\n  exampels: |\n    - ja\n',
    "no_list": 'version: "3.1"\nnlu: 3\n',
    "a_list": "- nlu: []\n",
}


def files(folder: Path, **texts: str) -> TrainingFiles:
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text, "utf-8")
    return TrainingFiles(training_data_paths=[str(folder)])


def by_rasa(folder: Path) -> RasaFileImporter:
    return RasaFileImporter(training_data_paths=[str(folder)])


@pytest.mark.parametrize("more", ['version: "3.1"\nnlu: []\n', 'nlu:\n- intent: x\n  examples: "- a"\n', WHOLE])
def test_reads_what_rasa_reads(tmp_path: Path, more: str) -> None:
    ours, rasas = files(tmp_path, a=WHOLE, b=more).get_nlu_data(), by_rasa(tmp_path).get_nlu_data()
    assert [each.as_dict() for each in ours.training_examples] == [each.as_dict() for each in rasas.training_examples]
    assert ours.fingerprint() == rasas.fingerprint()
    assert ours.entity_synonyms == rasas.entity_synonyms == {"zeist centrum": "Zeist"}
    assert (len(ours.regex_features), len(ours.lookup_tables)) == (len(rasas.regex_features), len(rasas.lookup_tables))


def test_files_of_this_checkout_are_read_alike() -> None:
    paths = [str(path) for path in sorted((ROOT / "data" / "nlu").glob("danger_child*.yml"))]
    ours = TrainingFiles(training_data_paths=paths).get_nlu_data()
    assert len(ours.training_examples) > 20
    assert ours.fingerprint() == RasaFileImporter(training_data_paths=paths).get_nlu_data().fingerprint()


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "a_list"])
def test_a_fault_is_refused_in_rasas_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(YamlException) as ours:
        files(tmp_path, whole=WHOLE, **{name: FAULTS[name]}).get_nlu_data()
    with pytest.raises(YamlException) as rasas:
        by_rasa(tmp_path).get_nlu_data()
    assert type(ours.value) is type(rasas.value)
    assert str(ours.value) == str(rasas.value)
    assert f"{name}.yml" in str(ours.value)


def test_what_is_not_training_data_is_left_alone(tmp_path: Path) -> None:
    importer = files(tmp_path, rules='version: "3.1"\nrules: []\n', a_list=FAULTS["a_list"], empty="")
    (tmp_path / "notes.txt").write_text("nlu:", "utf-8")
    assert importer.get_nlu_data().training_examples == []


def test_no_files_at_all(tmp_path: Path) -> None:
    assert files(tmp_path).get_nlu_data().training_examples == []
    assert TrainingFiles().get_nlu_data().training_examples == []


def test_each_file_is_read_once_whatever_language_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    reads = rasa_yaml.RasaYAMLReader.reads

    def counted(self: rasa_yaml.RasaYAMLReader, text: str, **named: object) -> object:
        read.append(self.filename)
        return reads(self, text, **named)

    monkeypatch.setattr(rasa_yaml.RasaYAMLReader, "reads", counted)
    importer = files(tmp_path, a=WHOLE, b=WHOLE)
    combined = CombinedDataImporter([importer])
    first, again = combined.get_nlu_data(), combined.get_nlu_data(language="nl")
    assert len(read) == 2
    assert first.fingerprint() == again.fingerprint()
    first.training_examples[-1].set("intent", "changed")
    assert importer.get_nlu_data().fingerprint() == by_rasa(tmp_path).get_nlu_data().fingerprint()
