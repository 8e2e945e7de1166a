"""The engine: SQLite in WAL mode by default, PostgreSQL in production."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from bot.settings import get_settings

#: SQLite has one writer at a time and no queue: of two hundred at once on a busy machine one may wait long.
BUSY_TIMEOUT_MS = 30_000


def database_url(url: str) -> URL:
    """Return ``url`` with the driver we install, for the forms people paste: ``postgres://…``, ``postgresql://…``.

    Raises ``sqlalchemy.exc.ArgumentError`` when it is no database address at all.
    """
    parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    return parsed.set(drivername="postgresql+psycopg2") if parsed.drivername == "postgresql" else parsed


def make_engine(url: str) -> Engine:
    """Return an engine for ``url``; on SQLite with WAL, foreign keys and a busy time-out."""
    engine = create_engine(database_url(url), pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_immediate
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",  # erased means erased, not only unlinked
    ):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    # When several processes open a new database at once, SQLite refuses the switch at once instead of waiting.
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _begin_immediate(connection: Any) -> None:
    # A transaction that reads first and writes later fails at once when another wrote meanwhile;
    # taking the write lock at its start makes it wait its turn instead.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    """Return the engine of this process."""
    return make_engine(get_settings().database)


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """Open a session that commits at its end and rolls back on an error."""
    with Session(engine or get_engine(), expire_on_commit=False) as session, session.begin():
        yield session
