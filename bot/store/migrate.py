"""Bring a database to the present shape, and say when it is not."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from bot.store.engine import make_engine

#: Any number will do, as long as nothing else in the database locks with it.
POSTGRES_LOCK = 0x646F6F72


def migrate(url: str) -> None:
    """Upgrade the database at ``url`` to the newest step; all steps or none.

    Safe when several processes start at once: one migrates, the others wait and then find it done.
    Raises ``sqlalchemy.exc.OperationalError`` when the database cannot be reached.
    """
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            _wait_for_our_turn(connection)
            command.upgrade(_config(connection), "head")
    finally:
        engine.dispose()


def check_schema(engine: Engine) -> str | None:
    """Return one line on what is wrong with the database's shape, or ``None`` when it is as this version needs."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found == wanted:
        return None
    if found is None:
        return "the database has no tables yet: run the migration (doorwijzer migrate)"
    return f"the database is at step {found}, this version needs {wanted}: run the migration (doorwijzer migrate)"


def draft_step(url: str, message: str) -> None:
    """Write a new step into ``migrations/versions``: the difference between the database at ``url`` and the tables.

    For developers; the database must be at the newest step. Read what it wrote before you keep it.
    """
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            command.revision(_config(connection), message, autogenerate=True)
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _wait_for_our_turn(connection: Connection) -> None:
    # SQLite took its write lock when the transaction began (see bot.store.engine).
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
