"""The ways to fill in numbers of which only some sums are known: which of them lets a number be five.

A linear program, solved by HiGHS. The cost of each sum is a little different, so that there is one cheapest change and
the same figures are left out each time, whatever the version of the solver.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csc_matrix, hstack

from bot.referral.suppression import FEWEST

Name = TypeVar("Name", bound=Hashable)
_ALMOST = 1e-6
#: How many numbers one solution must settle for another search of all of them at once to be worth it.
_WORTH = 4
_GOLDEN = 0.618033988749895


class Ways(Generic[Name]):
    """Non-negative numbers, ``size`` of them, and sums of them that everybody knows (``publish``)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sums: list[Sequence[int]] = []
        self._values: list[int] = []
        self._prices: dict[Name, tuple[int, float]] = {}

    def publish(self, inside: Sequence[int], value: int) -> None:
        """Fix the sum of some numbers for good."""
        self._sums.append(inside)
        self._values.append(value)

    def publish_unless(self, name: Name, inside: Sequence[int], value: int, price: int) -> None:
        """Fix the sum of some numbers unless it has to be given up, at ``price`` for each by which it differs."""
        apart = 1 + (_GOLDEN * len(self._prices) % 1) / 1000
        self._prices[name] = len(self._sums), price * apart
        self.publish(inside, value)

    def give_up_for(self, small: Mapping[Any, Sequence[int]]) -> list[Name]:
        """Return the sums to give up, so that for each of the small sums there is a way in which it is five or more.

        Raises ``AssertionError`` when giving up all of them is not enough.
        """
        left = {name: np.array(inside) for name, inside in small.items()}
        given_up: list[Name] = []
        together = True
        while left:
            if together:
                way = self._most_at_once(list(left.values()), given_up)
            else:
                way, changed = self._cheapest(next(iter(left.values())), given_up)
                given_up += changed
            reached = [name for name, inside in left.items() if way[inside].sum() > FEWEST - _ALMOST]
            for name in reached:
                del left[name]
            together = together and len(reached) >= _WORTH
        return given_up

    def _most_at_once(self, wanted: Sequence[Any], given_up: Sequence[Name]) -> Any:
        """Return a way in which many sums are five at once, or as near to it as can be."""
        free = {self._prices[name][0] for name in given_up}
        known = [row for row in range(len(self._sums)) if row not in free]
        size, goals = self._size, len(wanted)
        # each goal is at most five and at most its sum; together they are to be as much as they can
        sums = hstack([_sums_of([self._sums[row] for row in known], size), csc_matrix((len(known), goals))])
        goal = hstack([-_sums_of(wanted, size), _identity(goals)])
        return _solve(
            cost=[0.0] * size + [-1.0] * goals,
            A_eq=sums.tocsc(),
            b_eq=[self._values[row] for row in known],
            A_ub=goal.tocsc(),
            b_ub=[0] * goals,
            bounds=[(0, None)] * size + [(0, FEWEST)] * goals,
        )[:size]

    def _cheapest(self, wanted: Any, given_up: Sequence[Name]) -> tuple[Any, list[Name]]:
        """Return the cheapest way in which a sum is five, and the published sums that differ in it."""
        size, names = self._size, list(self._prices)
        at = [self._prices[name][0] for name in names]
        free = set(given_up)
        prices = [0.0 if name in free else self._prices[name][1] for name in names]
        some = _identity(len(self._sums))[:, at]
        sums = hstack([_sums_of(self._sums, size), -some, some])
        way = _solve(
            cost=[0.0] * size + prices + prices,
            A_eq=sums.tocsc(),
            b_eq=self._values,
            A_ub=hstack([-_sums_of([wanted], size), csc_matrix((1, 2 * len(names)))]).tocsc(),
            b_ub=[-FEWEST],
            bounds=(0, None),
        )
        more, less = way[size : size + len(names)], way[size + len(names) :]
        differs = np.maximum(more, less) > _ALMOST
        return way[:size], [name for name, changed in zip(names, differs, strict=True) if changed and name not in free]


def _sums_of(sums: Sequence[Sequence[int]], size: int) -> Any:
    rows = np.repeat(np.arange(len(sums)), [len(inside) for inside in sums])
    columns = np.concatenate([np.asarray(inside, dtype=int) for inside in sums])
    return coo_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(sums), size)).tocsc()


def _identity(size: int) -> Any:
    return _sums_of([[number] for number in range(size)], size)


def _solve(cost: Sequence[float], **known: Any) -> Any:
    found = linprog(cost, method="highs-ds", **known)
    if found.status != 0:
        raise AssertionError(f"no way is left: {found.message}")
    return found.x
