"""The gateway's channel over real HTTP on loopback, with a trained model behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import httpx
import pytest
import pytest_asyncio
from rasa.core.channels.channel import register
from sanic import Sanic
from sqlalchemy import func, select

from bot import clock
from bot.assistant.channel import MAX_BODY_BYTES, BadTurn, DoorwijzerChannel, Turn, TurnOutput
from bot.conversation import conversations
from bot.settings import get_settings
from bot.store.engine import transaction
from bot.store.migrate import migrate
from bot.store.tables import AssistantEvent, AssistantTurn


@pytest.fixture(scope="module")
def running() -> Iterator[SimpleNamespace]:
    """One server in a thread: Sanic rewrites its own classes when it starts, which works once a process."""
    migrate(get_settings().database)
    app = Sanic("test_channel", configure_logging=False)
    register([DoorwijzerChannel()], app, route="/webhooks/")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> int:
        server = await app.create_server(host="127.0.0.1", port=0, return_asyncio_server=True)
        await server.startup()
        return int(server.server.sockets[0].getsockname()[1])

    port = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    yield SimpleNamespace(app=app, url=f"http://127.0.0.1:{port}/webhooks/doorwijzer")
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest_asyncio.fixture
async def server(agent: SimpleNamespace, running: SimpleNamespace) -> AsyncIterator[SimpleNamespace]:
    running.app.ctx.agent = agent.agent
    headers = {"Authorization": f"Bearer {get_settings().secret('channel').hex()}"}
    async with httpx.AsyncClient(base_url=running.url, timeout=30) as client:
        yield SimpleNamespace(client=client, headers=headers, app=running.app, store=agent.store)


async def say(server: SimpleNamespace, text: str, conversation: str = "c1", **more: object) -> httpx.Response:
    body = {"conversation_id": conversation, "text": text, "region": "midden-utrecht", "language": "nl", **more}
    response: httpx.Response = await server.client.post("/turn", json=body, headers=server.headers)
    return response


def count_rows(server: SimpleNamespace) -> int:
    with server.store.engine.begin() as connection:
        return int(connection.scalar(select(func.count(AssistantEvent.id))) or 0)


async def test_a_turn(server: SimpleNamespace) -> None:
    answer = (await say(server, "ik heb schulden en woon in Zeist")).json()
    [message] = answer["messages"]
    assert message == {
        "text": "Waar woont u?",
        "lang": "nl",
        "buttons": [{"title": "Zeg ik niet", "payload": "/deny"}],
        "ask": "municipality",
        "card": {"kind": "test"},
    }
    assert answer["state"] == {"situation": {"municipality": "Zeist"}, "count": 1}
    understood = answer["understood"]
    assert understood["intent"]["name"] == "tell"
    assert [item["id"] for item in understood["signals"]] == ["debts"]
    assert {"entity": "municipality", "value": "Zeist"} in understood["entities"]
    assert understood["language"] == "nl"


async def test_the_region_reaches_the_actions(server: SimpleNamespace) -> None:
    await say(server, "ik heb schulden", region="west-brabant")
    tracker = await server.store.retrieve("c1")
    assert tracker.get_slot("region") == "west-brabant"


async def test_a_text_of_the_domain_keeps_its_language_and_its_payload(server: SimpleNamespace) -> None:
    [message] = (await say(server, "hoi")).json()["messages"]
    assert (message["text"], message["lang"]) == ("Goedendag.", "nl")
    assert message["buttons"] == [{"title": "Zeist", "payload": '/answer{"municipality": "Zeist"}'}]
    answer = (await say(server, message["buttons"][0]["payload"])).json()
    assert answer["understood"]["intent"] == {"name": "answer", "confidence": 1.0}
    assert answer["state"]["situation"] == {"municipality": "Zeist"}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic x", "Bearer é"])
async def test_without_the_secret(server: SimpleNamespace, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    body = {"conversation_id": "c1", "text": "hoi"}
    response = await server.client.post("/turn", json=body, headers=headers)
    assert response.status_code == 401
    assert count_rows(server) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"[" * 4000, b"\xff\xfe",
        b'{"text": "hoi"}', b'{"conversation_id": "c1"}', b'{"conversation_id": "", "text": "hoi"}',
        b'{"conversation_id": 1, "text": "hoi"}', b'{"conversation_id": "c1", "text": "  "}',
        b'{"conversation_id": "c1", "text": ["hoi"]}', b'{"conversation_id": "c1", "text": "hoi", "region": 1}',
        b'{"conversation_id": "c1", "text": "hoi", "language": {}}',
        b'{"conversation_id": "%s", "text": "hoi"}' % (b"x" * 65),
    ],
)  # fmt: skip
async def test_what_is_no_turn_changes_nothing(server: SimpleNamespace, body: bytes) -> None:
    response = await server.client.post("/turn", content=body, headers=server.headers)
    assert response.status_code == 422
    assert count_rows(server) == 0


async def test_too_large(server: SimpleNamespace) -> None:
    response = await say(server, "x" * MAX_BODY_BYTES)
    assert response.status_code == 413
    assert count_rows(server) == 0


@pytest.mark.parametrize(
    "text",
    [
        "😀😀😀",
        "<script>alert(1)</script>",
        "'; DROP TABLE events; --",
        "x" * 2000,
        "\u0000hoi",
        "/nonsense",
        "/",
        '/answer{"x": ',
    ],
)
async def test_hostile_texts_get_an_answer(server: SimpleNamespace, text: str) -> None:
    response = await say(server, text)
    assert response.status_code == 200
    assert count_rows(server) > 0


async def test_a_failing_action_is_an_error_not_silence(
    server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (await say(server, "ik heb schulden crash")).status_code
    assert broken == 200  # the next action still speaks

    async def nothing(*_: object, **__: object) -> None:
        raise RuntimeError("the database is away")

    monkeypatch.setattr(server.app.ctx.agent.processor.tracker_store, "retrieve", nothing)
    response = await say(server, "ik heb schulden")
    assert response.status_code == 500
    assert "database" not in response.text


async def test_ready(server: SimpleNamespace) -> None:
    assert (await server.client.get("/ready")).status_code == 200
    server.app.ctx.agent.processor = None
    assert (await server.client.get("/ready")).status_code == 503
    assert (await say(server, "hoi")).status_code == 503


async def test_many_conversations_at_once_keep_apart(server: SimpleNamespace) -> None:
    answers = await asyncio.gather(*(say(server, "ik heb schulden", f"c{number}") for number in range(12)))
    assert [answer.json()["state"]["count"] for answer in answers] == [1] * 12


async def test_a_long_conversation_goes_on(server: SimpleNamespace) -> None:
    await say(server, "ik heb schulden en woon in Zeist")
    for number in range(2, 13):
        state = (await say(server, "ja" if number % 2 else "ik heb schulden")).json()["state"]
        assert state == {"situation": {"municipality": "Zeist"}, "count": number}


async def test_after_a_hand_off_the_bot_is_silent(server: SimpleNamespace) -> None:
    [message] = (await say(server, "ik wil een mens spreken")).json()["messages"]
    assert message["text"] == "Ik haal een medewerker uit Zeist."
    for _ in range(4):
        assert (await say(server, "ik heb schulden")).json()["messages"] == []


async def test_a_message_without_words_carries_only_its_state() -> None:
    output = TurnOutput()
    await output.send_response("c1", {"text": "", "state": {"a": 1}})
    await output.send_response("c1", {"text": "dag", "metadata": {"lang": "en"}})
    await output.send_response("c1", {"state": {"a": 2}, "buttons": None})
    assert output.state == {"a": 2}
    assert [(message["text"], message["lang"]) for message in output.messages] == [("dag", "en")]


def test_null_characters_are_dropped() -> None:
    assert Turn.parse(b'{"conversation_id": "c1", "text": "a\\u0000b"}').text == "ab"
    with pytest.raises(BadTurn):
        Turn.parse(b'{"conversation_id": "c1", "text": "\\n"}')


async def test_a_turn_that_comes_again_is_answered_the_same_and_not_taken_again(server: SimpleNamespace) -> None:
    with transaction() as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", clock.now())[0].id
    first = await say(server, "ik heb schulden en woon in Zeist", conversation_id, turn="7:0")
    rows = count_rows(server)
    again = await say(server, "ik heb schulden en woon in Zeist", conversation_id, turn="7:0")
    assert again.json() == first.json()
    assert count_rows(server) == rows
    other = await say(server, "ik heb schulden en woon in Zeist", conversation_id, turn="8:0")
    assert other.json()["state"]["count"] == 2
    with transaction() as session:
        kept = session.scalars(select(AssistantTurn.turn).where(AssistantTurn.conversation_id == conversation_id)).all()
    assert kept == ["8:0"]  # only the last turn can come again


async def test_a_turn_that_comes_again_while_it_is_taken_waits_for_its_answer(server: SimpleNamespace) -> None:
    with transaction() as session:
        conversation_id = conversations.create(session, "midden-utrecht", "nl", clock.now())[0].id
    answers = await asyncio.gather(*(say(server, "ik heb schulden", conversation_id, turn="1:0") for _ in range(5)))
    assert [answer.json()["state"]["count"] for answer in answers] == [1] * 5


async def test_nothing_is_kept_of_a_turn_whose_conversation_is_gone(server: SimpleNamespace) -> None:
    assert (await say(server, "ik heb schulden", "gone", turn="1:0")).status_code == 200
    with transaction() as session:
        assert session.get(AssistantTurn, ("gone", "1:0")) is None


async def test_a_name_of_a_turn_that_is_none(server: SimpleNamespace) -> None:
    for wrong in ("x" * 81, 7, ["1"]):
        assert (await say(server, "hoi", turn=wrong)).status_code == 422
    assert count_rows(server) == 0
