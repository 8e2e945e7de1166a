"""Classifier and arbiter together, in the tiny trained project; and the model's arithmetic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix

from bot.assistant import least_squares
from bot.assistant.arbiter import Arbiter
from bot.assistant.classifier import UnknownSignal, signals_of


async def parse(agent: SimpleNamespace, text: str) -> dict[str, Any]:
    result: dict[str, Any] = await agent.agent.parse_message(text)
    return result


def ids(parsed: dict[str, Any]) -> list[str]:
    return sorted(item["id"] for item in parsed["signals"])


@pytest.mark.parametrize(
    ("text", "intent", "signals"),
    [
        ("ik heb schulden", "tell", ["debts"]),
        ("i have so many debts", "tell", ["debts"]),
        ("mijn contract loopt af en ik heb schulden", "tell", ["contract_ending", "debts"]),
        ("ik heb echt geen schulden", "tell", []),
        ("hallo, ik heb schulden", "tell", ["debts"]),
        ("ik wil niet meer leven", "safety", ["suicidal_crisis"]),
        ("ja", "affirm", []),
        ("nee", "deny", []),
        ("hoi", "greet", []),
        ("ik wil een mens spreken", "person", []),
        ("zeist", "tell", []),
    ],
)
async def test_understands(agent: SimpleNamespace, text: str, intent: str, signals: list[str]) -> None:
    parsed = await parse(agent, text)
    assert (parsed["intent"]["name"], ids(parsed)) == (intent, signals)


async def test_what_travels_with_a_message(agent: SimpleNamespace) -> None:
    parsed = await parse(agent, "mijn contract stopt eind januari en ik woon in Zeist")
    entities = {item["entity"]: item for item in parsed["entities"]}
    assert entities["municipality"]["value"] == "Zeist"
    assert entities["date"]["value"]["precision"] == "part_of_month"
    assert entities["language"]["value"] == "nl"
    assert all(item["start"] < item["end"] and item["extractor"] for item in parsed["entities"])
    assert len(parsed["intent_ranking"]) <= 5
    assert all(0 <= item["confidence"] <= 1 for item in parsed["signal_ranking"])
    assert "names" not in parsed


@pytest.mark.parametrize("payload", ["/affirm", '/answer{"municipality": "Zeist"}', "/deny"])
async def test_payloads_are_no_guess(agent: SimpleNamespace, payload: str) -> None:
    parsed = await parse(agent, payload)
    assert parsed["intent"]["confidence"] == 1.0
    assert parsed["intent"]["name"] in payload
    assert "signals" not in parsed


@pytest.mark.parametrize("text", ["😀😀😀", "?!", "x" * 2000, "ик хеб схулден", "1", "<b>", "\u200b\u200b"])
async def test_odd_texts_do_not_break_it(agent: SimpleNamespace, text: str) -> None:
    parsed = await parse(agent, text)
    assert parsed["intent"]["name"]
    assert not {"suicidal_crisis", "debts"} & set(ids(parsed))


def decide(intent: str | None, confidence: float, signals: dict[str, float] | None = None, **more: Any) -> str:
    message = Message.build(more.get("text", "een zin"))
    if intent:
        message.set("intent", {"name": intent, "confidence": confidence})
    message.set("signals", [{"id": name, "confidence": value} for name, value in (signals or {}).items()])
    message.set("entities", more.get("entities", []))
    Arbiter(more.get("config", {})).process([message])
    return str(message.get("intent")["name"])


FACT = [{"entity": "income", "value": "ww"}]


@pytest.mark.parametrize(
    ("intent", "confidence", "signals", "entities", "decided"),
    [
        ("tell", 0.9, {"domestic_violence": 0.3}, [], "safety"),
        ("affirm", 0.99, {"suicidal_crisis": 0.2, "debts": 0.9}, [], "safety"),
        ("greet", 0.99, {"debts": 0.8}, [], "tell"),
        ("greet", 0.99, {}, [], "greet"),
        ("why", 0.9, {"debts": 0.8}, FACT, "why"),
        ("affirm", 0.9, {}, FACT, "affirm"),
        ("person", 0.4, {"debts": 0.8}, [], "tell"),
        ("thanks", 0.4, {}, FACT, "tell"),
        ("thanks", 0.4, {}, [{"entity": "language", "value": "nl"}], "thanks"),
        ("thanks", 0.2, {}, [], "nlu_fallback"),
        (None, 0.0, {}, [], "nlu_fallback"),
        (None, 0.0, {}, FACT, "tell"),
    ],
)
def test_arbiter(
    intent: str | None, confidence: float, signals: dict[str, float], entities: list[Any], decided: str
) -> None:
    assert decide(intent, confidence, signals, entities=entities) == decided


@pytest.mark.parametrize(
    ("danger", "other", "kept"),
    [
        (0.9, 0.39, ["domestic_violence"]),  # nothing is asked back, so what may not be so is not gone on with
        (0.2, 0.39, ["domestic_violence"]),
        (0.9, 0.4, ["domestic_violence", "dismissed_now"]),
        (None, 0.39, ["dismissed_now"]),
    ],
)
def test_in_danger_only_what_is_sure_comes_beside_it(danger: float | None, other: float, kept: list[str]) -> None:
    message = Message.build("een zin")
    found = {"domestic_violence": danger, "dismissed_now": other}
    message.set("signals", [{"id": name, "confidence": sure} for name, sure in found.items() if sure is not None])
    Arbiter({"signal_sure": 0.4}).process([message])
    assert [item["id"] for item in message.get("signals")] == kept


def test_arbiter_leaves_payloads_and_obeys_its_settings() -> None:
    assert decide("book", 0.1, text="/book") == "book"
    assert decide("thanks", 0.2, config={"at_least": 0.1}) == "thanks"
    assert decide("affirm", 0.4, text="😀") == "nlu_fallback"


def likely(intent: str, confidence: float, signals: dict[str, float], ranking: dict[str, float]) -> list[str] | None:
    message = Message.build("een zin")
    message.set("intent", {"name": intent, "confidence": confidence})
    message.set("signals", [{"id": name, "confidence": value} for name, value in signals.items()])
    message.set("signal_ranking", [{"id": name, "confidence": value} for name, value in ranking.items()])
    Arbiter({"signal_sure": 0.4, "signal_likely": 0.15}).process([message])
    found = message.get("likely")
    return None if found is None else [item["id"] for item in found]


@pytest.mark.parametrize(
    ("signals", "ranking", "asked"),
    [
        ({"debts": 0.9}, {"debts": 0.9, "complaint": 0.3}, None),  # sure: go on
        ({"debts": 0.9, "complaint": 0.3}, {"debts": 0.9, "complaint": 0.3}, None),  # one sure signal is enough
        ({"debts": 0.35}, {"debts": 0.35, "complaint": 0.2, "disability": 0.1}, ["debts", "complaint"]),
        ({}, {"debts": 0.2, "complaint": 0.14}, ["debts"]),
        ({}, {"debts": 0.14}, None),  # unsure: nothing comes near
        ({"suicidal_crisis": 0.2}, {"suicidal_crisis": 0.2, "debts": 0.2}, None),  # danger is never a question
        ({"suicidal_crisis": 0.2, "debts": 0.2}, {"debts": 0.2, "suicidal_crisis": 0.2}, None),
    ],
)
def test_bands(signals: dict[str, float], ranking: dict[str, float], asked: list[str] | None) -> None:
    assert likely("tell", 0.6, signals, ranking) == asked


def test_small_talk_and_answers_are_not_guessed_at() -> None:
    assert likely("thanks", 0.9, {}, {"debts": 0.3}) is None
    assert likely("affirm", 0.9, {"debts": 0.3}, {"debts": 0.3}) is None
    assert likely("thanks", 0.2, {}, {"debts": 0.3}) == ["debts"]


def test_an_example_with_an_unknown_signal_stops_the_training() -> None:
    with pytest.raises(UnknownSignal, match="depts"):
        signals_of(Message.build("x", intent="tell", example_metadata={"signals": ["depts"]}))
    assert signals_of(Message.build("x", intent="tell", example_metadata={"signals": ["debts"]})) == ["debts"]
    assert signals_of(Message.build("x", intent="greet")) == []


def _points(count: int = 120) -> tuple[csr_matrix, Any, Any]:
    chance = np.random.default_rng(1)
    targets = (chance.random((count, 2)) > [0.7, 0.5]).astype(np.float32)
    vectors = (targets @ np.array([[1.5, 0.0], [0.0, 1.5]]) + chance.normal(0, 0.3, (count, 2))).astype(np.float32)
    return csr_matrix((count, 1), dtype=np.float32), vectors, targets


def test_unseen_scores_are_those_of_models_that_had_not_seen_the_example() -> None:
    words, vectors, targets = _points()
    kernel = least_squares.Kernel(narrowness=50.0, regularisation=1e-3)
    mixed = np.random.default_rng(2).permutation(targets)
    fitted = least_squares.fit(words, vectors, mixed, kernel)
    seen = kernel.of_vectors(vectors, vectors) @ fitted.example_weights + fitted.offsets
    assert ((seen > 0.5) == (mixed > 0.5)).mean() > 0.98, "it learns anything by heart"
    assert ((fitted.unseen_scores > 0.5) == (mixed[fitted.unseen] > 0.5)).mean() < 0.7, (
        "and that does not count as knowledge"
    )


def test_probabilities_and_thresholds() -> None:
    words, vectors, targets = _points()
    fitted = least_squares.fit(words, vectors, targets, least_squares.Kernel())
    targets = targets[fitted.unseen]
    curves = least_squares.logistic_curves(fitted.unseen_scores, targets)
    chances = least_squares.probabilities(fitted.unseen_scores, curves)
    assert abs(chances.mean() - targets.mean()) < 0.03
    even = least_squares.thresholds(chances, targets, np.array([1.0, 1.0]), np.array([0.15, 0.15]))
    safe = least_squares.thresholds(chances, targets, np.array([4.0, 4.0]), np.array([0.15, 0.15]))
    assert (safe <= even).all()
    floor = np.array([0.7, 0.7])
    assert (least_squares.thresholds(1 - chances, targets, np.array([4.0, 4.0]), floor) >= 0.7).all()
    assert ((chances >= even) == (targets > 0)).mean() > 0.9


def test_a_label_without_examples_is_never_claimed() -> None:
    scores = np.random.default_rng(3).normal(size=(30, 1)).astype(np.float32)
    curves = least_squares.logistic_curves(scores, np.zeros((30, 1), dtype=np.float32))
    assert least_squares.probabilities(scores, curves).max() < 1e-6


@pytest.mark.parametrize("words", [0, 1, 7, 400])
def test_words_in_common_are_those_of_the_sparse_product(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(least_squares, "COMMON_WORDS", 7)
    chance = np.random.default_rng(4)
    counts = chance.poisson(np.linspace(0.01, 2, max(words, 1))[:words], (50, words)).astype(np.float32)
    found = least_squares._words_in_common(csr_matrix(counts))
    assert found.dtype == np.float32
    assert np.allclose(found, counts @ counts.T, rtol=1e-5)


def test_likeness_fades_with_the_distance() -> None:
    kernel = least_squares.Kernel(gist=6.0, narrowness=0.5)
    left, right = np.array([[0.0, 0.0], [1.0, 2.0]], dtype=np.float32), np.array([[1.0, 2.0]], dtype=np.float32)
    assert np.allclose(kernel.of_vectors(left, right), [[6 * np.exp(-2.5)], [6.0]])
    assert np.allclose(kernel.of_vectors(left, right, least_squares.squares(right)), [[6 * np.exp(-2.5)], [6.0]])
