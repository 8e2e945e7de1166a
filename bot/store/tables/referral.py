"""The tables of a referral: its steps, its appointment, the links to it, what is sent about it, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import Base, conversation_key, unique_while

_LIVE = "state IN ('held', 'booked')"
_SIGNED_UP = "state = 'live'"


class Referral(Base):
    """A resident passed on to a partner for one need. A cancelled one gives its key free, to be booked again."""

    __tablename__ = "referral"
    __table_args__ = (unique_while("one_live_referral_per_key", "status <> 'cancelled'", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = conversation_key()
    need: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(40))
    partner_id: Mapped[str] = mapped_column(String(80), index=True)
    partner_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    """The whitelisted facts that travel: situation, summary, because, language, interpreter, consent."""
    contact_ciphertext: Mapped[bytes | None]
    region: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    situation: Mapped[str | None] = mapped_column(String(40))
    """The first of the reasons (a signal or a fact), for the figures."""
    due_at: Mapped[datetime | None]
    """When the owner of the present state should have taken the next step; ``None`` in a state without one."""
    overdue_at: Mapped[datetime | None]
    """When it was first noticed that ``due_at`` had passed; emptied by the next step."""
    replaces: Mapped[str | None] = mapped_column(String(8))
    """The reference of the referral whose place is given up once this one is confirmed (a warm transfer)."""
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
    suggested_role: Mapped[str | None] = mapped_column(String(40))
    """Who would be better, in the eyes of a partner who sent it back."""
    at: Mapped[datetime]


@event.listens_for(ReferralTransition, "before_update")
def _keep_history(*_: object) -> None:
    raise RuntimeError("a step of a referral is history: add a new one instead")


class Appointment(Base):
    """One seat at one time with one partner. The partial unique index makes double booking impossible."""

    __tablename__ = "appointment"
    __table_args__ = (
        unique_while("one_live_appointment_per_seat", _LIVE, "partner_id", "start_at", "seat"),
        unique_while("one_live_appointment_per_key", _LIVE, "idempotency_key"),
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
    conversation_id: Mapped[str] = conversation_key()
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was changed (the SEQUENCE of its calendar file)."""
    interpreter: Mapped[bool] = mapped_column(default=False, server_default=false())
    external_id: Mapped[str | None] = mapped_column(String(120))
    """Its name in a calendar outside the house, when the partner has one."""
    booked_at: Mapped[datetime | None]
    """When it was first booked. It stays when the appointment is cancelled: figures that are published do not move."""
    created_at: Mapped[datetime]


class Link(Base):
    """A signed link that opens one referral for one purpose, until it expires or is revoked."""

    __tablename__ = "link"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    """partner | resident | follow_up"""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class TimeProposal(Base):
    """A time a partner proposes; the resident chooses one of those that are open."""

    __tablename__ = "time_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), index=True)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(10))
    """phone | in_person | video"""
    state: Mapped[str] = mapped_column(String(10), default="open")
    """open | chosen | withdrawn"""
    created_at: Mapped[datetime]


class Outbox(Base):
    """One thing to be sent about a referral, written in the transaction that caused it, sent afterwards.

    It holds no personal data: what is sent is put together from the referral at the moment of sending. Only a
    withdrawal outlives its referral; the reference is all it says.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_by_state", "state", "next_attempt_at"), Index("outbox_by_stream", "stream", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """The idempotency key: the same thing is never written twice, and who receives it can tell a repetition."""
    stream: Mapped[str] = mapped_column(String(40))
    """Reference and recipient: within a stream things arrive in the order in which they were written."""
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id", ondelete="SET NULL"), index=True)
    reference: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(40))
    partner_id: Mapped[str] = mapped_column(String(80))
    recipient: Mapped[str] = mapped_column(String(10))
    """partner | resident"""
    kind: Mapped[str] = mapped_column(String(20))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the kind needs beside the referral: ids and codes, never words of a person."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """pending | delivered | dropped (there is nobody to send it to any more) | dead (tried in vain)"""
    attempts: Mapped[int] = mapped_column(default=0)
    scheduled_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What an adapter with several steps has done already."""
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class FollowUp(Base):
    """One question to the resident, some time after the referral, and the answer."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("referral_id", "wave"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    wave: Mapped[str] = mapped_column(String(12))
    """two_weeks | three_months | six_months"""
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(20))
    answered_at: Mapped[datetime | None]
    first_answer: Mapped[str | None] = mapped_column(String(20))
    """What the figures count: a later answer helps the resident, and changes nothing that is published."""
    first_answered_at: Mapped[datetime | None]
    taken_up_at: Mapped[datetime | None]
    """When somebody at the desk took up that help is still wanted."""
    taken_up_by: Mapped[str | None] = mapped_column(String(80))


class FollowUpStop(Base):
    """A resident who wants no more questions afterwards."""

    __tablename__ = "follow_up_stop"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class ImpactRecord(Base):
    """What is kept of a referral whose conversation was erased: nothing that leads to a person, for the figures."""

    __tablename__ = "impact_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    region: Mapped[str] = mapped_column(String(40))
    situation: Mapped[str | None] = mapped_column(String(40))
    need: Mapped[str] = mapped_column(String(40))
    partner_id: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20))
    """What the partner answered: one of ``bot.referral.cases.RESPONSES``."""
    accepted: Mapped[bool]
    outcome: Mapped[str | None] = mapped_column(String(40))
    sent_back: Mapped[str | None] = mapped_column(String(40))
    days_to_contact: Mapped[int | None]
    waiting_days: Mapped[int | None]
    resident_answer: Mapped[str | None] = mapped_column(String(20))
    """What the resident said last when asked afterwards."""


class EventSignUp(Base):
    """One place at an event. The partial unique indexes make one place too many, and signing up twice, impossible.

    What, when and where are kept as they were agreed: the event may since have left ``content/events.yml``.
    """

    __tablename__ = "event_sign_up"
    __table_args__ = (
        unique_while("one_live_sign_up_per_place", _SIGNED_UP, "event_id", "place"),
        unique_while("one_live_sign_up_per_conversation", _SIGNED_UP, "event_id", "conversation_id"),
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
    conversation_id: Mapped[str] = conversation_key()
    created_at: Mapped[datetime]
    contact_agreed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the resident agreed that name and number are used for this event."""
