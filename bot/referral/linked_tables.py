"""Disclosure control between tables: what one dimension gives away about another.

Each table is protected by itself (``suppression``). But need, situation and partner hang together, and how is public:
the decision table says which needs follow from what, the directory who serves them. Who knows that a need is served by
three partners can subtract two of them from it and find the third, which had too few referrals to be shown.

So every count from 1 to 4 is tried against the strongest knowledge of this kind: an attacker who knows exactly **which
combinations** of situation, need and partner occurred (only not how often, nor with what result) and every published
figure of all these tables. For each small count there has to be another way to fill in these combinations in which all
published figures are the same and that count is five or more. Who knows less, such as what is possible by the public
tables, has more ways left, and never fewer. So the directory and its history are not needed for the proof.

The ways are the solutions of a linear program (fractions count too, as is usual in the audit of tables). Where none has
the count at five, the cheapest change of published figures is sought that makes one, and what it changes is combined
(``rows_to_combine``) or left out (``shield``). That solution then *is* the way, so one round is enough: leaving out
more never takes a solution away. There always is one: with all rows combined and all cells left out all can move.

Months are left out of this: every combination may occur in every month, so the table of months can be filled in to fit
whatever the other tables are changed to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.referral.suppression import COST_OF_ZERO, Table, is_small
from bot.referral.ways import Ways

Combination = tuple[str, ...]
"""A category of each dimension, in the order of the dimensions."""
_Figure = tuple[str, str, str]
"""A dimension, a row of it, and a column."""


def rows_to_combine(
    costs: Mapping[str, int], counts: Mapping[Combination, int], combined: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """Return the categories of each dimension that go into its combined row: those that do already, and more.

    ``costs`` says for each dimension of the combinations, in their order, what it costs to lose a row of it;
    ``counts`` how many referrals there are of each combination.
    """
    ways: Ways[tuple[str, str]] = Ways(len(counts))
    small: dict[tuple[str, str], list[int]] = {}
    order = sorted(counts)
    # The combined rows themselves need not be fixed: they are what the other rows leave of all.
    ways.publish(range(len(order)), sum(counts.values()))
    for place, (dimension, cost) in enumerate(costs.items()):
        for category, inside in _places(one[place] for one in order).items():
            count = sum(counts[order[number]] for number in inside)
            if category not in combined[dimension]:
                ways.publish_unless((dimension, category), inside, count, cost * count)
            elif is_small(count):
                small[dimension, category] = inside
    together = {dimension: set(combined[dimension]) for dimension in costs}
    for dimension, category in ways.give_up_for(small):
        together[dimension].add(category)
    return together


def shield(
    tables: Mapping[str, Table],
    whole: Table,
    counts: Mapping[Combination, int],
    rows: Mapping[str, Mapping[str, str]],
) -> None:
    """Leave out, in the tables of the dimensions, what another of them gives away.

    ``counts`` has the combinations that occurred, their categories in the order of ``tables``; ``rows`` the row in
    which each category of a dimension is published. ``whole`` has the same columns and one row, of everything: what is
    published there stays. As with ``Table.protect``, what a stage publishes does not depend on the later ones.
    """
    order, seen = sorted(counts), list[str]()
    for stage in whole.columns.stages:
        seen += stage
        sheet = _Sheet(whole, seen)
        ways: Ways[_Figure] = Ways(len(order) * len(sheet.leaves))
        small: dict[tuple[str | None, ...], list[int]] = {}
        everywhere = range(len(order))
        for column in seen:
            if (None, column) not in whole.hidden:
                ways.publish(sheet.cells(everywhere, column), whole.value(None, column))
            elif is_small(whole.value(None, column)):
                small[None, None, column] = sheet.cells(everywhere, column)
        for place, (dimension, table) in enumerate(tables.items()):
            categories = _places(one[place] for one in order)
            for category, inside in categories.items():
                if is_small(sum(counts[order[number]] for number in inside)):
                    small[dimension, category] = sheet.cells(inside)
            for row, inside in _places(rows[dimension][one[place]] for one in order).items():
                ways.publish(sheet.cells(inside), table.size(row))
                for column in seen:
                    value, cells = table.value(row, column), sheet.cells(inside, column)
                    if (row, column) not in table.hidden:
                        _publish(ways, (dimension, row, column), cells, value, column in stage)
                    elif is_small(value):
                        small[dimension, row, column] = cells
        for dimension, row, column in ways.give_up_for(small):
            tables[dimension].leave_out(row, column)


def _publish(ways: Ways[_Figure], figure: _Figure, cells: Sequence[int], value: int, may_go: bool) -> None:
    if may_go:
        ways.publish_unless(figure, cells, value, 10 * value or COST_OF_ZERO)
    else:
        ways.publish(cells, value)


class _Sheet:
    """The numbers to fill in: one for each combination and each column that is not divided any further.

    Columns that are empty as a whole stay so: fewer ways, and nobody gains by it.
    """

    def __init__(self, whole: Table, seen: Sequence[str]) -> None:
        columns = whole.columns
        divided = {columns.parents[name] for name in seen}
        self.leaves = [name for name in seen if name not in divided and whole.value(None, name)]
        self._under = {
            name: [number for number, leaf in enumerate(self.leaves) if leaf in columns.with_parts(name)]
            for name in seen
        }

    def cells(self, combinations: Iterable[int], column: str | None = None) -> list[int]:
        """Return the numbers of some combinations, in one column or in all."""
        leaves = range(len(self.leaves)) if column is None else self._under[column]
        return [number * len(self.leaves) + leaf for number in combinations for leaf in leaves]


def _places(names: Iterable[str]) -> dict[str, list[int]]:
    """Return where each name stands, in alphabetical order of the names."""
    found: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        found.setdefault(name, []).append(number)
    return dict(sorted(found.items()))
