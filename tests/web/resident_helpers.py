"""A referral with a link for its resident, and partners of the region with and without a calendar."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from bot import clock
from bot.directory.partners import Partner
from bot.referral import links
from bot.referral.appointments import booked_for
from bot.referral.calendars.availability import chosen
from bot.store.engine import transaction
from bot.store.tables import Appointment, Outbox, Referral
from tests.web.partner_helpers import DIRECTORY, UWV

_ALL = DIRECTORY.all_partners("midden-utrecht")
TIMED: Partner = UWV
UNTIMED: Partner = next(partner for partner in _ALL if chosen(partner) is None and partner.role)
OTHER: Partner = next(partner for partner in _ALL if chosen(partner) is not None and partner.id != UWV.id)


def resident_token(engine: Engine, referral: Referral, now: datetime | None = None) -> str:
    """Return the token of the referral's link for its resident."""
    with transaction(engine) as session:
        return links.link_for(session, session.get_one(Referral, referral.id), "resident", now or clock.now())


def appointment(engine: Engine, referral: Referral) -> Appointment | None:
    """Return the booked appointment."""
    with transaction(engine) as session:
        return booked_for(session, referral.id)


def booked_appointment(engine: Engine, referral: Referral) -> Appointment:
    """Return the booked appointment, which there must be."""
    found = appointment(engine, referral)
    assert found is not None
    return found


def kinds(engine: Engine, referral: Referral) -> list[tuple[str, str]]:
    """Return what the outbox holds about a referral, in order: recipient and kind."""
    with transaction(engine) as session:
        rows = session.scalars(select(Outbox).where(Outbox.reference == referral.reference).order_by(Outbox.id))
        return [(row.recipient, row.kind) for row in rows]
