"""Jobs that come round: taken by one worker, taken over from a dead one, never lost by a failure."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from bot import clock
from bot.jobs.rounds import LEASE, Round, register, run_due, statuses
from bot.jobs.worker import Worker
from bot.store.engine import transaction
from bot.store.tables import Job

MINUTE = timedelta(minutes=1)


class Clock:
    """The only stand-in here: a clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def moving(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    moving = Clock(now)
    monkeypatch.setattr(clock, "now", moving)
    return moving


def counting(name: str = "count", every: timedelta = MINUTE) -> tuple[Round, Counter[str]]:
    runs: Counter[str] = Counter()
    lock = threading.Lock()

    def run(now: datetime) -> int:
        with lock:
            runs[now.isoformat()] += 1
        return 1

    return Round(name, every, run), runs


def test_a_job_comes_round_and_not_before(database: Engine, moving: Clock) -> None:
    job, runs = counting()
    register(database, [job], moving.now)
    register(database, [job], moving.now + MINUTE)  # known already: not due later than before
    assert run_due(database, [job], "a") == {"count": 1}
    assert run_due(database, [job], "a") == {}
    moving.now += MINUTE
    assert run_due(database, [job], "b") == {"count": 1}
    assert sum(runs.values()) == 2


def test_of_many_workers_one_gets_it(database: Engine, moving: Clock) -> None:
    job, runs = counting()
    register(database, [job], moving.now)
    for _ in range(3):
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda number: run_due(database, [job], f"w{number}"), range(12)))
        moving.now += MINUTE
    assert list(runs.values()) == [1, 1, 1]


def test_many_may_register_at_once(database: Engine, moving: Clock) -> None:
    rounds = [counting(name)[0] for name in ("a", "b", "c")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: register(database, rounds, moving.now), range(8)))
    assert [job.name for job in statuses(database)] == ["a", "b", "c"]


def test_what_a_dead_worker_took_is_done_by_another_when_its_lease_is_over(database: Engine, moving: Clock) -> None:
    job, runs = counting()
    with transaction(database) as session:
        session.add(Job(name="count", due_at=moving.now, leased_until=moving.now + LEASE, leased_by="dead"))
    assert run_due(database, [job], "b") == {}
    moving.now += LEASE
    assert run_due(database, [job], "b") == {"count": 1}
    assert sum(runs.values()) == 1


def test_who_was_too_slow_does_not_put_back_what_another_has_taken(database: Engine, moving: Clock) -> None:
    second, _runs = counting("slow")

    def slow(_: datetime) -> int:
        moving.now += LEASE  # and meanwhile another took it over
        with transaction(database) as session:
            session.get_one(Job, "slow").leased_by = "other"
        return 1

    register(database, [second], moving.now)
    run_due(database, [Round("slow", MINUTE, slow)], "me")
    [job] = statuses(database)
    assert job.leased_by == "other"
    assert job.last_run_at is None


def test_a_job_that_fails_is_noted_comes_again_and_holds_up_no_other(
    database: Engine, moving: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: datetime) -> int:
        raise RuntimeError("no route" + "!" * 500)

    other, _runs = counting("other")
    rounds = [Round("fails", MINUTE, fail), other]
    register(database, rounds, moving.now)
    assert run_due(database, rounds, "a") == {"other": 1}
    failed = {job.name: job for job in statuses(database)}["fails"]
    assert failed.last_error is not None
    assert failed.last_error.startswith("RuntimeError: no route")
    assert failed.due_at == moving.now + MINUTE
    assert "the job fails failed" in caplog.text


def test_the_worker_works_in_its_thread_and_stops(database: Engine) -> None:
    job, runs = counting(every=timedelta(milliseconds=1))
    worker = Worker(database, [job], timedelta(milliseconds=20))
    worker.start()
    until = time.monotonic() + 20
    while sum(runs.values()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    worker.stop()
    after = sum(runs.values())
    assert after >= 2
    time.sleep(0.1)
    assert sum(runs.values()) == after


def test_a_worker_survives_a_database_that_is_away(caplog: pytest.LogCaptureFixture, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from bot.store.engine import make_engine

    worker = Worker(make_engine(f"sqlite:///{tmp_path / 'empty.db'}"), [counting()[0]], timedelta(milliseconds=10))
    worker.start()
    until = time.monotonic() + 20
    while "could not be looked at" not in caplog.text and time.monotonic() < until:
        time.sleep(0.02)
    assert worker._thread.is_alive()
    worker.stop()
    assert "could not be looked at" in caplog.text


def test_moments_are_aware(database: Engine) -> None:
    register(database, [counting()[0]], datetime(2026, 11, 25, 9, tzinfo=UTC))
    assert statuses(database)[0].due_at.tzinfo is UTC
