"""The chat API over real HTTP: what it gives, what it refuses, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.web.chat_helpers import add_referral, is_problem, rows
from tests.web.conftest import Site, bearer


def test_a_conversation_from_hello_to_summary(site: Site) -> None:
    chat = site.start(language="nl")
    assert [message["seq"] for message in chat["messages"]] == [1, 2]
    message = chat["messages"][1]
    assert set(message) == {"seq", "sender", "text", "lang", "buttons", "ask", "card", "at"}
    assert (message["sender"], message["lang"], message["ask"]) == ("assistant", "nl", "situation")
    assert datetime.fromisoformat(message["at"]).tzinfo is not None

    replies = site.send(chat, text="mijn contract stopt en ik heb schulden").json()["messages"]
    assert [(reply["seq"], reply["sender"], reply["ask"]) for reply in replies] == [(4, "assistant", "municipality")]
    site.send(chat, text="ik woon in Zeist")
    state = site.state(chat)
    assert state["asking"] == "choice"
    assert state["language"] == "nl"
    assert state["situation"]["municipality"] == "Zeist"
    assert {signal["id"] for signal in state["signals"]} == {"contract_ending", "debts"}
    assert [need["id"] for need in state["needs"]] == ["unemployment_benefit", "debt_help"]
    assert set(state["needs"][0]) == {"id", "because", "role", "partner"}
    assert state["referrals"] == []
    assert state["handoff"] is None


def test_the_start_tells_the_assistant_language_and_region(site: Site) -> None:
    site.start(language="en", region="midden-utrecht")
    assert site.assistant.turns[0]["text"] == '/start{"language": "en", "region": "midden-utrecht"}'
    assert site.web.post("/api/conversations").status_code == 201  # no body at all


@pytest.mark.parametrize("region", ["midden-utrecht", "drechtsteden", "west-brabant", "achterhoek"])
def test_a_conversation_stays_in_the_region_in_which_it_was_opened(site: Site, region: str) -> None:
    chat = site.start(language="nl", region=region)
    site.send(chat, text="hallo")
    assert [turn["region"] for turn in site.assistant.turns] == [region, region]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"region": "nowhere"}, "unknown-region"),
        ({"region": "national"}, "unknown-region"),
        ({"region": "../west-brabant"}, "unknown-region"),
        ({"region": "West-Brabant"}, "unknown-region"),
        ({"language": "xx"}, "not-valid"),
        ({"language": "nl", "colour": "red"}, "not-valid"),
        ({"region": "x" * 41}, "not-valid"),
        ([], "not-valid"),
    ],
)
def test_a_start_that_is_not_valid_stores_nothing(site: Site, body: Any, slug: str) -> None:
    before = rows(site)
    is_problem(site.web.post("/api/conversations", json=body), 422, slug)
    assert rows(site) == before


def test_the_assistant_must_answer_the_start_or_nothing_remains(site: Site) -> None:
    site.assistant.down = True
    response = site.web.post("/api/conversations", json={})
    is_problem(response, 503, "assistant-unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert rows(site)["conversation"] == 0


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b'{"text": "a"', "bad-json"),
        (b"\xff\xfe", "bad-json"),
        (b"[" * 30_000, "bad-json"),
        (b'"text"', "not-valid"),
        (b"null", "not-valid"),
        (b"{}", "not-valid"),
        (b'{"text": "a", "payload": "/why"}', "not-valid"),
        (b'{"text": "a", "extra": 1}', "not-valid"),
        (b'{"text": 5}', "not-valid"),
        (b'{"text": ""}', "not-valid"),
        (b'{"text": "  \\n\\t "}', "not-valid"),
        ('{"text": "\u200b\u200d"}'.encode(), "not-valid"),
        (b'{"text": "half \\ud83d"}', "not-valid"),
        (b'{"text": "a", "client_id": ""}', "not-valid"),
        (b'{"text": "a", "client_id": "' + b"x" * 65 + b'"}', "not-valid"),
        (b'{"form": {"phone": "0612345678", "bsn": "1"}}', "not-valid"),
        (b'{"payload": "/book"}', "payload-not-offered"),
        (b'{"payload": "/change_language{\\"language\\": \\"xx\\"}"}', "payload-not-offered"),
        (b'{"payload": "/change_language{\\"language\\": \\"en\\", \\"x\\": 1}"}', "payload-not-offered"),
        (b'{"payload": "/start{}"}', "payload-not-offered"),
        (b'{"payload": "/contact_given{\\"kinds\\": \\"phone\\"}"}', "payload-not-offered"),
        (b'{"text": "' + b"x" * 2001 + b'"}', "message-too-long"),
    ],
)
def test_a_turn_that_is_not_valid_changes_nothing(site: Site, body: bytes, slug: str) -> None:
    chat = site.start()
    before = rows(site)
    headers = {**bearer(chat), "content-type": "application/json"}
    response = site.web.post(f"/api/conversations/{chat['id']}/messages", content=body, headers=headers)
    is_problem(response, 422, slug)
    assert rows(site) == before
    assert len(site.assistant.turns) == 1


def test_a_refusal_never_repeats_what_was_sent(site: Site) -> None:
    chat = site.start()
    response = site.send(chat, text="bsn 111222333 " * 200)
    assert response.status_code == 422
    assert "111222333" not in response.text


def test_two_thousand_characters_pass_whatever_they_are(site: Site) -> None:
    chat = site.start()
    assert site.send(chat, text="😀" * 2000).status_code == 200
    assert site.send(chat, text='"\\' * 1000).status_code == 200


def test_a_body_larger_than_any_message_is_refused_unread(site: Site) -> None:
    chat = site.start()
    response = site.send(chat, text="x" * 100_000)
    is_problem(response, 413, "too-large")

    def pieces() -> Any:
        yield b'{"text": "'
        for _ in range(100):
            yield b"x" * 1000

    headers = {**bearer(chat), "content-type": "application/json"}
    chunked = site.web.post(f"/api/conversations/{chat['id']}/messages", content=pieces(), headers=headers)
    is_problem(chunked, 413, "too-large")


def test_a_wrong_token_and_an_unknown_conversation_look_the_same(site: Site) -> None:
    mine, other = site.start(), site.start()
    before = rows(site)
    answers = []
    for conversation_id, token in (
        (mine["id"], other["token"]),
        (mine["id"], "x"),
        ("x" * 22, mine["token"]),
        ("é", "é"),
    ):
        chat = {"id": conversation_id, "token": token}
        raw = {"Authorization": f"Bearer {token}".encode()}
        for method, path, body in (
            ("POST", "/messages", {"text": "hallo"}),
            ("GET", "/events", None),
            ("GET", "", None),
            ("DELETE", "", None),
            ("GET", "/referrals/K7MT4RWX/calendar.ics", None),
        ):
            url = f"/api/conversations/{chat['id']}{path}"
            response = site.web.request(method, url, json=body, headers=raw)
            is_problem(response, 404, "not-found")
            answers.append(response.json())
    assert all(answer == answers[0] for answer in answers)
    without = site.web.get(f"/api/conversations/{mine['id']}")
    is_problem(without, 404, "not-found")
    assert rows(site) == before


def test_the_state_shows_the_referral_and_the_calendar_file_fits_it(site: Site) -> None:
    mine, other = site.start(), site.start()
    add_referral(site, mine)
    (referral,) = site.state(mine)["referrals"]
    assert referral == {
        "reference": "K7MT4RWX", "partner": "UWV", "role": "uwv", "need": "unemployment_benefit", "status": "requested",
        "appointment": {
            "start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:00:00Z", "mode": "phone", "location": None,
        },
    }  # fmt: skip
    path = "/referrals/K7MT4RWX/calendar.ics"
    file = site.web.get(f"/api/conversations/{mine['id']}{path}", headers=bearer(mine))
    assert file.status_code == 200
    assert file.headers["content-type"].startswith("text/calendar")
    assert file.text.startswith("BEGIN:VCALENDAR")
    assert "20261125T100000" in file.text  # ten o'clock in Utrecht
    is_problem(site.web.get(f"/api/conversations/{other['id']}{path}", headers=bearer(other)), 404, "not-found")


def test_unknown_addresses_and_methods_are_problems_too(site: Site) -> None:
    assert site.web.get("/api/nope").headers["content-type"] == "application/problem+json"
    response = site.web.put("/api/conversations")
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
