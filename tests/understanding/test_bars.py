"""What the trained model must reach on sentences by other authors (docs/understanding.md has the figures themselves).

The bars are those of the design; the figures lie above them, so that a change which costs a point is seen in the
figures and one which costs five fails here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.signals.command import evaluate_signals
from bot.evaluation.signals.reading import Sentence, read_sentences
from bot.evaluation.signals.scores import Prediction
from bot.evaluation.stress.command import stressed_versions
from bot.evaluation.stress.distortions import KINDS
from bot.evaluation.stress.scores import stress_report
from bot.intake.situation import SAFETY_SIGNALS, SIGNALS
from bot.settings import get_settings

FOLDER = Path(__file__).parent
#: Every so manieth sentence is distorted: all of them would take six minutes.
EVERY = 8

Predict = Callable[[list[str]], list[Prediction]]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return evaluate_signals(FOLDER / "signals.csv", get_settings().models_dir, with_rows=True)


def test_both_languages_are_understood_alike(report: dict[str, Any]) -> None:
    dutch, english = report["lang"]["nl"], report["lang"]["en"]
    for scores in (dutch, english):
        assert scores["n"] >= 500
        assert scores["micro_f1"] >= 0.85
        assert scores["macro_f1"] >= 0.80
        assert scores["top2"] >= 0.93
    assert abs(dutch["micro_f1"] - english["micro_f1"]) <= 0.03


def test_danger_is_seen_and_seldom_imagined(report: dict[str, Any]) -> None:
    rows = [(set(row["expected"]), {item["id"] for item in row["predicted"]}) for row in report["rows"]]
    given = [(signal, found) for expected, found in rows for signal in expected & set(SAFETY_SIGNALS)]
    seen = sum(signal in found for signal, found in given) / len(given)
    others = [found for expected, found in rows if not expected & set(SAFETY_SIGNALS)]
    imagined = sum(bool(found & set(SAFETY_SIGNALS)) for found in others) / len(others)
    assert len(given) >= 200
    assert seen >= 0.98, f"only {seen:.3f} of the safety signals are seen"
    assert imagined <= 0.02, f"{imagined:.3f} of the other sentences give an alarm"


def test_plain_lives_are_not_taken_for_danger() -> None:
    from bot.evaluation.signals.model import predict

    with (FOLDER / "plain_lives.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = predict([row["text"] for row in rows], get_settings().models_dir)
    alarms = [set(each.signals) & set(SAFETY_SIGNALS) for each in found]
    plain = [(row["text"], alarm) for row, alarm in zip(rows, alarms, strict=True) if row["kind"] not in SAFETY_SIGNALS]
    danger = [(row, alarm) for row, alarm in zip(rows, alarms, strict=True) if row["kind"] in SAFETY_SIGNALS]
    imagined = [text for text, alarm in plain if alarm]
    missed = [row["text"] for row, alarm in danger if row["kind"] not in alarm]
    assert (len(plain) >= 200, len(danger) >= 80) == (True, True)
    assert len(imagined) / len(plain) <= 0.03, imagined
    assert len(missed) / len(danger) <= 0.05, missed


@pytest.mark.parametrize("name", ["signals", "validation", "ukrainian"])
def test_every_signal_is_in_every_set(name: str) -> None:
    sentences = read_sentences(FOLDER / f"{name}.csv")
    for language in {sentence.lang for sentence in sentences}:
        found = {signal for sentence in sentences if sentence.lang == language for signal in sentence.signals}
        assert found == set(SIGNALS), (name, language)


def test_no_family_is_in_two_sets() -> None:
    families = []
    for name in ("signals", "validation"):
        with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            families.append({row["family"] for row in csv.DictReader(file)})
    assert families[0]
    assert not families[0] & families[1]


def test_ukrainian_is_understood_without_a_ukrainian_example() -> None:
    scores = evaluate_signals(FOLDER / "ukrainian.csv", get_settings().models_dir)["lang"]["uk"]
    assert scores["n"] >= 200
    assert scores["micro_f1"] >= 0.70


def test_other_languages_are_recognised_and_never_taken_for_ours() -> None:
    from bot.assistant.language import SPOKEN, detect

    with (FOLDER / "languages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [(row["lang"], detect(row["text"])) for row in rows]
    sure = [(language, each["id"]) for language, each in found if each and each["sure"]]
    assert len(sure) / len(rows) >= 0.8
    assert sum(language == each for language, each in sure) / len(sure) >= 0.97
    assert [pair for pair in sure if pair[0] in SPOKEN and pair[1] not in SPOKEN] == []


def test_hurried_texts_lose_little() -> None:
    from bot.evaluation.signals.model import predict

    sentences = read_sentences(FOLDER / "signals.csv")[::EVERY]
    versions: dict[str, list[Sentence]] = {"plain": sentences, **stressed_versions(sentences)}
    texts = [sentence.text for version in versions.values() for sentence in version]
    predictions = iter(predict(texts, get_settings().models_dir))
    pairs = {kind: [(sentence, next(predictions)) for sentence in version] for kind, version in versions.items()}
    result = stress_report(pairs.pop("plain"), pairs)
    assert set(result["stress"]) == set(KINDS)
    losses = [scores["loss"] for kind in result["stress"].values() for scores in kind.values()]
    assert max(losses) <= 9, result["stress"]  # on an eighth of the sentences; docs/understanding.md has all
    assert sum(losses) / len(losses) <= 6, result["stress"]
