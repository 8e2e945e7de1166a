"""A server of Klantinteracties in memory: as much of it as a client needs, and a death at the moment a test names."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.referral.delivery.receivers import Answer, HttpReceiver, Request

BASE = "/klantinteracties/api/v1"
TOKEN = "a token of a test"


@dataclass
class OpenKlant:
    """``filters`` False: a server that ignores what it is asked for, and returns everything."""

    things: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"actoren": [], "klantcontacten": [], "internetaken": []}
    )
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    filters: bool = True

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Token {TOKEN}":
            return _answer(401, {"detail": "no"})
        kind = request.path.removeprefix(f"{BASE}/")
        if request.method == "GET":
            return self._list(kind, request.query)
        body = request.json
        self.bodies.append((kind, body))
        if kind == "maak-klantcontact":
            contact = self._keep("klantcontacten", body["klantcontact"])
            return _answer(201, {"klantcontact": contact, "betrokkene": None, "onderwerpobject": None})
        return _answer(201, self._keep(kind, body))

    def _list(self, kind: str, query: dict[str, str]) -> Answer:
        found = [thing for thing in self.things[kind] if not self.filters or _fits(thing, query)]
        return _answer(200, {"count": len(found), "next": None, "previous": None, "results": found})

    def _keep(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        thing = {**body, "uuid": str(uuid.uuid4())}
        self.things[kind].append(thing)
        return thing

    def listen(self, receiver: HttpReceiver) -> str:
        receiver.handle = self
        return f"{receiver.url}{BASE}"


def _fits(thing: dict[str, Any], query: dict[str, str]) -> bool:
    flat = {**thing}
    for name, value in (thing.get("actoridentificator") or {}).items():
        flat[f"actoridentificator{name[0].upper()}{name[1:]}"] = value
    return all(flat.get(name) == value for name, value in query.items())


def _answer(status: int, body: object) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()
