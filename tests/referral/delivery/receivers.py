"""Partners' systems on this machine: a web server and a mail server that can be down, slow, or break off."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

from bot import clock
from bot.supervisor import free_port

#: Longer than the tests wait for an answer.
SLOW_SECONDS = 0.6


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def verified(request: Request, secret: str) -> Any:
    """Return what a partner reads from a webhook, checked by the library: the signature, and its age by our clock."""
    with patch("standardwebhooks.webhooks.datetime", wraps=datetime) as theirs:
        theirs.now.side_effect = lambda tz: clock.now().astimezone(tz)
        return Webhook(secret).verify(request.body, request.headers)


Answer = tuple[int, dict[str, str], bytes]
Handle = Callable[[Request], Answer]


@dataclass
class HttpReceiver:
    """``mode``: ok, slow, error (500), half (closes in the middle of its answer), silent (closes without one)."""

    mode: str = "ok"
    handle: Handle = lambda _: (204, {}, b"")
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append(request)
        if self.mode == "silent":
            handler.close_connection = True
            return
        if self.mode == "slow":
            time.sleep(SLOW_SECONDS)
        status, headers, body = (500, {}, b"oops") if self.mode == "error" else self.handle(request)
        length = len(body) + (100 if self.mode == "half" else 0)
        try:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            if status != 204:
                handler.send_header("Content-Length", str(length))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:  # the caller has hung up
            pass
        if self.mode == "half":
            handler.close_connection = True


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.answer(Request(self.command, parts.path, query, headers, body), self)

        do_GET = do_POST = _any  # noqa: N815 - the names that http.server wants

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class MailReceiver:
    """``mode``: ok, error (451), slow, half (it has the mail, and breaks off before it says so), refused (550)."""

    mode: str = "ok"
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    url: str = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.mode == "error":
            return "451 try later"
        if self.mode == "refused":
            return "550 not here"
        if self.mode == "slow":
            await asyncio.sleep(SLOW_SECONDS)
            return "451 too late"
        parsed = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        if self.mode == "half":
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_receiver(**options: Any) -> Iterator[MailReceiver]:
    receiver = MailReceiver()
    controller = Controller(receiver, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    receiver.url = f"smtp://127.0.0.1:{controller.port}"
    yield receiver
    controller.stop(no_assert=True)
