"""The tables of a conversation: what was said, how to reach the resident, who of staff took over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Base, conversation_key, unique_while


class Conversation(Base):
    """One resident's chat, with the state after its last turn."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bearer token; empty for a conversation that has no web access (``rasa shell``)."""
    region: Mapped[str] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(12), default="open")
    """open | staff (a staff member speaks, the assistant is silent) | closed"""
    asking: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the assistant reported after the last turn: situation, signals, needs, safety (docs/architecture.md)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Turn(Base):
    """One thing the resident sent; ``client_id`` makes sending it twice harmless."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = conversation_key(index=False)  # its unique constraint is an index too
    client_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Message(Base):
    """One message, already masked. ``seq`` counts within the conversation, from 1."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = conversation_key(index=False)  # its unique constraint is an index too
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turn.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int]
    sender: Mapped[str] = mapped_column(String(10))
    """assistant | resident | staff"""
    text: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(2))
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    ask: Mapped[str | None] = mapped_column(String(40))
    card: Mapped[dict[str, Any] | None]
    understood: Mapped[dict[str, Any] | None]
    """For a resident's message: intent, signals, entities and language as recognised, for the desk."""
    at: Mapped[datetime]


class Contact(Base):
    """The vault: a resident's contact details, encrypted. One row a conversation."""

    __tablename__ = "contact"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    ciphertext: Mapped[bytes]
    updated_at: Mapped[datetime]


class UnsafeChannel(Base):
    """A way of contact on which somebody else may listen or read along: nothing is ever sent on it."""

    __tablename__ = "unsafe_channel"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    """phone | email | none (of who told of violence at home and said that no way is unsafe) | home (it was told)"""
    at: Mapped[datetime]


class ResumeCode(Base):
    """The code with which a resident comes back to a conversation; one a conversation, and only its keyed hash."""

    __tablename__ = "resume_code"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    valid_until: Mapped[datetime]


class Handoff(Base):
    """A conversation passed to staff."""

    __tablename__ = "handoff"
    __table_args__ = (unique_while("one_open_handoff", "state IN ('waiting', 'claimed')", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = conversation_key()
    reason: Mapped[str] = mapped_column(String(20))
    """asked | safety | not_understood | outside_region | complaint | partner | join"""
    signal: Mapped[str | None] = mapped_column(String(40))
    wish: Mapped[str | None] = mapped_column(String(10))
    """wait | call_back, as the resident chose"""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting | claimed | closed"""
    created_at: Mapped[datetime]
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ResearchConsent(Base):
    """The answer to «may we use this for research», apart from consent for help. No row: no answer, so no consent."""

    __tablename__ = "research_consent"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    given: Mapped[bool]
    version: Mapped[str] = mapped_column(String(20))
    """Which text was answered."""
    at: Mapped[datetime]


class AssistantTurn(Base):
    """What the assistant answered to a turn: asked again after a crash or a time-out, it answers the same."""

    __tablename__ = "assistant_turn"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[str] = mapped_column(String(80), primary_key=True)
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class AssistantEvent(Base):
    """Rasa's events (the tracker store's table), here so that erasing a conversation can reach them."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_by_sender", "sender_id", "id"),
        Index("events_by_type", "sender_id", "type_name", "action_name", "id"),  # the last value of every slot
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[str] = mapped_column(String(255))
    type_name: Mapped[str] = mapped_column(String(255))
    timestamp: Mapped[float | None]
    intent_name: Mapped[str | None] = mapped_column(String(255))
    action_name: Mapped[str | None] = mapped_column(String(255))
    data: Mapped[str | None] = mapped_column(Text)
