"""A small stand-in for the running system: it speaks the chat API over real HTTP and follows a fixed course."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ORDER = ("municipality", "end_date", "choice", "partner", "contact_channel", "time", "contact", "consent")
TIMES = [f'/choose{{"time": "2026-12-0{day}T10:00:00+01:00"}}' for day in (1, 2)]
QUESTIONS: dict[str, list[str]] = {
    "municipality": ["/rather_not_say"],
    "end_date": ["/dont_know"],
    "choice": ['/choose{"needs": "unemployment_benefit"}', '/choose{"needs": "unemployment_benefit,debt_help"}'],
    "partner": ['/choose{"partner": "uwv"}', '/choose{"partner": "rmt"}'],
    "contact_channel": ['/answer{"contact_channel": "phone"}', '/answer{"contact_channel": "email"}'],
    "time": TIMES,
    "contact": ["/rather_not_say"],
    "consent": ["/book", '/correct{"fact": "ask"}', "/deny"],
    "handoff": ['/handoff_choice{"wish": "wait"}', '/handoff_choice{"wish": "continue"}'],
}


@dataclass
class Talk:
    """One conversation of the stand-in."""

    opening: str = ""
    done: list[str] = field(default_factory=list)
    asking: str = "situation"
    handoff: bool = False
    booked: int = 0
    refused: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)

    def signals(self) -> list[str]:
        named = {"contract": "contract_ending", "schulden": "debts", "zitten": "suicidal_crisis"}
        return [signal for word, signal in named.items() if word in self.opening]

    def needs(self) -> list[dict[str, Any]]:
        known = {"contract_ending": ("unemployment_benefit", "uwv"), "debts": ("debt_help", "municipality_debt_help")}
        found = [known[signal] for signal in self.signals() if signal in known]
        return [{"id": need, "because": [], "role": role, "partner": role} for need, role in found]

    def state(self) -> dict[str, Any]:
        referrals = [
            {"reference": f"AB2CD3E{number}", "status": "requested", "appointment": None}
            for number in range(self.booked)
        ]
        return {
            "language": "nl",
            "situation": {},
            "signals": [{"id": signal, "confidence": 0.9} for signal in self.signals()],
            "needs": self.needs(),
            "referrals": referrals,
            "handoff": {"reason": "asked"} if self.handoff else None,
            "asking": self.asking,
        }


class StandIn:
    """The course: the opening, then ``ORDER``; words in the opening call for trouble."""

    def __init__(self) -> None:
        self.talks: dict[str, Talk] = {}
        self.client_ids: set[str] = set()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", lambda _request: Response("ok")),
                Route("/api/conversations", self.start, methods=["POST"]),
                Route("/api/conversations/{id}", self.show),
                Route("/api/conversations/{id}/messages", self.turn, methods=["POST"]),
            ]
        )

    async def start(self, request: Request) -> Response:
        assert set(await request.json()) == {"language", "region"}
        key = f"c{len(self.talks)}"
        self.talks[key] = Talk()
        messages = [{"seq": 1, "sender": "assistant", "text": "Goedendag", "ask": None, "buttons": []}]
        return JSONResponse({"id": key, "token": f"token-{key}", "messages": [*messages, ask("situation")]}, 201)

    async def show(self, request: Request) -> Response:
        return JSONResponse(self._talk(request).state())

    async def turn(self, request: Request) -> Response:
        talk, body = self._talk(request), await request.json()
        client_id = body.pop("client_id")
        if talk.asking == "situation":
            talk.opening = talk.opening or body["text"]
        if "druk" in talk.opening and talk.refused < 2:
            talk.refused += 1
            return JSONResponse({"title": "too many requests"}, 429, headers={"Retry-After": "0"})
        assert client_id not in self.client_ids
        self.client_ids.add(client_id)
        talk.sent.append(body)
        if "kapot" in talk.opening:
            return JSONResponse({"title": "broken", "detail": "it broke"}, 503)
        if "stilte" in talk.opening:
            return JSONResponse({"messages": []})
        if "eindeloos" in talk.opening:
            return self._ask(talk, "income" if talk.asking != "income" else "age_group")
        return self._next(talk, body)

    def _next(self, talk: Talk, body: dict[str, Any]) -> Response:
        if "zitten" in talk.opening and not talk.handoff:
            talk.handoff = True
            return self._ask(talk, "handoff")
        if body.get("payload", "").endswith('"wait"}'):
            talk.asking = ""
            return JSONResponse({"messages": []})
        repeated = (
            "nog eens" in talk.opening and talk.asking == "end_date" and talk.sent.count(body) < 2 and "text" in body
        )
        if "vastloper" in talk.opening and talk.asking == "municipality":
            return self._ask(talk, "municipality")
        if repeated and len([sent for sent in talk.sent if "text" in sent]) < 4:
            return self._ask(talk, "end_date", '/answer{"end_date": "2027-01-31"}')
        if "tussendoor" in talk.opening and talk.asking == "partner" and "between" not in talk.done:
            talk.done.append("between")
            return JSONResponse({"messages": [message("Dat kost niets.", None, [])]})
        if talk.asking in ORDER:
            talk.done.append(talk.asking)
        if talk.asking == "consent" and body.get("payload") == "/book":
            talk.booked += 1
        left = [question for question in ORDER if question not in talk.done]
        if left:
            return self._ask(talk, left[0])
        talk.asking = ""
        if talk.booked == 1 and "schulden" in talk.opening and "extra" not in talk.done:
            talk.done.append("extra")
            again = ["consent"]
            talk.done = [question for question in talk.done if question not in again]
            return JSONResponse({"messages": [message("Ook schuldhulp?", None, ["/book", "/person"])]})
        return JSONResponse({"messages": [message("Uw code is AB2CD3E0.", None, [])]})

    def _ask(self, talk: Talk, question: str, *more: str) -> Response:
        talk.asking = question
        return JSONResponse({"messages": [message("U vraagt", None, []), ask(question, *more)]})

    def _talk(self, request: Request) -> Talk:
        key = request.path_params["id"]
        assert request.headers["authorization"] == f"Bearer token-{key}"
        return self.talks[key]


def message(text: str, asked: str | None, payloads: list[str]) -> dict[str, Any]:
    buttons = [{"title": payload, "payload": payload} for payload in payloads]
    return {"seq": 2, "sender": "assistant", "text": text, "lang": "nl", "ask": asked, "buttons": buttons, "card": None}


def ask(question: str, *more: str) -> dict[str, Any]:
    return message(f"{question}?", question, [*QUESTIONS.get(question, []), *more])


@dataclass
class Running:
    """The stand-in and where it listens."""

    url: str
    system: StandIn

    def sent(self, opening: str) -> list[dict[str, Any]]:
        return next(talk.sent for talk in self.system.talks.values() if opening in talk.opening)


@pytest.fixture
def running() -> Iterator[Running]:
    stand_in = StandIn()
    config = uvicorn.Config(stand_in.app(), host="127.0.0.1", port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Running(f"http://127.0.0.1:{port}", stand_in)
    server.should_exit = True
    thread.join(timeout=10)
