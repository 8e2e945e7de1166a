"""A real house for the actions: SQLite in a temporary folder, the project's own content."""

import shutil
from contextlib import contextmanager

import pytest

from bot import settings
from bot.store import engine
from bot.store.migrate import migrate
from tests.actions.driver import Conversation


@pytest.fixture(scope="session")
def empty_house(tmp_path_factory):
    """A migrated database to copy: migrating for every test would be most of its time."""
    path = tmp_path_factory.mktemp("house") / "doorwijzer.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(tmp_path, monkeypatch, empty_house):
    """Point the settings at an empty database; gives a function that opens a transaction."""
    shutil.copy(empty_house, tmp_path / "doorwijzer.db")
    monkeypatch.setenv("DOORWIJZER_VAR_DIR", str(tmp_path))
    settings.get_settings.cache_clear()
    engine.get_engine.cache_clear()

    @contextmanager
    def open_house():
        with engine.transaction() as session:
            yield session

    yield open_house
    engine.get_engine().dispose()
    engine.get_engine.cache_clear()
    settings.get_settings.cache_clear()


@pytest.fixture(params=["nl", "en"])
def talk_in(house, request):
    """A conversation that has begun, in each language."""
    conversation = Conversation()
    conversation.hear("start", language=request.param, region="midden-utrecht")
    return conversation
