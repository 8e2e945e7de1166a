"""Hand-off: a conversation passed to staff, who takes it, and when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from bot.conversation import safe_channels
from bot.conversation.conversations import ConversationNotFound, lock
from bot.intake.situation import SAFETY_SIGNALS
from bot.store.tables import Handoff

REASONS = ("asked", "safety", "not_understood", "outside_region", "needed", "complaint", "partner", "join")
WISHES = ("wait", "call_back")


class AlreadyClaimed(RuntimeError):
    """Another staff member was first."""


class HandoffNotFound(LookupError):
    """There is no such hand-off, or none is open."""


def request(session: Session, conversation_id: str, reason: str, signal: str | None, now: datetime) -> Handoff:
    """Pass a conversation to staff; while a hand-off is open, that one is returned.

    A safety reason lifts an open hand-off, and a more urgent safety signal replaces a less urgent one.
    Raises ``ConversationNotFound``, and ``ValueError`` for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is not a reason: {', '.join(REASONS)}")
    lock(session, conversation_id)
    found = open_of(session, conversation_id)
    if found is None:
        found = Handoff(conversation_id=conversation_id, reason=reason, signal=signal, state="waiting", created_at=now)
        session.add(found)
    elif reason == "safety" and (found.reason != "safety" or _urgency(signal) < _urgency(found.signal)):
        found.reason, found.signal = reason, signal
    session.flush()
    if signal == safe_channels.AT_HOME:  # another signal may take its place: that it was told must not go with it
        safe_channels.note_at_home(session, conversation_id, now)
    return found


def set_wish(session: Session, conversation_id: str, wish: str) -> Handoff:
    """Note whether the resident waits in the chat or wants to be called back.

    Raises ``HandoffNotFound`` when none is open, and ``ValueError`` for an unknown wish.
    """
    if wish not in WISHES:
        raise ValueError(f"{wish!r} is not a wish: {', '.join(WISHES)}")
    try:
        lock(session, conversation_id)
    except ConversationNotFound:
        raise HandoffNotFound(conversation_id) from None
    found = open_of(session, conversation_id)
    if found is None:
        raise HandoffNotFound(conversation_id)
    found.wish = wish
    session.flush()
    return found


def claim(session: Session, handoff_id: int, staff_id: int, now: datetime) -> Handoff:
    """Give a waiting hand-off to one staff member, and let the assistant be silent (status ``staff``).

    Of several who try at once one wins; claiming one's own again changes nothing.
    Raises ``AlreadyClaimed`` when another has it or it is closed, ``HandoffNotFound`` when there is none.
    """
    found = _locked(session, handoff_id)
    if found.state == "claimed" and found.claimed_by == staff_id:
        return found
    if found.state != "waiting":
        raise AlreadyClaimed(str(handoff_id))
    found.state, found.claimed_by, found.claimed_at = "claimed", staff_id, now
    conversation = lock(session, found.conversation_id)
    conversation.status = "staff"
    session.flush()
    return found


def close(session: Session, handoff_id: int, now: datetime) -> Handoff:
    """End a hand-off; the assistant speaks again (status ``open``). Closing a closed one changes nothing.

    Raises ``HandoffNotFound``.
    """
    found = _locked(session, handoff_id)
    if found.state != "closed":
        conversation = lock(session, found.conversation_id)
        if conversation.status == "staff":
            conversation.status = "open"
        found.state, found.closed_at = "closed", now
        session.flush()
    return found


def open_of(session: Session, conversation_id: str) -> Handoff | None:
    """Return the hand-off of this conversation that is not closed."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.state != "closed")
    return session.scalar(query.execution_options(populate_existing=True))


def queue(session: Session) -> Sequence[Handoff]:
    """Return the open hand-offs: those that wait first, safety before the rest, the oldest before the newer."""
    waiting_first = case((Handoff.state == "waiting", 0), else_=1)
    safety_first = case((Handoff.reason == "safety", 0), else_=1)
    query = select(Handoff).where(Handoff.state != "closed")
    return session.scalars(query.order_by(waiting_first, safety_first, Handoff.created_at, Handoff.id)).all()


def _locked(session: Session, handoff_id: int) -> Handoff:
    """Return the hand-off, freshly read; its conversation is locked first, as everywhere."""
    conversation_id = session.scalar(select(Handoff.conversation_id).where(Handoff.id == handoff_id))
    if conversation_id is None:
        raise HandoffNotFound(str(handoff_id))
    try:
        lock(session, conversation_id)
    except ConversationNotFound:  # erased between the two
        raise HandoffNotFound(str(handoff_id)) from None
    found = session.get(Handoff, handoff_id, populate_existing=True)
    if found is None:
        raise HandoffNotFound(str(handoff_id))
    return found


def _urgency(signal: str | None) -> int:
    """Return how soon somebody must look: 0 is first."""
    return SAFETY_SIGNALS.index(signal) if signal in SAFETY_SIGNALS else len(SAFETY_SIGNALS)
