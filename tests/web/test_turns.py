"""Turns: none is lost, none is done twice, whoever goes away in the middle; staff, limits and erasure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.conversation import handoffs
from bot.store.engine import transaction
from bot.store.tables import Conversation, Message, Turn
from tests.web.chat_helpers import CONTACT, NOW, add_referral, is_problem, rows, stored_texts, until_contact
from tests.web.conftest import Site, bearer


def test_the_same_client_id_gives_the_same_replies_once(site: Site) -> None:
    chat = site.start()
    first = site.send(chat, text="mijn contract stopt", client_id="a1").json()
    before, asked = rows(site), len(site.assistant.turns)
    assert site.send(chat, text="mijn contract stopt", client_id="a1").json() == first
    assert rows(site) == before
    assert len(site.assistant.turns) == asked


def _got(site: Site) -> str:
    return str(site.assistant.turns[-1]["text"])


@pytest.mark.parametrize("typed", ["{title}", "  {TITLE}! ", "{title}."])
def test_typing_the_words_of_a_button_is_pressing_it(site: Site, typed: str) -> None:
    chat = site.start(language="nl")
    button = chat["messages"][-1]["buttons"][0]
    words = typed.format(title=button["title"], TITLE=button["title"].upper())
    site.send(chat, text=words, client_id="a")
    assert _got(site) == button["payload"]
    site.send(chat, text=words, client_id="b")  # another message stands below it now
    assert _got(site) != button["payload"]


def test_a_typed_button_is_pressed_again_after_a_crash(site: Site) -> None:
    chat = site.start(language="nl")
    button = chat["messages"][-1]["buttons"][0]
    site.assistant.down = True
    assert site.send(chat, text=button["title"], client_id="a").status_code == 503
    site.assistant.down = False
    assert site.send(chat, text=button["title"], client_id="a").status_code == 200
    assert _got(site) == button["payload"]


@pytest.mark.parametrize("words", ["...", "contract", "mijn"])
def test_a_part_of_its_words_is_no_button(site: Site, words: str) -> None:
    chat = site.start(language="nl")
    site.send(chat, text=words)
    assert not _got(site).startswith("/")


def test_two_clicks_at_once_are_one_turn(site: Site) -> None:
    chat = site.start()
    site.assistant.delay = 0.2
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: site.send(chat, text="mijn contract stopt", client_id="b").json(), range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert [turn["text"] for turn in site.assistant.turns[1:]] == ["mijn contract stopt"]


def test_turns_of_one_conversation_wait_for_each_other_those_of_others_do_not(site: Site) -> None:
    chats = [site.start() for _ in range(4)]
    site.assistant.delay = 0.4
    started = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        for response in pool.map(lambda chat: site.send(chat, text="hallo"), [*chats, chats[0]]):
            assert response.status_code == 200
    assert 0.8 <= time.monotonic() - started < 1.6
    with transaction(site.engine) as session:
        query = select(Message.sender).where(Message.conversation_id == chats[0]["id"]).order_by(Message.seq)
        assert list(session.scalars(query))[2:] == ["resident", "assistant", "assistant"] * 2


def test_a_message_is_kept_when_the_assistant_is_down_and_sent_again_goes_through(site: Site) -> None:
    chat = site.start()
    site.assistant.down = True
    response = site.send(chat, text="mijn contract stopt", client_id="c")
    is_problem(response, 503, "assistant-unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "mijn contract stopt" in stored_texts(site)
    assert site.web.get("/health").status_code == 503
    site.assistant.down = False
    replies = site.send(chat, text="mijn contract stopt", client_id="c")
    assert replies.status_code == 200
    assert stored_texts(site).count("mijn contract stopt") == 1
    assert [message["seq"] for message in replies.json()["messages"]] == [4]
    is_problem(_reused(site, chat), 422, "client-id-reused")


def _reused(site: Site, chat: dict[str, Any]) -> httpx.Response:
    """An unfinished turn that comes back with other words."""
    site.assistant.down = True
    site.send(chat, text="eerst dit", client_id="e")
    site.assistant.down = False
    return site.send(chat, text="dan dat", client_id="e")


@pytest.mark.parametrize("word", ["garbage", "slow"])
def test_an_assistant_that_talks_nonsense_or_takes_too_long(make_site: Callable[..., Site], word: str) -> None:
    site = make_site(turn_timeout_seconds=1.0)
    chat = site.start()
    is_problem(site.send(chat, text=word), 503, "assistant-unavailable")


def test_a_turn_is_finished_and_stored_when_the_browser_goes_away(site: Site) -> None:
    chat = site.start()
    site.assistant.delay = 0.6
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=site.url, timeout=0.2, trust_env=False) as hasty:
        hasty.post(
            f"/api/conversations/{chat['id']}/messages",
            json={"text": "mijn contract stopt", "client_id": "f"},
            headers=bearer(chat),
        )
    deadline = time.monotonic() + 5
    while "welke gemeente" not in stored_texts(site):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    site.assistant.delay = 0
    asked = len(site.assistant.turns)
    assert site.send(chat, text="mijn contract stopt", client_id="f").json()["messages"][0]["ask"] == "municipality"
    assert len(site.assistant.turns) == asked


def test_while_staff_speak_the_assistant_is_silent(site: Site) -> None:
    chat = site.start()
    with transaction(site.engine) as session:
        handoffs.request(session, chat["id"], "asked", None, NOW)
        session.get_one(Conversation, chat["id"]).status = "staff"
    asked = len(site.assistant.turns)
    response = site.send(chat, text="bent u daar?")
    assert response.json() == {"messages": []}
    assert len(site.assistant.turns) == asked
    assert "bent u daar?" in stored_texts(site)
    assert site.state(chat)["handoff"]["state"] == "waiting"


def test_after_staff_closed_the_assistant_first_says_that_it_is_back(site: Site) -> None:
    chat = site.start()
    with transaction(site.engine) as session:
        session.get_one(Conversation, chat["id"]).status = "closed"
    texts = [message["text"] for message in site.send(chat, text="nog iets").json()["messages"]]
    assert texts[0].startswith("U spreekt weer")
    assert [turn["text"] for turn in site.assistant.turns[1:]] == ["/resume", "nog iets"]
    site.send(chat, text="en nog iets")
    assert [turn["text"] for turn in site.assistant.turns[3:]] == ["en nog iets"]


def test_erasing_leaves_nothing_and_ends_the_turn_under_way_first(site: Site) -> None:
    chat = until_contact(site)
    site.send(chat, form=CONTACT)
    add_referral(site, chat)
    site.assistant.delay = 0.3
    running = threading.Thread(target=lambda: site.send(chat, text="hallo"))
    running.start()
    time.sleep(0.1)
    response = site.web.delete(f"/api/conversations/{chat['id']}", headers=bearer(chat))
    running.join()
    assert (response.status_code, response.content) == (204, b"")
    assert not any(rows(site).values())
    is_problem(site.send(chat, text="hallo"), 404, "not-found")


def test_too_many_messages_and_conversations_wait_and_change_nothing(make_site: Callable[..., Site]) -> None:
    site = make_site(messages_per_minute=3, conversations_per_minute=2)
    chat, other = site.start(), site.start()
    for _ in range(3):
        assert site.send(chat, text="hallo").status_code == 200
    before = rows(site)
    response = site.send(chat, text="hallo")
    is_problem(response, 429, "too-many-requests")
    assert 1 <= int(response.headers["retry-after"]) <= 61
    assert site.send(other, text="hallo").status_code == 200  # another conversation is not held up
    stopped = site.web.post("/api/conversations", json={})
    is_problem(stopped, 429, "too-many-requests")
    assert rows(site)["turn"] == before["turn"] + 1


def test_a_crashed_turn_is_done_again(site: Site) -> None:
    chat = site.start()
    site.send(chat, text="mijn contract stopt", client_id="g")
    with transaction(site.engine) as session:  # as if the process had died before the answers were stored
        turn = session.scalars(select(Turn).where(Turn.client_id == "g")).one()
        turn.done_at = None
        for message in session.scalars(
            select(Message).where(Message.turn_id == turn.id, Message.sender == "assistant")
        ):
            session.delete(message)
    replies = site.send(chat, text="mijn contract stopt", client_id="g").json()["messages"]
    assert [reply["ask"] for reply in replies] == ["municipality"]
    assert stored_texts(site).count("mijn contract stopt") == 1
