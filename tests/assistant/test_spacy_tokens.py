"""Tokens with and without the trained Dutch model; the model is a small one that the test builds and installs."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.spacy_tokens import TRAINED_MODEL, SpacyTokens, load_pipeline

TEXT = "Ik ben Fatima. Ik woon in Zeist!"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    load_pipeline.cache_clear()


@pytest.fixture
def trained_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package ``nl_core_news_sm`` with an entity recogniser, laid out like the real one."""
    pipeline = spacy.blank("nl")
    pipeline.add_pipe("sentencizer")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Fatima"}, {"label": "LOC", "pattern": "Zeist"}])
    pipeline.meta.update(lang="nl", name="core_news_sm", version="3.7.0")
    package = tmp_path / "nl_core_news_sm"
    package.mkdir()
    pipeline.to_disk(package / "nl_core_news_sm-3.7.0")
    (package / "meta.json").write_text(json.dumps(pipeline.meta))
    (package / "__init__.py").write_text(
        "from pathlib import Path\nfrom spacy.util import load_model_from_init_py\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    )
    folder = tmp_path / "nl_core_news_sm-3.7.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: nl_core_news_sm\nVersion: 3.7.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield "nl_core_news_sm"
    sys.modules.pop("nl_core_news_sm", None)
    load_pipeline.cache_clear()


def read(text: str, model: str = TRAINED_MODEL) -> Message:
    message = Message.build(text)
    SpacyTokens({"model": model}).process([message])
    return message


def test_with_the_trained_model(trained_model: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        message = read(TEXT)
    assert message.get("names") == {"persons": ["Fatima"], "locations": ["Zeist"]}
    assert f"trained model {trained_model} 3.7.0" in caplog.text
    _check_tokens(message)


def test_without_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        message = read(TEXT, "a_model_nobody_has")
    assert message.get("names") == {}
    assert "blank Dutch pipeline" in caplog.text
    _check_tokens(message)


def _check_tokens(message: Message) -> None:
    assert [TEXT[token.start : token.end] for token in message.get("text_tokens")] == TEXT.replace(".", " .").replace(
        "!", " !"
    ).split()
    assert [TEXT[start:end].strip() for start, end in message.get("sentences")] == [
        "Ik ben Fatima.",
        "Ik woon in Zeist!",
    ]
    assert "names" not in message.as_dict(only_output_properties=True), "names are never stored"


@pytest.mark.parametrize("text", ["😀", "a" * 2000, " x ", "\n"])
def test_odd_texts(text: str) -> None:
    assert read(text).get("text_tokens") is not None
