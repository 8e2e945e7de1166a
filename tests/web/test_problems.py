"""What is logged of a request that fails: which page, never whose."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.web import problems
from tests.web.conftest import Site


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


@pytest.mark.parametrize(("query", "words"), [("?lang=en", "too much at once"), ("", "te veel tegelijk")])
@pytest.mark.parametrize("path", ["/a/x/cancel", "/p/x/back", "/f/x"])
def test_what_is_too_large_is_answered_in_words_to_a_person(
    make_site: Callable[..., Site], path: str, query: str, words: str
) -> None:
    site = make_site()
    page = site.web.post(path + query, content=b"a" * 70_000, headers={"Accept": "text/html"})
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")
    assert words in page.text
    document = site.web.post(path + query, content=b"a" * 70_000, headers={"Accept": "application/json"})
    assert (document.status_code, document.json()["type"]) == (413, "urn:doorwijzer:problem:too-large")


@pytest.mark.parametrize(("query", "words"), [("?lang=en", "Wait a minute"), ("?lang=xx", "Wacht een minuut")])
def test_too_many_tries_are_answered_in_the_language_of_the_page(
    make_site: Callable[..., Site], query: str, words: str
) -> None:
    site = make_site(messages_per_minute=1)
    answers = [site.web.get("/a/x" + query, headers={"Accept": "text/html"}) for _ in range(2)]
    assert answers[-1].status_code == 429
    assert words in answers[-1].text
