"""What is published gives nothing away: the tests attack it by solving the published sums."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bot.referral.suppression import FEWEST, Columns, Table, combined, is_small

FLAT = Columns({"a": "", "b": "", "c": ""}, [["a", "b", "c"]])
TREE = Columns(
    {"yes": "", "no": "", "open": "", "no-1": "no", "no-2": "no", "yes-1": "yes", "yes-2": "yes", "yes-3": "yes"},
    [["yes", "no", "open", "no-1", "no-2"], ["yes-1", "yes-2", "yes-3"]],
)


class Attacker:
    """Knows every published figure of all tables, and that counts are not negative; solves for what is left out."""

    def __init__(self, columns: Columns, tables: Mapping[str, Table], stages: int) -> None:
        self.columns = columns
        seen = [column for stage in columns.stages[:stages] for column in stage]
        self.names = [(None, None, column) for column in seen]
        for dimension, table in tables.items():
            self.names += [(dimension, row, column) for row in table.counts for column in seen]
        self.at = {name: number for number, name in enumerate(self.names)}
        self.left: list[np.ndarray[Any, Any]] = []
        self.right: list[float] = []
        self.truth: dict[Any, int] = {}
        self.hidden: set[Any] = set()
        for dimension, table in tables.items():
            self._learn(dimension, table, seen)

    def _learn(self, dimension: str, table: Table, seen: list[str]) -> None:
        tops = [column for column in seen if not self.columns.parents[column]]
        for row in (None, *table.counts):
            place = None if row is None else dimension
            value = {
                column: sum(counts.get(column, 0) for counts in table.counts.values())
                if row is None
                else table.counts[row].get(column, 0)
                for column in seen
            }
            self._equation({(place, row, column): 1 for column in tops}, sum(value[column] for column in tops))
            for column in seen:
                parts = [part for part in self.columns.parts(column) if part in seen]
                if parts:
                    self._equation({(place, row, column): -1, **{(place, row, part): 1 for part in parts}}, 0)
                self.truth[place, row, column] = value[column]
                if (row, column) in table.hidden:
                    self.hidden.add((place, row, column))
                else:
                    self._equation({(place, row, column): 1}, value[column])
        for column in seen:
            self._equation({(None, None, column): -1, **{(dimension, row, column): 1 for row in table.counts}}, 0)

    def _equation(self, terms: Mapping[Any, int], result: int) -> None:
        line = np.zeros(len(self.names))
        for name, factor in terms.items():
            line[self.at[name]] += factor
        self.left.append(line)
        self.right.append(result)

    def most(self, name: Any) -> float:
        """Return the largest value a figure can have."""
        aim = np.zeros(len(self.names))
        aim[self.at[name]] = -1
        found = linprog(aim, A_eq=np.array(self.left), b_eq=np.array(self.right), bounds=(0, None), method="highs")
        assert found.status == 0, found.message
        return float(-found.fun)

    def shown_to_be_small(self) -> Iterator[Any]:
        """Yield the counts from 1 to 4 that must be below five, whatever is not published."""
        for name, value in self.truth.items():
            if is_small(value) and (name not in self.hidden or self.most(name) < FEWEST - 1e-6):
                yield name, value


def publish(columns: Columns, dimensions: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Table]:
    """Protect the tables of several dimensions of the same referrals, as the figures do."""
    first = next(iter(dimensions.values()))
    total = {column: sum(counts.get(column, 0) for counts in first.values()) for column in columns.parents}
    whole = Table(columns, {"all": total}, totals_fixed=False).protect()
    hidden = {column for _, column in whole.hidden}
    return {name: Table(columns, counts, hidden).protect() for name, counts in dimensions.items()}


def count_up(columns: Columns, leaves: list[str], rows: list[str]) -> dict[str, dict[str, int]]:
    """Count people by row (rare rows made one) and column, with the columns above."""
    sizes = {row: rows.count(row) for row in rows}
    few = combined(sizes)
    counts: dict[str, dict[str, int]] = {}
    for row, leaf in zip(rows, leaves, strict=True):
        line = counts.setdefault("combined" if row in few else row, {})
        column = leaf
        while column:
            line[column] = line.get(column, 0) + 1
            column = columns.parents[column]
    return counts


def people(chance: random.Random, columns: Columns) -> dict[str, dict[str, dict[str, int]]]:
    """Draw people, lopsidedly: many small counts and some large ones."""
    leaves = [column for column in columns.parents if not columns.parts(column)]
    number = chance.randint(FEWEST, 120)

    def draw(names: list[str]) -> list[str]:
        weights = [chance.random() ** 4 + 0.005 for _ in names]
        return chance.choices(names, weights, k=number)

    chosen = draw(leaves)
    return {
        dimension: count_up(columns, chosen, draw([f"{dimension}{row}" for row in range(chance.randint(1, 9))]))
        for dimension in ("need", "partner", "month")
    }


@pytest.mark.parametrize("columns", [FLAT, TREE], ids=["flat", "tree"])
@pytest.mark.parametrize("seed", range(40))
def test_no_small_count_can_be_shown_to_be_small(columns: Columns, seed: int) -> None:
    tables = publish(columns, people(random.Random(seed), columns))
    for stages in range(1, len(columns.stages) + 1):
        assert list(Attacker(columns, tables, stages).shown_to_be_small()) == []


def test_the_attacker_can_attack() -> None:
    """Leaving out the small counts alone is not enough, and the test above would notice."""
    counts = {"x": {"a": 3, "b": 20, "c": 9}, "y": {"a": 30, "b": 40, "c": 50}}
    table = Table(FLAT, counts)
    table.hidden = {("x", "a")}
    assert list(Attacker(FLAT, {"need": table}, 1).shown_to_be_small()) == [(("need", "x", "a"), 3)]


def test_the_rows_and_columns_of_the_detour_are_left_out_and_no_more() -> None:
    counts = {"x": {"a": 3, "b": 20, "c": 9}, "y": {"a": 30, "b": 40, "c": 50}, "z": {"a": 70, "b": 80, "c": 90}}
    table = Table(FLAT, counts).protect()
    assert table.hidden == {("x", "a"), ("x", "c"), ("y", "a"), ("y", "c")}


@pytest.mark.parametrize("seed", range(30))
def test_a_later_stage_changes_nothing_of_an_earlier_one(seed: int) -> None:
    early = set(TREE.stages[0])
    dimensions = people(random.Random(seed), TREE)
    tables = publish(TREE, dimensions)
    for rows in dimensions.values():
        for line in rows.values():
            line |= {"yes-1": line.get("yes", 0), "yes-2": 0, "yes-3": 0}
    changed = publish(TREE, dimensions)
    for name in dimensions:
        before, after = ({cell for cell in found[name].hidden if cell[1] in early} for found in (tables, changed))
        assert before == after


def test_a_total_that_is_left_out_takes_its_parts_along() -> None:
    table = Table(TREE, {"x": {"yes": 9, "no": 5, "open": 6, "no-1": 5, "yes-1": 9}}, hidden_totals=["no"])
    assert {("x", "no"), ("x", "no-1"), ("x", "no-2"), (None, "no"), (None, "no-1")} <= table.hidden


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, set()),
        ({"a": 0, "b": 0}, set()),
        ({"a": 5, "b": 500}, set()),
        ({"a": 3, "b": 9, "c": 7, "d": 8}, {"a", "c"}),
        ({"a": 3, "b": 2, "c": 9}, {"a", "b"}),
        ({"a": 4, "b": 0, "c": 0}, {"a"}),
        ({"a": 1, "b": 5}, {"a", "b"}),
    ],
)
def test_small_categories_are_one_row_of_at_least_five(counts: dict[str, int], expected: set[str]) -> None:
    assert combined(counts) == expected


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 30), max_size=12))
@settings(max_examples=200)
def test_the_combined_row_cannot_be_taken_apart(counts: dict[str, int]) -> None:
    chosen = combined(counts)
    assert {name for name, count in counts.items() if is_small(count)} <= chosen
    if chosen and sum(counts.values()) >= FEWEST:
        assert sum(counts[name] for name in chosen) >= FEWEST
        assert len(chosen) > 1


def test_a_large_table_is_protected_quickly_enough_to_be_asked_for() -> None:
    chance = random.Random(1)
    columns = Columns({f"c{number}": "" for number in range(9)}, [[f"c{number}" for number in range(9)]])
    counts = {
        f"r{row}": {f"c{column}": chance.choice((0, 1, 3, 8, 40)) for column in range(9)} | {"c0": 5}
        for row in range(60)
    }
    table = Table(columns, counts).protect()
    small = [(row, column) for row, line in counts.items() for column, count in line.items() if is_small(count)]
    assert set(small) <= table.hidden
