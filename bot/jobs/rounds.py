"""Rounds of jobs: each job is due at a moment kept in the database, and whoever takes it first does it.

Several processes may look at once: taking a job is one statement, so that only one of them gets it. A process that dies
in the middle leaves its lease behind; when that is over another does the job anew. So every job may begin again from
the start: what it has done already it must recognise (unique keys in the tables), and it does nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot import clock
from bot.checkpoints import checkpoint
from bot.store.engine import transaction
from bot.store.tables import Job

log = logging.getLogger(__name__)

#: How long a job may take before another process may think that its worker has died.
LEASE = timedelta(minutes=10)
_LONGEST_ERROR = 200


@dataclass(frozen=True)
class Round:
    """A job that comes round ``every`` so often. ``run`` gets the moment, and returns how much it did."""

    name: str
    every: timedelta
    run: Callable[[datetime], int]


def run_due(engine: Engine, rounds: Sequence[Round], worker: str) -> dict[str, int]:
    """Do every job that is due and that nobody else is doing; return how much each did.

    A job that fails is noted with its error, is tried again at its next round, and holds up no other.
    """
    done: dict[str, int] = {}
    due = _due(engine, clock.now())
    for job in (job for job in rounds if job.name in due):
        if not _take(engine, job.name, worker, clock.now()):
            continue
        checkpoint("job taken")
        error = None
        try:
            done[job.name] = job.run(clock.now())
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"[:_LONGEST_ERROR]
            log.exception("the job %s failed", job.name)
        checkpoint("job done")
        _put_back(engine, job, worker, error)
    return done


def register(engine: Engine, rounds: Sequence[Round], now: datetime) -> None:
    """Enter jobs that the database does not know yet; they are due at once."""
    with transaction(engine) as session:
        known = set(session.scalars(select(Job.name)))
    for name in (job.name for job in rounds if job.name not in known):
        try:
            with transaction(engine) as session:
                session.add(Job(name=name, due_at=now))
        except IntegrityError:
            continue  # another process was first


def make_due(engine: Engine, names: Collection[str], now: datetime) -> None:
    """Let jobs be due now, whenever they were."""
    with transaction(engine) as session:
        session.execute(update(Job).where(Job.name.in_(names), Job.due_at > now).values(due_at=now))


def statuses(engine: Engine) -> list[Job]:
    """Return all jobs the database knows, by name, for the command line and the doctor."""
    with transaction(engine) as session:
        return list(session.scalars(select(Job).order_by(Job.name)))


def _due(engine: Engine, now: datetime) -> set[str]:
    with transaction(engine) as session:
        return set(session.scalars(select(Job.name).where(*_free(now))))


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Job.due_at <= now, or_(Job.leased_until.is_(None), Job.leased_until <= now)


def _take(engine: Engine, name: str, worker: str, now: datetime) -> bool:
    with transaction(engine) as session:
        statement = (
            update(Job)
            .where(Job.name == name, *_free(now))
            .values(leased_until=now + LEASE, leased_by=worker)
            .returning(Job.name)
        )
        return session.scalar(statement, execution_options={"synchronize_session": False}) is not None


def _put_back(engine: Engine, job: Round, worker: str, error: str | None) -> None:
    now = clock.now()
    with transaction(engine) as session:
        session.execute(
            update(Job)
            .where(Job.name == job.name, Job.leased_by == worker)  # not when another has taken it over meanwhile
            .values(due_at=now + job.every, leased_until=None, leased_by=None, last_run_at=now, last_error=error),
            execution_options={"synchronize_session": False},
        )
