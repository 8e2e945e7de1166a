"""What staff do in a conversation: claim it, answer, hand it back to the assistant, close it. Each is recorded.

Every function returns ``None`` when it was done, else the key of the notice that says why not.
"""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import conversations, handoffs
from bot.conversation.conversations import ConversationNotFound
from bot.conversation.handoffs import AlreadyClaimed, HandoffNotFound
from bot.conversation.masking import clean
from bot.store.engine import transaction
from bot.store.tables import Audit, Conversation, Handoff
from bot.web.desk_session import Member
from bot.web.gateway import Gateway
from bot.web.page_texts import PAGE_LANGUAGES, page_texts
from bot.web.problems import Problem
from bot.web.schemas import MAX_MESSAGE

#: Notices that an address may carry; anything else in it is ignored.
NOTICES = frozenset({"gone", "hand_back_down", "closed_notice"})


def claim(engine: Engine, conversation_id: str, member: Member) -> str | None:
    """Take a waiting conversation; the assistant is silent from now on."""
    with transaction(engine) as session:
        handoff = handoffs.open_of(session, conversation_id)
        if handoff is None:
            return "gone"
        try:
            handoffs.claim(session, handoff.id, member.id, clock.now())
        except (AlreadyClaimed, HandoffNotFound):
            return "gone"
        _tell(session, conversation_id, "staff_joined")
        _record(session, member, "claim", conversation_id)
    return None


def reply(engine: Engine, conversation_id: str, member: Member, text: str) -> str | None:
    """Say something to the resident; only who claimed the conversation may."""
    words = clean(text).strip()
    if not words:
        return "reply_empty"
    if len(words) > MAX_MESSAGE:
        return "reply_too_long"
    with transaction(engine) as session:
        if _mine(session, conversation_id, member) is None:
            return "gone"
        try:
            language = session.get_one(Conversation, conversation_id).language or "nl"
            conversations.append(session, conversation_id, "staff", words, language, clock.now())
        except ConversationNotFound:
            return "gone"
        _record(session, member, "reply", conversation_id)
    return None


async def hand_back(engine: Engine, gateway: Gateway, conversation_id: str, member: Member) -> str | None:
    """Let the assistant go on with the conversation. When it does not answer, the conversation stays with staff."""
    if await run_in_threadpool(_is_mine, engine, conversation_id, member) is False:
        return "gone"
    try:
        await gateway.resume(conversation_id)
    except Problem as problem:
        return "gone" if problem.status == 404 else "hand_back_down"
    return await run_in_threadpool(_end, engine, conversation_id, member, "hand_back", "open")


def close(engine: Engine, conversation_id: str, member: Member) -> str | None:
    """End the hand-off. Writes the resident again, the assistant answers first that it is back."""
    return _end(engine, conversation_id, member, "close", "closed")


def _end(engine: Engine, conversation_id: str, member: Member, action: str, status: str) -> str | None:
    with transaction(engine) as session:
        handoff = _mine(session, conversation_id, member)
        if handoff is None:
            return "gone"
        handoffs.close(session, handoff.id, clock.now())
        conversations.lock(session, conversation_id).status = status
        if action == "close":
            _tell(session, conversation_id, "staff_left")
        _record(session, member, action, conversation_id)
    return None


def _tell(session: Session, conversation_id: str, key: str) -> None:
    language = session.get_one(Conversation, conversation_id).language
    language = language if language in PAGE_LANGUAGES else PAGE_LANGUAGES[0]
    conversations.append(session, conversation_id, "assistant", page_texts(language)[key], language, clock.now())


def _mine(session: Session, conversation_id: str, member: Member) -> Handoff | None:
    handoff = handoffs.open_of(session, conversation_id)
    return handoff if handoff is not None and handoff.claimed_by == member.id else None


def _is_mine(engine: Engine, conversation_id: str, member: Member) -> bool:
    with transaction(engine) as session:
        return _mine(session, conversation_id, member) is not None


def _record(session: Session, member: Member, action: str, subject: str) -> None:
    session.add(Audit(actor=member.name, action=action, subject=subject, at=clock.now()))
