"""Warm transfer: another partner takes over, with the resident's consent; the story is told once.

What is proposed is a referral in the state ``draft``, whose next step is the resident's: it holds the facts of the old
one and names it (``replaces``), and nothing of it travels yet. The resident gets a notice with a page to say yes or no
on. The yes makes it a request to the new partner. The old place is kept until that partner has confirmed
(``bot.referral.progress``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.partners import Partner
from bot.referral import progress, state_machine
from bot.referral.appointments import Slot, book_hold, hold
from bot.referral.booking import booking_key
from bot.referral.outbox import Entry, enqueue
from bot.referral.reference import new_reference
from bot.referral.rescheduling import CHANGEABLE
from bot.referral.state_machine import IllegalTransition
from bot.store.tables import Referral

_ATTEMPTS = 5
_ENDED = frozenset({"draft", "completed", "cancelled"})


class AlreadyThere(ValueError):
    """The resident has a referral for this need with this partner."""


@dataclass(frozen=True)
class Destination:
    """To whom, and in which role; for another ``need`` than before ``facts`` are those that its partner may get."""

    partner: Partner
    role: str
    need: str | None = None
    facts: Collection[str] | None = None


@dataclass(frozen=True)
class Consent:
    """The resident's yes: which text was answered, and who noted it (``resident``, or ``desk:<name>`` by phone)."""

    version: str
    noted_by: str = progress.ACTOR_RESIDENT


def propose(session: Session, old: Referral, to: Destination, actor: str, now: datetime) -> Referral:
    """Propose another partner and let the resident know; the same proposal again gives the same draft.

    Raises ``AlreadyThere`` when the resident is with that partner for this need, ``IllegalTransition`` when the old
    referral has ended.
    """
    state_machine.lock(session, old)
    if old.status in _ENDED:
        raise IllegalTransition(f"a referral that is {old.status} cannot be passed on")
    key = booking_key(old.conversation_id, to.need or old.need, to.partner.id)
    for _ in range(_ATTEMPTS):
        known = session.scalar(select(Referral).where(Referral.idempotency_key == key, Referral.status != "cancelled"))
        if known is not None and (known.status, known.replaces) == ("draft", old.reference):
            return known
        if known is not None:
            raise AlreadyThere(f"there is a referral to {to.partner.id} for this need: {known.reference}")
        try:
            with session.begin_nested():
                draft = _draft(old, to, key, now)
                session.add(draft)
                session.flush()
                state_machine.begin(session, draft, actor, now)
                enqueue(session, draft, Entry("transfer_proposed", "resident"), now)
                return draft
        except IntegrityError as error:  # the same click came twice, or the reference exists already
            failure = error
    raise failure


def agree(
    session: Session,
    draft: Referral,
    consent: Consent,
    now: datetime,
    appointment: tuple[Partner, Slot] | None = None,
) -> bool:
    """Send the story to the new partner, as the resident agreed; with an ``appointment`` the place is certain at once.

    Returns whether it is new. Raises ``ValueError`` without a consent version, ``SeatTaken`` when the time is gone, and
    ``IllegalTransition`` when the proposal was withdrawn; then nothing changes.
    """
    if not consent.version:
        raise ValueError("a transfer needs the version of the text that was agreed to")
    state_machine.lock(session, draft)
    if draft.status != "draft":
        if draft.replaces is None or draft.status == "cancelled":
            raise IllegalTransition("there is no proposal to agree to")
        return False
    step = state_machine.transition(session, draft, "requested", consent.noted_by, now, reason="consent")
    given = {
        "version": consent.version,
        "at": now.astimezone(ZONE).isoformat(timespec="seconds"),
        "partners": [draft.partner_id],
    }
    draft.payload = {**draft.payload, "consent": given}
    if appointment is not None:
        partner, slot = appointment
        held = hold(session, partner, slot, draft.conversation_id, draft.idempotency_key, now)
        book_hold(session, held, draft.id, now).interpreter = bool(draft.payload.get("interpreter"))
        progress.confirmed(session, draft, consent.noted_by, now)
    for recipient in ("partner", "resident"):
        enqueue(session, draft, Entry("requested", recipient, str(step.id)), now)
    return True


def decline(session: Session, draft: Referral, actor: str, now: datetime) -> bool:
    """Let the proposal go at the resident's no: the old referral stays as it is. Return whether it was open."""
    state_machine.lock(session, draft)
    if draft.status != "draft":
        return False
    return progress.give_up(session, draft, progress.DECLINED, now, actor)


def proposals_of(session: Session, old: Referral) -> list[Referral]:
    """Return the proposals that wait for the resident's answer, oldest first."""
    query = select(Referral).where(
        Referral.replaces == old.reference,
        Referral.conversation_id == old.conversation_id,
        Referral.status == "draft",
    )
    return list(session.scalars(query.order_by(Referral.id)))


def keeps_a_place(session: Session, draft: Referral) -> bool:
    """Return whether the place that is to be replaced is still the resident's: it may have ended, or come back."""
    query = select(Referral.status).where(
        Referral.reference == draft.replaces, Referral.conversation_id == draft.conversation_id
    )
    return session.scalar(query) in CHANGEABLE


def _draft(old: Referral, to: Destination, key: str, now: datetime) -> Referral:
    """Return the new referral: the story of the old one, without a consent, which each partner needs anew."""
    facts = dict(old.payload["situation"])
    if to.facts is not None:
        facts = {name: value for name, value in facts.items() if name in to.facts}
    return Referral(
        reference=new_reference(),
        idempotency_key=key,
        conversation_id=old.conversation_id,
        need=to.need or old.need,
        role=to.role,
        partner_id=to.partner.id,
        partner_name=to.partner.name,
        status="draft",
        payload={
            **old.payload,
            "situation": facts,
            # The summary is made of all facts, so it goes along only when all of them do.
            "summary": old.payload["summary"] if facts == old.payload["situation"] else "",
            "because": list(old.payload["because"]),
            "consent": {"version": "", "at": "", "partners": []},
        },
        contact_ciphertext=old.contact_ciphertext,
        region=old.region,
        situation=old.situation,
        replaces=old.reference,
        created_at=now,
    )
