"""The figures: what came of the referrals of one region in one period, safe to publish (``suppression``).

A block is one region in one period. No totals over regions or periods are published beside it, so nothing can be
subtracted from one block to look into another. Within a block the same referrals are counted by situation, need,
partner and month. What residents said themselves is counted by need only: a second breakdown of the same people by
every dimension could be combined with the first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bot.referral import cases, periods
from bot.referral.cases import ACCEPTED, RESPONSES, SENT_BACK, Case
from bot.referral.follow_up import ANSWERS
from bot.referral.periods import Cut, Period
from bot.referral.rules import referral_rules
from bot.referral.suppression import FEWEST, Columns, Table, combined
from bot.store.engine import transaction
from bot.store.tables import ImpactRecord, Referral

#: The row of small categories together, and the row of everything.
COMBINED, ALL = "combined", "all"
DIMENSIONS: Mapping[str, Callable[[Case], str]] = {
    "situation": lambda case: case.situation,
    "need": lambda case: case.need,
    "partner": lambda case: case.partner,
    "month": lambda case: case.month,
}
#: The dimensions of which one may give another away, as they hang together, and what it costs to lose a row of each.
LINKED: Mapping[str, int] = {"partner": 1, "situation": 3, "need": 10}
NO_ANSWER = "no_answer"
TOLD = (*ANSWERS, NO_ANSWER)


@dataclass(frozen=True)
class Line:
    """One row of figures: a category of a dimension. A count that is left out is ``None``."""

    dimension: str
    category: str
    referrals: int
    responses: Mapping[str, int | None]
    reasons: Mapping[str, int | None]
    outcomes: Mapping[str, int | None]
    told: Mapping[str, int | None]
    contact_days: float | None
    waiting_days: float | None


@dataclass(frozen=True)
class Block:
    """The figures of one region in one period. ``lines`` is empty when there were too few referrals to publish.

    ``with_outcomes`` says whether outcomes and what residents said are published already.
    """

    region: str
    first: str
    last: str
    with_outcomes: bool
    counted_until: datetime
    outcomes_until: datetime | None
    lines: Sequence[Line] = field(default_factory=tuple)

    def of(self, dimension: str) -> list[Line]:
        """Return the lines of one dimension, the largest first, combined ones last; months in their order."""
        lines = [line for line in self.lines if line.dimension == dimension]
        by_size = (
            (lambda line: line.category) if dimension == "month" else (lambda line: (-line.referrals, line.category))
        )
        return sorted(sorted(lines, key=by_size), key=lambda line: line.category == COMBINED)

    @property
    def whole(self) -> Line | None:
        """The line of everything; ``None`` when there were too few referrals."""
        return next(iter(self.of(ALL)), None)


def response_columns(with_outcomes: bool) -> Columns:
    """Return the columns of what partners did: answers, with the reasons and (when published) the outcomes below."""
    reasons = {_part(SENT_BACK, reason): SENT_BACK for reason in referral_rules().reasons}
    outcomes = {_part(ACCEPTED, outcome): ACCEPTED for outcome in outcome_codes()} if with_outcomes else {}
    first = [*RESPONSES, *reasons]
    stages = [first, list(outcomes)] if with_outcomes else [first]
    return Columns({**dict.fromkeys(RESPONSES, ""), **reasons, **outcomes}, stages)


def outcome_codes() -> tuple[str, ...]:
    """Return what can have come of an accepted referral."""
    return (*referral_rules().outcomes, cases.ENDED, cases.UNDER_WAY)


def told_columns() -> Columns:
    """Return the columns of what residents said."""
    return Columns(dict.fromkeys(TOLD, ""), [TOLD])


def published_blocks(
    engine: Engine,
    now: datetime,
    region: str | None = None,
    period: str | None = None,
    known: MutableMapping[str, Block] | None = None,
) -> list[Block]:
    """Return every block that is published by now, the newest period first, regions in alphabetical order.

    Making one takes a second or more, and the same referrals give the same block: who asks again keeps ``known``. It is
    made outside any transaction, for on SQLite one that is open keeps everybody else from writing.
    """
    known = {} if known is None else known
    found = []
    with transaction(engine) as session:
        quarters = published_periods(session, now)
    for quarter in quarters:
        if period in (None, quarter.id):
            cut, with_outcomes = quarter.cut, quarter.cut.outcomes <= now
            with transaction(engine) as session:
                read = cases.read_cases(session, quarter.first, quarter.last, cut, region)
            for place in [region] if region else sorted({case.region for case in read}):
                theirs = [case for case in read if case.region == place]
                key = _fingerprint(theirs, place, quarter.id, with_outcomes)
                if key not in known:
                    known[key] = make_block(theirs, place, (quarter.first, quarter.last), cut, with_outcomes)
                found.append(known[key])
    return found


def published_periods(session: Session, now: datetime) -> list[Period]:
    """Return the periods with figures, the newest first."""
    first = _first_month(session)
    return [] if first is None else periods.published(periods.month_start(first), now)


def as_of_now(engine: Engine, first: str, last: str, now: datetime, region: str | None = None) -> list[Block]:
    """Return the figures of any closed months as they stand now, for the team itself.

    They may not be published beside the quarters, from which they could be subtracted. Raises ``NoMonth``.
    """
    periods.check_months(first, last, now)
    cut = Cut.at(now)
    with transaction(engine) as session:
        read = cases.read_cases(session, first, last, cut, region)
    places = [region] if region else sorted({case.region for case in read})
    return [
        make_block([case for case in read if case.region == place], place, (first, last), cut, with_outcomes=True)
        for place in places
    ]


def make_block(read: Sequence[Case], region: str, months: tuple[str, str], cut: Cut, with_outcomes: bool) -> Block:
    """Count the referrals of one region and period, and leave out what would give somebody away."""
    first, last = months
    block = Block(region, first, last, with_outcomes, cut.answers, cut.outcomes if with_outcomes else None)
    if len(read) < FEWEST:
        return block
    return Block(**{**vars(block), "lines": tuple(_lines(read, with_outcomes))})


def _fingerprint(read: Sequence[Case], *of: object) -> str:
    cases = sorted(f"{case} {count}" for case, count in Counter(read).items())
    return hashlib.sha256("\n".join([repr(of), *cases]).encode()).hexdigest()


def _lines(read: Sequence[Case], with_outcomes: bool) -> Iterable[Line]:
    from bot.referral.linked_tables import shield  # noqa: PLC0415 - it takes scipy along: only who counts waits for that

    did, told = response_columns(with_outcomes), told_columns()
    all_did = Table(did, {ALL: _did(read, did)}, totals_fixed=False).protect()
    all_told = Table(told, {ALL: _told(read)}, totals_fixed=False).protect()
    hidden_did, hidden_told = ({column for _, column in table.hidden} for table in (all_did, all_told))
    yield _line(ALL, ALL, read, all_did, all_told if with_outcomes else None)
    names = row_names(read)
    rows = {dimension: _rows(read, dimension, names[dimension]) for dimension in DIMENSIONS}
    tables = {
        dimension: Table(did, {name: _did(row, did) for name, row in theirs.items()}, hidden_did).protect()
        for dimension, theirs in rows.items()
    }
    shield({dimension: tables[dimension] for dimension in LINKED}, all_did, _combinations(read), names)
    for dimension, theirs in rows.items():
        said = None
        if with_outcomes and dimension == "need":
            said = Table(told, {name: _told(row) for name, row in theirs.items()}, hidden_told).protect()
        # in an order that does not tell whose referral came first
        for name, row in sorted(theirs.items(), key=lambda item: (item[0] == COMBINED, item[0])):
            yield _line(dimension, name, row, tables[dimension], said)


def row_names(read: Sequence[Case]) -> dict[str, dict[str, str]]:
    """Return for each dimension the row in which a category is published: its own, or ``COMBINED``."""
    from bot.referral.linked_tables import rows_to_combine  # noqa: PLC0415

    sizes = {dimension: Counter(map(category_of, read)) for dimension, category_of in DIMENSIONS.items()}
    few = {dimension: combined(counts) for dimension, counts in sizes.items()}
    together = {**few, **rows_to_combine(LINKED, _combinations(read), few)}
    return {
        dimension: {name: COMBINED if name in together[dimension] else name for name in counts}
        for dimension, counts in sizes.items()
    }


def _combinations(read: Iterable[Case]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(DIMENSIONS[dimension](case) for dimension in LINKED) for case in read)


def _rows(read: Iterable[Case], dimension: str, names: Mapping[str, str]) -> dict[str, list[Case]]:
    rows: dict[str, list[Case]] = {}
    for case in read:
        rows.setdefault(names[DIMENSIONS[dimension](case)], []).append(case)
    return rows


def _did(read: Iterable[Case], columns: Columns) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for case in read:
        counts[case.response] += 1
        below = case.reason if case.response == SENT_BACK else case.outcome
        if below is not None:
            counts[_part(case.response, below)] += 1
    return {column: counts[column] for column in columns.parents}


def _told(read: Iterable[Case]) -> dict[str, int]:
    counts = Counter(case.told if case.told in ANSWERS else NO_ANSWER for case in read)
    return {column: counts[column] for column in TOLD}


def _line(dimension: str, category: str, read: Sequence[Case], did: Table, told: Table | None) -> Line:
    shown = did.published(category)
    contact = [case.contact_days for case in read if case.contact_days is not None]
    waiting = [case.waiting_days for case in read if case.waiting_days is not None]
    return Line(
        dimension=dimension,
        category=category,
        referrals=len(read),
        responses={name: shown[name] for name in RESPONSES},
        reasons={name: shown[_part(SENT_BACK, name)] for name in referral_rules().reasons},
        outcomes={name: shown[_part(ACCEPTED, name)] for name in outcome_codes() if _part(ACCEPTED, name) in shown},
        told={} if told is None else told.published(category),
        # of how many it is the median must be public, or it would tell that there are at least five
        contact_days=_median(contact) if shown[ACCEPTED] is not None else None,
        waiting_days=_median(waiting),
    )


def _median(days: Sequence[int]) -> float | None:
    return float(median(days)) if len(days) >= FEWEST else None


def _part(column: str, code: str) -> str:
    return f"{column}:{code}"


def _first_month(session: Session) -> str | None:
    live = session.scalar(select(func.min(Referral.created_at)))
    kept = session.scalar(select(func.min(ImpactRecord.month)))
    months = [month for month in (None if live is None else periods.month_of(live), kept) if month is not None]
    return min(months, default=None)
