"""A sentence that is tested on is not trained on: no test sentence stands in the training data."""

import csv
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", "", text.lower()).split())


def trained() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            examples = block["examples"]
            if isinstance(examples, str):
                texts = [line.lstrip("- ") for line in examples.splitlines()]
            else:
                texts = [example["text"] for example in examples]
            found.update({plain(text): path.name for text in texts})
    return found


def sentences_of_tests() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (ROOT / "tests" / "understanding").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found.update({plain(row["text"]): path.name for row in csv.DictReader(file)})
    for path in (ROOT / "tests" / "personas").glob("*.yml"):
        for persona in yaml.safe_load(path.read_text("utf-8")):
            words = [persona["opening"], *map(str, persona.get("says", {}).values())]
            found.update({plain(text): persona["id"] for text in words})
    for path in (ROOT / "tests" / "system").glob("*.py"):
        for text in re.findall(r'"([^"\n]{15,})"', path.read_text("utf-8")):
            found[plain(text)] = path.name
    return found


def test_no_test_sentence_is_in_the_training_data():
    training, tests = trained(), sentences_of_tests()
    both = [text for text in tests if text in training and len(text) >= 15 and text.count(" ") >= 2]
    assert len(training) > 5000
    assert [f"{text} ({training[text]} ~ {tests[text]})" for text in both] == []
