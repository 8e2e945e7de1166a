"""Conversations, their turns and their messages, from the first hello until nothing of them is left.

Every function works in the session it is given; the caller commits (``bot.store.engine.transaction``).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversation.masking import clean
from bot.store.tables import (
    Appointment,
    AssistantEvent,
    AssistantTurn,
    Contact,
    Conversation,
    EventSignUp,
    FollowUp,
    FollowUpStop,
    Handoff,
    Link,
    Message,
    Outbox,
    Referral,
    ReferralTransition,
    ResearchConsent,
    ResumeCode,
    TimeProposal,
    Turn,
    UnsafeChannel,
)

TOKEN_BYTES = 32
LONGEST_ID = 64
LONGEST_CLIENT_ID = 64
_WEB_ID = re.compile(r"[A-Za-z0-9_-]{22}")


class ConversationNotFound(LookupError):
    """There is no such conversation, or the token is not this one's: a caller cannot tell which."""


def create(session: Session, region: str, language: str | None, now: datetime) -> tuple[Conversation, str]:
    """Begin a conversation; return it with its bearer token, of which only the SHA-256 is stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conversation = _new(secrets.token_urlsafe(16), _hash(token), region, language, now)
    session.add(conversation)
    session.flush()
    return conversation, token


def ensure(session: Session, conversation_id: str, region: str, now: datetime) -> Conversation:
    """Return the conversation with this id; begin it without web access when there is none (``rasa shell``).

    Raises ``ValueError`` for an empty or unprintable id or one of more than 64 characters, and
    ``ConversationNotFound`` for an id as ``create`` gives them: an erased conversation does not come back.
    """
    if not (0 < len(conversation_id) <= LONGEST_ID and conversation_id.isprintable()):
        raise ValueError(f"a conversation's id has 1 to {LONGEST_ID} printable characters")
    found = session.get(Conversation, conversation_id)
    if found is not None:
        return found
    if _WEB_ID.fullmatch(conversation_id):
        raise ConversationNotFound(conversation_id)
    try:
        with session.begin_nested():
            conversation = _new(conversation_id, "", region, None, now)
            session.add(conversation)
    except IntegrityError:  # another process was first
        return session.get_one(Conversation, conversation_id)
    return conversation


def authorise(session: Session, conversation_id: str, token: str) -> Conversation:
    """Return the conversation if the token is its own.

    Raises ``ConversationNotFound`` for an unknown id, a wrong token, and another conversation's token alike.
    """
    well_formed = _WEB_ID.fullmatch(conversation_id) is not None
    found = session.get(Conversation, conversation_id) if well_formed else None
    stored = found.token_hash if found is not None else ""
    if not hmac.compare_digest(stored.encode(), _hash(token).encode()) or found is None:
        raise ConversationNotFound(conversation_id if well_formed else "")
    return found


def renew_token(session: Session, conversation: Conversation) -> str:
    """Return a new bearer token of a conversation; the former one works no more."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conversation.token_hash = _hash(token)
    session.flush()
    return token


def append(  # noqa: PLR0917 - who, what and when come first everywhere
    session: Session,
    conversation_id: str,
    sender: str,
    text: str,
    lang: str,
    now: datetime,
    *,
    buttons: Sequence[Mapping[str, str]] = (),
    ask: str | None = None,
    card: Mapping[str, Any] | None = None,
    understood: Mapping[str, Any] | None = None,
    turn: Turn | None = None,
) -> Message:
    """Add a message (already masked) with the next ``seq``. ``sender`` is assistant, resident or staff.

    Writers of one conversation wait for each other, so numbers have no gaps and appear in order.
    Raises ``ConversationNotFound`` when the conversation was erased meanwhile.
    """
    conversation = lock(session, conversation_id)
    last = session.scalar(select(func.max(Message.seq)).where(Message.conversation_id == conversation_id)) or 0
    message = Message(
        conversation_id=conversation_id,
        turn_id=None if turn is None else turn.id,
        seq=last + 1,
        sender=sender,
        text=clean(text),
        lang=lang,
        buttons=[dict(button) for button in buttons],
        ask=ask,
        card=None if card is None else dict(card),
        understood=None if understood is None else dict(understood),
        at=now,
    )
    conversation.updated_at = now
    session.add(message)
    session.flush()
    return message


def lock(session: Session, conversation_id: str) -> Conversation:
    """Return the conversation, freshly read, and keep other writers of it waiting until the transaction ends.

    Raises ``ConversationNotFound``.
    """
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ConversationNotFound(conversation_id)
    return found


def messages_since(session: Session, conversation_id: str, seq: int = 0) -> list[Message]:
    """Return the messages after number ``seq``, in order."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq)
    return list(session.scalars(query.order_by(Message.seq)))


def begin_turn(session: Session, conversation_id: str, client_id: str, now: datetime) -> tuple[Turn, bool]:
    """Return the turn with this ``client_id``, and whether it is new: the same thing sent twice is one turn.

    Raises ``ConversationNotFound``, and ``ValueError`` for a ``client_id`` that is empty, unprintable or too long.
    """
    if not (0 < len(client_id) <= LONGEST_CLIENT_ID and client_id.isprintable()):
        raise ValueError(f"a client_id has 1 to {LONGEST_CLIENT_ID} printable characters")
    query = select(Turn).where(Turn.conversation_id == conversation_id, Turn.client_id == client_id)
    found = session.scalar(query)
    if found is not None:
        return found, False
    lock(session, conversation_id)
    found = session.scalar(query)  # who held the lock before us may have begun it
    if found is not None:
        return found, False
    turn = Turn(conversation_id=conversation_id, client_id=client_id, created_at=now)
    session.add(turn)
    session.flush()
    return turn, True


def finish_turn(session: Session, turn: Turn, now: datetime) -> None:
    """Note that all replies to the turn are stored."""
    turn.done_at = now
    session.flush()


def replies_of(session: Session, turn: Turn) -> list[Message]:
    """Return what was answered to the turn, in order."""
    query = select(Message).where(Message.turn_id == turn.id, Message.sender != "resident")
    return list(session.scalars(query.order_by(Message.seq)))


def erase(session: Session, conversation_id: str) -> bool:
    """Delete the conversation and everything of it, Rasa's events included; return whether there was anything."""
    # The conversation first, as every other writer does: two that lock in another order would wait for each other.
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    referrals = select(Referral.id).where(Referral.conversation_id == conversation_id)
    count = 0
    # Child by child: what is erased does not hang on a pragma, or on a foreign key somebody forgets.
    for statement in (
        delete(AssistantEvent).where(AssistantEvent.sender_id == conversation_id),
        delete(Appointment).where(Appointment.conversation_id == conversation_id),
        delete(ReferralTransition).where(ReferralTransition.referral_id.in_(referrals)),
        delete(Link).where(Link.referral_id.in_(referrals)),
        delete(TimeProposal).where(TimeProposal.referral_id.in_(referrals)),
        delete(FollowUp).where(FollowUp.referral_id.in_(referrals)),
        delete(Outbox).where(Outbox.referral_id.in_(referrals)),
        delete(Referral).where(Referral.conversation_id == conversation_id),
        delete(EventSignUp).where(EventSignUp.conversation_id == conversation_id),
        delete(ResearchConsent).where(ResearchConsent.conversation_id == conversation_id),
        delete(Handoff).where(Handoff.conversation_id == conversation_id),
        delete(Contact).where(Contact.conversation_id == conversation_id),
        delete(UnsafeChannel).where(UnsafeChannel.conversation_id == conversation_id),
        delete(FollowUpStop).where(FollowUpStop.conversation_id == conversation_id),
        delete(AssistantTurn).where(AssistantTurn.conversation_id == conversation_id),
        delete(ResumeCode).where(ResumeCode.conversation_id == conversation_id),
        delete(Message).where(Message.conversation_id == conversation_id),
        delete(Turn).where(Turn.conversation_id == conversation_id),
        delete(Conversation).where(Conversation.id == conversation_id),
    ):
        done = session.execute(statement, execution_options={"synchronize_session": False})
        count += done.rowcount if isinstance(done, CursorResult) else 0
    session.expire_all()
    return count > 0


def purge(session: Session, older_than: datetime) -> int:
    """Erase the conversations whose last message is older and that led to no referral and no open hand-off.

    Whoever signed up for an event keeps the place: the event has to be older too.
    Rasa's events that belong to no conversation go too (an answer that was on its way when somebody erased theirs).
    Returns how many conversations were erased.
    """
    unfinished = (
        (Conversation.updated_at < older_than)
        & ~exists().where(Referral.conversation_id == Conversation.id)
        & ~exists().where(
            EventSignUp.conversation_id == Conversation.id,
            EventSignUp.state == "live",
            EventSignUp.end_at >= older_than,
        )
        & ~exists().where(Handoff.conversation_id == Conversation.id, Handoff.state != "closed")
    )
    ids = list(session.scalars(select(Conversation.id).where(unfinished)))
    for conversation_id in ids:
        erase(session, conversation_id)
    ownerless = ~exists().where(Conversation.id == AssistantEvent.sender_id)
    session.execute(
        delete(AssistantEvent).where(ownerless, AssistantEvent.timestamp < older_than.timestamp()),
        execution_options={"synchronize_session": False},
    )
    return len(ids)


def _new(conversation_id: str, token_hash: str, region: str, language: str | None, now: datetime) -> Conversation:
    return Conversation(
        id=conversation_id,
        token_hash=token_hash,
        region=region,
        language=language,
        status="open",
        state={},
        created_at=now,
        updated_at=now,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
