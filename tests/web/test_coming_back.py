"""Leaving with a code and coming back with it, over real HTTP: what opens, what stays shut, what staff can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from bot import clock
from bot.conversation import handoffs
from bot.store.engine import transaction
from bot.store.tables import Conversation, ResumeCode
from tests.web.chat_helpers import NOW, is_problem, rows, stored_texts
from tests.web.conftest import Site, bearer
from tests.web.test_stream import listen


def code_of(site: Site, chat: dict[str, Any]) -> str:
    response = site.web.post(f"/api/conversations/{chat['id']}/code", headers=bearer(chat))
    assert response.status_code == 201, response.text
    return str(response.json()["code"])


def come_back(site: Site, code: Any) -> httpx.Response:
    return site.web.post("/api/conversations/resume", json={"code": code})


def test_a_conversation_goes_on_elsewhere(site: Site) -> None:
    chat = site.start(language="nl")
    site.send(chat, text="mijn contract stopt")
    response = site.web.post(f"/api/conversations/{chat['id']}/code", headers=bearer(chat))
    made = response.json()
    assert set(made) == {"code", "valid_until"}
    week = datetime.fromisoformat(made["valid_until"]) - clock.now()
    assert timedelta(days=6, hours=23, minutes=59) < week <= timedelta(days=7)
    assert response.headers["cache-control"] == "no-store"

    back = come_back(site, made["code"].lower().replace("-", " "))
    assert back.status_code == 200
    opened = back.json()
    assert set(opened) == {"id", "token", "messages"}
    assert opened["id"] == chat["id"]
    assert [message["seq"] for message in opened["messages"]] == list(range(1, 7))
    assert [message["sender"] for message in opened["messages"]] == ["assistant"] * 2 + ["resident"] + ["assistant"] * 3
    assert [message["ask"] for message in opened["messages"]][-2:] == [None, "municipality"]
    assert site.assistant.turns[-1]["text"] == "/come_back"
    assert site.send(opened, text="Zeist").json()["messages"][0]["ask"] == "choice"
    assert site.state(opened)["situation"]["municipality"] == "Zeist"


def test_the_device_before_is_shut_out_and_its_stream_ends(site: Site) -> None:
    chat = site.start()
    code = code_of(site, chat)
    with listen(site, chat, after="2") as listener:
        opened = come_back(site, code).json()
        site.send(opened, text="dit is alleen voor het nieuwe apparaat")
        assert listener.next()["event"] == "erased"
        assert listener.ended.wait(5)
    for answer in (
        site.send(chat, text="hallo"),
        site.web.get(f"/api/conversations/{chat['id']}", headers=bearer(chat)),
        site.web.get(f"/api/conversations/{chat['id']}/events", headers=bearer(chat)),
        site.web.post(f"/api/conversations/{chat['id']}/code", headers=bearer(chat)),
        site.web.delete(f"/api/conversations/{chat['id']}", headers=bearer(chat)),
    ):
        is_problem(answer, 404, "not-found")


def test_every_code_that_does_not_work_gets_the_same_answer_and_changes_nothing(site: Site) -> None:
    used, replaced, expired, erased = (site.start() for _ in range(4))
    codes = {name: code_of(site, chat) for name, chat in
             {"used": used, "replaced": replaced, "expired": expired, "erased": erased}.items()}  # fmt: skip
    come_back(site, codes["used"])
    live = code_of(site, replaced)
    site.web.delete(f"/api/conversations/{erased['id']}", headers=bearer(erased))
    with transaction(site.engine) as session:
        over = update(ResumeCode).where(ResumeCode.conversation_id == expired["id"])
        session.execute(over.values(valid_until=clock.now()))
    before, asked = rows(site), len(site.assistant.turns)
    tries = [
        *codes.values(), "", " ", "x", live[:-1], live + "3", live[::-1], "X" * 60_000, "K7MT4RWX", "' OR 1=1 --", "%",
        "\x00" * 12, "\u202e" + live[:11], "😀" * 12, "３４６７９ＣＤＦＨＪＫＭ", used["id"], used["token"],
    ]  # fmt: skip
    answers = [come_back(site, code) for code in tries]
    surrogates = b'{"code": "' + b"\\ud83d" * 12 + b'"}'
    headers = {"content-type": "application/json"}
    answers.append(site.web.post("/api/conversations/resume", content=surrogates, headers=headers))
    for answer in answers:
        is_problem(answer, 404, "code-not-found")
    assert len({answer.content for answer in answers}) == 1
    assert rows(site) == before
    assert len(site.assistant.turns) == asked
    assert come_back(site, live).status_code == 200


@pytest.mark.parametrize("body", [{}, [], {"code": None}, {"code": 5}, {"code": ["x"]}, {"code": "x", "id": "y"}])
def test_a_request_of_another_form_is_not_valid(site: Site, body: Any) -> None:
    is_problem(site.web.post("/api/conversations/resume", json=body), 422, "not-valid")


def test_only_who_has_the_token_gets_a_code(site: Site) -> None:
    chat, other = site.start(), site.start()
    for headers in ({}, bearer(other), {"Authorization": "Bearer x"}, {"Authorization": f"Basic {chat['token']}"}):
        is_problem(site.web.post(f"/api/conversations/{chat['id']}/code", headers=headers), 404, "not-found")
    is_problem(site.web.post("/api/conversations/nope/code", headers=bearer(chat)), 404, "not-found")
    assert rows(site)["resume_code"] == 0


def test_trying_codes_is_slow(make_site: Callable[..., Site]) -> None:
    site = make_site(resumes_per_minute=3, messages_per_minute=2)
    chat = site.start()
    code = code_of(site, chat)
    for _ in range(3):
        is_problem(come_back(site, "wrong"), 404, "code-not-found")
    stopped = come_back(site, code)
    is_problem(stopped, 429, "too-many-requests")
    assert 1 <= int(stopped.headers["retry-after"]) <= 61
    assert site.start()["id"]  # a new conversation is not held up
    code_of(site, chat)
    again = site.web.post(f"/api/conversations/{chat['id']}/code", headers=bearer(chat))
    is_problem(again, 429, "too-many-requests")


def test_the_code_is_not_lost_when_the_assistant_is_down(site: Site) -> None:
    chat = site.start()
    code = code_of(site, chat)
    site.assistant.down = True
    is_problem(come_back(site, code), 503, "assistant-unavailable")
    assert site.state(chat)  # and who has the conversation still has it
    site.assistant.down = False
    assert come_back(site, code).status_code == 200


def test_coming_back_while_staff_speak_leaves_the_assistant_silent(site: Site) -> None:
    chat = site.start()
    code = code_of(site, chat)
    with transaction(site.engine) as session:
        handoffs.request(session, chat["id"], "asked", None, NOW)
        session.get_one(Conversation, chat["id"]).status = "staff"
    asked = len(site.assistant.turns)
    opened = come_back(site, code).json()
    assert [message["seq"] for message in opened["messages"]] == [1, 2]
    assert len(site.assistant.turns) == asked
    assert site.send(opened, text="bent u daar?").json() == {"messages": []}


def test_after_staff_closed_coming_back_opens_it_again(site: Site) -> None:
    chat = site.start()
    code = code_of(site, chat)
    with transaction(site.engine) as session:
        session.get_one(Conversation, chat["id"]).status = "closed"
    opened = come_back(site, code).json()
    site.send(opened, text="nog iets")
    assert [turn["text"] for turn in site.assistant.turns[1:]] == ["/come_back", "nog iets"]


def test_the_code_is_in_no_message_and_staff_cannot_read_it(site: Site) -> None:
    chat = site.start()
    site.send(chat, text="tot ziens")
    replies = site.send(chat, payload="/save_for_later").json()["messages"]
    assert [reply["card"] for reply in replies] == [{"kind": "resume_code"}]
    code = code_of(site, chat)
    for hidden in (code, code.replace("-", "")):
        assert hidden not in stored_texts(site)
        assert hidden not in str(site.state(chat))
        with transaction(site.engine) as session:
            assert hidden not in str([row._mapping for row in session.execute(ResumeCode.__table__.select())])
        assert all(hidden not in str(turn) for turn in site.assistant.turns)


@pytest.mark.parametrize("forged", ["/come_back", '/come_back{"wish": "continue"}'])
def test_only_the_gateway_says_that_somebody_is_back(site: Site, forged: str) -> None:
    chat = site.start()
    is_problem(site.send(chat, payload=forged), 422, "payload-not-offered")


def test_leaving_can_be_asked_at_any_moment(site: Site) -> None:
    chat = site.start()
    assert site.send(chat, payload="/save_for_later").status_code == 200
    assert "Bewaar en ga later verder" in stored_texts(site)


def test_the_same_browser_begins_a_second_conversation_with_the_same_client_ids(site: Site) -> None:
    first, second = site.start(), site.start()
    one = site.send(first, text="mijn contract stopt", client_id="a").json()
    two = site.send(second, text="mijn contract stopt", client_id="a").json()
    assert [message["ask"] for message in one["messages"]] == [message["ask"] for message in two["messages"]]
    assert site.state(first)["asking"] == site.state(second)["asking"] == "municipality"
    assert code_of(site, first) != code_of(site, second)
