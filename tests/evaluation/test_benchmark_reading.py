"""The benchmark's data: the public sets' own formats, what is wrong with a file, and which rows there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluation.benchmark.reading import (
    Example,
    read_clinc150,
    read_hint3,
    read_own_test,
    read_own_training,
    read_xsid,
)
from bot.evaluation.benchmark.rows import ROWS, Places, read_rows
from bot.evaluation.reading import InputError

DUTCH = """# id = 1
# text-en = how hot is it = hot?
# text = hoe heet is het = heet?
# intent = weather/find
1\thoe\tweather/find\tO

# text = zet de wekker
# intent = alarm/set_alarm
1\tzet\talarm/set_alarm\tO
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def places(folder: Path) -> Places:
    return Places(folder / "public", folder / "nlu", folder / "signals.csv")


def told(error: pytest.ExceptionInfo[InputError]) -> str:
    assert "\n" not in str(error.value)
    return str(error.value)


def test_xsid_takes_the_text_and_the_intent(tmp_path: Path) -> None:
    expected = [Example("hoe heet is het = heet?", "weather/find"), Example("zet de wekker", "alarm/set_alarm")]
    assert read_xsid(write(tmp_path / "a.conll", DUTCH)) == expected
    assert read_xsid(write(tmp_path / "b.conll", "\ufeff" + DUTCH.replace("\n", "\r\n") + "\n\n")) == expected


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "there is nothing in it"),
        ("\n \n", "there is nothing in it"),
        (DUTCH + "\n\n# text = hoi\n1\thoi\tx\tO\n", "line 12: the sentence has no '# intent = …'"),
        ("# text =\n# intent = x\n", "line 1: the sentence has no '# text = …'"),
        ("{}", "line 1: the sentence has no '# text = …'"),
    ],
)
def test_what_is_wrong_in_xsid_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    file = write(tmp_path / "nl.test.conll", text)
    with pytest.raises(InputError) as error:
        read_xsid(file)
    assert told(error).startswith(str(file))
    assert wrong in told(error)


def test_hint3_knows_what_is_out_of_scope(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", 'sentence,label\n"one,\ntwo",EMI\nhy,NO_NODES_DETECTED\n')
    assert read_hint3(file) == [Example("one,\ntwo", "EMI"), Example("hy", None)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "line 1: the columns must be sentence,label"),
        ("text,intent\na,b\n", "line 1: the columns must be sentence,label"),
        ("sentence,label\n", "there is nothing in it"),
        ("sentence,label\nhy,EMI\nhy\n", "line 3: must have a sentence and a label"),
        ("sentence,label\n ,EMI\n", "line 2: must have a sentence and a label"),
        ("sentence,label\nhy, you,EMI\n", "line 2: must have a sentence and a label, and no more"),
        ('sentence,label\n"hy,EMI\n', "line 2"),
    ],
)
def test_what_is_wrong_in_hint3_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    file = write(tmp_path / "a.csv", text)
    with pytest.raises(InputError) as error:
        read_hint3(file)
    assert told(error).startswith(str(file))
    assert wrong in told(error)


def test_clinc150_trains_on_train_and_tests_on_both_tests(tmp_path: Path) -> None:
    data = {
        "train": [["hi", "greet"]],
        "val": [["never", "greet"]],
        "oos_train": [["never", "oos"]],
        "test": [["hello", "greet"]],
        "oos_test": [["a circle", "oos"]],
    }
    train, test = read_clinc150(write(tmp_path / "data_small.json", json.dumps(data)))
    assert train == [Example("hi", "greet")]
    assert test == [Example("hello", "greet"), Example("a circle", None)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "there is no list 'train' in it"),
        ('{"train": 3}', "there is no list 'train' in it"),
        ('{"train": []}', "there is nothing in it"),
        ('{"train": [["hi", "greet"], ["hi"]]}', "'train', number 2: must be [text, label]"),
        ('{"train": [["hi", 3]]}', "'train', number 1: must be [text, label]"),
        ('{"train": [[" ", "greet"]]}', "'train', number 1: must be [text, label]"),
        ('{"train": [["hi", "greet"]], "test": [["hi", "greet"]]}', "there is no list 'oos_test' in it"),
    ],
)
def test_what_is_wrong_in_clinc150_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    file = write(tmp_path / "data_small.json", text)
    with pytest.raises(InputError) as error:
        read_clinc150(file)
    assert told(error).startswith(str(file))
    assert wrong in told(error)


def test_own_data_are_situations_with_at_most_one_signal(tmp_path: Path) -> None:
    write(
        tmp_path / "nlu" / "debts.nl.yml",
        """version: "3.1"
nlu:
  - intent: tell
    examples:
      - text: |
          er ligt een brief van de deurwaarder
        metadata:
          signals: [debts]
      - text: |
          schulden en geen huis
        metadata:
          signals: [debts, housing_problem]
      - text: |
          ik zit hier maar
        metadata:
          signals: []
  - intent: tell
    examples: |
      - ik woon in Zeist
  - intent: affirm
    examples: |
      - ja
""",
    )
    write(
        tmp_path / "signals.csv", "lang,text,signals\nnl,rood,debts\nnl,rood en ziek,debts;illness_or_stress\nen,hi,\n"
    )
    assert sorted(read_own_training(tmp_path / "nlu")) == [
        Example("er ligt een brief van de deurwaarder", "debts"),
        Example("ik woon in Zeist", "none"),
        Example("ik zit hier maar", "none"),
    ]
    assert read_own_test(tmp_path / "signals.csv") == [Example("rood", "debts"), Example("hi", "none")]


@pytest.mark.parametrize("text", ['version: "3.1"\nnlu:\n- intent: affirm\n  examples: |\n    - ja\n', "nlu: [", ""])
def test_own_training_data_without_a_situation(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        read_own_training(write(tmp_path / "nlu" / "a.yml", text).parent)


def test_own_data_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nlu"):
        read_own_training(tmp_path / "nlu")
    with pytest.raises(InputError, match="there is no such file"):
        read_own_test(tmp_path / "signals.csv")


def test_rows_train_and_test_on_their_languages(tmp_path: Path) -> None:
    for language in ("nl", "en"):
        for part in ("valid", "test"):
            text = f"# text = {language} {part}\n# intent = x\n"
            write(tmp_path / "public" / "xsid-0.7" / f"{language}.{part}.conll", text)
    texts = {
        row.name: ([example.text for example in row.train], [example.text for example in row.test])
        for row in read_rows("xsid", places(tmp_path))
    }
    assert texts == {
        "xsid-nl": (["nl valid"], ["nl test"]),
        "xsid-en": (["en valid"], ["en test"]),
        "xsid-mixed": (["nl valid", "en valid"], ["nl test", "en test"]),
        "xsid-en-to-nl": (["en valid"], ["nl test"]),
    }
    chosen = read_rows(" xsid-en-to-nl, xsid-en,xsid-en,", places(tmp_path))
    assert [row.name for row in chosen] == ["xsid-en", "xsid-en-to-nl"]


def hint3(folder: Path, train: str, test: str) -> None:
    for part, label in (("train", train), ("test", test)):
        write(folder / f"public/hint3/v1/{part}/curekart_{part}.csv", f"sentence,label\nhy,{label}\nho,{label}\n")


def test_what_is_out_of_scope_is_for_tests_only(tmp_path: Path) -> None:
    hint3(tmp_path, "NO_NODES_DETECTED", "EMI")
    with pytest.raises(InputError, match=r"curekart_train\.csv: NO_NODES_DETECTED is a label for tests only"):
        read_rows("hint3-curekart", places(tmp_path))
    hint3(tmp_path, "EMI", "NO_NODES_DETECTED")
    with pytest.raises(InputError, match=r"curekart_test\.csv: no message of it is in scope"):
        read_rows("hint3-curekart", places(tmp_path))
    hint3(tmp_path, "EMI", "EMI")
    [row] = read_rows("hint3-curekart", places(tmp_path))
    assert row.in_scope == 2


@pytest.mark.parametrize("name", ["xsi", "hint", "-", "own-", "hint3-", "../own", "clinc150-"])
def test_an_unknown_row_tells_which_there_are(tmp_path: Path, name: str) -> None:
    (tmp_path / "public").mkdir()
    with pytest.raises(InputError, match=f"there is no row '{name}'; there are: xsid-nl, .*, own"):
        read_rows(f"xsid-nl,{name}", places(tmp_path))


def test_a_folder_or_a_set_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="public: there is no such folder"):
        read_rows("", places(tmp_path))
    (tmp_path / "public").mkdir()
    for name in ROWS:
        with pytest.raises(InputError, match=str(tmp_path)):
            read_rows(name, places(tmp_path))
