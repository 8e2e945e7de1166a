"""The personas cover the domain: every row, in both languages, in every region that is served."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.evaluation.personas.reading import Persona, read_personas

FOLDER = Path(__file__).parent
#: The rows of the domain's table of who helps with what, and the dangers; the personas name them in ``row``.
ROWS = (
    "zzp_less_work", "zzp_stopping", "zzp_debts", "zzp_dba", "dismissal_threat", "summary_dismissal",
    "contract_ends", "flex_no_hours", "ww_running_out", "no_benefit", "bijstand", "ukrainian", "status_holder",
    "asylum", "permit_employer", "language_course", "low_literacy", "diploma", "retraining", "practical_learning",
    "debts", "ill", "disability", "sheltered_work", "young", "older", "care", "housing", "start_business", "career",
    "legal_dismissal", "employer", "unclear", "complaint", "safety_suicide", "safety_violence", "safety_homeless",
    "safety_exploitation", "safety_minor", "event", "switch_track", "eu_worker", "out_of_region",
)  # fmt: skip


def personas() -> list[Persona]:
    return [one for path in sorted(FOLDER.glob("*.yml")) for one in read_personas(path)]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_resident_in_each_language(row: str) -> None:
    assert {one.language for one in personas() if one.row == row} >= {"nl", "en"}


def test_there_are_enough_and_none_twice() -> None:
    found = personas()
    assert min(Counter(one.language for one in found).values()) >= 60
    assert len({one.id for one in found}) == len({one.opening for one in found}) == len(found)
    assert {one.row for one in found if one.row} <= set(ROWS)


def test_every_region_and_every_behaviour() -> None:
    found = personas()
    assert {one.region for one in found} >= {"midden-utrecht", "drechtsteden", "west-brabant"}
    assert {name for one in found for name in one.behaviour} == {"changes_mind", "off_topic", "typos", "useless_twice"}
    assert {one.mood for one in found} == {"plain", "messy", "mixed"}
