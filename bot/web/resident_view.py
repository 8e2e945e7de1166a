"""What a resident reads of a referral: who, when, how, what to bring, what can be changed. The need is not named.

The words of how and what to bring are those of the messages that are sent (``content/notices``): one appointment is
told in one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.conversation.safe_channels import CHANNELS, unsafe_channels
from bot.directory.partners import Directory, Partner
from bot.referral import progress, transfer
from bot.referral.appointments import booked_for
from bot.referral.calendars.availability import chosen, way_for
from bot.referral.call_back import wish_of
from bot.referral.notices.compose import access, agreed, bring, how
from bot.referral.notices.words import Words
from bot.referral.proposals import open_times
from bot.referral.rescheduling import CHANGEABLE
from bot.referral.rules import referral_rules
from bot.store.tables import Appointment, Referral
from bot.store.vault import VaultError, unseal
from bot.web.page_texts import page_texts
from bot.web.partner_view import fact_words

#: States in which a partner has taken somebody on.
_TAKEN_ON = ("accepted", "in_progress", "on_hold", "completed")


def words(language: str) -> dict[str, Any]:
    """Return the texts of the resident's pages, with those that all pages share."""
    return {**page_texts(language), **page_texts(f"appointment.{language}")}


def clock_time(moment: datetime) -> str:
    """Return the time of day on a Dutch clock: «10:32»."""
    return moment.astimezone(ZONE).strftime("%H:%M")


def has_calendar(partner: Partner | None) -> bool:
    """Return whether times of this partner can be offered."""
    return partner is not None and chosen(partner) is not None


def contact_of(referral: Referral) -> Mapping[str, str]:
    """Return the contact details that go with a referral; nothing when the secret key does not open them."""
    try:
        return unseal(referral.contact_ciphertext) if referral.contact_ciphertext else {}
    except VaultError:
        return {}


def agreed_mode(referral: Referral, appointment: Appointment | None, partner: Partner) -> str | None:
    """Return how the next appointment is kept: as this one, else as the resident wants to be reached.

    ``None`` when the partner only calls and there is no number to call.
    """
    if appointment is not None:
        return appointment.mode
    contact, wish = contact_of(referral), referral.payload["situation"].get("contact_channel")
    possible = [way for way in (wish, "phone", "email") if way in contact]
    ways = (way_for(partner, way) for way in (*possible, "walk_in"))
    return next((way for way in ways if way is not None), None)


def page_of(session: Session, referral: Referral, directory: Directory, language: str, now: datetime) -> dict[str, Any]:
    """Return what the page of one referral shows."""
    partner, appointment = directory.listed(referral.region, referral.partner_id), booked_for(session, referral.id)
    under_way, phrases = referral.status in CHANGEABLE, Words(language)
    is_over = appointment is not None and appointment.start_at <= now
    return {
        "reference": referral.reference,
        "partner": referral.partner_name,
        "state": referral_rules().states[referral.status].in_language(language),
        "ended": referral.status in {"completed", "cancelled"},
        "under_way": under_way,
        "at_desk": referral_rules().states[referral.status].owner == "desk",
        "rows": _rows(referral, appointment, partner, phrases, is_over=is_over),
        "when": phrases.moment(appointment.start_at) if appointment and not is_over else "",
        "was": is_over,
        "to_take_out": appointment is None and to_take_out(session, referral, now) is not None,
        "can_move": under_way and _has_times(referral, appointment, partner),
        "can_stop": progress.may(referral, "cancelled") and referral.status != "draft",
        "proposed": [
            (time.id, f"{phrases.moment(time.start_at)}, {words(language)['modes'][time.mode]}")
            for time in open_times(session, referral, now)
            if partner is not None
        ],
        "transfers": [_transfer(session, draft, language) for draft in transfers_of(session, referral)],
        "successor": _successor(session, referral),
        **_call_back(referral, appointment, partner, language),
        "is_safe": not set(CHANNELS) <= unsafe_channels(session, referral.conversation_id),
        "can_be_reached": bool({"phone", "email"} & contact_of(referral).keys()),
        "is_by_phone": appointment is not None and appointment.mode == "phone" and not is_over,
    }


def _has_times(referral: Referral, appointment: Appointment | None, partner: Partner | None) -> bool:
    return partner is not None and has_calendar(partner) and agreed_mode(referral, appointment, partner) is not None


def transfers_of(session: Session, referral: Referral) -> list[Referral]:
    """Return the proposals of another partner that wait for the resident's answer: this one, or those to replace it."""
    return [referral] if referral.status == "draft" else transfer.proposals_of(session, referral)


def to_take_out(session: Session, referral: Referral, now: datetime) -> Appointment | None:
    """Return the last appointment that was called off and may still stand in the resident's own calendar."""
    query = select(Appointment).where(
        Appointment.referral_id == referral.id, Appointment.state == "cancelled", Appointment.start_at > now
    )
    return session.scalar(query.order_by(Appointment.sequence.desc()).limit(1))


def _rows(
    referral: Referral, appointment: Appointment | None, partner: Partner | None, phrases: Words, *, is_over: bool
) -> list[tuple[str, str]]:
    rows = [(phrases("label.who"), referral.partner_name)]
    if appointment is not None:
        meeting = agreed(appointment, contact_of(referral).get("phone"), partner)
        rows.append((phrases("label.when"), phrases.moment(appointment.start_at)))
        if not is_over:
            rows.append((phrases("label.where"), how(meeting, phrases)))
            rows += [*access(meeting, phrases), bring(meeting, phrases)]
    if referral.payload.get("interpreter"):
        rows.append((page_texts(f"appointment.{phrases.language}")["interpreter"], phrases("interpreter")))
    return [*rows, (phrases("label.reference"), referral.reference)]


def _call_back(
    referral: Referral, appointment: Appointment | None, partner: Partner | None, language: str
) -> dict[str, Any]:
    """Offer a part of the day to who waits for a call of a partner without a calendar."""
    waits = referral.status in CHANGEABLE and appointment is None and not has_calendar(partner)
    return {
        "can_call_back": waits and "phone" in contact_of(referral),
        "wish": wish_of(referral) or "none",
        "parts": [(part, words(language)["parts"][part]) for part in (*referral_rules().call_back, "none")],
    }


def _transfer(session: Session, draft: Referral, language: str) -> dict[str, Any]:
    """Return what the resident agrees to: to whom which of the facts go."""
    t, situation = words(language), draft.payload["situation"]
    rows = [fact_words(name, str(value), language) for name, value in situation.items()]
    if draft.payload["summary"]:
        rows.append((t["transfer_summary"], draft.payload["summary"]))
    kinds = [t["kinds"][kind] for kind in ("name", "phone", "email") if kind in contact_of(draft)]
    if kinds:
        rows.append((t["transfer_contact"], ", ".join(kinds)))
    return {
        "to": draft.reference,
        "partner": draft.partner_name,
        "rows": rows,
        "keeps": transfer.keeps_a_place(session, draft),
    }


def _successor(session: Session, referral: Referral) -> str:
    """Return the name of the partner who took over, once it has: until then the old place is the resident's."""
    query = select(Referral.partner_name).where(
        Referral.replaces == referral.reference,
        Referral.conversation_id == referral.conversation_id,
        Referral.status.in_(_TAKEN_ON),
    )
    return session.scalar(query.order_by(Referral.id.desc()).limit(1)) or ""
