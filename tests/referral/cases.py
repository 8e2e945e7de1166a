"""Referrals to begin with, for the tests of what follows on a booking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.conversation import conversations
from bot.conversation.contacts import ContactDetails
from bot.directory.partners import Partner
from bot.referral import booking
from bot.referral.appointments import offer_times
from bot.referral.booking import BookingRequest
from bot.store.engine import transaction
from bot.store.tables import Appointment, Outbox, Referral, ReferralTransition
from tests.referral.conftest import make_partner

JAN = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")
OTHER = make_partner(id="roc", name="ROC Midden Nederland", role="education", roles=("education",))


def booked(
    database: Engine,
    now: datetime,
    partner: Partner | None = None,
    need: str = "unemployment_benefit",
    conversation_id: str | None = None,
    timed: bool = True,
    replaces: str | None = None,
    **more: Any,
) -> Referral:
    """Book a referral, by default with the first free time and for a new conversation."""
    partner = partner or make_partner()
    with transaction(database) as session:
        conversation_id = conversation_id or conversations.create(session, "midden-utrecht", "nl", now)[0].id
        slot = offer_times(session, partner, now, count=1)[0] if timed else None
        request = BookingRequest(
            conversation_id, need, partner.role, partner,
            because=["uw contract stopt op 31 januari"],
            situation={"municipality": "Zeist", "end_date": "2027-01-31"} | more.pop("situation", {}),
            summary="Contract stopt op 31 januari.",
            slot=slot, consent_version="2026-11", region="midden-utrecht", replaces=replaces,
            **{"contact": JAN, **more},
        )  # fmt: skip
        return booking.book(session, request, now).referral


def fresh(session: Session, referral: Referral) -> Referral:
    """Return the referral as this session reads it."""
    return session.get_one(Referral, referral.id)


def sent(session: Session, referral: Referral) -> list[tuple[str, str]]:
    """Return what the outbox holds about a referral, in order: recipient and kind."""
    rows = session.scalars(select(Outbox).where(Outbox.reference == referral.reference).order_by(Outbox.id))
    return [(row.recipient, row.kind) for row in rows]


def everything(database: Engine) -> list[object]:
    """Return all that a move may touch, to see that nothing changed."""
    with transaction(database) as session:
        return [
            *session.execute(select(Referral.id, Referral.status, Referral.due_at).order_by(Referral.id)).all(),
            *session.execute(select(ReferralTransition.id)).all(),
            *session.execute(select(Outbox.id, Outbox.state).order_by(Outbox.id)).all(),
            *session.execute(select(Appointment.id, Appointment.state).order_by(Appointment.id)).all(),
        ]
