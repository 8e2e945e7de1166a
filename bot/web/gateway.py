"""The gateway: between what a resident sends and what the assistant answers.

One turn: receive it (``turns.receive``: check, mask, store), ask the assistant, store what it says
(``turns.conclude``), ring the bells. Turns of one conversation wait for each other, and a turn that began is finished
and stored even when the browser goes away meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool

from bot.checkpoints import checkpoint
from bot.conversation.conversations import ConversationNotFound
from bot.conversation.resumption import CodeNotFound
from bot.web import coming_back, turns
from bot.web.assistant import Answer, AssistantUnavailable, payload
from bot.web.problems import Problem, code_not_found, not_found
from bot.web.schemas import MessageOut, Started, TurnRequest
from bot.web.services import Services

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
_Result = TypeVar("_Result")


class Gateway:
    """Carries turns to the assistant and back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self, language: str | None, region: str | None) -> Started:
        """Begin a conversation. Raises ``Problem`` 422 for an unknown region, 503 without the assistant."""
        return await self._shielded(self._start(language, region))

    async def turn(self, conversation_id: str, token: str, request: TurnRequest) -> list[MessageOut]:
        """Take one turn and return its replies. Raises ``Problem`` 404, 422 or 503."""
        return await self._shielded(self._turn(conversation_id, token, request))

    async def resume(self, conversation_id: str) -> None:
        """Let the assistant speak again after a staff member. Raises ``Problem`` 404 or 503."""
        await self._shielded(self._resume(conversation_id))

    async def come_back(self, code: str) -> Started:
        """Go on with a conversation by its code. Raises ``Problem`` 404, or 503; then the code still works."""
        return await self._shielded(self._come_back(code))

    async def erase(self, conversation_id: str, token: str) -> None:
        """Erase a conversation; a turn that is under way ends first. Raises ``Problem`` 404."""
        await self._shielded(self._erase(conversation_id, token))

    async def close(self) -> None:
        """Wait for the turns that are under way."""
        if self._running:
            await asyncio.wait(self._running, timeout=self._services.settings.turn_timeout_seconds)

    async def _start(self, language: str | None, region: str | None) -> Started:
        services = self._services
        region = region or services.settings.region
        opened = await run_in_threadpool(turns.open_conversation, services.engine, services.directory, region, language)
        try:
            answer = await self._ask(opened.id, payload("start", language=language, region=region), region, language)
        except BaseException:
            await run_in_threadpool(turns.drop, services.engine, opened.id)
            raise
        messages = await run_in_threadpool(turns.conclude, services.engine, opened.id, None, [answer])
        return Started(id=opened.id, token=opened.token, messages=messages)

    async def _turn(self, conversation_id: str, token: str, request: TurnRequest) -> list[MessageOut]:
        services = self._services
        client_id = request.client_id or uuid4().hex
        async with self._one_at_a_time(conversation_id):
            try:
                received = await run_in_threadpool(
                    turns.receive, services.engine, conversation_id, token, request, client_id
                )
                services.hub.publish(conversation_id)
                if received.replies is not None:
                    return received.replies
                checkpoint("turn stored")
                answers = [
                    await self._ask(
                        conversation_id, text, received.region, received.language, turn=f"{received.turn_id}:{part}"
                    )
                    for part, text in enumerate(received.for_assistant)
                ]
                checkpoint("assistant answered")
                replies = await run_in_threadpool(
                    turns.conclude, services.engine, conversation_id, received.turn_id, answers
                )
                checkpoint("answer stored")
                return replies
            except ConversationNotFound:
                raise not_found() from None
            finally:
                services.hub.publish(conversation_id)

    async def _resume(self, conversation_id: str) -> None:
        services = self._services
        async with self._one_at_a_time(conversation_id):
            try:
                region, language = await run_in_threadpool(turns.place_of, services.engine, conversation_id)
                answer = await self._ask(conversation_id, payload("resume"), region, language)
                await run_in_threadpool(turns.conclude, services.engine, conversation_id, None, [answer])
            except ConversationNotFound:
                raise not_found() from None
            services.hub.publish(conversation_id)

    async def _come_back(self, code: str) -> Started:
        services = self._services
        try:
            conversation_id = (await run_in_threadpool(coming_back.look_up, services.engine, code)).id
            async with self._one_at_a_time(conversation_id):
                place = await run_in_threadpool(coming_back.look_up, services.engine, code)  # who was first used it up
                if not place.staff:
                    answer = await self._ask(conversation_id, payload("come_back"), place.region, place.language)
                    await run_in_threadpool(turns.conclude, services.engine, conversation_id, None, [answer])
                # Last, so that the code is not lost when the assistant does not answer.
                started = await run_in_threadpool(coming_back.take_over, services.engine, code)
        except (CodeNotFound, ConversationNotFound):
            raise code_not_found() from None
        services.hub.publish(conversation_id)  # the stream of the former token ends
        return started

    async def _erase(self, conversation_id: str, token: str) -> None:
        async with self._one_at_a_time(conversation_id):
            try:
                await run_in_threadpool(turns.erase, self._services.engine, conversation_id, token)
            except ConversationNotFound:
                raise not_found() from None
        self._services.hub.publish(conversation_id)

    async def _ask(
        self, conversation_id: str, text: str, region: str, language: str | None, *, turn: str | None = None
    ) -> Answer:
        try:
            return await self._services.assistant.turn(conversation_id, text, region, language, turn=turn)
        except AssistantUnavailable as error:
            raise Problem(
                503,
                "assistant-unavailable",
                "The assistant does not answer now. The message is kept: send it again with the same client_id.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            ) from error

    @asynccontextmanager
    async def _one_at_a_time(self, conversation_id: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._waiting[conversation_id] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._locks[conversation_id]

    async def _shielded(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        # The request may be cancelled when the browser leaves; the turn may not.
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that a turn nobody waits for any more does not complain
