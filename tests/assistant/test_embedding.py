"""Sentence vectors: the right embedder, the same numbers every time, and other languages brought near."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant import embedder as module
from bot.assistant.embedder import E5_SMALL, USE, EmbedderMissing, choose, get_embedder
from bot.assistant.embedding import SentenceEmbedding, everyday_sentences, is_foreign, vector_of
from bot.assistant.language import RECOGNISED

TEXTS = ["ik heb schulden", "i have debts", "ik woon in Zeist", "wat is het weer"]


def test_without_the_package_the_fallback_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose() == E5_SMALL
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert choose() == USE
    assert choose(E5_SMALL) == E5_SMALL, "who names one gets that one"


@pytest.mark.parametrize("name", [E5_SMALL, USE])
def test_alike_sentences_lie_close(name: str) -> None:
    vectors = get_embedder(name).embed(TEXTS)
    vectors = vectors - vectors.mean(axis=0)
    assert vectors[0] @ vectors[1] > max(vectors[0] @ vectors[2], vectors[0] @ vectors[3])


def test_training_remembers_and_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = get_embedder(choose())
    texts = [f"zin nummer {number} over werk" for number in range(60)]
    first = embedder.embed_many(texts, workers=2)
    assert np.allclose(first, embedder.embed(texts), atol=1e-5)

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
        np.savez(folder / "scale.npz", embedder=E5_SMALL, mean=np.zeros(384), scale=np.ones(384))
    get_embedder.cache_clear()
    monkeypatch.setattr("bot.assistant.e5_file.find_spec", lambda _: None)
    with pytest.raises(EmbedderMissing, match="not installed"):
        SentenceEmbedding.load({}, storage, resource, None)
    with pytest.raises(EmbedderMissing):
        get_embedder("something else")


def test_a_language_that_training_did_not_see_is_moved(tmp_path: Path) -> None:
    component = SentenceEmbedding.create(
        {"embedder": E5_SMALL}, LocalModelStorage.create(tmp_path), Resource("e"), None
    )
    sentences = [
        "ik heb schulden en kan mijn rekeningen niet betalen",
        "mijn contract loopt volgende maand af en ik zoek werk",
        "i have debts and cannot pay my bills any more",
        "my contract ends next month and i am looking for work",
    ]
    component.train(TrainingData([Message.build(text, intent="tell") for text in sentences * 5]))

    def vector(text: str, language: str, sure: bool = True) -> tuple[bool, np.ndarray]:
        message = Message.build(text)
        message.set("language", {"id": language, "confidence": 1.0, "sure": sure})
        component.process([message])
        return is_foreign(message), vector_of(message)

    ukrainian = "у мене борги і я не можу оплатити рахунки"
    foreign, moved = vector(ukrainian, "uk")
    stays, unmoved = vector(ukrainian, "uk", sure=False)
    known, dutch = vector(sentences[0], "nl")
    assert (foreign, stays, known) == (True, False, False)
    assert np.linalg.norm(moved - dutch) < np.linalg.norm(unmoved - dutch)


def test_the_everyday_sentences_are_there_in_every_language() -> None:
    assert len(everyday_sentences()) >= 20
    assert all(set(each) == set(RECOGNISED) and all(each.values()) for each in everyday_sentences())


def test_payloads_get_no_vector(tmp_path: Path) -> None:
    component = SentenceEmbedding.create({"embedder": USE}, LocalModelStorage.create(tmp_path), Resource("e"), None)
    messages = component.process([Message.build("/affirm"), Message.build("  "), Message.build("ja")])
    assert [vector_of(message) is not None for message in messages] == [False, False, True]
