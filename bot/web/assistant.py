"""The assistant as the gateway sees it: one HTTP call per turn (turn protocol, docs/architecture.md)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.settings import Settings

log = logging.getLogger(__name__)

TURN_PATH = "/webhooks/doorwijzer/turn"
READY_PATH = "/webhooks/doorwijzer/ready"


class AssistantUnavailable(RuntimeError):
    """The assistant is down, starting, too slow, or answered with something that is not a turn."""


@dataclass(frozen=True)
class Answer:
    """What the assistant made of one turn. ``state`` is ``None`` when it reported none."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] | None = None
    understood: dict[str, Any] | None = None


class Assistant:
    """A client of the assistant on loopback. Create it inside the running event loop, close it at the end."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.AsyncClient(
            base_url=settings.assistant_url,
            timeout=httpx.Timeout(settings.turn_timeout_seconds, connect=3.0),
            headers={"Authorization": f"Bearer {settings.secret('channel').hex()}"},
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            trust_env=False,  # loopback never goes through a proxy
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def turn(
        self, conversation_id: str, text: str, region: str, language: str | None, *, turn: str | None = None
    ) -> Answer:
        """Send one masked text or payload and return the answer; sent again with the same ``turn`` it is the same.

        Raises ``AssistantUnavailable``.
        """
        body = {"conversation_id": conversation_id, "text": text, "region": region, "language": language, "turn": turn}
        try:
            response = await self._client.post(TURN_PATH, json=body)
            response.raise_for_status()
            return _answer(response.json())
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the assistant did not answer a turn: %s", type(error).__name__)
            raise AssistantUnavailable(type(error).__name__) from error

    async def ready(self) -> bool:
        """Return whether the assistant is there with a model."""
        try:
            response = await self._client.get(READY_PATH, timeout=2.0)
        except httpx.HTTPError:
            return False
        return response.is_success


def payload(intent: str, **values: str | None) -> str:
    """Return the payload ``/intent{...}`` with the values that are not ``None``."""
    given = {key: value for key, value in values.items() if value is not None}
    return f"/{intent}{json.dumps(given, ensure_ascii=False)}" if given else f"/{intent}"


def _answer(body: Any) -> Answer:
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise ValueError("not a turn")
    return Answer(body["messages"], body.get("state"), body.get("understood"))
