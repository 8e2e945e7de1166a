"""A real house for the actions: SQLite in a temporary folder, the project's own content."""

from contextlib import contextmanager

import pytest

from bot import settings
from bot.store import engine
from bot.store.migrate import migrate


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Point the settings at an empty database; gives a function that opens a transaction."""
    monkeypatch.setenv("DOORWIJZER_VAR_DIR", str(tmp_path))
    settings.get_settings.cache_clear()
    engine.get_engine.cache_clear()
    migrate(settings.get_settings().database)

    @contextmanager
    def open_house():
        with engine.transaction() as session:
            yield session

    yield open_house
    engine.get_engine().dispose()
    engine.get_engine.cache_clear()
    settings.get_settings.cache_clear()
