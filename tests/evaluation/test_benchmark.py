"""The benchmark: its figures by hand, what it compares, and one real run of both pipelines on tiny data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.evaluation.benchmark.pipelines import default_config, our_config
from bot.evaluation.benchmark.process import WorkerFailed, run
from bot.evaluation.benchmark.reading import Example
from bot.evaluation.benchmark.rows import draw
from bot.evaluation.benchmark.scores import accepting, figures
from bot.evaluation.benchmark.table import table
from bot.evaluation.benchmark.worker import Job, Result
from bot.evaluation.reading import InputError
from bot.settings import ROOT


def result(answers: list[tuple[str | None, float]]) -> Result:
    labels, confidences = zip(*answers, strict=True)
    return Result(list(labels), list(confidences), [10.0] * (len(answers) - 1) + [30.0], 12.34, 512.4)


def test_figures_by_hand() -> None:
    test = [Example("a", "x"), Example("b", "x"), Example("c", "y"), Example("d", "y"), Example("e", None)]
    scores = figures(test, result([("x", 0.9), ("y", 0.8), ("y", 0.7), (None, 0.6), ("x", 0.5)]))
    assert scores["accuracy"] == 0.5
    # x: 1 right, 1 missed: 2/3. y: 1 right, 1 too many, 1 missed: 1/2. "nothing" is a label of its own: 0.
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3, abs=1e-4)
    assert (scores["threshold"], scores["out_of_scope_recall"]) == (0.6, 1.0)
    assert (scores["parse_ms_p50"], scores["training_seconds"], scores["peak_mb"]) == (10.0, 12.3, 512)


def test_without_out_of_scope_messages_there_is_no_recall_of_them() -> None:
    scores = figures([Example("a", "x")], result([("x", 1.0)]))
    assert (scores["accuracy"], scores["out_of_scope_recall"], scores["threshold"]) == (1.0, None, None)


@pytest.mark.parametrize(
    ("confidences", "threshold"),
    [
        ([number / 10 for number in range(1, 11)], 0.2),  # nine of ten
        ([1.0] * 5, 1.0),
        ([0.1, 0.9], 0.1),  # one of two would be too few
        ([0.3], 0.3),
    ],
)
def test_the_threshold_accepts_nine_of_ten(confidences: list[float], threshold: float) -> None:
    assert accepting(confidences, 0.9) == threshold


def test_out_of_scope_messages_as_sure_as_the_threshold_are_accepted() -> None:
    test = [Example("a", "x"), *[Example("b", None)] * 4]
    scores = figures(test, result([("x", 0.5), ("x", 0.5), ("x", 0.51), ("x", 0.49), ("x", 0.0)]))
    assert scores["out_of_scope_recall"] == 0.5


def test_our_pipeline_is_that_of_the_project_with_its_settings() -> None:
    parts = {part["name"]: part for part in yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["pipeline"]}
    ours = our_config()["pipeline"]
    assert [part["name"].rpartition(".")[2] for part in ours] == [
        "SpacyTokens", "LanguageIdentifier", "SpellingReader", "SentenceEmbedding", "UnderstandingClassifier",
    ]  # fmt: skip
    assert all(parts[part["name"]] == part for part in ours)


def test_the_other_pipeline_is_the_one_that_rasa_suggests() -> None:
    assert default_config()["pipeline"] == [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
    ]


@pytest.mark.parametrize("text", ["", "[]", "pipeline: [3]", "pipeline: {", "language: nl"])
def test_a_configuration_without_a_pipeline(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yml").write_text(text)
    with pytest.raises(InputError, match=r"config\.yml"):
        our_config(tmp_path / "config.yml")


def test_a_pipeline_that_lacks_a_part_says_which(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("pipeline: [{name: bot.assistant.spacy_tokens.SpacyTokens}]")
    with pytest.raises(
        InputError,
        match="the pipeline has no LanguageIdentifier, SentenceEmbedding, SpellingReader, UnderstandingClassifier",
    ):
        our_config(tmp_path / "config.yml")


def test_a_part_of_the_training_data_has_the_shares_of_the_whole() -> None:
    whole = [
        Example(f"{label} {number}", label)
        for label, count in {"x": 60, "y": 30, "z": 10}.items()
        for number in range(count)
    ]
    part = draw(whole, 50)
    assert Counter(example.label for example in part) == {"x": 30, "y": 15, "z": 5}
    assert len(set(part)) == 50
    assert part == draw(whole, 50) == draw(whole, 70)[:50]
    assert set(draw(whole, 1000)) == set(whole)


def test_a_worker_that_fails_says_why() -> None:
    config = {**default_config(), "pipeline": [{"name": "NoSuchComponent"}]}
    with pytest.raises(WorkerFailed, match="NoSuchComponent") as error:
        run(Job(config, ["a", "b"], ["x", "y"], ["a"]), os.environ, print)
    assert "\n" not in str(error.value)


def at_start(folder: Path, code: str) -> dict[str, str]:
    """Return an environment in which every Python process runs ``code`` first."""
    (folder / "sitecustomize.py").write_text(code)
    return {**os.environ, "PYTHONPATH": str(folder)}


def test_a_worker_that_is_killed_says_so(tmp_path: Path) -> None:
    environment = at_start(tmp_path, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(WorkerFailed, match=r"signal 9.*memory"):
        run(Job({}, [], [], []), environment, print)


def test_a_worker_without_a_word_or_a_result_has_failed(tmp_path: Path) -> None:
    environment = at_start(tmp_path, "import os; os._exit(0)")
    with pytest.raises(WorkerFailed, match="it said nothing"):
        run(Job({}, [], [], []), environment, print)


def test_a_worker_has_a_folder_of_its_own_that_is_gone_after_it(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['DOORWIJZER_VAR_DIR'], flush=True); os._exit(1)"
    with pytest.raises(WorkerFailed) as error:
        run(Job({}, [], [], []), at_start(tmp_path, code), print)
    folder, var = map(Path, str(error.value).split())
    assert var.parent == folder
    assert not folder.exists()


def row(name: str, **scores: Any) -> dict[str, Any]:
    return {"row": name, "ours_above": None, "ours": {"error": "x"}, "diet": {"error": "x"}, **scores}


def test_the_table_has_one_line_a_row() -> None:
    ours, diet = {"accuracy": 0.9161, "peak_mb": 500}, {"accuracy": 0.9, "out_of_scope_recall": 0.25}
    rows = [row("a", ours=ours, diet=diet, ours_above=True), row("b", ours=diet, diet=ours, ours_above=False), row("c")]
    lines = table({"rows": rows}).splitlines()[2:]
    assert [line.split() for line in lines] == [
        ["a", "0.916", "0.900", "-", "-", "-", "0.250", *"------", "500", "-", "yes"],
        ["b", "0.900", "0.916", "-", "-", "0.250", "-", *"------", "-", "500", "no"],
        ["c", *"-" * 15],
    ]


def command(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "benchmark", "understanding", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A tiny xSID: two intents whose names hold a slash, and texts that hold Rasa's own marks."""
    verbs = ("zet", "maak", "stel", "plan", "start")
    alarms = [(f"{verb} een [wekker](om) {hour} uur", "alarm/set_alarm") for hour, verb in enumerate(verbs)]
    weather = [
        (f"- {word} het morgen {{buiten}}?", "weather/find") for word in ("regent", "sneeuwt", "vriest", "waait")
    ]
    for part in ("valid", "test"):
        file = tmp_path / "public" / "xsid-0.7" / f"nl.{part}.conll"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "\n".join(f"# text = {text}\n# intent = {intent}\n" for text, intent in alarms + weather), "utf-8"
        )
    return tmp_path / "public"


@pytest.mark.timeout(600)  # trains both pipelines for real: a minute and a half on a busy machine
def test_a_real_run_compares_both_pipelines(public: Path, tmp_path: Path) -> None:
    out = tmp_path / "benchmark.json"
    done = command(str(public), "--rows", "xsid-nl", "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert json.loads(out.read_text("utf-8")) == report
    assert report["date"]
    assert report["processors"] >= 1
    assert report["versions"]["rasa"] == "3.6.21"
    [measured] = report["rows"]
    assert {name: measured[name] for name in ("row", "train", "labels", "test_in_scope", "test_out_of_scope")} == {
        "row": "xsid-nl", "train": 9, "labels": 2, "test_in_scope": 9, "test_out_of_scope": 0,
    }  # fmt: skip
    for pipeline in ("ours", "diet"):
        scores = measured[pipeline]
        assert scores["accuracy"] == 1.0, "tested on what it was trained on"
        assert scores["out_of_scope_recall"] is None
        assert scores["training_seconds"] > 0
        assert scores["parse_ms_p95"] >= scores["parse_ms_p50"] > 0
        assert scores["peak_mb"] > 100
        assert f"[1/1] xsid-nl, {pipeline}: accuracy 1.000" in done.stderr
    assert measured["ours_above"] is False


STAND_IN = """
import json, os, pathlib, sys
if pathlib.Path("job.json").exists():
    job = json.loads(pathlib.Path("job.json").read_text())
    if "DIETClassifier" in str(job["config"]) and any("regent" in text for text in job["texts"]):
        print("MemoryError: no room for Dutch", file=sys.stderr, flush=True)
        os._exit(1)
    count = len(job["questions"])
    pathlib.Path("result.json").write_text(json.dumps({
        "labels": job["labels"][:1] * count, "confidences": [0.5] * count, "milliseconds": [1.0] * count,
        "training_seconds": 2.0, "peak_mb": 300.0,
    }))
    os._exit(0)
"""


def test_a_row_that_fails_lets_the_others_go_on_and_ends_with_1(public: Path, tmp_path: Path) -> None:
    for part in ("valid", "test"):
        (public / "xsid-0.7" / f"en.{part}.conll").write_text("# text = set an alarm\n# intent = alarm/set_alarm\n")
    out = tmp_path / "benchmark.json"
    done = command(
        str(public), "--rows", "xsid-nl,xsid-en", "--out", str(out), environment=at_start(tmp_path, STAND_IN)
    )
    assert done.returncode == 1, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[2:]]
    assert [(line[0], *line[1:3], line[-1]) for line in lines] == [
        ("xsid-nl", "0.556", "-", "-"),
        ("xsid-en", "1.000", "1.000", "no"),
    ]
    assert done.stderr.splitlines()[-1] == "✗ xsid-nl, diet: MemoryError: no room for Dutch"
    assert json.loads(out.read_text("utf-8"))["rows"][0]["diet"] == {"error": "MemoryError: no room for Dutch"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rows", "xsid-nl,nonsense"], "there is no row 'nonsense'"),
        (["--rows", "clinc150"], "data_small.json: there is no such file"),
        (["--rows", "own", "--own", "none.csv"], "none.csv: there is no such file"),
        (["--rows", "xsid-nl", "--out", "none/of/this.json"], "none/of/this.json: cannot be written"),
    ],
)
def test_what_is_wrong_is_one_line_before_anything_is_trained(public: Path, arguments: list[str], told: str) -> None:
    done = command(str(public), *arguments)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_folder(tmp_path: Path) -> None:
    done = command(str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == f"✗ {tmp_path / 'none'}: there is no such folder"
