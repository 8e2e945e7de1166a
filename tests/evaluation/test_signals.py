"""Signal scores: reading the sentences, and the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.reading import InputError
from bot.evaluation.signals.model import predict, prediction_from
from bot.evaluation.signals.reading import Sentence, read_sentences
from bot.evaluation.signals.scores import Prediction, report


def write(folder: Path, text: str) -> Path:
    file = folder / "signals.csv"
    file.write_text(text, "utf-8")
    return file


def test_sentences_with_several_signals_commas_and_line_breaks(tmp_path: Path) -> None:
    file = write(tmp_path, '\ufefflang,text,signals\nnl,"schulden, en\nziek",debts; illness_or_stress\nen,hello,\n')
    assert read_sentences(file) == [
        Sentence("nl", "schulden, en\nziek", frozenset({"debts", "illness_or_stress"})),
        Sentence("en", "hello", frozenset()),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the column lang is missing"),
        ("lang,text\nnl,hoi\n", "line 1: the column signals is missing"),
        ("lang,text,signals\n", "there is no sentence"),
        ("lang,text,signals\nnl,hoi,debts\nnl,hoi,dept\n", "line 3: unknown signal 'dept'"),
        ('lang,text,signals\nnl,"een\ntwee",\nnl,hoi,x\n', "line 4: unknown signal 'x'"),
        ("lang,text,signals\nnl,hoi\n", "line 2: must have 3 columns"),
        ("lang,text,signals\nnl,ja, en nee,debts\n", "line 2: must have 3 columns"),
        ("lang,text,signals\n,hoi,\n", "line 2: lang and text must not be empty"),
        ('lang,text,signals\nnl,"hoi,\n', "line 2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_sentences(write(tmp_path, text))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def pair(lang: str, gold: str, predicted: dict[str, float], ranking: list[str] | None = None) -> Any:
    order = sorted(predicted, key=lambda name: -predicted[name])
    sentence = Sentence(lang, "tekst", frozenset(gold.split()))
    return sentence, Prediction(predicted, ranking or order, intent="tell", language=lang)


def test_figures_by_hand() -> None:
    result = report(
        [
            pair("nl", "debts", {"debts": 0.9}),
            pair("nl", "debts no_benefit", {"debts": 0.9, "disability": 0.5}),
            pair("nl", "no_benefit", {}, ["debts", "no_benefit"]),
            pair("nl", "", {}),
            pair("en", "debts", {"no_benefit": 0.7}, ["no_benefit", "disability", "debts"]),
        ]
    )
    dutch = result["lang"]["nl"]
    assert dutch["n"] == 4
    assert dutch["exact"] == 0.5
    # 2 right, 1 too many, 2 missed
    assert dutch["micro_f1"] == pytest.approx(4 / 7, abs=1e-4)
    # debts 1, no_benefit 0, disability 0
    assert dutch["macro_f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert dutch["top2"] == 1.0
    assert result["lang"]["en"]["top2"] == 0.0
    assert result["per_signal"]["debts"] == {"n": 3, "precision": 1.0, "recall": 0.6667, "f1": 0.8}
    assert "rows" not in result


def test_rows_show_what_was_expected_and_predicted() -> None:
    (row,) = report([pair("nl", "debts", {"disability": 0.61, "debts": 0.87654})], with_rows=True)["rows"]
    assert row == {
        "lang": "nl",
        "text": "tekst",
        "expected": ["debts"],
        "predicted": [{"id": "debts", "confidence": 0.8765}, {"id": "disability", "confidence": 0.61}],
        "intent": "tell",
        "language": "nl",
    }


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    assert report([pair("nl", "", {})])["lang"]["nl"] == {
        "n": 1, "exact": 1.0, "micro_f1": 1.0, "macro_f1": 1.0, "top2": None,
    }  # fmt: skip


def test_parse_data_with_and_without_a_ranking() -> None:
    signals = [{"id": "debts", "confidence": 0.6}, {"id": "no_benefit", "confidence": 0.8}]
    assert prediction_from({"signals": signals, "intent": {"name": "tell"}}).ranking == ("no_benefit", "debts")
    full = prediction_from({"signals": signals, "signal_ranking": [*signals, {"id": "disability", "confidence": 0.7}]})
    assert full.ranking == ("no_benefit", "disability", "debts")
    assert set(full.signals) == {"debts", "no_benefit"}
    assert prediction_from({}).ranking == ()


def test_no_model_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no trained model"):
        predict(["hoi"], tmp_path)
