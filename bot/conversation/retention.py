"""How long what is kept (``content/retention.yml``), and the erasure of what was said once a referral stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from bot.conversation import safe_channels
from bot.settings import get_settings
from bot.store.tables import AssistantEvent, AssistantTurn, Conversation, Handoff, Message, Referral, Turn

Days = Annotated[int, Field(ge=1, le=3660)]


class Retention(BaseModel):
    """The days of ``content/retention.yml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unfinished: Days
    transcript: Days
    ended: Days
    silent: Days
    sent: Days
    audit: Days

    def before(self, what: str, now: datetime) -> datetime:
        """Return the moment before which ``what`` is erased. Raises ``AttributeError`` for what has no days."""
        return now - timedelta(days=getattr(self, what))


def read_retention(path: Path) -> Retention:
    """Read the days. Raises ``pydantic.ValidationError`` or ``yaml.YAMLError`` for a file that cannot be used."""
    return Retention.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def retention() -> Retention:
    """Return the days of this installation (read once)."""
    return read_retention(get_settings().content_dir / "retention.yml")


def erase_transcripts(session: Session, older_than: datetime, now: datetime) -> int:
    """Erase what was said in conversations that led to a referral and whose last message is older.

    The referral keeps what it needs, and that no way of contact is safe stays written down. A conversation that staff
    have open is left alone. Returns how many were erased.
    """
    of = Conversation.id
    old = select(of).where(
        Conversation.updated_at < older_than,
        exists().where(Referral.conversation_id == of),
        exists().where(Message.conversation_id == of),
        ~exists().where(Handoff.conversation_id == of, Handoff.state != "closed"),
    )
    ids = list(session.scalars(old))
    for conversation_id in ids:  # it may be known from nothing but what is erased now
        safe_channels.remember(session, conversation_id, now)
    for statement in (
        delete(AssistantEvent).where(AssistantEvent.sender_id.in_(ids)),
        delete(AssistantTurn).where(AssistantTurn.conversation_id.in_(ids)),
        delete(Message).where(Message.conversation_id.in_(ids)),
        delete(Turn).where(Turn.conversation_id.in_(ids)),
        update(Conversation).where(of.in_(ids)).values(state={}, asking=None, status="open"),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()
    return len(ids)
