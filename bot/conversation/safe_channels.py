"""Ways of contact on which somebody else may read or listen along: nothing is sent on them.

Who tells of violence at home has none that is safe until they say so themselves.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import Session

from bot.conversation import contacts
from bot.conversation.contacts import ContactDetails
from bot.store.tables import Conversation, Handoff, Referral, UnsafeChannel

CHANNELS = ("phone", "email")
#: Stands for no way: somebody who told of violence at home said that nobody reads or listens along.
NONE = "none"
AT_HOME = "domestic_violence"
#: Stands for what was told: violence at home. It stays, whatever is said of the ways and whatever else is erased.
_HOME = "home"


def note(session: Session, conversation_id: str, safe: bool | None, now: datetime) -> None:
    """Note what the resident said of the ways that were just given; ``None``: nothing was said.

    What was said before then holds on.
    """
    if safe is None:
        return
    _forget_what_was_said(session, conversation_id)
    if not safe:
        mark_unsafe(session, conversation_id, now)
    elif _is_at_home(session, conversation_id):  # else the box was never ticked, which says nothing
        session.add(UnsafeChannel(conversation_id=conversation_id, channel=NONE, at=now))
        session.flush()


def mark_unsafe(session: Session, conversation_id: str, now: datetime) -> None:
    """Mark every way of a resident as not safe. Doing it again changes nothing."""
    _forget_what_was_said(session, conversation_id)
    session.add_all(UnsafeChannel(conversation_id=conversation_id, channel=channel, at=now) for channel in CHANNELS)
    session.flush()


def remember(session: Session, conversation_id: str, now: datetime) -> None:
    """Write down that violence at home was told, where so far it only follows from what was understood.

    To be done before that is erased. What the resident said of the ways holds on.
    """
    if _is_at_home(session, conversation_id):
        note_at_home(session, conversation_id, now)


def note_at_home(session: Session, conversation_id: str, now: datetime) -> None:
    """Note that violence at home was told. Doing it again changes nothing."""
    if not session.scalar(select(_noted_at_home(conversation_id))):
        session.add(UnsafeChannel(conversation_id=conversation_id, channel=_HOME, at=now))
        session.flush()


def unsafe_channels(session: Session, conversation_id: str) -> frozenset[str]:
    """Return the ways on which nothing may be sent: with violence at home all, until the resident says otherwise."""
    query = select(UnsafeChannel.channel).where(UnsafeChannel.conversation_id == conversation_id)
    said = set(session.scalars(query)) - {_HOME}
    if said:
        return frozenset(said - {NONE})
    return frozenset(CHANNELS) if _is_at_home(session, conversation_id) else frozenset()


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
    """Return whether violence at home was told: to staff, in what was understood, or as a need that was referred."""
    called = exists().where(Handoff.conversation_id == conversation_id, Handoff.signal == AT_HOME)
    referred = exists().where(
        Referral.conversation_id == conversation_id,
        or_(Referral.need == "violence_help", Referral.situation == AT_HOME),
    )
    if session.scalar(select(or_(called, referred, _noted_at_home(conversation_id)))):
        return True
    state = session.scalar(select(Conversation.state).where(Conversation.id == conversation_id)) or {}
    told = [signal.get("id") for signal in state.get("signals") or () if isinstance(signal, dict)]
    return AT_HOME in {state.get("safety"), *told}


def _noted_at_home(conversation_id: str) -> ColumnElement[bool]:
    return exists().where(UnsafeChannel.conversation_id == conversation_id, UnsafeChannel.channel == _HOME)


def _forget_what_was_said(session: Session, conversation_id: str) -> None:
    rows = (UnsafeChannel.conversation_id == conversation_id, UnsafeChannel.channel != _HOME)
    session.execute(delete(UnsafeChannel).where(*rows))
