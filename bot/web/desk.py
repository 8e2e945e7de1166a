"""The desk: staff see who waits, read a conversation with what was understood, answer, and hand back.

Reading is recorded too (``audit``). Only conversations that were handed off can be opened.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import contacts
from bot.store.engine import transaction
from bot.web import desk_actions, desk_data
from bot.web.desk_session import Acting, Auditing, FormText, Member, Somebody
from bot.web.desk_view import page, read, services_of
from bot.web.page_texts import page_texts
from bot.web.problems import Problem

router = APIRouter(prefix="/desk", include_in_schema=False)


@router.get("")
def queue(request: Request, member: Somebody) -> HTMLResponse:
    """Show who waits."""
    groups = read(request, member, "read_queue", lambda session: desk_data.queue(session, clock.now()))
    return page(request, "queue", member=member, groups=groups, here="queue")


@router.get("/queue")
def queue_rows(request: Request, member: Somebody) -> HTMLResponse:
    """Return the list anew (HTMX); that it is read was recorded when the page was opened."""
    with transaction(services_of(request).engine) as session:
        groups = desk_data.queue(session, clock.now())
    return page(request, "queue_rows", member=member, groups=groups)


@router.get("/audit")
def audit(request: Request, member: Auditing) -> HTMLResponse:
    """Show who read and did what."""
    rows = read(request, member, "read_audit", desk_data.audit_rows)
    return page(request, "audit", member=member, rows=rows, here="audit")


@router.get("/conversations/{conversation_id}")
def conversation(request: Request, member: Somebody, conversation_id: str, notice: str = "") -> HTMLResponse:
    """Show one conversation."""
    text = page_texts("desk")[notice] if notice in desk_actions.NOTICES else ""
    return page(request, "conversation", member=member, c=_case(request, member, conversation_id), notice=text)


@router.get("/conversations/{conversation_id}/transcript")
def transcript(request: Request, member: Somebody, conversation_id: str, seen: int = 0) -> Response:
    """Return the transcript anew when there is something new in it (HTMX)."""
    with transaction(services_of(request).engine) as session:
        if desk_data.newest_seq(session, conversation_id) == seen:
            return Response(status_code=204)  # nothing new, nothing read
    return page(request, "transcript", member=member, c=_case(request, member, conversation_id))


@router.post("/conversations/{conversation_id}/contact")
def contact(request: Request, member: Acting, conversation_id: str) -> HTMLResponse:
    """Show the contact details; recorded apart from reading the conversation."""
    case = _case(request, member, conversation_id)
    details = read(
        request,
        member,
        "read_contact",
        lambda session: contacts.load_contact(session, conversation_id),
        subject=conversation_id,
    )
    shown = details.to_dict() if details is not None else {}
    return page(request, "conversation", member=member, c=case, contact=shown, notice="")


@router.post("/conversations/{conversation_id}/claim")
async def claim(request: Request, member: Acting, conversation_id: str) -> Response:
    """Take a waiting conversation."""
    services = services_of(request)
    notice = await run_in_threadpool(desk_actions.claim, services.engine, conversation_id, member)
    services.hub.publish(conversation_id)
    return _after(conversation_id, notice)


@router.post("/conversations/{conversation_id}/reply")
async def reply(request: Request, member: Acting, conversation_id: str, text: FormText = "") -> Response:
    """Say something to the resident; it goes out on the same stream."""
    services = services_of(request)
    notice = await run_in_threadpool(desk_actions.reply, services.engine, conversation_id, member, text)
    services.hub.publish(conversation_id)
    if notice is None:
        return _after(conversation_id, None)
    case = await run_in_threadpool(_case, request, member, conversation_id)
    words = str(page_texts("desk")[notice])  # what was typed stays in the box
    return page(request, "conversation", 422, member=member, c=case, notice=words, draft=text)


@router.post("/conversations/{conversation_id}/hand-back")
async def hand_back(request: Request, member: Acting, conversation_id: str) -> Response:
    """Let the assistant go on."""
    gateway, engine = request.app.state.gateway, services_of(request).engine
    return _after(conversation_id, await desk_actions.hand_back(engine, gateway, conversation_id, member))


@router.post("/conversations/{conversation_id}/close")
async def close(request: Request, member: Acting, conversation_id: str) -> Response:
    """End the hand-off."""
    services = services_of(request)
    notice = await run_in_threadpool(desk_actions.close, services.engine, conversation_id, member)
    services.hub.publish(conversation_id)
    return _after(conversation_id, notice)


def _case(request: Request, member: Member, conversation_id: str) -> dict[str, Any]:
    directory = services_of(request).directory

    def find(session: Session) -> dict[str, Any]:
        handoff = desk_data.handoff_of(session, conversation_id)
        if handoff is None:
            raise Problem(404, "not-found", "There is no handed-off conversation with this id.")
        return desk_data.conversation(session, directory, handoff, member.id, clock.now())

    found: dict[str, Any] = read(request, member, "read_conversation", find, subject=conversation_id)
    return found


def _after(conversation_id: str, notice: str | None) -> RedirectResponse:
    query = f"?notice={notice}" if notice else ""
    return RedirectResponse(f"/desk/conversations/{conversation_id}{query}", 303)
