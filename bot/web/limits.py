"""Limits: how often somebody may send, and how much. Counted in memory, so per web process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
_MAX_KEYS = 50_000


class RateLimit:
    """At most ``per_minute`` events a key in any 60 seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = per_minute, clock
        self._seen: dict[str, deque[float]] = {}

    def retry_after(self, key: str) -> float | None:
        """Count one event for ``key``. Returns ``None`` when it may pass, else the seconds to wait."""
        now = self._clock()
        times = self._seen.setdefault(key, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + 60 - now
        times.append(now)
        if len(self._seen) > _MAX_KEYS:
            self._forget(now)
        return None

    def _forget(self, now: float) -> None:
        self._seen = {key: times for key, times in self._seen.items() if times and times[-1] > now - 60}


class BodyLimit:
    """ASGI middleware: refuses a request body over ``MAX_BODY_BYTES``, before anything reads it."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request], Response], max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app, self._refuse, self._max = app, refuse, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer as ``refuse`` does (413)."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        body = b"" if _as_int(length) > self._max else await self._read(receive)
        if body is None or _as_int(length) > self._max:
            await self._refuse(Request(scope))(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _as_int(value: bytes) -> int:
    return int(value) if value.isdigit() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()  # from here on only the disconnect can come
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
