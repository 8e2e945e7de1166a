"""Statistical disclosure control: no published figure leads back to fewer than five referrals, by subtraction either.

A count from 1 to 4 may point at a person, so it is left out. That is not enough: whoever knows the total and all other
parts finds it by subtracting. So more is left out, as the handbooks on statistical disclosure control of the European
statistical offices describe for tables (primary and secondary suppression, recoding), in two steps:

1. **Rows are combined** (`combined`). Categories with 1 to 4 referrals become one row, together with the smallest other
   ones until that row counts five. What is left are rows whose totals may all be published.
2. **Cells are left out** (`Table.protect`). A table is a network through which the counts flow: from its rows, along
   its cells and subtotals, to the totals of its columns, which all come together. What is published is fixed; what is
   left out may be anything that keeps every sum right. For each count from 1 to 4 the cheapest detours are sought along
   which it could just as well have been five, and all that lies on them is left out too. Then nobody who solves the
   published sums can show that it is below five: the detour *is* a solution. Leaving out more never takes a solution
   away, so one round is enough.

Tables by other dimensions share the totals of the columns. A solution in one goes together with one in the others,
because **a total that is left out takes all its parts along, in every table**: what changed in the total can be moved
in any row of the other tables. Counts of zero are published, and larger counts that were left out for the sake of
others need no protection of their own.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: The smallest count that is published.
FEWEST = 5
#: What it costs to leave out a count of zero: it is done only where nothing else will do, as some zeros are obvious.
COST_OF_ZERO = 1_000_000

Cell = tuple[str | None, str]
"""A row and a column; the row ``None`` is the column's total."""
_Step = tuple[Cell, bool]


def is_small(count: int) -> bool:
    """Return whether a count may not be published by itself."""
    return 0 < count < FEWEST


def combined(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the categories to publish as one row: the small ones, and the next larger until there are five in it.

    Empty when no category is small. With fewer than five in all, everything is combined.
    """
    chosen = [name for name, count in counts.items() if is_small(count)]
    rest = sorted((count, name) for name, count in counts.items() if count >= FEWEST)
    while chosen and sum(counts[name] for name in chosen) < FEWEST and rest:
        chosen.append(rest.pop(0)[1])
    return frozenset(chosen)


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are: a tree. ``parents`` maps a column to the one it is a part of ("" for none).

    ``stages`` are the columns that are published one after the other: what an earlier stage has published is fixed
    for the later ones. Every parent comes in an earlier or the same stage as its parts, and before them.
    """

    parents: Mapping[str, str]
    stages: Sequence[Sequence[str]]

    def parts(self, column: str) -> list[str]:
        """Return the columns that add up to ``column``."""
        return [name for name, parent in self.parents.items() if parent == column]

    def with_parts(self, column: str) -> list[str]:
        """Return a column and everything below it."""
        return [column, *(below for part in self.parts(column) for below in self.with_parts(part))]


@dataclass
class Table:
    """Counts by row and column, and which of them are left out (``hidden``), the totals of the columns included.

    The totals of the rows are published; make the rows with ``combined`` first. Totals of columns that are left out
    already (``hidden_totals``) stay so; the other totals are published when ``totals_fixed``. Every row counts five or
    more. Two tables with the same counts leave out the same.
    """

    columns: Columns
    counts: Mapping[str, Mapping[str, int]]
    hidden_totals: Iterable[str] = ()
    totals_fixed: bool = True
    hidden: set[Cell] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._values: dict[Cell, int] = {(None, column): 0 for column in self.columns.parents}
        for row in sorted(self.counts):
            for column in self.columns.parents:
                self._values[row, column] = self.counts[row].get(column, 0)
                self._values[None, column] += self._values[row, column]
        for column in self.hidden_totals:
            self._hide((None, column))

    def protect(self) -> Table:
        """Leave out what has to be, stage by stage; return the table itself.

        A stage sees nothing of the later ones: what it publishes does not depend on them.
        """
        seen: list[str] = []
        for stage in self.columns.stages:
            seen += stage
            network = _Network(self.columns, [cell for cell in self._values if cell[1] in seen], seen)
            now = [cell for cell in network.ends if cell[1] in stage]
            small = [cell for cell in now if is_small(self._values[cell])]
            for cell in small:
                self._hide(cell)
            prices = {
                cell: 1 if cell in self.hidden else 10 * (self._values[cell] or COST_OF_ZERO)
                for cell in network.ends
                if cell in self.hidden or (cell[1] in stage and (cell[0] is not None or not self.totals_fixed))
            }
            for cell in sorted(small, key=lambda cell: self._values[cell]):
                self._shield(cell, network, prices)
        return self

    def value(self, row: str | None, column: str) -> int:
        """Return a count, left out or not; of the row ``None`` the total of a column."""
        return self._values[row, column]

    def size(self, row: str) -> int:
        """Return the total of a row."""
        return sum(self._values[row, column] for column, parent in self.columns.parents.items() if not parent)

    def leave_out(self, row: str, column: str) -> None:
        """Leave out a count, and all that it is divided into."""
        self._hide((row, column))

    def published(self, row: str) -> dict[str, int | None]:
        """Return the counts of a row, ``None`` for what is left out."""
        return {
            column: None if (row, column) in self.hidden else self._values[row, column]
            for column in self.columns.parents
        }

    def _hide(self, cell: Cell) -> list[Cell]:
        row, column = cell
        rows = (row,) if row is not None else (None, *self.counts)
        gone = [(one, name) for name in self.columns.with_parts(column) for one in rows]
        self.hidden.update(gone)
        return gone

    def _shield(self, cell: Cell, network: _Network, prices: dict[Cell, int]) -> None:
        """Leave out what lets a count be five: detours from its end back to its start, while every sum stays.

        ``prices`` say what leaving a count out costs: next to nothing when it is already.
        """
        values = dict(self._values)
        missing = FEWEST - values[cell]
        while missing > 0:
            detour = network.cheapest(cell, values, prices)
            amount = min([missing, *(values[step] for step, grows in detour if not grows)])
            for step, grows in detour:
                values[step] += amount if grows else -amount
                if step not in self.hidden:
                    prices |= dict.fromkeys(self._hide(step), 1)
            missing -= amount


class _Network:
    """The pipes of a table: each cell, subtotal and total of a column leads from one node to another."""

    def __init__(self, columns: Columns, cells: Iterable[Cell], seen: Collection[str]) -> None:
        parents = {columns.parents[name] for name in seen}
        nodes: dict[Hashable, int] = {}
        self.ends: dict[Cell, tuple[int, int]] = {}
        self._pipes: list[list[tuple[Cell, int, bool]]] = []
        for cell in cells:
            start, end = (
                nodes.setdefault(node, len(nodes))
                for node in self._nodes(cell, columns.parents[cell[1]], cell[1] in parents)
            )
            self._pipes += [[] for _ in range(len(nodes) - len(self._pipes))]
            self.ends[cell] = start, end
            self._pipes[start].append((cell, end, True))
            self._pipes[end].append((cell, start, False))

    @staticmethod
    def _nodes(cell: Cell, parent: str, has_parts: bool) -> tuple[Hashable, Hashable]:
        # A row flows into its columns, a subtotal into its parts; the columns' totals come together upwards.
        row, column = cell
        if row is None:
            return ("total", column), ("total", parent)
        start = ("cell", row, parent) if parent else ("row", row)
        return start, ("cell", row, column) if has_parts else ("total", column)

    def cheapest(self, cell: Cell, values: Mapping[Cell, int], prices: Mapping[Cell, int]) -> list[_Step]:
        """Return the cheapest steps from a cell's end to its start: other cells, and whether each grows or shrinks.

        A cell without a price cannot be used, nor can a count of zero shrink.
        """
        goal, begin = self.ends[cell]
        cost = {begin: 0}
        came: dict[int, tuple[int, _Step]] = {}
        queue = [(0, begin)]
        while queue:
            spent, node = heapq.heappop(queue)
            if node == goal:
                return _way(came, begin, goal)
            if spent > cost[node]:
                continue
            for step, other, grows in self._pipes[node]:
                asked = prices.get(step)
                if asked is None or step == cell or not (grows or values[step]):
                    continue
                if other not in cost or spent + asked < cost[other]:
                    cost[other], came[other] = spent + asked, (node, (step, grows))
                    heapq.heappush(queue, (spent + asked, other))
        raise AssertionError(f"{cell} cannot be protected: are there fewer than {FEWEST} in all?")


def _way(came: Mapping[int, tuple[int, _Step]], begin: int, goal: int) -> list[_Step]:
    steps = []
    node = goal
    while node != begin:
        node, step = came[node]
        steps.append(step)
    return steps
