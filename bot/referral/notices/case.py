"""What a notice is about, read in one go, so that nothing is sent while the database waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import safe_channels
from bot.directory.partners import Directory
from bot.referral import links
from bot.referral.booking import appointment_of
from bot.referral.calendar_file import calendar_file
from bot.referral.delivery.errors import NobodyToSend
from bot.referral.follow_up import channel_for
from bot.referral.notices.words import Words, language_of
from bot.settings import Settings
from bot.store.tables import Appointment, Conversation, Outbox, Referral
from bot.store.vault import unseal

_ENDED = ("completed", "cancelled")


@dataclass(frozen=True)
class Way:
    """How a resident is reached with a notice: ``channel`` is email or sms."""

    channel: str
    address: str


@dataclass(frozen=True)
class Case:
    """Everything a notice needs. ``links`` are the addresses of the pages, by purpose; ``calendar`` is the .ics."""

    key: str
    kind: str
    reference: str
    partner: str
    brand: str
    site: str
    language: str
    way: Way
    name: str | None
    mode: str | None = None
    start: datetime | None = None
    location: str | None = None
    website: str | None = None
    accessible: bool | None = None
    phone: str | None = None
    interpreter: bool = False
    links: dict[str, str] = field(default_factory=dict)
    calendar: bytes | None = None
    cancelled: bool = False
    cause: str = ""
    had_time: bool = False
    """Whether there was an appointment before what this says: one that stands, or one that was dropped."""


def read_case(session: Session, row: Outbox, settings: Settings, directory: Directory, now: datetime) -> Case:
    """Put together what a row of the outbox says to the resident.

    Raises ``NobodyToSend`` when it has become pointless, or when there is no way that is known and safe.
    """
    referral = session.get(Referral, row.referral_id) if row.referral_id is not None else None
    if referral is None:
        raise NobodyToSend("the referral is gone")
    appointment = _appointment(session, referral, row)
    _check_timely(session, row, referral, appointment, now)
    contact = unseal(referral.contact_ciphertext) if referral.contact_ciphertext else {}
    way = _way(session, referral, contact)
    conversation = session.get_one(Conversation, referral.conversation_id)
    region = directory.region(referral.region or settings.region)
    partner = directory.listed(region.id, referral.partner_id)
    language = language_of(referral.payload["language"], conversation.language)
    purposes: tuple[links.Purpose, ...] = ("resident", "follow_up") if row.kind == "follow_up" else ("resident",)
    addresses: dict[str, str] = {
        purpose: links.address(links.link_for(session, referral, purpose, now), purpose, settings)
        for purpose in purposes
    }
    return Case(
        key=row.key,
        kind=row.kind,
        reference=referral.reference,
        partner=referral.partner_name,
        brand=region.brand,
        site=settings.site_url,
        language=language,
        way=way,
        name=contact.get("name"),
        mode=appointment.mode if appointment else None,
        start=appointment.start_at if appointment else None,
        location=appointment.location if appointment else None,
        website=partner.website if partner else None,
        accessible=partner.accessible if partner else None,
        phone=contact.get("phone"),
        interpreter=bool(referral.payload.get("interpreter")),
        links=addresses,
        calendar=_calendar(referral, appointment, way, settings, Words(language), addresses["resident"], now),
        cancelled=appointment is not None and appointment.state == "cancelled",
        cause=str(row.details.get("cause") or ""),
        had_time=_had_time(session, referral, row, appointment, now),
    )


def _appointment(session: Session, referral: Referral, row: Outbox) -> Appointment | None:
    named = row.details.get("appointment")
    if named is not None:
        return session.get(Appointment, int(named))
    # What is cancelled is named; a request that had no appointment has none that is off.
    return None if row.kind == "cancelled" else appointment_of(session, referral)


def _had_time(
    session: Session, referral: Referral, row: Outbox, appointment: Appointment | None, now: datetime
) -> bool:
    if row.kind == "proposed":
        return appointment is not None and appointment.start_at > now
    dropped = select(Appointment.id).where(Appointment.referral_id == referral.id, Appointment.state == "cancelled")
    return session.scalar(dropped.limit(1)) is not None


def _check_timely(
    session: Session, row: Outbox, referral: Referral, appointment: Appointment | None, now: datetime
) -> None:
    if row.kind not in {"cancelled", "follow_up"} and referral.status in _ENDED:
        raise NobodyToSend(f"the referral is {referral.status}")
    if row.kind == "transfer_proposed" and referral.status != "draft":
        raise NobodyToSend("the proposal has been answered")
    if row.kind == "reminder" and (appointment is None or appointment.state != "booked" or appointment.start_at <= now):
        raise NobodyToSend("the appointment has changed or is over")
    if row.kind == "follow_up" and channel_for(session, referral) is None:
        raise NobodyToSend("the resident is asked no more questions")


def _way(session: Session, referral: Referral, contact: dict[str, Any]) -> Way:
    """Choose how to reach the resident: the chosen way first, never one that was called unsafe."""
    unsafe = safe_channels.unsafe_channels(session, referral.conversation_id)
    ways = []
    if contact.get("email") and "email" not in unsafe:
        ways.append(Way("email", contact["email"]))
    if contact.get("phone") and "phone" not in unsafe:
        ways.append(Way("sms", contact["phone"]))
    if not ways:
        raise NobodyToSend("no way to reach the resident is known and safe")
    if referral.payload["situation"].get("contact_channel") == "phone":
        ways.sort(key=lambda way: way.channel != "sms")
    return ways[0]


def _calendar(  # noqa: PLR0917 - all that a calendar file says
    referral: Referral,
    appointment: Appointment | None,
    way: Way,
    settings: Settings,
    words: Words,
    link: str,
    now: datetime,
) -> bytes | None:
    if appointment is None or way.channel != "email":
        return None
    return calendar_file(
        referral,
        appointment,
        description=f"{words('label.change')}: {link}",
        url=link,
        organizer=settings.mail_from,
        attendee=way.address,
        now=now,
    )
