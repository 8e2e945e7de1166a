"""Killed anywhere between «yes» and the partner's acknowledgement: afterwards everybody agrees on one referral.

Real parts: the assistant, the site and its jobs, a partner's system on loopback, mail in files. Only time is helped:
the site that comes after the dead one lives twenty minutes later, so that nobody waits for leases to run out.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from shutil import copytree

import httpx
import pytest
import yaml
from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.directory.partners import Directory
from bot.referral.links import link_for
from bot.settings import ROOT, get_settings
from bot.store.tables import Appointment, Job, Outbox, Referral
from bot.supervisor import free_port
from bot.training import Model
from tests.referral.delivery.receivers import HttpReceiver, http_receiver
from tests.system.chat import Chat

#: While the resident's yes is taken; while the jobs send it on; while the partner answers.
YES = ("turn stored", "assistant answered", "answer stored")
JOBS = ("job taken", "row claimed", "parcel ready", "sent", "sending noted", "notice ready", "job done")
PAGE = ("partner's answer received", "partner's answer stored")
SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdCBvbmx5ISE="
DIED, PATIENCE, START_SECONDS = 137, 60.0, 180.0
#: Twenty minutes on: what was put off is due.
LATER = {clock.AHEAD_VARIABLE: str(clock.AHEAD.total_seconds() + 1200)}

pytestmark = pytest.mark.system


@dataclass
class House:
    """The assistant, a database, a partner's system, and sites that come and go."""

    folder: Path
    environment: dict[str, str]
    partner: HttpReceiver
    sites: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @contextmanager
    def database(self) -> Iterator[Session]:
        engine = create_engine(self.environment["DOORWIJZER_DATABASE_URL"])
        with Session(engine, expire_on_commit=False) as session:
            yield session
            session.commit()
        engine.dispose()

    def start(self, **changes: str) -> subprocess.Popen[bytes]:
        """Start a site and wait until it answers, or has died on the way."""
        command = [sys.executable, "-m", "bot.cli", "web"]
        log = (self.folder / "web.log").open("ab")
        site = subprocess.Popen(command, cwd=ROOT, env={**self.environment, **changes}, stdout=log, stderr=log)
        self.sites.append(site)
        until(lambda: site.poll() is not None or answers(f"{self.url}/health/live"))
        return site

    def kill(self, site: subprocess.Popen[bytes]) -> None:
        site.send_signal(signal.SIGKILL)
        site.wait(10)

    def letters(self) -> list[str]:
        """The mails that were sent, by their Message-ID."""
        found = (self.folder / "outgoing" / "mail").glob("*.eml")
        return [str(message_from_bytes(file.read_bytes())["Message-ID"]) for file in found]


def until(done: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, HttpReceiver]]:
    """The content of this project, with a webhook for every partner of the region."""
    folder = tmp_path_factory.mktemp("kill") / "content"
    copytree(ROOT / "content", folder)
    partners = Directory.load(folder / "regions").all_partners("midden-utrecht")
    with http_receiver() as receiver:
        way = {"adapter": "webhook", "url": f"{receiver.url}/in", "secret_env": "DOORWIJZER_WEBHOOK_TEST"}
        for region, national in (("midden-utrecht", False), ("national", True)):
            ids = [partner.id for partner in partners if partner.national is national]
            file = folder / "regions" / region / "delivery.yml"
            file.write_text(yaml.safe_dump({"partners": dict.fromkeys(ids, way)}))
        yield folder, receiver


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, content: tuple[Path, HttpReceiver]) -> Iterator[dict[str, str]]:
    """One assistant with a database of its own; what its processes were started with."""
    folder = tmp_path_factory.mktemp("killed")
    port = free_port()
    environment = {
        **os.environ,
        "DOORWIJZER_VAR_DIR": str(folder),
        "DOORWIJZER_DATABASE_URL": f"sqlite:///{folder / 'doorwijzer.db'}",
        "DOORWIJZER_CONTENT_DIR": str(content[0]),
        "DOORWIJZER_ASSISTANT_PORT": str(port),
        "DOORWIJZER_WEBHOOK_TEST": SECRET,
        "DOORWIJZER_MESSAGES_PER_MINUTE": "10000",
        "DOORWIJZER_CONVERSATIONS_PER_MINUTE": "10000",
        "OMP_NUM_THREADS": "1",
    }
    subprocess.run([sys.executable, "-m", "bot.cli", "migrate"], cwd=ROOT, env=environment, check=True)
    archive = str(Model(get_settings().models_dir).archive)
    command = [
        sys.executable, "-m", "bot.lean_rasa", "run", "--interface", "127.0.0.1", "--port", str(port),
        "--model", archive, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
    ]  # fmt: skip
    with (folder / "assistant.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        ready = f"http://127.0.0.1:{port}/webhooks/doorwijzer/ready"
        until(lambda: answers(ready), START_SECONDS)
        yield environment
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture
def house(assistant: dict[str, str], content: tuple[Path, HttpReceiver]) -> Iterator[House]:
    content[1].requests.clear()
    house = House(Path(assistant["DOORWIJZER_VAR_DIR"]), {**assistant, "PORT": str(free_port())}, content[1])
    with house.database() as session:
        session.execute(delete(Job))  # the site of the test before lived in the future, and so does what it planned
    yield house
    for site in house.sites:
        site.kill()
        site.wait(10)


def press_first(chat: Chat) -> None:
    payloads = [button["payload"] for message in chat.messages for button in message["buttons"]]
    chat.send(payloads[0] if payloads else "/rather_not_say")


def until_asked_to_agree(chat: Chat) -> None:
    """Tell of an ending contract and answer until the question is whether it may be sent."""
    chat.say("Mijn contract stopt eind januari en ik heb nog geen ander werk")
    said = {
        "municipality": lambda: chat.say("Utrecht"),
        "end_date": lambda: chat.send("/dont_know"),
        "age_group": lambda: chat.send('/answer{"age_group": "from_27"}'),
        "contact_channel": lambda: chat.send('/answer{"contact_channel": "email"}'),
        "contact": lambda: chat.fill_in(name="Test Bewoner", email="test@example.org"),
    }
    for _ in range(14):
        if chat.asked == "consent":
            return
        first = next(
            (button["payload"] for message in chat.messages for button in message["buttons"]), "/rather_not_say"
        )
        said.get(str(chat.asked), lambda first=first: chat.send(first))()
    raise AssertionError(chat.words)


@pytest.mark.parametrize("point", [*YES, *JOBS, *PAGE])
def test_killed_there_everybody_agrees_on_one_referral(house: House, point: str) -> None:
    site = house.start(DOORWIJZER_JOBS="false")
    chat = Chat(house.url)
    until_asked_to_agree(chat)
    yes = {"payload": "/book", "client_id": uuid.uuid4().hex}
    if point in YES:
        house.kill(site)
        site = house.start(DOORWIJZER_JOBS="false", DOORWIJZER_DIE_AT=point)
        with pytest.raises(httpx.HTTPError):
            chat.post(yes)
        assert site.wait(10) == DIED
        site = house.start(DOORWIJZER_JOBS="false")
    agreed = chat.post(yes)
    assert agreed.status_code == 200, agreed.text
    assert chat.post(yes).json() == agreed.json()
    house.kill(site)
    if point in JOBS:
        site = house.start(DOORWIJZER_DIE_AT=point)
        assert site.wait(PATIENCE) == DIED
    site = house.start(**LATER)
    until(lambda: unsent(house) == 0)

    [shown] = chat.state()["referrals"]
    token = partner_link(house, chat.id)
    if point in PAGE:
        house.kill(site)
        site = house.start(DOORWIJZER_DIE_AT=point, DOORWIJZER_JOBS="false")
        with pytest.raises(httpx.HTTPError):
            accept(house, token)
        assert site.wait(10) == DIED
        site = house.start(**LATER)
    assert accept(house, token) in {200, 303}
    assert accept(house, token) in {200, 303}
    until(lambda: unsent(house) == 0)

    [shown] = chat.state()["referrals"]
    with house.database() as session:
        [referral] = session.scalars(select(Referral).where(Referral.conversation_id == chat.id)).all()
        seats = select(func.count()).where(Appointment.referral_id == referral.id, Appointment.state == "booked")
        assert (referral.reference, referral.status) == (shown["reference"], shown["status"]) == (
            shown["reference"], "accepted",
        )  # fmt: skip
        assert session.scalar(seats) == (1 if shown["appointment"] else 0)
    received = {request.headers["webhook-id"]: json.loads(request.body) for request in house.partner.requests}
    ours = {key: body for key, body in received.items() if body["reference"] == referral.reference}
    assert list(ours) == [f"{referral.reference}:partner:requested"]
    assert {body["reference"] for body in received.values()} == {referral.reference}
    [body] = ours.values()
    if shown["appointment"] is not None:
        for end in ("start", "end"):
            assert datetime.fromisoformat(body["appointment"][end]) == datetime.fromisoformat(shown["appointment"][end])
    with house.database() as session:
        theirs = select(func.count()).where(Outbox.referral_id == referral.id, Outbox.recipient == "resident")
        assert len(set(house.letters())) == session.scalar(theirs)
    for file in (house.folder / "outgoing" / "mail").glob("*.eml"):
        file.unlink()


def unsent(house: House) -> int:
    with house.database() as session:
        return session.scalar(select(func.count()).where(Outbox.state == "pending")) or 0


def partner_link(house: House, conversation_id: str) -> str:
    with house.database() as session:
        referral = session.scalars(select(Referral).where(Referral.conversation_id == conversation_id)).one()
        return link_for(session, referral, "partner", clock.now())


def accept(house: House, token: str) -> int:
    answer = httpx.post(f"{house.url}/p/{token}/accept", data={"lang": "nl"}, timeout=20, trust_env=False)
    return answer.status_code
