"""Booking: what a resident has confirmed becomes a referral, with an appointment when a time was chosen.

The referral holds what travels to the partner, and nothing else: a whitelist, with the contact details encrypted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.conversation.masking import mask
from bot.conversation.safe_channels import unsafe_channels
from bot.directory.partners import Partner
from bot.intake.situation import FACTS, check_fact
from bot.referral import progress, state_machine
from bot.referral.appointments import Slot, book_hold, booked_for, hold
from bot.referral.outbox import Entry, enqueue
from bot.referral.reference import new_reference
from bot.referral.rescheduling import CHANGEABLE
from bot.referral.rules import referral_rules
from bot.store.tables import Appointment, Referral
from bot.store.vault import seal, unseal

_CONTACT_FIELDS = ("name", "phone", "email")
_ATTEMPTS = 5


class Contact(Protocol):
    """Contact details, as ``bot.conversation.contacts`` keeps them."""

    def to_dict(self) -> dict[str, str]:
        """Return the known ones of name, phone and email."""
        ...


@dataclass(frozen=True)
class BookingRequest:
    """What was agreed. ``situation`` holds confirmed facts only; ``because`` are the reasons, in the resident's words.

    ``slot`` is ``None`` for a partner who calls or writes; ``consent_version`` names the text that was agreed to.
    ``causes`` are the ids of the signals and facts behind the need; ``replaces`` is the reference of the referral whose
    place is given up once this one is confirmed. ``call_back`` is the part of the day in which somebody without a time
    would like to be called (``content/referral.yml``); ``reference`` is one that was chosen beforehand.
    """

    conversation_id: str
    need: str
    role: str
    partner: Partner
    because: Sequence[str] = ()
    situation: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    language: str = "nl"
    interpreter: bool = False
    slot: Slot | None = None
    contact: Contact | None = None
    consent_version: str = ""
    region: str = ""
    causes: Sequence[str] = ()
    replaces: str | None = None
    call_back: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Booking:
    """A referral with its appointment. ``is_new`` is False when the same had been booked before."""

    referral: Referral
    appointment: Appointment | None
    is_new: bool


def booking_key(conversation_id: str, need: str, partner_id: str) -> str:
    """Return the key under which this need is held and booked with this partner; 64 characters."""
    return hashlib.sha256("\x1f".join((conversation_id, need, partner_id)).encode()).hexdigest()


def book(session: Session, request: BookingRequest, now: datetime) -> Booking:
    """Make the referral (status ``requested``) and its appointment, both or neither.

    Confirming twice gives the same booking, also at the same moment; one that was cancelled can be booked again.
    Raises ``SeatTaken`` when the time is gone, ``FactError`` for a fact that has no such value, and ``ValueError``
    without a consent version, or for a call-back at no part of the day or beside a time; then nothing is stored.
    """
    _check_call_back(request)
    if not request.consent_version:
        raise ValueError("a referral needs the version of the text that was agreed to")
    key = booking_key(request.conversation_id, request.need, request.partner.id)
    for _ in range(_ATTEMPTS):
        known = _booked(session, key)
        if known is not None:
            _come_back(session, known.referral, request.replaces, now)
            return known
        try:
            with session.begin_nested():
                return _book(session, request, key, now)
        except IntegrityError as error:  # the same click came twice, or a reference exists already
            failure = error
    raise failure


def _booked(session: Session, key: str) -> Booking | None:
    query = select(Referral).where(Referral.idempotency_key == key, Referral.status != "cancelled")
    referral = session.scalar(query)
    return None if referral is None else Booking(referral, appointment_of(session, referral), is_new=False)


def _come_back(session: Session, referral: Referral, replaces: str | None, now: datetime) -> None:
    """Give up the other place of somebody who chooses the first one again: that one was kept all along."""
    if replaces in {None, referral.reference, referral.replaces}:  # the last: the same click came twice
        return
    other = standing(session, referral.conversation_id, str(replaces))
    if other is not None:
        progress.give_up(session, other, progress.TRANSFERRED, now)


def _book(session: Session, request: BookingRequest, key: str, now: datetime) -> Booking:
    referral = Referral(
        reference=request.reference or new_reference(),
        idempotency_key=key,
        conversation_id=request.conversation_id,
        need=request.need,
        role=request.role,
        partner_id=request.partner.id,
        partner_name=request.partner.name,
        status="requested",
        payload=_payload(request, now),
        contact_ciphertext=_sealed(request.contact),
        region=request.region,
        situation=next(iter(request.causes), None),
        replaces=request.replaces,
        created_at=now,
    )
    session.add(referral)
    session.flush()
    state_machine.begin(session, referral, progress.ACTOR_RESIDENT, now)
    appointment = None
    if request.slot is not None:
        held = hold(session, request.partner, request.slot, request.conversation_id, key, now)
        appointment = book_hold(session, held, referral.id, now)
        progress.confirmed(session, referral, progress.ACTOR_RESIDENT, now)
        appointment.interpreter = request.interpreter
    for recipient in ("partner", "resident"):
        enqueue(session, referral, Entry("requested", recipient), now)
    return Booking(referral, appointment, is_new=True)


def _payload(request: BookingRequest, now: datetime) -> dict[str, Any]:
    """Return what travels: facts that exist, by name; everything else a caller may have is left behind."""
    situation = {name: request.situation[name] for name in FACTS if name in request.situation}
    for name, value in situation.items():
        check_fact(name, value)
    return {
        "situation": situation,
        "summary": _summary(request),
        "because": list(request.because),
        **({"call_back": request.call_back} if request.call_back else {}),
        "language": request.language,
        "interpreter": request.interpreter,
        "consent": {
            "version": request.consent_version,
            "at": _iso(now),
            "partners": [request.partner.id],
        },
    }


def _check_call_back(request: BookingRequest) -> None:
    if request.call_back is None:
        return
    if request.slot is not None:
        raise ValueError("somebody with a time is not called back at another")
    if request.call_back not in referral_rules().call_back:
        raise ValueError(f"{request.call_back!r} is no part of the day: {', '.join(referral_rules().call_back)}")


def _summary(request: BookingRequest) -> str:
    """Return what the partner reads; when to call stands there too, in words."""
    if request.call_back is None:
        return request.summary
    wish = referral_rules().call_back[request.call_back].in_language(request.language)
    return "; ".join(part for part in (request.summary, wish) if part)


def _sealed(contact: Contact | None) -> bytes | None:
    known = {} if contact is None else contact.to_dict()
    details = {name: known[name] for name in _CONTACT_FIELDS if name in known}
    return seal(dict(details)) if details else None


def appointment_of(session: Session, referral: Referral) -> Appointment | None:
    """Return the booked appointment of a referral."""
    return booked_for(session, referral.id)


def standing(session: Session, conversation_id: str, reference: str) -> Referral | None:
    """Return a conversation's referral by its reference; ``None`` when there is none, or it was cancelled."""
    query = select(Referral).where(
        Referral.reference == reference, Referral.conversation_id == conversation_id, Referral.status != "cancelled"
    )
    return session.scalar(query)


def standing_references(session: Session, conversation_id: str) -> dict[str, list[str]]:
    """Return the references of a conversation's referrals that a partner is at, by need, the newest last."""
    query = select(Referral.need, Referral.reference).where(
        Referral.conversation_id == conversation_id, Referral.status.in_(CHANGEABLE)
    )
    found: dict[str, list[str]] = {}
    for need, reference in session.execute(query.order_by(Referral.id)):
        found.setdefault(need, []).append(reference)
    return found


def set_aside(session: Session, conversation_id: str, reference: str) -> None:
    """Give the key free of a referral that stands no more, so that the same can be booked with the same partner anew.

    One that was cancelled has done so by its state; one that came back or is completed keeps its place in history.
    """
    referral = standing(session, conversation_id, reference)
    if referral is None or referral.status in CHANGEABLE:
        return
    appointment = appointment_of(session, referral)
    for row in (referral, appointment):
        if row is not None:
            row.idempotency_key = hashlib.sha256(f"{row.idempotency_key}\x1f{reference}".encode()).hexdigest()
    session.flush()


def referral_document(referral: Referral, appointment: Appointment | None, with_contact: bool) -> dict[str, Any]:
    """Return the referral as partners and exports read it: exactly the fields of the contract, times with zone.

    ``contact`` is ``None`` without ``with_contact`` and when nothing is known. Raises ``VaultError`` when the secret
    key does not open the contact details.
    """
    payload = referral.payload
    sealed = referral.contact_ciphertext if with_contact else None
    return {
        "reference": referral.reference,
        "status": referral.status,
        "need": referral.need,
        "situation": dict(payload["situation"]),
        "summary": payload["summary"],
        "language": payload["language"],
        "interpreter": payload["interpreter"],
        "appointment": None
        if appointment is None
        else {
            "start": _iso(appointment.start_at),
            "end": _iso(appointment.end_at),
            "mode": appointment.mode,
            "location": appointment.location,
        },
        "contact": None if sealed is None else unseal(sealed),
        "partner": {"id": referral.partner_id, "name": referral.partner_name, "role": referral.role},
        "consent": dict(payload["consent"]),
        "because": list(payload["because"]),
        "created_at": _iso(referral.created_at),
    }


def document_for_partner(session: Session, referral: Referral, with_contact: bool) -> dict[str, Any]:
    """Return the referral with its appointment as its partner may read it: words masked, no unsafe way of contact.

    Raises ``VaultError`` when the secret key does not open the contact details.
    """
    document = referral_document(referral, appointment_of(session, referral), with_contact)
    document["summary"] = mask(document["summary"]).text
    document["because"] = [mask(reason).text for reason in document["because"]]
    for channel in unsafe_channels(session, referral.conversation_id) if document["contact"] else ():
        document["contact"].pop(channel, None)
    return document


def _iso(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")
