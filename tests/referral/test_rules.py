"""The rules of a referral, as staff may edit them: what cannot be is refused before anybody is referred by it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.content_check import check_referral_rules
from bot.referral.rules import STATES, read_rules
from bot.referral.state_machine import ALLOWED
from bot.settings import ROOT

Edit = Callable[[dict[str, Any]], object]


def _edited(tmp_path: Path, edit: Edit) -> Path:
    rules = yaml.safe_load((ROOT / "content" / "referral.yml").read_text("utf-8"))
    edit(rules)
    shutil.copy(ROOT / "content" / "retention.yml", tmp_path)
    path = tmp_path / "referral.yml"
    path.write_text(yaml.safe_dump(rules), "utf-8")
    return path


def test_the_house_rules_are_in_order() -> None:
    assert check_referral_rules(ROOT / "content") == []
    assert {*STATES, None} == set(ALLOWED)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda rules: rules["states"].pop("failed"), "states: missing failed"),
        (
            lambda rules: rules["states"].update(lost=rules["states"]["draft"]),
            "states: unknown lost",
        ),
        (lambda rules: rules["states"]["draft"].update(owner="nobody"), "states: draft: owner"),
        (lambda rules: rules["states"]["draft"].update(due={"weeks": 2}), "states: draft: due: weeks"),
        (lambda rules: rules["states"]["draft"].update(due={"days": -1}), "states: draft: due: days"),
        (lambda rules: rules["states"]["draft"].pop("en"), "states: draft: en"),
        (lambda rules: rules["states"]["draft"].update(nl=""), "states: draft: nl"),
        (lambda rules: rules["reasons"].pop("not_reached"), "reasons: missing not_reached"),
        (lambda rules: rules["outcomes"].clear(), "outcomes"),
        (lambda rules: rules["call_back"].update(night={"nl": "nacht", "en": "night"}), "call_back: unknown night"),
        (lambda rules: rules.pop("call_back"), "call_back"),
        (lambda rules: rules.update(travel_time=60), "travel_time"),
        *((lambda rules, of=of: rules.update(travel_minutes=of), "travel_minutes") for of in (-1, 241, "soon", None)),
    ],
)
def test_what_cannot_be_is_refused_and_named(edit: Edit, said: str, tmp_path: Path) -> None:
    path = _edited(tmp_path, edit)
    with pytest.raises(ValidationError):
        read_rules(path)
    findings = check_referral_rules(tmp_path)
    assert any(said in finding for finding in findings), findings
    assert all(finding.startswith("referral.yml, ") for finding in findings)


@pytest.mark.parametrize("text", ["", "[]", "states: [", "states: {}\nstates: {}", "\udcff"])
def test_what_is_no_list_of_rules_is_one_clear_line(text: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "content" / "retention.yml", tmp_path)
    (tmp_path / "referral.yml").write_text(text, "utf-8", errors="surrogateescape")
    findings = check_referral_rules(tmp_path)
    assert len(findings) == 1
    assert findings[0].startswith("referral.yml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = "No such file or directory"
    assert check_referral_rules(tmp_path) == [f"referral.yml: {gone}", f"retention.yml: {gone}"]


@pytest.mark.parametrize("days", ["0", "-1", "3661", "soon", "1.5", "", "10000000000"])
def test_days_that_cannot_be_are_named(days: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "content" / "referral.yml", tmp_path)
    kept = (ROOT / "content" / "retention.yml").read_text("utf-8")
    (tmp_path / "retention.yml").write_text(kept.replace("sent: 30", f"sent: {days}"), "utf-8")
    findings = check_referral_rules(tmp_path)
    assert len(findings) == 1
    assert findings[0].startswith("retention.yml, sent: ")
