"""The chat API: what a browser, or any other mouth, needs to hold one conversation.

Whoever knows a conversation's id but not its token learns nothing, not even that it exists: both give 404.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from sse_starlette import EventSourceResponse

from bot.conversation.conversations import ConversationNotFound
from bot.web import coming_back, conversation_state
from bot.web.gateway import Gateway
from bot.web.limits import RateLimit
from bot.web.problems import not_found, too_many
from bot.web.schemas import (
    ConversationState,
    ProblemOut,
    Replies,
    ResumeCodeOut,
    ResumeRequest,
    Started,
    StartRequest,
    TurnRequest,
)
from bot.web.services import Services
from bot.web.stream import event_response

_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemOut, "description": "unknown conversation or wrong token"},
    422: {"model": ProblemOut, "description": "not valid; nothing was stored"},
    429: {"model": ProblemOut, "description": "too many requests; Retry-After says when"},
    503: {"model": ProblemOut, "description": "the assistant does not answer; Retry-After says when to send it again"},
}


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: _ERRORS[status] for status in statuses}


def bearer(authorization: Annotated[str | None, Header(description="Bearer <token>")] = None) -> str:
    """Return the token of the request. Raises the 404 of an unknown conversation when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise not_found()
    return token.strip()


Token = Annotated[str, Depends(bearer)]


def chat_api(services: Services, gateway: Gateway) -> APIRouter:
    """Return the routes under ``/api/conversations``."""
    router = APIRouter(prefix="/api/conversations", tags=["conversations"])
    starts = RateLimit(services.settings.conversations_per_minute)
    turns = RateLimit(services.settings.messages_per_minute)
    resumes = RateLimit(services.settings.resumes_per_minute)

    @router.post("", status_code=201, responses=_answers(422, 429, 503), summary="Begin a conversation")
    async def begin(request: Request, body: StartRequest | None = None) -> Started:
        """Open a conversation and return its token (once) and the first messages."""
        _limit(starts, _client(request))
        asked = body or StartRequest()
        return await gateway.start(asked.language, asked.region)

    @router.post("/resume", responses=_answers(404, 422, 429, 503), summary="Go on with an earlier conversation")
    async def resume(request: Request, body: ResumeRequest) -> Started:
        """Use a code up; return a new token and all messages of the conversation, the welcome back included.

        The former token works no more: its stream ends. A code that is mistyped, used, replaced or too old, or whose
        conversation was erased, gives one and the same 404. When the assistant does not answer (503), the code still
        works.
        """
        _limit(resumes, _client(request))
        return await gateway.come_back(body.code)

    @router.post(
        "/{conversation_id}/code", status_code=201, responses=_answers(404, 429), summary="Get a code to come back with"
    )
    async def code(conversation_id: str, token: Token) -> ResumeCodeOut:
        """Make a code that opens this conversation once, on any device, within 7 days. A former code works no more."""
        await run_in_threadpool(services.check_token, conversation_id, token)
        _limit(turns, conversation_id)
        try:
            made = await run_in_threadpool(coming_back.make_code, services.engine, conversation_id, token)
        except ConversationNotFound:
            raise not_found() from None
        return ResumeCodeOut.model_validate(made)

    @router.post("/{conversation_id}/messages", responses=_answers(404, 422, 429, 503), summary="Say something")
    async def say(conversation_id: str, token: Token, body: TurnRequest) -> Replies:
        """Send one turn and return all replies to it.

        Sending the same `client_id` again is harmless: it gives the same replies. While a staff member speaks in this
        conversation there are no replies here; theirs come over the stream. A mistake in contact details is not an
        error but a reply that asks again.
        """
        await run_in_threadpool(services.check_token, conversation_id, token)
        _limit(turns, conversation_id)
        return Replies(messages=await gateway.turn(conversation_id, token, body))

    @router.get(
        "/{conversation_id}/events", responses=_answers(404), summary="Listen", response_class=EventSourceResponse
    )
    async def events(
        conversation_id: str, token: Token, last_event_id: Annotated[str | None, Header()] = None
    ) -> EventSourceResponse:
        """Stream every message (Server-Sent Events), `id:` being its `seq`; start after `Last-Event-ID`.

        When the conversation is erased, or has gone on elsewhere by its code, the event `erased` comes and the stream
        ends: this token opens nothing any more.
        """
        await run_in_threadpool(services.check_token, conversation_id, token)
        after = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else 0
        return event_response(
            services.hub, conversation_id, after, lambda seq: services.messages(conversation_id, token, seq)
        )

    @router.get("/{conversation_id}", responses=_answers(404), summary="What is known so far")
    async def state(conversation_id: str, token: Token) -> ConversationState:
        """Return the situation, the needs with their reasons, the referrals, and whether staff were called."""
        return await run_in_threadpool(conversation_state.read, services.engine, conversation_id, token)

    @router.delete("/{conversation_id}", status_code=204, responses=_answers(404), summary="Erase everything")
    async def erase(conversation_id: str, token: Token) -> Response:
        """Erase the conversation and everything of it, contact details included."""
        await gateway.erase(conversation_id, token)
        return Response(status_code=204)

    @router.get(
        "/{conversation_id}/referrals/{reference}/calendar.ics",
        responses=_answers(404),
        summary="An appointment for the own calendar",
        response_class=Response,
    )
    async def calendar(conversation_id: str, reference: str, token: Token) -> Response:
        """Return the appointment of a referral as an iCalendar file."""
        sender = services.settings.mail_from
        file = await run_in_threadpool(
            conversation_state.calendar, services.engine, conversation_id, token, reference, sender
        )
        headers = {"Content-Disposition": f'attachment; filename="{reference}.ics"'}
        return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)

    return router


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _limit(limit: RateLimit, key: str) -> None:
    wait = limit.retry_after(key)
    if wait is not None:
        raise too_many(wait)
