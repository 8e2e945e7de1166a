"""The stream of one conversation's messages (Server-Sent Events).

The database is the truth: a bell only says when to look. In this process the gateway and the desk ring it at once; what
another web process wrote is noticed by one look at the database every two seconds, for all listeners together.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, func, select
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.store.engine import transaction
from bot.store.tables import Conversation, Message
from bot.web.schemas import MessageOut

POLL_SECONDS = 2.0
HEARTBEAT_SECONDS = 15

#: Gives the messages after a sequence number, or ``None`` when the conversation is gone.
Reader = Callable[[int], list[MessageOut] | None]


class Hub:
    """Knows who listens to which conversation, and rings their bells."""

    def __init__(self, engine: Engine, poll_seconds: float = POLL_SECONDS) -> None:
        self._engine, self._poll_seconds = engine, poll_seconds
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._poller: asyncio.Task[None] | None = None

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """Give a bell that is set whenever the conversation may have something new. Call it in the event loop."""
        bell = asyncio.Event()
        self._bells[conversation_id].add(bell)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.get_running_loop().create_task(self._poll())
        try:
            yield bell
        finally:
            self._bells[conversation_id].discard(bell)
            if not self._bells[conversation_id]:
                del self._bells[conversation_id]

    def publish(self, conversation_id: str) -> None:
        """Ring for everybody who listens to this conversation. Call it in the event loop."""
        for bell in self._bells.get(conversation_id, ()):
            bell.set()

    async def close(self) -> None:
        """Stop looking at the database."""
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller

    async def _poll(self) -> None:
        newest: dict[str, int] = {}
        while self._bells:
            found = await run_in_threadpool(self._newest, list(self._bells))
            for conversation_id in list(self._bells):
                seq = found.get(conversation_id, -1)  # -1: the conversation is gone
                if newest.get(conversation_id) != seq:
                    self.publish(conversation_id)
            newest = found
            await asyncio.sleep(self._poll_seconds)

    def _newest(self, conversation_ids: list[str]) -> dict[str, int]:
        with transaction(self._engine) as session:
            rows = session.execute(
                select(Conversation.id, func.coalesce(func.max(Message.seq), 0))
                .outerjoin(Message, Message.conversation_id == Conversation.id)
                .where(Conversation.id.in_(conversation_ids))
                .group_by(Conversation.id)
            )
            return {conversation_id: seq for conversation_id, seq in rows}  # noqa: C416 - rows are not tuples


def event_response(hub: Hub, conversation_id: str, after: int, read: Reader) -> EventSourceResponse:
    """Stream the messages after the number ``after``, until the reader leaves or the conversation is erased."""
    return EventSourceResponse(
        _events(hub, conversation_id, after, read),
        ping=HEARTBEAT_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(hub: Hub, conversation_id: str, after: int, read: Reader) -> AsyncIterator[ServerSentEvent]:
    with hub.listen(conversation_id) as bell:
        while True:
            bell.clear()
            messages = await run_in_threadpool(read, after)
            if messages is None:
                yield ServerSentEvent(event="erased", data="{}")
                return
            for message in messages:
                data = json.dumps(message.model_dump(mode="json"), ensure_ascii=False)
                yield ServerSentEvent(id=str(message.seq), data=data)
                after = message.seq
            await bell.wait()
