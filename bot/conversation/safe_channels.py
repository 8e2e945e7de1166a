"""Ways of contact on which somebody else may read or listen along: nothing is sent on them.

Who tells of violence at home has none that is safe until they say so themselves.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from bot.conversation import contacts
from bot.conversation.contacts import ContactDetails
from bot.store.tables import Handoff, UnsafeChannel

CHANNELS = ("phone", "email")
_AT_HOME = "domestic_violence"


def note(session: Session, conversation_id: str, safe: bool | None, now: datetime) -> None:
    """Note what the resident said of the ways that were just given; ``None``: nothing was said.

    What was said before then holds on, and with violence at home silence is no yes.
    """
    if safe is None and not _is_at_home(session, conversation_id):
        return
    session.execute(delete(UnsafeChannel).where(UnsafeChannel.conversation_id == conversation_id))
    if not safe:
        mark_unsafe(session, conversation_id, now)


def mark_unsafe(session: Session, conversation_id: str, now: datetime) -> None:
    """Mark every way of a resident as not safe. Doing it again changes nothing."""
    known = unsafe_channels(session, conversation_id)
    missing = [channel for channel in CHANNELS if channel not in known]
    session.add_all(UnsafeChannel(conversation_id=conversation_id, channel=channel, at=now) for channel in missing)
    session.flush()


def unsafe_channels(session: Session, conversation_id: str) -> frozenset[str]:
    """Return the ways on which nothing may be sent."""
    query = select(UnsafeChannel.channel).where(UnsafeChannel.conversation_id == conversation_id)
    return frozenset(session.scalars(query))


def safe_contact(session: Session, conversation_id: str) -> ContactDetails | None:
    """Return the contact details that may travel to a partner: without the ways that are not safe.

    Raises ``VaultError`` when the secret key does not open them.
    """
    details = contacts.load_contact(session, conversation_id)
    if details is None:
        return None
    unsafe = unsafe_channels(session, conversation_id)
    return ContactDetails(**{kind: value for kind, value in details.to_dict().items() if kind not in unsafe})


def _is_at_home(session: Session, conversation_id: str) -> bool:
    told = exists().where(Handoff.conversation_id == conversation_id, Handoff.signal == _AT_HOME)
    return bool(session.scalar(select(told)))
