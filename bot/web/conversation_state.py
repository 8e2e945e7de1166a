"""What the API tells of one conversation beside its messages: its state, its referrals, a calendar file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.conversation import conversations, handoffs
from bot.conversation.conversations import ConversationNotFound
from bot.referral.calendar_file import calendar_file, sign_up_file
from bot.referral.sign_ups import sign_ups_of
from bot.store.engine import transaction
from bot.store.tables import Appointment, Conversation, Handoff, Referral
from bot.web.problems import Problem, not_found
from bot.web.schemas import AppointmentOut, ConversationState, HandoffOut, NeedOut, ReferralOut, SignalOut


def read(engine: Engine, conversation_id: str, token: str) -> ConversationState:
    """Return the state of a conversation. Raises ``Problem`` 404."""
    with transaction(engine) as session:
        conversation = _authorised(session, conversation_id, token)
        state = conversation.state or {}
        return ConversationState(
            language=conversation.language,
            situation={str(fact): str(value) for fact, value in (state.get("situation") or {}).items()},
            signals=[SignalOut(**_only(signal, SignalOut)) for signal in state.get("signals") or ()],
            needs=[NeedOut(**_only(need, NeedOut)) for need in state.get("needs") or ()],
            referrals=[_referral(referral, found) for referral, found in referrals_of(session, conversation_id)],
            handoff=_handoff(handoffs.open_of(session, conversation_id)),
            asking=conversation.asking,
        )


def calendar(engine: Engine, conversation_id: str, token: str, reference: str, organizer: str) -> bytes:
    """Return the iCalendar file of a referral or a sign-up of this conversation. Raises ``Problem`` 404.

    ``organizer`` is who offers it, as in a From line.
    """
    with transaction(engine) as session:
        _authorised(session, conversation_id, token)
        for referral, appointment in referrals_of(session, conversation_id):
            if referral.reference == reference and appointment is not None:
                return calendar_file(referral, appointment, organizer=organizer)
        for sign_up in sign_ups_of(session, conversation_id):
            if sign_up.reference == reference:
                return sign_up_file(sign_up, organizer=organizer)
    raise Problem(404, "not-found", "This conversation has no appointment with that reference.")


def referrals_of(session: Session, conversation_id: str) -> list[tuple[Referral, Appointment | None]]:
    """Return the referrals of a conversation with their live appointments, oldest first."""
    query = (
        select(Referral, Appointment)
        .outerjoin(Appointment, (Appointment.referral_id == Referral.id) & (Appointment.state == "booked"))
        .where(Referral.conversation_id == conversation_id)
        .order_by(Referral.id)
    )
    return [(referral, appointment) for referral, appointment in session.execute(query)]


def _authorised(session: Session, conversation_id: str, token: str) -> Conversation:
    try:
        return conversations.authorise(session, conversation_id, token)
    except ConversationNotFound:
        raise not_found() from None


def _only(values: dict[str, Any], form: type[NeedOut] | type[SignalOut]) -> dict[str, Any]:
    return {name: values[name] for name in form.model_fields if name in values}


def _referral(referral: Referral, appointment: Appointment | None) -> ReferralOut:
    return ReferralOut(
        reference=referral.reference,
        partner=referral.partner_name,
        role=referral.role,
        need=referral.need,
        status=referral.status,
        appointment=None
        if appointment is None
        else AppointmentOut(
            start=appointment.start_at, end=appointment.end_at, mode=appointment.mode, location=appointment.location
        ),
    )


def _handoff(handoff: Handoff | None) -> HandoffOut | None:
    if handoff is None:
        return None
    return HandoffOut(reason=handoff.reason, state=handoff.state, wish=handoff.wish, at=handoff.created_at)
