"""Consent for research, apart from consent for help: asked once, after help is arranged, and never needed for it.

Only a yes is consent; a no is kept so that nobody is asked again, and no answer at all is a no too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversation.conversations import lock
from bot.store.tables import ResearchConsent

#: Which wording was answered; a new wording of ``say_ask_research`` gets a new version.
TEXT_VERSION = "2026-11"


def record(session: Session, conversation_id: str, given: bool, now: datetime) -> ResearchConsent:
    """Store the answer; a later one replaces it, so that consent can be withdrawn.

    Raises ``ConversationNotFound`` when the conversation was erased.
    """
    lock(session, conversation_id)  # two answers at once are one row
    consent = session.get(ResearchConsent, conversation_id, populate_existing=True)
    if consent is None:
        consent = ResearchConsent(conversation_id=conversation_id)
        session.add(consent)
    consent.given, consent.version, consent.at = given, TEXT_VERSION, now
    session.flush()
    return consent


def answer_of(session: Session, conversation_id: str) -> bool | None:
    """Return what was answered; ``None`` without an answer."""
    consent = session.get(ResearchConsent, conversation_id)
    return None if consent is None else consent.given
