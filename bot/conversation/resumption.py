"""Coming back later: a code with which a resident goes on with a conversation, on any device, within a week.

The code opens everything that was told, so it is treated as a password: only a keyed hash of it is stored, a
conversation has one at most, it works once, and whoever uses it locks out who had the conversation before.
Every function works in the session it is given; the caller commits (``bot.store.engine.transaction``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from bot.conversation import conversations
from bot.conversation.conversations import ConversationNotFound
from bot.referral.reference import ALPHABET, normal_form
from bot.settings import get_settings
from bot.store.tables import Conversation, ResumeCode

#: How long a code works (domain, section 7: "resume within 7 days with a code").
VALID_FOR = timedelta(days=7)
#: Twelve of nineteen characters are 50.9 bits; ten would be 42, which is too few for what the code opens.
LENGTH = 12
GROUP = 4
#: No spelling of a code is longer than this, however many spaces and hyphens it has.
_LONGEST = 60


class CodeNotFound(LookupError):
    """A code opens nothing: mistyped, used, replaced, too old, or its conversation is gone. Nobody learns which."""


@dataclass(frozen=True)
class NewCode:
    """A code as the resident reads it, and until when it works. It is not stored anywhere."""

    code: str
    valid_until: datetime


def new_code(session: Session, conversation_id: str, now: datetime) -> NewCode:
    """Make the code of a conversation; a former one works no more. Raises ``ConversationNotFound``."""
    conversations.lock(session, conversation_id)
    purge(session, now)
    session.execute(delete(ResumeCode).where(ResumeCode.conversation_id == conversation_id))
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    valid_until = now + VALID_FOR
    session.add(ResumeCode(conversation_id=conversation_id, code_hash=_hash(body), valid_until=valid_until))
    session.flush()
    return NewCode("-".join(body[at : at + GROUP] for at in range(0, LENGTH, GROUP)), valid_until)


def find(session: Session, code: str, now: datetime) -> Conversation:
    """Return the conversation that a code opens, without using the code. Raises ``CodeNotFound``.

    Small letters, spaces and hyphens do not matter.
    """
    # The database compares hashes under a key of ours: how long that takes tells nothing of the codes it holds.
    query = select(Conversation).join(ResumeCode, ResumeCode.conversation_id == Conversation.id)
    found = session.scalar(query.where(ResumeCode.code_hash == _hash(_read(code)), ResumeCode.valid_until > now))
    if found is None:
        raise CodeNotFound
    return found


def use(session: Session, code: str, now: datetime) -> tuple[Conversation, str]:
    """Use a code up; return its conversation with a new bearer token. The former token works no more.

    Of several who come with the same code at once, one gets in. Raises ``CodeNotFound``.
    """
    conversation_id = find(session, code, now).id
    try:
        conversation = conversations.lock(session, conversation_id)
    except ConversationNotFound:  # erased meanwhile
        raise CodeNotFound from None
    which = (ResumeCode.code_hash == _hash(_read(code)), ResumeCode.valid_until > now)
    done = session.execute(delete(ResumeCode).where(*which))
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise CodeNotFound
    return conversation, conversations.renew_token(session, conversation)


def purge(session: Session, now: datetime) -> int:
    """Delete the codes whose time is over; return how many."""
    done = session.execute(delete(ResumeCode).where(ResumeCode.valid_until <= now))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _read(code: str) -> str:
    """Return the code as it was made. Raises ``CodeNotFound`` for what can be no code."""
    body = normal_form("".join(code.split())) if len(code) <= _LONGEST else ""
    if len(body) != LENGTH or not set(body) <= set(ALPHABET):
        raise CodeNotFound
    return body


def _hash(body: str) -> str:
    # A token is too long to guess from its plain hash; 51 bits are not, for who has stolen the database. So the hash
    # is keyed, and the key is not in the database.
    return hmac.new(get_settings().secret("resume code"), body.encode(), hashlib.sha256).hexdigest()
