"""The stream: replay, live messages, other processes, erasure. Real HTTP, read line by line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Any

import httpx
import pytest

from bot import clock
from bot.conversation import conversations
from bot.store.engine import transaction
from tests.web.conftest import Site, bearer


class Listener:
    """Reads a stream in a thread of its own."""

    def __init__(self) -> None:
        self.events: Queue[dict[str, str]] = Queue()
        self.ended = threading.Event()

    def read(self, response: httpx.Response) -> None:
        event: dict[str, str] = {}
        try:
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if line and name:
                    event[name] = value
                elif event:
                    self.events.put(event)
                    event = {}
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self.ended.set()

    def next(self, seconds: float = 5) -> dict[str, Any]:
        while True:
            event = self.events.get(timeout=seconds)
            if "data" in event:
                return {"id": event.get("id"), "event": event.get("event"), "message": json.loads(event["data"])}


@contextmanager
def listen(site: Site, chat: dict[str, Any], after: str | None = None) -> Iterator[Listener]:
    headers = {**bearer(chat), **({"Last-Event-ID": after} if after is not None else {})}
    with (
        httpx.Client(base_url=site.url, timeout=30, trust_env=False) as client,
        client.stream("GET", f"/api/conversations/{chat['id']}/events", headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        listener = Listener()
        threading.Thread(target=listener.read, args=(response,), daemon=True).start()
        yield listener
        response.close()


def test_it_replays_and_then_goes_on_live(site: Site) -> None:
    chat = site.start()
    with listen(site, chat) as listener:
        assert [listener.next()["id"] for _ in range(2)] == ["1", "2"]
        replies = site.send(chat, text="mijn contract stopt, bel 0612345678").json()["messages"]
        own = listener.next()["message"]
        assert (own["seq"], own["sender"]) == (3, "resident")
        assert "0612345678" not in own["text"]
        assert listener.next()["message"] == replies[0]


def test_a_lost_connection_goes_on_where_it_was(site: Site) -> None:
    chat = site.start()
    site.send(chat, text="hallo")
    with listen(site, chat, after="2") as listener:
        assert [listener.next()["id"] for _ in range(3)] == ["3", "4", "5"]
        with pytest.raises(Empty):
            listener.next(0.3)


@pytest.mark.parametrize("after", ["-1", "x", "9" * 40, "", "1; DROP"])
def test_a_last_event_id_that_is_none_replays_everything(site: Site, after: str) -> None:
    with listen(site, site.start(), after=after) as listener:
        assert listener.next()["id"] == "1"


def test_what_another_process_wrote_comes_within_seconds(site: Site) -> None:
    chat = site.start()
    with listen(site, chat, after="2") as listener:
        with transaction(site.engine) as session:
            conversations.append(session, chat["id"], "staff", "Hallo, ik lees mee.", "nl", clock.now())
        event = listener.next(6)
        assert (event["message"]["sender"], event["id"]) == ("staff", "3")


def test_erasing_ends_the_stream(site: Site) -> None:
    chat = site.start()
    with listen(site, chat, after="2") as listener:
        site.web.delete(f"/api/conversations/{chat['id']}", headers=bearer(chat))
        assert listener.next()["event"] == "erased"
        assert listener.ended.wait(5)


def test_nobody_hears_another_conversation(site: Site) -> None:
    mine, other = site.start(), site.start()
    with listen(site, mine, after="2") as listener:
        site.send(other, text="geheim")
        with pytest.raises(Empty):
            listener.next(0.5)
