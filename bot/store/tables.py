"""All tables. Times are stored in UTC; personal contact details only as ciphertext (``bot.store.vault``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC in every database (SQLite has no time zones of its own)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into naive UTC. Raises ``ValueError`` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored UTC time its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}


def _conversation_key(index: bool = True) -> Mapped[str]:
    return mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=index)


def _unique_while(name: str, condition: str, *columns: str) -> Index:
    """Return a unique index over the rows that meet ``condition``: what no check before an insert can guarantee."""
    return Index(name, *columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


_LIVE = "state IN ('held', 'booked')"
_SIGNED_UP = "state = 'live'"


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
    conversation_id: Mapped[str] = _conversation_key(index=False)  # its unique constraint is an index too
    client_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Message(Base):
    """One message, already masked. ``seq`` counts within the conversation, from 1."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation_key(index=False)  # its unique constraint is an index too
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


class ResumeCode(Base):
    """The code with which a resident comes back to a conversation; one a conversation, and only its keyed hash."""

    __tablename__ = "resume_code"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    valid_until: Mapped[datetime]


class Handoff(Base):
    """A conversation passed to staff."""

    __tablename__ = "handoff"
    __table_args__ = (_unique_while("one_open_handoff", "state IN ('waiting', 'claimed')", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = _conversation_key()
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


class Referral(Base):
    """A resident passed on to a partner for one need. A cancelled one gives its key free, to be booked again."""

    __tablename__ = "referral"
    __table_args__ = (_unique_while("one_live_referral_per_key", "status <> 'cancelled'", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = _conversation_key()
    need: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    partner_id: Mapped[str] = mapped_column(String(80), index=True)
    partner_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    """The whitelisted facts that travel: situation, summary, because, language, interpreter, consent."""
    contact_ciphertext: Mapped[bytes | None]
    created_at: Mapped[datetime]


class ReferralTransition(Base):
    """One step of a referral's state; rows are only ever added."""

    __tablename__ = "referral_transition"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    from_status: Mapped[str | None] = mapped_column(String(20))
    to_status: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime]


@event.listens_for(ReferralTransition, "before_update")
def _keep_history(*_: object) -> None:
    raise RuntimeError("a step of a referral is history: add a new one instead")


class Appointment(Base):
    """One seat at one time with one partner. The partial unique index makes double booking impossible."""

    __tablename__ = "appointment"
    __table_args__ = (
        _unique_while("one_live_appointment_per_seat", _LIVE, "partner_id", "start_at", "seat"),
        _unique_while("one_live_appointment_per_key", _LIVE, "idempotency_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[str] = mapped_column(String(80))
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    seat: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    """phone | in_person | video"""
    location: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    """held | booked | released | cancelled"""
    held_until: Mapped[datetime | None]
    conversation_id: Mapped[str] = _conversation_key()
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class EventSignUp(Base):
    """One place at an event. The partial unique indexes make one place too many, and signing up twice, impossible.

    What, when and where are kept as they were agreed: the event may since have left ``content/events.yml``.
    """

    __tablename__ = "event_sign_up"
    __table_args__ = (
        _unique_while("one_live_sign_up_per_place", _SIGNED_UP, "event_id", "place"),
        _unique_while("one_live_sign_up_per_conversation", _SIGNED_UP, "event_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    event_id: Mapped[str] = mapped_column(String(80))
    place: Mapped[int]
    """The number of the place, from 1 to the limit."""
    state: Mapped[str] = mapped_column(String(10))
    """live | cancelled"""
    title: Mapped[str] = mapped_column(String(80))
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    location: Mapped[str] = mapped_column(String(300))
    conversation_id: Mapped[str] = _conversation_key()
    created_at: Mapped[datetime]
    contact_agreed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the resident agreed that name and number are used for this event."""


class ResearchConsent(Base):
    """The answer to «may we use this for research», apart from consent for help. No row: no answer, so no consent."""

    __tablename__ = "research_consent"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    given: Mapped[bool]
    version: Mapped[str] = mapped_column(String(20))
    """Which text was answered."""
    at: Mapped[datetime]


class Staff(Base):
    """A person who may open the desk."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(12), default="staff")
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Audit(Base):
    """Who read or did what at the desk (BIO2: reads are logged too)."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(80))
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
