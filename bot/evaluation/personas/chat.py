"""A client of the chat API (design, section 4): what a browser does, and nothing more."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.evaluation.reading import InputError

MOST_WAITS = 8
"""How often a "too many requests" is waited for before the conversation counts as failed."""


class ChatFailed(RuntimeError):
    """The system answered with an error, or not in time."""


@dataclass
class Chat:
    """One conversation. ``turn_ms`` holds the duration of every message sent, in milliseconds."""

    http: httpx.Client
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    turn_ms: list[float] = field(default_factory=list)

    def start(self, language: str, region: str | None) -> list[dict[str, Any]]:
        """Open the conversation and return the first messages. Raises ``ChatFailed``."""
        answer = self._post("/api/conversations", {"language": language, "region": region})
        self.path = f"/api/conversations/{answer['id']}"
        self.headers = {"Authorization": f"Bearer {answer['token']}"}
        return _messages(answer)

    def send(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Send ``{"text"}``, ``{"payload"}`` or ``{"form"}`` and return the replies. Raises ``ChatFailed``."""
        answer = self._post(f"{self.path}/messages", {**body, "client_id": uuid.uuid4().hex}, timed=True)
        return _messages(answer)

    def state(self) -> dict[str, Any]:
        """Return the conversation's state. Raises ``ChatFailed``."""
        return self._answer("GET", self.path, None)[0]

    def _post(self, path: str, body: dict[str, Any], *, timed: bool = False) -> dict[str, Any]:
        answer, milliseconds = self._answer("POST", path, body)
        if timed:
            self.turn_ms.append(milliseconds)
        return answer

    def _answer(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[dict[str, Any], float]:
        for _ in range(MOST_WAITS):
            started = time.perf_counter()
            try:
                response = self.http.request(method, path, json=body, headers=self.headers)
            except httpx.HTTPError as error:
                raise ChatFailed(f"{method} {path}: {type(error).__name__}: {error}") from error
            milliseconds = (time.perf_counter() - started) * 1000
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return _body(response), milliseconds
            time.sleep(_retry_after(response))
        raise ChatFailed(f"{method} {path}: too many requests, {MOST_WAITS} times")


@contextmanager
def connect(url: str) -> Iterator[httpx.Client]:
    """Open a client for the system at ``url``. Raises ``InputError`` when nothing answers there."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        try:
            http.get("/")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise InputError(f"{url}: no Doorwijzer answers there ({error}); start it with 'make run'") from None
        yield http


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.is_success and isinstance(body, dict):
        return body
    told = body.get("detail") or body.get("title") if isinstance(body, dict) else response.text[:200]
    raise ChatFailed(f"{response.request.method} {response.request.url.path}: {response.status_code} {told}")


def _messages(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [message for message in answer.get("messages", ()) if message.get("sender", "assistant") != "resident"]


def _retry_after(response: httpx.Response) -> float:
    try:
        return min(60.0, max(0.05, float(response.headers.get("Retry-After", "1"))))
    except ValueError:
        return 1.0
