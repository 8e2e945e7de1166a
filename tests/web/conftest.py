"""The real site and a scripted assistant, both over HTTP on loopback, with a real SQLite database."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from bot.settings import Settings
from bot.store.engine import make_engine
from bot.store.tables import Base
from bot.web.app import create_app
from bot.web.staff import create_staff
from tests.web.scripted_assistant import ScriptedAssistant


@contextlib.contextmanager
def serve(app: Any, bound: socket.socket) -> Iterator[None]:
    """Run an application in a thread of its own until the block ends, on a socket that is bound already."""
    config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def bound_socket() -> socket.socket:
    """Return a socket on a port of its own: a port that is only known to be free may be somebody else's soon."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


@dataclass
class Site:
    """A running site. ``web`` speaks to it; ``assistant`` is the scripted one behind it."""

    url: str
    settings: Settings
    engine: Engine
    assistant: ScriptedAssistant
    web: httpx.Client
    more: dict[str, Any] = field(default_factory=dict)

    def start(self, **body: Any) -> dict[str, Any]:
        response = self.web.post("/api/conversations", json=body)
        assert response.status_code == 201, response.text
        started: dict[str, Any] = response.json()
        return started

    def send(self, chat: dict[str, Any], **turn: Any) -> httpx.Response:
        return self.web.post(f"/api/conversations/{chat['id']}/messages", json=turn, headers=bearer(chat))

    def state(self, chat: dict[str, Any]) -> dict[str, Any]:
        response = self.web.get(f"/api/conversations/{chat['id']}", headers=bearer(chat))
        assert response.status_code == 200, response.text
        state: dict[str, Any] = response.json()
        return state


def bearer(chat: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {chat['token']}"}


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start a site with other settings than the defaults."""
    with contextlib.ExitStack() as running:

        def start(**settings: Any) -> Site:
            own, assistants = (running.enter_context(bound_socket()) for _ in range(2))
            port, assistant_port = own.getsockname()[1], assistants.getsockname()[1]
            url = settings.pop("database_url", f"sqlite:///{tmp_path / 'web.db'}")
            given = Settings(
                PORT=port,
                assistant_port=assistant_port,
                database_url=url,
                **{
                    "messages_per_minute": 1000,
                    "conversations_per_minute": 1000,
                    "resumes_per_minute": 1000,
                    **settings,
                },
            )
            engine = make_engine(url)
            with engine.begin() as connection:
                Base.metadata.create_all(connection)
            assistant = ScriptedAssistant(given.secret("channel").hex())
            running.callback(engine.dispose)
            running.enter_context(serve(assistant.app(), assistants))
            running.enter_context(serve(create_app(given), own))
            address = f"http://127.0.0.1:{port}"
            web = running.enter_context(httpx.Client(base_url=address, timeout=30, trust_env=False))
            return Site(address, given, engine, assistant, web)

        yield start


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A running site with the usual settings."""
    return make_site()


@pytest.fixture
def desk_of(site: Site) -> Callable[[str], Any]:
    """Give a logged-in staff member of a role, named ``<role>-1``."""
    from tests.web.desk_helpers import Desk

    def make(role: str) -> Desk:
        return Desk(site, f"{role}-1", create_staff(f"{role}-1", role, site.engine))

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Give a running Chromium, one for all tests."""
    from tests.web.visitor import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Open browsers of residents, each with a storage of its own."""
    from tests.web.visitor import DESKTOP, Visitor

    visitors: list[Visitor] = []

    def make(size: dict[str, int] = DESKTOP) -> Visitor:
        visitors.append(Visitor(browser, site, size))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
