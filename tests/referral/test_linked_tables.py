"""Nobody is found by subtracting one dimension from another, also by who knows who serves what."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.directory.partners import Directory
from bot.intake.decisions import DecisionTable
from bot.referral import linked_tables
from bot.referral.cases import Case
from bot.referral.impact import COMBINED, DIMENSIONS, LINKED, Block, make_block, row_names
from bot.referral.open_data import files
from bot.referral.periods import Cut
from bot.referral.suppression import is_small
from bot.referral.ways import Ways
from bot.settings import ROOT
from tests.referral.publication_attack import Reader, Triple

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
REGION = "midden-utrecht"
RESULTS = (
    *[("accepted", None, outcome) for outcome in ("work", "work", "training", "under_way", "stopped")],
    *[("sent_back", reason, None) for reason in ("no_place", "not_ours")],
    *[(response, None, None) for response in ("waiting", "withdrawn")],
)


@cache
def public() -> list[Triple]:
    """What anybody can read: the decision table says which needs and roles, the directory who has these roles."""
    table = DecisionTable.parse(yaml.safe_load((ROOT / "content/decisions.yml").read_text("utf-8")))
    partners = Directory.load(ROOT / "content/regions").all_partners(REGION)
    return sorted(
        {
            (cause, row.need, partner.id)
            for row in table.rows
            for clause in row.when
            for cause in clause.causes
            for partner in partners
            if set(partner.roles) & set(row.roles)
        }
    )


def draw(chance: random.Random, number: int, most: int = 400) -> list[Case]:
    """Draw a quarter of a region: a few of the possible triples are frequent, most are rare."""
    some = chance.sample(public(), min(most, len(public())))
    weights = [chance.random() ** 5 + 0.002 for _ in some]
    return [
        case(triple, *chance.choice(RESULTS), month=f"2025-0{chance.randint(1, 3)}", told=chance.choice((None, "work")))
        for triple in chance.choices(some, weights, k=number)
    ]


def case(
    triple: Triple,
    response: str = "accepted",
    reason: str | None = None,
    outcome: str | None = "work",
    month: str = "2025-02",
    told: str | None = None,
) -> Case:
    return Case(month, REGION, *triple, response=response, reason=reason, outcome=outcome, told=told)


def published(read: Sequence[Case], with_outcomes: bool = True) -> Block:
    return make_block(read, REGION, ("2025-01", "2025-03"), Cut.at(NOW), with_outcomes)


def found_by(read: Sequence[Case], knowing: Collection[Triple], with_outcomes: bool = True) -> list[tuple[str, ...]]:
    reader = Reader(files([published(read, with_outcomes)], NOW), knowing)
    return reader.shown_to_be_small(read)


def protect_each_table_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked_tables, "shield", lambda *_: None)
    monkeypatch.setattr(linked_tables, "rows_to_combine", lambda costs, counts, combined: combined)


def occurring(read: Sequence[Case]) -> set[Triple]:
    return {(one.situation, one.need, one.partner) for one in read}


#: Three municipalities serve debts, one of them rarely; training has a partner that is as rare, so that it has company.
RARE = [
    *[case(("debts", "debt_help", "utrecht"))] * 30,
    *[case(("debts", "debt_help", "zeist"))] * 20,
    *[case(("debts", "debt_help", "bunnik"))] * 2,
    *[case(("no_diploma", "training", "roc"))] * 40,
    *[case(("no_diploma", "training", "school"))] * 4,
]


def test_the_partner_that_alone_remains_of_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """52 with debts, less 30 and less 20 of the others that serve it: two. So one of these is combined as well."""
    knowing = occurring(RARE)
    rows = {line.category: line.referrals for line in published(RARE).of("partner")}
    assert rows != {"utrecht": 30, "roc": 40, COMBINED: 26}
    assert found_by(RARE, knowing) == []
    protect_each_table_by_itself(monkeypatch)
    rows = {line.category: line.referrals for line in published(RARE).of("partner")}
    assert rows == {"utrecht": 30, "zeist": 20, "roc": 40, COMBINED: 6}
    assert ("partner", "bunnik") in found_by(RARE, knowing), "the attack would notice"


def test_a_cell_that_remains_of_another_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out of the one table may not be in the other."""
    read = draw(random.Random(1), 400, 12)
    assert found_by(read, occurring(read)) == []
    monkeypatch.setattr(linked_tables, "shield", lambda *_: None)
    found = found_by(read, occurring(read))
    assert [name for name in found if len(name) > 2], "the attack would notice"


def test_the_cheapest_sum_is_given_up() -> None:
    ways: Ways[str] = Ways(3)
    ways.publish([0, 1, 2], 20)
    for name, inside, value, price in (("a", [0], 3, 1), ("b", [1], 7, 9), ("c", [2], 10, 4)):
        ways.publish_unless(name, inside, value, price)
    assert ways.give_up_for({"small": [0]}) == ["a", "c"]
    assert ways.give_up_for({}) == []


def test_a_sum_that_cannot_be_five_is_no_secret() -> None:
    ways: Ways[str] = Ways(2)
    ways.publish([0, 1], 4)
    with pytest.raises(AssertionError, match="no way is left"):
        ways.give_up_for({"small": [0]})


@given(seed=st.integers(0, 10**6), number=st.integers(5, 260), kinds=st.integers(2, 40), late=st.booleans())
@settings(max_examples=30, deadline=None)
def test_nobody_is_found_who_knows_which_combinations_occurred(seed: int, number: int, kinds: int, late: bool) -> None:
    read = draw(random.Random(seed), number, kinds)
    assert found_by(read, occurring(read), late) == []


@pytest.mark.parametrize(("seed", "number"), [(0, 60), (1, 60), (2, 250)])
def test_nobody_is_found_who_knows_what_is_public(seed: int, number: int) -> None:
    """The decision table and the directory, and what occurred outside them: a partner that is gone."""
    read = draw(random.Random(seed), number)
    read += [case(("unknown", "debt_help", "gone"))] * 3
    assert found_by(read, {*public(), *occurring(read)}) == []


@pytest.mark.parametrize("seed", range(12))
def test_without_it_there_would_be_somebody(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    protect_each_table_by_itself(monkeypatch)
    read = draw(random.Random(seed), 250, 30)
    assert found_by(read, occurring(read)) != []


@pytest.mark.parametrize("seed", range(4))
def test_the_same_is_published_each_time(seed: int) -> None:
    chance = random.Random(seed)
    read = draw(chance, 200)
    before = files([published(read)], NOW)
    chance.shuffle(read)
    assert files([published(read)], NOW) == before


@pytest.mark.parametrize("seed", range(6))
def test_outcomes_change_nothing_of_what_was_published_before_them(seed: int) -> None:
    read = draw(random.Random(seed), 300, 40)
    early, late = published(read, with_outcomes=False), published(read)
    figures = [
        [(line.dimension, line.category, line.referrals, line.responses, line.reasons) for line in block.lines]
        for block in (early, late)
    ]
    assert figures[0] == figures[1]


@given(seed=st.integers(0, 10**6), number=st.integers(5, 300), kinds=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_a_combined_row_keeps_what_was_in_it_and_counts_five(seed: int, number: int, kinds: int) -> None:
    read = draw(random.Random(seed), number, kinds)
    names = row_names(read)
    for dimension, category_of in DIMENSIONS.items():
        sizes, rows = Counter(map(category_of, read)), Counter(names[dimension][category_of(one)] for one in read)
        assert all(names[dimension][name] == COMBINED for name, size in sizes.items() if is_small(size))
        assert not any(is_small(size) for size in rows.values())
        assert dimension in LINKED or set(rows) <= {*sizes, COMBINED}


def test_most_of_it_can_still_be_published() -> None:
    """It leaves out little more than each table by itself."""
    read = draw(random.Random(1), 2000)
    block = published(read)
    for dimension in LINKED:
        shown = sum(line.referrals for line in block.of(dimension) if line.category != COMBINED)
        assert shown > 0.8 * len(read)
        assert sum(line.responses["accepted"] is not None for line in block.of(dimension)) > 0.7 * len(
            block.of(dimension)
        )
