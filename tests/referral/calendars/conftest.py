"""A real CalDAV server (Radicale) for this room, and the calendars that the contract holds for."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.conversation import conversations
from bot.directory.partners import Partner
from bot.referral.calendars.built_in import BuiltIn
from bot.referral.calendars.caldav import CalDav
from bot.referral.calendars.caldav_client import CalDavClient
from bot.referral.calendars.port import Calendar, Visit
from bot.store.engine import make_engine
from bot.store.tables import Base, Referral

USER, PASSWORD = "doorwijzer", "geheim: met dubbele punt"


@dataclass
class Server:
    """A running Radicale."""

    url: str

    def new_calendar(self) -> str:
        """Make an empty calendar; return its address."""
        address = f"{self.url}/{USER}/{uuid.uuid4().hex}/"
        answer = httpx.request("MKCALENDAR", address, auth=(USER, PASSWORD))
        assert answer.status_code == 201, answer.text
        return address


@dataclass
class Outside:
    """A partner's calendar on the server, as its own staff use it."""

    url: str
    names: Iterator[int] = field(default_factory=itertools.count)

    def put(self, *lines: str, name: str = "") -> None:
        """Write an event, as any program for calendars would."""
        name = name or f"own-{next(self.names)}"
        body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Partner//NL", "BEGIN:VEVENT", f"UID:{name}",
                "DTSTAMP:20261101T000000Z", "SUMMARY:Overleg", *lines, "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
        answer = httpx.put(f"{self.url}{name}.ics", content="\r\n".join(body), auth=(USER, PASSWORD))
        assert answer.status_code in {201, 204}, answer.text

    def take_away(self, name: str) -> None:
        """Delete a file."""
        assert httpx.delete(f"{self.url}{name}", auth=(USER, PASSWORD)).status_code == 200

    def files(self) -> dict[str, str]:
        """Return all files by name."""
        answer = httpx.request("PROPFIND", self.url, auth=(USER, PASSWORD), headers={"Depth": "1"})
        names = [part.split("</href>")[0].rsplit("/", 1)[-1] for part in answer.text.split("<href>")[1:]]
        found = sorted(name for name in set(names) if name.endswith(".ics"))
        return {name: httpx.get(self.url + name, auth=(USER, PASSWORD)).text for name in found}


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Radicale, the CalDAV server, on a port of its own."""
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "server": {"hosts": f"127.0.0.1:{port}", "max_connections": "100"},
        "auth": {"type": "htpasswd", "htpasswd_filename": str(folder / "users"), "htpasswd_encryption": "plain"},
        "storage": {"filesystem_folder": str(folder / "collections")},
        "logging": {"level": "warning"},
    }
    lines = [
        f"[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in part.items()) for name, part in config.items()
    ]
    (folder / "config").write_text("\n".join(lines))
    command = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/", process, folder / "log")
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            httpx.get(url, timeout=1)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture
def outside(radicale: Server) -> Outside:
    """An empty calendar of a partner."""
    return Outside(radicale.new_calendar())


@dataclass
class Kind:
    """One sort of calendar: makes one for a partner, and visits for it."""

    open: Callable[[Partner], Calendar]
    visit: Callable[[], Visit]


@pytest.fixture(params=["built_in", "caldav"])
def kind(request: pytest.FixtureRequest, now: datetime) -> Iterator[Kind]:
    """Every calendar there is; the contract holds for each."""
    if request.param == "built_in":
        engine: Engine = request.getfixturevalue("one_database")
        with Session(engine) as session, session.begin():
            yield Kind(lambda partner: BuiltIn(session, partner), lambda: _referral(session, now))
    else:
        place: Outside = request.getfixturevalue("outside")
        with CalDavClient(place.url, USER, PASSWORD) as client:
            yield Kind(lambda partner: CalDav(partner, client, "house"), _visit)


@pytest.fixture
def one_database(tmp_path: Path) -> Iterator[Engine]:
    """SQLite only: the seats themselves are tested on both (``test_appointments.py``, ``test_race.py``)."""
    engine = make_engine(f"sqlite:///{tmp_path / 'contract.db'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def _visit() -> Visit:
    return Visit(uuid.uuid4().hex, uuid.uuid4().hex, "A2B3C4D5")


def _referral(session: Session, now: datetime) -> Visit:
    key = uuid.uuid4().hex
    conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
    referral = Referral(
        reference=key[:8], idempotency_key=key, conversation_id=conversation_id, need="need", role="uwv",
        partner_id="uwv-utrecht", partner_name="UWV", status="requested", payload={"interpreter": False},
        created_at=now,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    return Visit(key, conversation_id, referral.reference, referral.id)
