"""A resident's browser, without the browser: speaks the chat API of a running system."""

from __future__ import annotations

import uuid
from typing import Any

import httpx


class Chat:
    """One conversation through the API."""

    def __init__(self, url: str, language: str | None = "nl") -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        started = self.http.post("/api/conversations", json={"language": language, "region": None})
        started.raise_for_status()
        self.id = started.json()["id"]
        self.token = started.json()["token"]
        self.messages: list[dict[str, Any]] = started.json()["messages"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def post(self, body: dict[str, Any]) -> httpx.Response:
        """Send a message as it is."""
        return self.http.post(f"/api/conversations/{self.id}/messages", json=body)

    def say(self, text: str) -> list[dict[str, Any]]:
        """Type something."""
        return self._take(self.post({"text": text, "client_id": uuid.uuid4().hex}))

    def send(self, payload: str) -> list[dict[str, Any]]:
        """Send the payload of a button."""
        return self._take(self.post({"payload": payload, "client_id": uuid.uuid4().hex}))

    def fill_in(self, **form: str) -> list[dict[str, Any]]:
        """Fill in the form."""
        return self._take(self.post({"form": form, "client_id": uuid.uuid4().hex}))

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press the last button whose title holds these words."""
        for message in reversed(self.messages):
            for button in message["buttons"]:
                if title.lower() in button["title"].lower():
                    return self.send(button["payload"])
        raise AssertionError(f"no button {title!r}: {[message['buttons'] for message in self.messages]}")

    def state(self) -> dict[str, Any]:
        """Return the state of the conversation."""
        answer = self.http.get(f"/api/conversations/{self.id}")
        answer.raise_for_status()
        return dict(answer.json())

    @property
    def words(self) -> str:
        """All words of the last turn."""
        return "\n".join(message["text"] for message in self.messages)

    @property
    def asked(self) -> str | None:
        """The question of the last turn."""
        return next((message["ask"] for message in reversed(self.messages) if message["ask"]), None)

    def _take(self, answer: httpx.Response) -> list[dict[str, Any]]:
        assert answer.status_code == 200, answer.text
        self.messages = answer.json()["messages"]
        return self.messages


def book(chat: Chat) -> str:
    """Answer whatever is asked until one referral is booked; return its reference."""
    answers = {
        "partner": lambda: chat.send(chat.messages[-1]["buttons"][0]["payload"]),
        "choice": lambda: chat.send(chat.messages[-1]["buttons"][0]["payload"]),
        "contact_channel": lambda: chat.send('/answer{"contact_channel": "phone"}'),
        "time": lambda: chat.send(chat.messages[-1]["buttons"][0]["payload"]),
        "contact": lambda: chat.fill_in(name="Test Bewoner", phone="0612345678"),
        "municipality": lambda: chat.say("Utrecht"),
        "end_date": lambda: chat.send("/dont_know"),
        "age_group": lambda: chat.send('/answer{"age_group": "from_27"}'),
        "consent": lambda: chat.send("/book"),
    }
    for _ in range(14):
        references = [referral["reference"] for referral in chat.state()["referrals"]]
        if references:
            return str(references[0])
        assert chat.asked in answers, (chat.asked, chat.words)
        answers[str(chat.asked)]()
    raise AssertionError(f"no booking: {chat.words}")
