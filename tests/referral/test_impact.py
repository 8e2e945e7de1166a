"""The figures: counted right, month by month in the Netherlands, frozen, and nobody to be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from bot.clock import ZONE
from bot.conversation import conversations
from bot.referral import cases, follow_up, impact, periods
from bot.referral.cases import Step, course
from bot.referral.erasure import erase_conversation
from bot.referral.impact import COMBINED, Block, as_of_now, published_blocks
from bot.referral.periods import Cut, NoMonth, Period
from bot.referral.suppression import is_small
from bot.store.engine import transaction
from bot.store.tables import Appointment, ImpactRecord, Referral
from tests.referral.impact_data import Past, many, store
from tests.referral.test_suppression import Attacker, Table

MAY = datetime(2025, 5, 10, 10, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 9, tzinfo=UTC)
DONE: list[tuple[float, str, Mapping[str, str]]] = [
    (2, "accepted", {}),
    (30, "completed", {"outcome": "work"}),
]


def blocks(engine: Engine, now: datetime = LATER, **more: Any) -> list[Block]:
    return published_blocks(engine, now, **more)


def one(engine: Engine, now: datetime = LATER) -> Block:
    found = blocks(engine, now)
    return next(block for block in found if block.lines)


# --- the course of one referral --------------------------------------------------------------------------------------


def fold(*steps: tuple[float, str, Mapping[str, str]], cut: Cut | None = None) -> tuple[Any, ...]:
    given = [Step(to, more.get("reason"), more.get("outcome"), MAY + timedelta(days=days)) for days, to, more in steps]
    folded = course(given, cut or Cut.at(LATER))
    return folded.response, folded.reason, folded.outcome


ASKED: tuple[float, str, Mapping[str, str]] = (0, "requested", {})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ("waiting", None, None)),
        ([(1, "accepted", {})], ("accepted", None, "under_way")),
        ([(1, "in_progress", {})], ("accepted", None, "under_way")),
        ([(1, "accepted", {}), (2, "on_hold", {})], ("accepted", None, "under_way")),
        ([(1, "accepted", {}), (9, "completed", {"outcome": "training"})], ("accepted", None, "training")),
        ([(1, "accepted", {}), (9, "cancelled", {"reason": "transferred"})], ("accepted", None, "ended")),
        ([(1, "rejected", {"reason": "no_place"})], ("sent_back", "no_place", None)),
        ([(1, "rejected", {"reason": "Bel mij op 06-12345678"})], ("sent_back", "other", None)),
        ([(1, "accepted", {}), (2, "rejected", {"reason": "not_ours"})], ("sent_back", "not_ours", None)),
        ([(1, "rejected", {"reason": "not_ours"}), (2, "needs_review", {}), (3, "cancelled", {})],
         ("sent_back", "not_ours", None)),
        ([(1, "rejected", {"reason": "not_ours"}), (2, "needs_review", {}), (3, "requested", {}), (4, "accepted", {})],
         ("accepted", None, "under_way")),
        ([(1, "failed", {})], ("not_reached", None, None)),
        ([(1, "failed", {}), (2, "cancelled", {"reason": "gone"})], ("withdrawn", None, None)),
        ([(1, "cancelled", {"reason": "no longer needed"})], ("withdrawn", None, None)),
        ([(1, "cancelled", {"reason": "switched"})], ("passed_on", None, None)),
        ([(1, "cancelled", {"reason": "transferred"})], ("passed_on", None, None)),
    ],
)  # fmt: skip
def test_what_a_referral_counts_as(steps: list[Any], expected: tuple[Any, ...]) -> None:
    assert fold(ASKED, *steps) == expected


def test_a_draft_is_no_referral(database: Engine) -> None:
    drafts: list[list[tuple[float, str, Mapping[str, str]]]] = [
        [],
        [(1, "needs_review", {})],
        [(1, "cancelled", {"reason": "no longer needed"})],
        [(1, "needs_review", {}), (2, "cancelled", {"reason": "no longer needed"})],
    ]
    store(database, [Past(MAY, first="draft", steps=steps) for steps in drafts])
    store(database, [Past(MAY, first="draft", steps=[(1, "requested", {})])])
    with transaction(database) as session:
        found = cases.read_cases(session, "2025-05", "2025-05", Cut.at(LATER))
    assert [case.response for case in found] == ["waiting"]


def test_what_comes_after_the_last_day_does_not_count() -> None:
    cut = Cut(MAY + timedelta(days=5), MAY + timedelta(days=50))
    late = (10, "accepted", {})
    assert fold(ASKED, late, cut=cut) == ("waiting", None, None)
    assert fold(ASKED, (1, "accepted", {}), (10, "completed", {"outcome": "work"}), cut=cut)[2] == "work"
    assert fold(ASKED, (1, "accepted", {}), (60, "completed", {"outcome": "work"}), cut=cut)[2] == "under_way"
    assert fold(ASKED, (1, "accepted", {}), (10, "rejected", {"reason": "x"}), cut=cut) == ("accepted", None, "ended")


# --- periods ---------------------------------------------------------------------------------------------------------


def test_a_quarter_is_published_a_month_after_it_is_over() -> None:
    quarter = Period.of_month("2026-02")
    assert (quarter.id, quarter.first, quarter.last) == ("2026-Q1", "2026-01", "2026-03")
    published_at = datetime(2026, 5, 1, tzinfo=ZONE)
    assert quarter.cut == Cut(published_at, datetime(2026, 12, 1, tzinfo=ZONE))
    start = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # 2026 already in Utrecht
    assert periods.published(start, published_at - timedelta(seconds=1)) == []
    assert periods.published(start, published_at) == [quarter]
    assert Period.of_month("2025-12").following() == quarter


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-1", "2026-02"), ("2026-13", "2026-02"), ("", "2026-02"), ("2026-01-01", "2026-02"),
        ("x" * 9999, "2026-02"),
        ("2026-03", "2026-02"), ("2026-01", "2026-11"), ("2026-01", "2099-01"), ("٢٠٢٦-٠١", "2026-02"),
    ],
)  # fmt: skip
def test_only_months_that_are_over(first: str, last: str) -> None:
    with pytest.raises(NoMonth):
        periods.check_months(first, last, LATER)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2025-03-31T21:59:59", "2025-03"), ("2025-03-31T22:00:00", "2025-04"),  # summer time
        ("2025-12-31T22:59:59", "2025-12"), ("2025-12-31T23:00:00", "2026-01"),
        ("2025-10-31T22:59:59", "2025-10"), ("2025-10-31T23:00:00", "2025-11"),  # the clock went back in October
    ],
)  # fmt: skip
def test_months_are_those_of_the_netherlands(database: Engine, moment: str, month: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    store(database, [Past(at)])
    with transaction(database) as session:
        for other in (periods.shifted(month, -1), month, periods.shifted(month, 1)):
            found = cases.read_cases(session, other, other, Cut.at(LATER))
            assert [case.month for case in found] == ([month] if other == month else [])


# --- counting --------------------------------------------------------------------------------------------------------


def test_an_empty_database_has_no_figures(database: Engine) -> None:
    assert blocks(database) == []
    assert as_of_now(database, "2025-01", "2025-02", LATER) == []
    assert as_of_now(database, "2025-01", "2025-02", LATER, "midden-utrecht")[0].lines == ()


def test_nobody_waits_to_write_while_the_figures_are_made(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store(database, [Past(MAY, steps=DONE) for _ in range(6)])
    make, written = impact.make_block, []

    def while_making(*args: Any, **more: Any) -> Block:
        with database.connect() as connection:
            if database.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA busy_timeout = 0")
            connection.execute(Referral.__table__.update().values(need="training"))
            written.append(True)
            connection.rollback()
        return make(*args, **more)

    monkeypatch.setattr(impact, "make_block", while_making)
    assert blocks(database)
    assert as_of_now(database, "2025-05", "2025-05", LATER)
    assert len(written) == 2


def test_the_figures_of_a_quarter(database: Engine) -> None:
    told = [(14, "waiting"), (92, "work")]
    store(
        database,
        [
            *(Past(MAY, steps=DONE, appointment_after=number, told=told) for number in range(7)),
            *(Past(MAY, steps=[(1, "rejected", {"reason": "no_place"})]) for _ in range(6)),
            *(Past(MAY, steps=[(4, "accepted", {})]) for _ in range(5)),
        ],
    )
    line = one(database).whole
    assert line is not None
    assert line.referrals == 18
    assert {name: count for name, count in line.responses.items() if count} == {"accepted": 12, "sent_back": 6}
    assert {name: count for name, count in line.reasons.items() if count} == {"no_place": 6}
    assert {name: count for name, count in line.outcomes.items() if count} == {"work": 7, "under_way": 5}
    assert {name: count for name, count in line.told.items() if count} == {"work": 7, "no_answer": 11}
    assert (line.contact_days, line.waiting_days) == (2, 3)


def test_outcomes_come_when_all_have_been_asked(database: Engine) -> None:
    store(database, [Past(MAY, steps=DONE) for _ in range(20)])
    cut = Period.of_month("2025-05").cut
    assert blocks(database, cut.answers - timedelta(seconds=1)) == []
    early, late = one(database, cut.answers), one(database, cut.outcomes)
    assert early.whole is not None
    assert late.whole is not None
    assert (early.with_outcomes, early.whole.outcomes, early.whole.told) == (False, {}, {})
    assert late.whole.outcomes["work"] == 20
    assert early.whole.responses == late.whole.responses


def test_what_is_published_does_not_change(database: Engine) -> None:
    """Not by what happens later, nor when residents erase what they said: it could be subtracted."""
    past = many(300)
    store(database, past)
    before = blocks(database)
    with transaction(database) as session:
        for one_of in past[::3]:
            assert cases.remember(session, one_of.conversation) == 1
            assert conversations.erase(session, one_of.conversation)
        session.execute(Referral.__table__.update().values(status="cancelled"))
    assert [(block.region, block.first) for block in blocks(database)] == [(b.region, b.first) for b in before]
    # the way of one line holds no order, so lines are compared by what they are
    for old, new in zip(before, blocks(database), strict=True):
        assert sorted(map(repr, old.lines)) == sorted(map(repr, new.lines))


def test_an_answer_that_is_changed_afterwards_changes_no_figure(database: Engine) -> None:
    store(database, [Past(MAY, steps=DONE, told=[(14, "waiting")]) for _ in range(6)])
    before = one(database)
    with transaction(database) as session:
        for referral in session.scalars(select(Referral)):
            assert follow_up.answer(session, referral, "work", LATER).answer == "work"
    after = one(database, LATER + timedelta(days=1))
    assert before.whole is not None
    assert before.whole.told["waiting"] == 6
    assert after.whole == before.whole


def test_a_cancelled_appointment_takes_no_waiting_time_away(database: Engine) -> None:
    """Of just five appointments one is cancelled, and one is moved, after they were published."""
    past = [Past(MAY, steps=DONE, appointment_after=days) for days in (2, 3, 4, 5, 6)]
    store(database, past)
    before = blocks(database)
    assert one(database).whole == before[-1].whole
    assert before[-1].whole is not None
    assert before[-1].whole.waiting_days == 4
    with transaction(database) as session:
        of = {row.referral_id: row for row in session.scalars(select(Appointment))}
        cancelled, moved = of[past[0].number], of[past[3].number]
        cancelled.state = moved.state = "cancelled"
        session.add(_like(moved, days=90, booked_at=LATER))
        session.add(_like(of[past[4].number], days=-3, booked_at=Period.of_month("2025-05").cut.answers))
    assert blocks(database) == before
    with transaction(database) as session:
        assert erase_conversation(session, past[0].conversation, LATER)
        assert erase_conversation(session, past[3].conversation, LATER)
    assert blocks(database) == before


def test_the_first_appointment_that_was_made_is_what_somebody_waited_for(database: Engine) -> None:
    """Not the earliest day: who is moved forward was to wait longer; nor one that was only held."""
    past = Past(MAY, steps=DONE, appointment_after=9)
    held = Past(MAY, steps=DONE)
    store(database, [past, held])
    with transaction(database) as session:
        first = session.scalars(select(Appointment)).one()
        first.state = "cancelled"
        session.add(_like(first, days=-7, booked_at=MAY + timedelta(hours=1)))
        session.add(_like(first, days=1, booked_at=None, state="released", referral_id=None))
    with transaction(database) as session:
        found = cases.read_cases(session, "2025-05", "2025-05", Cut.at(LATER))
    assert [case.waiting_days for case in found] == [9, None]


def _like(appointment: Appointment, days: int, **more: Any) -> Appointment:
    names = ("partner_id", "seat", "mode", "conversation_id", "referral_id", "created_at")
    same = {name: getattr(appointment, name) for name in names}
    start = appointment.start_at + timedelta(days=days)
    own = {"start_at": start, "end_at": start, "state": "booked", "idempotency_key": f"{start}"}
    return Appointment(**{**same, **own, **more})


def test_what_is_known_is_made_again_only_when_it_differs(database: Engine) -> None:
    store(database, many(300, regions=("midden-utrecht", "drechtsteden")))
    known: dict[str, Block] = {}
    first = blocks(database, known=known)
    again = blocks(database, known=known)
    assert len(known) == len(first) > 4
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert blocks(database) == first
    store(database, [Past(MAY, region="drechtsteden", steps=DONE) for _ in range(9)])
    changed = blocks(database, known=known)
    assert [block.region for block, old in zip(changed, first, strict=True) if block is not old] == ["drechtsteden"]
    assert changed == blocks(database)


def test_fewer_than_five_are_not_published(database: Engine) -> None:
    store(database, [Past(MAY, steps=DONE) for _ in range(4)])
    assert [block.lines for block in blocks(database)][-1] == ()


def test_rare_categories_are_one_line(database: Engine) -> None:
    store(
        database,
        [
            *(Past(MAY, partner="large", steps=DONE) for _ in range(40)),
            *(Past(MAY, partner="middle", steps=DONE) for _ in range(8)),
            *(Past(MAY, partner="small", steps=DONE) for _ in range(2)),
        ],
    )
    found = {line.category: line.referrals for line in one(database).of("partner")}
    assert found == {"large": 40, COMBINED: 10}


def test_the_order_does_not_tell_whose_referral_came_first(database: Engine) -> None:
    names = ("zeist", "ambacht", "middelburg")
    store(database, [Past(MAY, partner=name, steps=DONE) for name in (*names, "rare", "odd") for _ in range(9)])
    lines = [line.category for line in one(database).of("partner")]
    assert lines == sorted(lines, key=lambda name: (name == COMBINED, name))


def test_regions_do_not_mix(database: Engine) -> None:
    store(database, many(400, regions=("midden-utrecht", "drechtsteden")))
    both = blocks(database, period="2025-Q2")
    assert [block.region for block in both] == ["drechtsteden", "midden-utrecht"]
    assert blocks(database, period="2025-Q2", region="drechtsteden") == both[:1]


def test_a_referral_without_a_region_is_of_its_conversation(database: Engine) -> None:
    store(database, [Past(MAY, steps=DONE) for _ in range(6)])
    with transaction(database) as session:
        session.execute(Referral.__table__.update().values(region=""))
    assert one(database).region == "midden-utrecht"


def test_hostile_names_are_only_names(database: Engine) -> None:
    names = ["=1+1", "<script>", "'; drop table referral; --", "combined ", "x" * 80]
    store(database, [Past(MAY, partner=name, situation=name[:40]) for name in names for _ in range(9)])
    assert {line.category for line in one(database).of("partner")} == set(names)


# --- nobody to be found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("number", [12, 60, 250])
def test_no_small_count_can_be_worked_out(tmp_path: Any, seed: int, number: int) -> None:
    read = [
        cases.Case(past.at.strftime("%Y-%m"), past.region, past.situation or "unknown", past.need, past.partner, *rest)
        for past in many(number, seed, months=3)
        for rest in [_rest(past)]
    ]
    block = impact.make_block(read, "midden-utrecht", ("2025-01", "2025-03"), Cut.at(LATER), with_outcomes=True)
    columns = impact.response_columns(with_outcomes=True)
    tables = {dimension: _as_published(block, dimension, read) for dimension in ("all", *impact.DIMENSIONS)}
    attacker = Attacker(columns, tables, 2)
    assert list(attacker.shown_to_be_small()) == []


def _rest(past: Past) -> tuple[Any, ...]:
    folded = course(
        [Step("requested", None, None, past.at)]
        + [Step(to, m.get("reason"), m.get("outcome"), past.at + timedelta(days=d)) for d, to, m in past.steps],
        Cut.at(LATER),
    )
    return folded.response, folded.reason, folded.outcome


def _as_published(block: Block, dimension: str, read: list[cases.Case]) -> Table:
    """Rebuild what a reader has: the counts there are, and which of them are not shown."""
    columns = impact.response_columns(with_outcomes=True)
    rows = {"all": read} if dimension == "all" else impact._rows(read, dimension, impact.row_names(read)[dimension])
    table = Table(columns, {name: impact._did(row, columns) for name, row in rows.items()})
    whole = block.whole
    assert whole is not None
    for line in [*block.of(dimension), whole]:
        row = None if line is whole else line.category
        shown = {**line.responses}
        shown |= {f"sent_back:{code}": count for code, count in line.reasons.items()}
        shown |= {f"accepted:{code}": count for code, count in line.outcomes.items()}
        for column, count in shown.items():
            if count is None:
                table.hidden.add((row, column))
                if row is None and dimension == "all":
                    table.hidden.add(("all", column))
            else:
                assert not is_small(count)
    return table


# --- what is kept of an erased conversation --------------------------------------------------------------------------


def test_what_is_kept_leads_to_nobody(database: Engine) -> None:
    past = Past(MAY, steps=DONE, appointment_after=4, told=[(14, "work")])
    draft = Past(MAY, first="draft")
    store(database, [past, draft])
    with transaction(database) as session:
        assert cases.remember(session, past.conversation) == 1
        assert cases.remember(session, draft.conversation) == 0
        assert cases.remember(session, "nobody's") == 0
        kept = session.scalars(select(ImpactRecord)).one()
        values = {name: value for name, value in vars(kept).items() if not name.startswith("_")}
    assert values.pop("id")
    assert values == {
        "month": "2025-05",
        "region": "midden-utrecht",
        "situation": "debts",
        "need": "debt_help",
        "partner_id": "gemeente-zeist",
        "status": "accepted",
        "accepted": True,
        "outcome": "work",
        "sent_back": None,
        "days_to_contact": 2,
        "waiting_days": 4,
        "resident_answer": "work",
    }
    with transaction(database) as session:
        conversations.erase(session, past.conversation)
        assert session.scalar(select(func.count()).select_from(Referral)) == 1
        found = cases.read_cases(session, "2025-05", "2025-05", Cut.at(LATER))
        assert [case.outcome for case in found] == ["work"]
