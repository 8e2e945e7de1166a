"""Erasing a conversation with its referrals: partners are told, and only a count is kept.

What a partner has received is in the partner's own files by then; the reference tells it which to erase there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.conversation import conversations
from bot.referral.cases import remember
from bot.referral.outbox import LEASE
from bot.store.tables import Appointment, Outbox, Referral, ReferralTransition

_ENDED = ("completed", "cancelled")


def erase_conversation(session: Session, conversation_id: str, now: datetime) -> bool:
    """Erase everything of a conversation; return whether there was anything.

    Each partner that may have received a referral of it is sent its reference, with the word that it is withdrawn.
    """
    remember(session, conversation_id)
    for referral in session.scalars(select(Referral).where(Referral.conversation_id == conversation_id)):
        _withdraw(session, referral, now)
    return conversations.erase(session, conversation_id)


def ended_conversations(session: Session, ended_before: datetime, silent_before: datetime) -> Sequence[str]:
    """Return the conversations whose referrals have all ended, or of which nothing was heard, since such a moment."""
    last = func.max(ReferralTransition.at)
    open_ones = func.count(Referral.id).filter(Referral.status.not_in(_ENDED))
    query = (
        select(Referral.conversation_id)
        .join(ReferralTransition, ReferralTransition.referral_id == Referral.id)
        .group_by(Referral.conversation_id)
        .having(((open_ones == 0) & (last < ended_before)) | (last < silent_before))
    )
    return session.scalars(query).all()


def purge_leftovers(session: Session, sent_before: datetime) -> int:
    """Delete what arrived about referrals that are gone, and seats that were given back, before a moment.

    What was sent about a referral stays as long as the referral: later things are numbered after it. Returns how many.
    """
    over = Outbox.state.in_(("delivered", "dropped")), Outbox.scheduled_at < sent_before, Outbox.referral_id.is_(None)
    sent = delete(Outbox).where(*over)
    seats = delete(Appointment).where(Appointment.state == "released", Appointment.created_at < sent_before)
    return sum(
        len(session.scalars(statement, execution_options={"synchronize_session": False}).all())
        for statement in (sent.returning(Outbox.id), seats.returning(Appointment.id))
    )


def _withdraw(session: Session, referral: Referral, now: datetime) -> None:
    query = select(Outbox).where(Outbox.referral_id == referral.id, Outbox.recipient == "partner")
    rows = session.scalars(query.order_by(Outbox.id)).all()
    if not any(row.attempts or row.state != "pending" for row in rows):
        return  # nothing has left the house
    # What is on its way just now must not arrive after the withdrawal.
    at = now + LEASE if any(row.leased_until and row.leased_until > now for row in rows) else now
    session.add(
        Outbox(
            key=f"{referral.reference}:partner:withdrawn",
            stream=rows[0].stream,
            referral_id=None,
            reference=referral.reference,
            region=referral.region,
            partner_id=referral.partner_id,
            recipient="partner",
            kind="withdrawn",
            scheduled_at=at,
            next_attempt_at=at,
            created_at=now,
        )
    )
