"""Pictures of understanding: the figures by hand, and that the files are pictures."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.evaluate import app
from bot.evaluation.pictures.command import draw_pictures, evaluate_pictures, print_report
from bot.evaluation.pictures.drawing import CONFUSION_INCHES, DPI, SMALL_INCHES, draw_calibration, draw_coverage
from bot.evaluation.pictures.figures import LABELS, NONE, Confusion, best_signals, calibration, confusion, worst
from bot.evaluation.pictures.report import markdown, worst_report
from bot.evaluation.reading import InputError
from bot.evaluation.signals.model import prediction_from
from bot.evaluation.signals.reading import Sentence
from bot.evaluation.signals.scores import Prediction

BANDS = {"sure": 0.5, "likely": 0.2}


def pair(
    lang: str, given: str, predicted: dict[str, float], under: dict[str, float] | None = None, text: str = "tekst"
) -> tuple[Sentence, Prediction]:
    listed = predicted | (under or {})
    order = tuple(sorted(listed, key=lambda name: -listed[name]))
    return Sentence(lang, text, frozenset(given.split())), Prediction(predicted, order, confidences=listed)


PAIRS = [
    pair("nl", "debts", {"debts": 0.9}),
    pair("nl", "debts no_benefit", {"debts": 0.6, "disability": 0.7}, {"no_benefit": 0.15}),
    pair("nl", "debts", {}, {"debts": 0.3}),
    pair("en", "debts", {"debts": 1.0, "disability": 0.4}),
    pair("en", "", {}, {"debts": 0.2}),
    pair("en", "", {"complaint": 0.8}),
]


def cells(figures: Confusion) -> dict[tuple[str, str], int]:
    return {
        (given, predicted): figures.counts[row][column]
        for row, given in enumerate(LABELS)
        for column, predicted in enumerate(LABELS)
        if figures.counts[row][column]
    }


def test_what_was_taken_for_what() -> None:
    figures = confusion(PAIRS)
    assert cells(figures) == {
        ("debts", "debts"): 3,
        ("no_benefit", "disability"): 1,  # missed, and the other one in its place
        ("debts", NONE): 1,  # missed
        (NONE, "disability"): 1,  # a false alarm beside a right one
        (NONE, "complaint"): 1,  # a false alarm in silence
        (NONE, NONE): 1,
    }
    debts, nothing = LABELS.index("debts"), LABELS.index(NONE)
    assert figures.given[debts] == 4
    assert figures.given[nothing] == 2
    assert sum(figures.given) == 7
    assert figures.share(debts, debts) == 0.75
    assert figures.share(nothing, nothing) == 0.5
    assert figures.share(LABELS.index("complaint"), nothing) == 0.0, "never given"


def test_several_missed_and_several_wrong_meet_each_other() -> None:
    figures = confusion([pair("nl", "debts no_benefit", {"complaint": 0.9, "disability": 0.9})])
    assert cells(figures) == {
        (given, predicted): 1 for given in ("debts", "no_benefit") for predicted in ("complaint", "disability")
    }


def test_coverage_by_hand() -> None:
    lines = best_signals(PAIRS)
    assert list(lines) == ["en", "nl"]
    # nl: .9 right, .7 wrong, .3 right
    assert [point[:3] for point in lines["nl"].curve()] == [(0.9, 1 / 3, 1.0), (0.7, 2 / 3, 0.5), (0.3, 1.0, 2 / 3)]
    assert lines["nl"].at(0.7).coverage == 2 / 3, "a confidence on the threshold counts"
    assert lines["nl"].at(0.95) == (0.95, 0.0, None, None)
    assert lines["en"].at(0.5) == (0.5, 1.0, 1.0, 0.5)
    assert lines["en"].at(0.2).false_alarms == 1.0


def test_a_language_without_signals_has_no_line_and_an_unlisted_best_is_never_sure() -> None:
    lines = best_signals([pair("nl", "debts", {}), pair("uk", "", {"debts": 0.9})])
    assert list(lines) == ["nl"]
    assert lines["nl"].curve() == []


def test_calibration_by_hand() -> None:
    bins = calibration([pair("nl", "debts no_benefit", {"debts": 1.0}, {"complaint": 0.92, "disability": 0.1})])
    assert len(bins) == 10
    assert bins[9] == (0.9, 1.0, 2, pytest.approx(0.96), 0.5)
    assert bins[1] == (0.1, 0.2, 1, 0.1, 0.0)
    assert bins[5] == (0.5, 0.6, 0, None, None)
    # 42 signals less the three that were listed; no_benefit was given, and counts as 0
    assert bins[0] == (0.0, 0.1, 39, 0.0, pytest.approx(1 / 39))


def test_the_worst_first_and_none_without_a_mistake() -> None:
    mistakes = worst(PAIRS, 20)
    assert [round(mistake.weight, 6) for mistake in mistakes] == [1.55, 0.8, 0.7, 0.4]
    assert mistakes[0].wrong == {"disability": 0.7}
    assert mistakes[0].missed == {"no_benefit": 0.15}
    assert [mistake.sentence for mistake in worst(PAIRS, 1)] == [PAIRS[1][0]]
    assert worst(PAIRS[:1], 20) == []


def test_confidences_come_from_the_parse_data() -> None:
    signals = [{"id": "debts", "confidence": 0.6}]
    ranking = [{"id": "complaint", "confidence": 0.7}, *signals]
    assert prediction_from({"signals": signals, "signal_ranking": ranking}).confidences == {
        "complaint": 0.7,
        "debts": 0.6,
    }
    assert prediction_from({"signals": signals}).confidences == {"debts": 0.6}
    assert prediction_from({}).confidences == {}


def size_in_pixels(file: Path) -> tuple[int, ...]:
    head = file.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", head[16:24])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return draw_pictures(PAIRS, PAIRS, tmp_path_factory.mktemp("pictures"), BANDS)


def test_three_pictures_with_words_for_those_who_cannot_see_them(drawn: dict[str, Any]) -> None:
    files = [Path(picture["file"]) for picture in drawn["pictures"]]
    assert [file.name for file in files] == ["confusion.png", "coverage.png", "calibration.png"]
    sizes = [CONFUSION_INCHES, SMALL_INCHES, SMALL_INCHES]
    assert [size_in_pixels(file) for file in files] == [(round(x * DPI), round(y * DPI)) for x, y in sizes]
    alts = [picture["alt"] for picture in drawn["pictures"]]
    assert "6 test sentences: 3 of 5 given signals were recognised; 2 were predicted where" in alts[0]
    assert "nl sure (from 0.5) 67% of the messages, 50% right" in alts[1]
    assert alts[2].endswith("60% is right 100%; 70% is right 0%; 80% is right 0%; 95% is right 100%.")


def test_the_same_figures_give_the_same_files(drawn: dict[str, Any], tmp_path: Path) -> None:
    again = draw_pictures(PAIRS, PAIRS, tmp_path, BANDS)
    for one, other in zip(drawn["pictures"], again["pictures"], strict=True):
        assert Path(one["file"]).read_bytes() == Path(other["file"]).read_bytes()


def test_pictures_of_next_to_nothing(tmp_path: Path) -> None:
    """A model that lists no signal, more languages than there are kinds of line, no sentence at all."""
    nothing_listed = best_signals([pair("nl", "debts", {})])
    five = best_signals([pair(language, "debts", {"debts": 0.9}) for language in ("ar", "en", "nl", "pl", "uk")])
    for number, lines in enumerate((nothing_listed, five)):
        draw_coverage(lines, BANDS, tmp_path / f"{number}.png")
        assert size_in_pixels(tmp_path / f"{number}.png") == (1050, 750)
    draw_calibration(calibration([]), tmp_path / "calibration.png")
    assert size_in_pixels(tmp_path / "calibration.png") == (1050, 750)


def test_the_report(drawn: dict[str, Any]) -> None:
    assert drawn["coverage"]["nl"]["sure"] == {
        "threshold": 0.5, "coverage": 0.6667, "precision": 0.5, "false_alarms": None,
    }  # fmt: skip
    assert drawn["calibration"][7] == {"first": 0.7, "last": 0.8, "n": 1, "confidence": 0.7, "right": 0.0}
    assert drawn["worst"][0] == {
        "lang": "nl",
        "text": "tekst",
        "expected": ["debts", "no_benefit"],
        "wrong": [{"id": "disability", "confidence": 0.7}],
        "missed": [{"id": "no_benefit", "confidence": 0.15}],
        "weight": 1.55,
    }


def test_printed_as_json_or_as_markdown(drawn: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    print_report(drawn, as_json=True)
    assert json.loads(capsys.readouterr().out) == drawn
    print_report(drawn, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"![{drawn['pictures'][0]['alt']}]({drawn['pictures'][0]['file']})"
    assert "| nl | sure | 0.5 | 66.7% | 50.0% | - |" in lines
    assert "| nl | tekst | `disability` 0.70 | `no_benefit` 0.15 |" in lines
    assert "| nl | tekst | - | `debts` 0.30 |" in lines


def test_a_hostile_sentence_stays_one_cell(drawn: dict[str, Any]) -> None:
    nasty = 'a|b\n\n| c <img src=x onerror="alert(1)"> [x](y) `z` *w* \\'
    mistakes = worst_report(worst([pair("nl", "debts", {}, text=nasty)], 1))
    row = markdown({**drawn, "worst": mistakes}).splitlines()[-1]
    assert row == (
        '| nl | a\\|b \\| c \\<img src=x onerror="alert(1)"> \\[x](y) \\`z\\` \\*w\\* \\\\ | - | `debts` 0.00 |'
    )


def write(file: Path, rows: str) -> Path:
    file.write_text(f"lang,text,signals\n{rows}", "utf-8")
    return file


def test_what_is_wrong_is_named_before_the_model_is_asked(tmp_path: Path) -> None:
    good, silent = write(tmp_path / "good.csv", "nl,hoi,debts\n"), write(tmp_path / "silent.csv", "nl,hoi,\n")

    def told(test: Path, validation: Path, out: Path, sure: float = 0.5) -> str:
        with pytest.raises(InputError) as error:
            evaluate_pictures(test, validation, out, tmp_path, sure=sure, likely=0.2)
        return str(error.value)

    assert "there is no such file" in told(tmp_path / "none.csv", good, tmp_path)
    assert "there is no such file" in told(good, tmp_path / "none.csv", tmp_path)
    assert told(good, good, tmp_path, sure=0.1).startswith("--likely 0.2 is above --sure 0.1")
    assert "silent.csv: no sentence has a signal" in told(good, silent, tmp_path)
    assert "good.csv: is no folder for pictures: File exists; choose another --out" in told(good, good, good)
    assert "no trained model" in told(good, good, tmp_path / "new" / "folder")


def test_the_command_takes_its_thresholds_between_0_and_1(tmp_path: Path) -> None:
    good = str(write(tmp_path / "good.csv", "nl,hoi,debts\n"))
    runner, none = CliRunner(), str(tmp_path / "none.csv")
    too_sure = runner.invoke(app, ["pictures", good, "--validation", good, "--sure", "2"])
    assert too_sure.exit_code == 2
    assert "less than or equal to 1" in too_sure.output
    assert runner.invoke(app, ["pictures", good]).exit_code == 2, "coverage needs sentences of its own"
    failed = runner.invoke(app, ["pictures", good, "--validation", none, "--out", str(tmp_path), "--json"])
    assert isinstance(failed.exception, InputError)
    assert str(failed.exception) == f"{none}: there is no such file"


def test_a_picture_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "coverage.png").mkdir()
    with pytest.raises(InputError, match=r"coverage.png: cannot be written: Is a directory; choose another --out"):
        draw_pictures(PAIRS, PAIRS, tmp_path, BANDS)
