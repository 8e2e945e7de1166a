"""Somebody who reads the published files and knows how situation, need and partner hang together.

Written without a look at how the files are made: it knows the CSV files, which combinations are possible, and that
counts are not negative. It sets up every sum there is in them and asks how large each count can be.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from bot.referral.cases import Case

LIMIT = 5
KINDS = {"situation": 0, "need": 1, "partner": 2}
PARTS = {"sent_back": ("sent_back.csv", "reason"), "accepted": ("outcomes.csv", "outcome")}
Triple = tuple[str, str, str]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


class Reader:
    """All that follows from the files of one region and period, for who knows which triples there can be."""

    def __init__(self, files: Mapping[str, str], possible: Collection[Triple]) -> None:
        self.files = {name: read(text) for name, text in files.items() if name.endswith(".csv")}
        self.possible = sorted(possible)
        self.results = self._results()
        self.shown: dict[str, set[str]] = {}
        for row in self.files["referrals.csv"]:
            self.shown.setdefault(row["dimension"], set()).add(row["category"])
        self.months = sorted(self.shown.get("month", ()))
        self.variables: dict[Any, int] = {}
        for triple in self.possible:
            for result in self.results:
                self._new("x", triple, result)
        for month in self.months:
            for result in self.results:
                self._new("m", month, result)
        for need in self.needs:
            for answer in self.answers:
                self._new("t", need, answer)
        self.sums: list[tuple[list[int], list[float], float]] = []
        self._link()
        self._learn()

    def _new(self, *name: Any) -> None:
        self.variables[name] = len(self.variables)

    def _results(self) -> list[tuple[str, str]]:
        """Return what can have come of a referral, as finely as the files tell: a response and its part."""
        found: dict[tuple[str, str], None] = {}
        for row in self.files["responses.csv"]:
            file, field = PARTS.get(row["response"], ("", ""))
            parts = [line[field] for line in self.files.get(file, ())] or [""]
            found.update(dict.fromkeys((row["response"], part) for part in parts))
        return list(found)

    @property
    def needs(self) -> list[str]:
        return sorted({need for _, need, _ in self.possible})

    @property
    def answers(self) -> list[str]:
        return list(dict.fromkeys(row["answer"] for row in self.files["residents.csv"]))

    # --- what a figure is the sum of ---------------------------------------------------------------------------------

    def inside(self, kind: str, category: str) -> Iterable[str]:
        """Return the categories in a published row."""
        shown = self.shown[kind]
        known = self.months if kind == "month" else {triple[KINDS[kind]] for triple in self.possible}
        return [name for name in known if name == category or (category == "combined" and name not in shown)]

    def cells(self, kind: str, names: Collection[str], results: Collection[tuple[str, str]]) -> list[int]:
        if kind == "month":
            return [self.variables["m", month, result] for month in names for result in results]
        triples = [one for one in self.possible if kind == "all" or one[KINDS[kind]] in names]
        return [self.variables["x", triple, result] for triple in triples for result in results]

    def told(self, needs: Iterable[str], answer: str) -> list[int]:
        return [self.variables["t", need, answer] for need in needs]

    def results_of(self, response: str, part: str | None = None) -> list[tuple[str, str]]:
        return [one for one in self.results if one[0] == response and part in (None, one[1])]

    # --- what is known -----------------------------------------------------------------------------------------------

    def _equal(self, cells: Sequence[int], value: float, minus: Sequence[int] = ()) -> None:
        self.sums.append(([*cells, *minus], [1.0] * len(cells) + [-1.0] * len(minus), value))

    def _link(self) -> None:
        """Every referral is in one month and has one answer; what is not shown anywhere was none."""
        for result in self.results:
            if self.months:
                self._equal(self.cells("all", (), [result]), 0, self.cells("month", self.months, [result]))
        for need in self.needs if self.answers else ():
            told = [self.variables["t", need, answer] for answer in self.answers]
            self._equal(told, 0, self.cells("need", [need], self.results))
        for kind, place in KINDS.items():
            for name in {one[place] for one in self.possible} - self.shown[kind]:
                if "combined" not in self.shown[kind]:
                    self._equal(self.cells(kind, [name], self.results), 0)

    def figures(self) -> Iterator[tuple[tuple[str, ...], list[int], str]]:
        """Yield every figure of the files: its name, what it is the sum of, and its value or nothing."""
        for row in self.files["referrals.csv"]:
            kind, names = self._row(row)
            yield (kind, row["category"]), self.cells(kind, names, self.results), row["referrals"]
        for row in self.files["responses.csv"]:
            kind, names = self._row(row)
            cells = self.cells(kind, names, self.results_of(row["response"]))
            yield (kind, row["category"], row["response"]), cells, row["count"]
        for response, (file, field) in PARTS.items():
            for row in self.files[file]:
                kind, names = self._row(row)
                cells = self.cells(kind, names, self.results_of(response, row[field]))
                yield (kind, row["category"], response, row[field]), cells, row["count"]
        for row in self.files["residents.csv"]:
            kind, names = self._row(row)
            needs = self.needs if kind == "all" else names
            yield (kind, row["category"], "told", row["answer"]), self.told(needs, row["answer"]), row["count"]

    def _row(self, row: Mapping[str, str]) -> tuple[str, list[str]]:
        kind = row["dimension"]
        return kind, [] if kind == "all" else list(self.inside(kind, row["category"]))

    def _learn(self) -> None:
        for _, cells, value in self.figures():
            if value:
                self._equal(cells, float(value))

    # --- the attack --------------------------------------------------------------------------------------------------

    def shown_to_be_small(self, cases: Sequence[Case]) -> list[tuple[str, ...]]:
        """Return the counts from 1 to 4 that the reader can be sure are below five."""
        truth, found = _truth(cases, self), []
        open_ones = {name: cells for name, cells in self._secrets() if 0 < truth[name] < LIMIT}
        ways: list[Any] = []
        for name, cells in open_ones.items():
            if any(way[cells].sum() > LIMIT - 1e-4 for way in ways):
                continue
            ways.append(self._most(cells))
            if ways[-1][cells].sum() < LIMIT - 1e-4:
                found.append(name)
        return found

    def _secrets(self) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        for name, cells, _ in self.figures():
            yield name, cells
        for kind, place in KINDS.items():
            for category in sorted({one[place] for one in self.possible} - self.shown[kind]):
                yield (kind, category), self.cells(kind, [category], self.results)

    def _most(self, cells: Sequence[int]) -> Any:
        rows = np.repeat(np.arange(len(self.sums)), [len(inside) for inside, _, _ in self.sums])
        columns = np.concatenate([inside for inside, _, _ in self.sums]).astype(int)
        factors = np.concatenate([factors for _, factors, _ in self.sums])
        table = coo_matrix((factors, (rows, columns)), shape=(len(self.sums), len(self.variables))).tocsc()
        aim = np.zeros(len(self.variables))
        aim[list(cells)] = -1
        values = [value for _, _, value in self.sums]
        done = linprog(aim, A_eq=table, b_eq=values, bounds=(0, 10_000), method="highs")
        assert done.status == 0, done.message
        return done.x


def _truth(cases: Sequence[Case], reader: Reader) -> Counter[tuple[str, ...]]:
    """Count what the files would say if nothing were left out."""
    truth: Counter[tuple[str, ...]] = Counter()
    for case in cases:
        own = {
            "all": "all",
            "month": case.month,
            "situation": case.situation,
            "need": case.need,
            "partner": case.partner,
        }
        for kind, category in own.items():
            row = category if category in reader.shown[kind] else "combined"
            for name in {row, category}:
                truth[kind, name] += 1
            truth[kind, row, case.response] += 1
            part = case.reason if case.response == "sent_back" else case.outcome
            if part is not None:
                truth[kind, row, case.response, part] += 1
            truth[kind, row, "told", case.told or "no_answer"] += 1
    return truth
