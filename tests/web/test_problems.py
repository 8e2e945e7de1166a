"""What is logged of a request that fails: which page, never whose."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.web import problems


def test_the_log_of_a_crash_holds_no_link(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    services: Any = SimpleNamespace(templates=None, brand="Doorwijzer")
    problems.install(app, services)

    @app.get("/a/{token}/{act}")
    def crash(token: str, act: str) -> None:
        raise OverflowError("date value out of range")

    with caplog.at_level(logging.ERROR):
        answer = TestClient(app, raise_server_exceptions=False).get("/a/live-token/choose?lang=secret")
    assert answer.status_code == 500
    assert "GET /a/{token}/{act}" in caplog.text
    assert "live-token" not in caplog.text
    assert "secret" not in caplog.text
