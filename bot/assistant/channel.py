"""The only way into Rasa besides ``rasa shell``: the gateway's turn, behind a shared secret.

``POST /webhooks/doorwijzer/turn`` as in docs/architecture.md, "the turn protocol".
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot import clock
from bot.assistant.in_process import failed_actions
from bot.conversation import replay
from bot.conversation.masking import mask_logs
from bot.settings import get_settings
from bot.store.engine import transaction

MAX_BODY_BYTES = 16_384
MAX_ID_LENGTH = 64
MAX_TURN_LENGTH = 80

logger = logging.getLogger(__name__)


class BadTurn(ValueError):
    """The body of a request is not a turn."""


class TurnFailed(RuntimeError):
    """An action failed and nothing was said; the gateway must not show silence."""


@dataclass(frozen=True)
class Turn:
    """One thing a resident said, as the gateway passes it on."""

    conversation_id: str
    text: str
    region: str | None
    language: str | None
    turn: str | None = None
    """Names the turn: sent again under the same name it is answered again, not taken again."""

    @classmethod
    def parse(cls, body: bytes) -> Turn:
        """Read a turn from JSON. Raises ``BadTurn``."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadTurn("the body is not JSON") from error
        if not isinstance(data, dict):
            raise BadTurn("the body is not an object")
        conversation_id, text = data.get("conversation_id"), data.get("text")
        if not isinstance(conversation_id, str) or not 0 < len(conversation_id) <= MAX_ID_LENGTH:
            raise BadTurn(f"conversation_id must be text of 1 to {MAX_ID_LENGTH} characters")
        if not isinstance(text, str) or not text.strip():
            raise BadTurn("text must not be empty")
        for name in ("region", "language", "turn"):
            if not isinstance(data.get(name), str | None):
                raise BadTurn(f"{name} must be text or null")
        turn = data.get("turn") or None
        if turn is not None and len(turn) > MAX_TURN_LENGTH:
            raise BadTurn(f"turn has at most {MAX_TURN_LENGTH} characters")
        return cls(conversation_id, text.replace("\x00", ""), data.get("region"), data.get("language"), turn)


class TurnOutput(CollectingOutputChannel):  # type: ignore[misc]  # Rasa has no types
    """Collects the replies of one turn, with all that the actions said beside the words (Rasa adds it to a message)."""

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[str, Any] | None = None

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, as responses may name it."""
        return DoorwijzerChannel.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message. The last ``state`` wins; a message without words carries only its state."""
        message = {**message, **(message.get("metadata") or {})}  # texts of the domain have theirs one level down
        self.state = message.get("state", self.state)
        reply = {
            "text": (message.get("text") or "").strip(),
            "lang": message.get("lang"),
            "buttons": [{"title": item["title"], "payload": item["payload"]} for item in message.get("buttons") or ()],
            "ask": message.get("ask"),
            "card": message.get("card"),
        }
        if reply["text"] or reply["card"] or reply["buttons"]:
            self.messages.append(reply)


def understood(parse_data: dict[str, Any]) -> dict[str, Any]:
    """Return the part of Rasa's parse data that the desk shows."""
    intent = parse_data.get("intent") or {}
    return {
        "intent": {"name": intent.get("name"), "confidence": round(float(intent.get("confidence") or 0.0), 4)},
        "signals": parse_data.get("signals") or [],
        "entities": [{"entity": item["entity"], "value": item["value"]} for item in parse_data.get("entities") or ()],
        "language": (parse_data.get("language") or {}).get("id"),
    }


class DoorwijzerChannel(InputChannel):  # type: ignore[misc]  # Rasa has no types
    """The gateway's channel. Its secret comes from the settings, so ``credentials.yml`` holds none."""

    def __init__(self) -> None:
        self._secret = get_settings().secret("channel").hex()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        mask_logs()  # Rasa has set up its logging before it opens a channel

    @classmethod
    def name(cls) -> str:
        """Return the name in the channel's address."""
        return "doorwijzer"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes ``turn`` and ``ready``."""
        routes = Blueprint("doorwijzer_channel")

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            is_ready = request.app.ctx.agent is not None and request.app.ctx.agent.is_ready()
            return json_response({"ready": is_ready}, status=200 if is_ready else 503)

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_gateway(request):
                return _problem(401, "the channel's secret is missing or wrong")
            if len(request.body) > MAX_BODY_BYTES:
                return _problem(413, f"a turn has at most {MAX_BODY_BYTES} bytes")
            agent = request.app.ctx.agent
            if agent is None or not agent.is_ready():
                return _problem(503, "the assistant has no model yet")
            try:
                said = Turn.parse(request.body)
            except BadTurn as error:
                return _problem(422, str(error))
            try:
                return json_response(await self._answer_once(said, agent, on_new_message))
            except Exception:
                logger.exception("A turn failed.")
                return _problem(500, "the turn failed")

        return routes

    async def _answer_once(
        self, said: Turn, agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> dict[str, Any]:
        """Answer a turn; one that was answered before is answered the same, and nothing is done again."""
        if said.turn is None:
            return await self._answer(said, agent, on_new_message)
        lock = self._locks.setdefault(said.conversation_id, asyncio.Lock())
        async with lock:  # the same turn may come again while it is still being taken
            with transaction() as session:
                known = replay.answer_to(session, said.conversation_id, said.turn)
            if known is not None:
                return known
            answer = await self._answer(said, agent, on_new_message)
            with transaction() as session:
                replay.keep(session, said.conversation_id, said.turn, answer, clock.now())
            return answer

    async def _answer(
        self, said: Turn, agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> dict[str, Any]:
        output = TurnOutput()
        message = UserMessage(
            said.text,
            output,
            said.conversation_id,
            input_channel=self.name(),
            metadata={"region": said.region, "language": said.language},
        )
        failed: list[str] = []
        failed_actions.set(failed)
        # Parsed here, so that what was understood is at hand afterwards without reading the conversation again.
        message.parse_data = await agent.processor.parse_message(message)
        await on_new_message(message)
        if failed and not output.messages:
            raise TurnFailed(f"no answer, because of {', '.join(failed)}")
        return {"messages": output.messages, "state": output.state, "understood": understood(message.parse_data)}

    def _is_gateway(self, request: Request) -> bool:
        given = str(request.headers.get("authorization", ""))
        return hmac.compare_digest(given.encode(), f"Bearer {self._secret}".encode())


def _problem(status: int, detail: str) -> HTTPResponse:
    return json_response({"status": status, "detail": detail}, status=status)
