"""What the tests of the desk share: somebody at the desk, a conversation that was handed off, the audit."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import select

from bot.conversation import handoffs
from bot.store.engine import transaction
from bot.store.tables import Audit
from tests.web.conftest import Site

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Desk:
    """Somebody at the desk, with a browser's cookies."""

    def __init__(self, site: Site, name: str = "", password: str = "") -> None:
        self.site = site
        self.web = httpx.Client(base_url=site.url, timeout=30, trust_env=False)
        if name:
            assert self.login(name, password).status_code == 303

    def login(self, name: str, password: str) -> httpx.Response:
        page = self.web.get("/desk/login")
        data = {"username": name, "password": password, "csrf": token_in(page.text)}
        return self.web.post("/desk/login", data=data)

    def post(self, path: str, **data: str) -> httpx.Response:
        data.setdefault("csrf", token_in(self.web.get("/desk").text))
        return self.web.post(path, data=data)


def token_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def handed_off(site: Site, reason: str = "asked", signal: str | None = None) -> dict[str, Any]:
    chat = site.start(language="nl")
    site.send(chat, text="mijn contract stopt en ik heb schulden")
    site.send(chat, text="zeist")
    with transaction(site.engine) as session:
        handoffs.request(session, chat["id"], reason, signal, NOW)
    return chat


def audited(site: Site) -> list[tuple[str, str, str | None]]:
    with transaction(site.engine) as session:
        return [(row.actor, row.action, row.subject) for row in session.scalars(select(Audit).order_by(Audit.id))]
