"""Calls to a partner's system: encrypted, never redirected, never waited for without end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from bot.referral.delivery.errors import SendError, StopSending

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: For each step of a call, and for all of an answer.
TIMEOUT_SECONDS = 10.0
_LONGEST_ANSWER = 1_000_000
_GONE = 410


def check_url(url: str) -> str:
    """Return the address without a slash at its end. Raises ``ValueError`` when nothing may be sent to it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if not parts.hostname or any(character.isspace() for character in url):
        raise ValueError("is no address")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("holds no user, password or fragment; a secret belongs in the environment")
    return url.rstrip("/")


def call(
    method: str,
    url: str,
    now: datetime,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    params: Mapping[str, str] | None = None,
) -> bytes:
    """Call a partner's system and return its answer (2xx).

    Raises ``StopSending`` for 410, ``SendError`` for every other answer, with the pause that was asked for, and when
    there was none: then it may have arrived.
    """
    # A proxy of the house may stand before the world, never before this machine.
    client = httpx.Client(
        follow_redirects=False, timeout=TIMEOUT_SECONDS, trust_env=urlsplit(url).hostname not in LOOPBACK
    )
    try:
        with (
            client,
            client.stream(
                method, url, params=params, content=content, headers={"User-Agent": "Doorwijzer", **headers}
            ) as answer,
        ):
            if answer.is_success:
                return _read(answer)
            status, pause = answer.status_code, _pause(answer.headers.get("retry-after"), now)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SendError(f"no answer: {type(error).__name__}") from error
    if status == _GONE:
        raise StopSending("the receiver answered 410: it wants no more; correct delivery.yml, then try again")
    raise SendError(f"the receiver answered {status}{' (not followed)' if 300 <= status < 400 else ''}", pause)


def _read(answer: httpx.Response) -> bytes:
    until, body = time.monotonic() + TIMEOUT_SECONDS, b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER or time.monotonic() > until:
            raise SendError("the answer was too long, or took too long")
    return body


def _pause(value: str | None, now: datetime) -> timedelta | None:
    """Read ``Retry-After``: seconds, or a moment (RFC 9110, 10.2.3). What cannot be read asks for nothing."""
    if not value:
        return None
    try:
        pause = timedelta(seconds=int(value)) if value.strip().isdigit() else parsedate_to_datetime(value) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return max(pause, timedelta(0))
