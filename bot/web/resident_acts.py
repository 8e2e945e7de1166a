"""What a resident can do on the page of an appointment: each form becomes one move, harmless when it is repeated.

A calendar outside the house may be asked in between, so each act opens its own transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import safe_channels
from bot.directory.partners import Partner
from bot.referral import call_back, links, progress, proposals, rescheduling, scheduling, transfer
from bot.referral.appointments import AlreadyBusy, SeatTaken, Slot, booked_for, held_under, release
from bot.referral.free_times import spans_of_resident
from bot.referral.reference import is_reference
from bot.referral.rescheduling import NotChangeable
from bot.referral.state_machine import lock
from bot.referral.withholding import withhold
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral
from bot.web.resident_view import agreed_mode, has_calendar, words
from bot.web.services import Services

#: Nothing that a form of this page sends is longer; the rest is not looked at.
LONGEST_FIELD = 60
TIMES_SHOWN = 5
PARTS = ("any", "evening")
_LONGEST_ID = 9
#: Years of which a calendar is reckoned: at the edges of what a clock can say, the day before does not exist.
_YEARS = range(2000, 2200)


@dataclass(frozen=True)
class Done:
    """What follows on an act: which view, what to say there, and the link of another referral to go on with."""

    say: str = ""
    view: str = ""
    token: str | None = None


class Unclear(ValueError):
    """What was sent cannot be used: a time that is none, a proposal of somebody else."""


@dataclass(frozen=True)
class Visit:
    """Somebody with a link, at one moment. ``fields`` is the form that was sent."""

    services: Services
    token: str
    now: datetime
    fields: Mapping[str, str]
    language: str = "nl"

    def referral(self, session: Session) -> Referral:
        """Return the referral of the link. Raises ``LinkInvalid``."""
        return links.open_link(session, self.token, "resident", self.now)

    def partner(self, referral: Referral) -> Partner:
        """Return the partner. Raises ``NotChangeable`` when it has left the directory, or has no calendar."""
        partner = self.services.directory.listed(referral.region, referral.partner_id)
        if partner is None or not has_calendar(partner):
            raise NotChangeable(f"{referral.partner_id} has no calendar here")
        return partner

    @property
    def start(self) -> datetime:
        """The time that was chosen. Raises ``Unclear``."""
        moment = moment_of(self.fields.get("start", ""))
        if moment is None:
            raise Unclear("start")
        return moment


def moment_of(written: str) -> datetime | None:
    """Return an aware moment as an address or a form says it; ``None`` for what is none."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo is not None and moment.year in _YEARS else None
    return None


# --- times ------------------------------------------------------------------------------------------------------------


def times(visit: Visit, part: str = "any", after: datetime | None = None, count: int = TIMES_SHOWN) -> list[Slot]:
    """Return free times of the referral's partner, in the way that was agreed. Raises ``NotChangeable``."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        if referral.status not in rescheduling.CHANGEABLE:
            raise NotChangeable(f"{referral.reference} is {referral.status}")
        partner = visit.partner(referral)
        mode = agreed_mode(referral, booked_for(session, referral.id), partner)
        if mode is None:
            raise NotChangeable(f"{referral.partner_id} only calls, and {referral.reference} has no number")
        conversation, interpreter = referral.conversation_id, bool(referral.payload.get("interpreter"))
    found = scheduling.free_times(
        visit.services.engine,
        partner,
        visit.services.settings,
        visit.now,
        count=count,
        part=part,
        after=after,
        conversation_id=conversation,
        interpreter=interpreter,
        mode=mode if mode in partner.modes else None,
    )
    where = partner.location if mode == "in_person" else None
    return [replace(slot, mode=mode, location=where) for slot in found]


def held(session: Session, referral: Referral, now: datetime) -> Appointment | None:
    """Return the seat that is held for the resident until it is confirmed."""
    return held_under(session, rescheduling.visit_of_change(session, referral).key, now)


def _choose(visit: Visit) -> Done:
    """Hold the time that was chosen."""
    start = visit.start
    if _stands_at(visit, start):
        return Done("moved")
    slot = _slot(visit, start)
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        rescheduling.hold_change(session, referral, visit.partner(referral), slot, visit.now)
    return Done(view="confirm")


def _confirm(visit: Visit) -> Done:
    """Move the appointment to the time that was chosen: the new seat is certain before the old one is dropped."""
    start = visit.start
    if _stands_at(visit, start):
        return Done("moved")
    slot = _slot(visit, start)
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        partner = visit.partner(referral)
    scheduling.move(visit.services.engine, referral.id, partner, slot, visit.services.settings, visit.now)
    return Done("moved")


def _keep(visit: Visit) -> Done:
    """Give back the time that was held."""
    with transaction(visit.services.engine) as session:
        release(session, rescheduling.visit_of_change(session, visit.referral(session)).key)
    return Done()


def _stands_at(visit: Visit, start: datetime) -> bool:
    with transaction(visit.services.engine) as session:
        appointment = booked_for(session, visit.referral(session).id)
        return appointment is not None and appointment.start_at == start


def _slot(visit: Visit, start: datetime) -> Slot:
    """Return the seat that is held at a time, else one that is free: a form may say any time. Raises ``SeatTaken``."""
    with transaction(visit.services.engine) as session:
        kept = held(session, visit.referral(session), visit.now)
        if kept is not None and kept.start_at == start:
            return Slot(kept.start_at, kept.end_at, kept.mode, kept.location)
    if start <= visit.now:
        raise SeatTaken(f"{start.isoformat()} is over")
    found = times(visit, after=start - timedelta(microseconds=1), count=1)
    if not found or found[0].start != start:
        raise (AlreadyBusy if _is_own(visit, start) else SeatTaken)(f"{start.isoformat()} is not free")
    return found[0]


def _take_proposed(visit: Visit) -> Done:
    """Take a time that the partner proposed."""
    chosen = visit.fields.get("time", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) <= _LONGEST_ID):
        raise Unclear("time")
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        partner = visit.services.directory.listed(referral.region, referral.partner_id)
        if partner is None:
            raise NotChangeable(f"{referral.partner_id} has left the directory")
        proposals.choose_time(session, referral, int(chosen), partner, visit.now)
    return Done("moved")


# --- the rest ---------------------------------------------------------------------------------------------------------


def _cancel(visit: Visit) -> Done:
    """Stop: the seat comes free, the partner and the resident hear it."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        lock(session, referral)
        if referral.status == "completed":
            raise NotChangeable(f"{referral.reference} is completed")
        progress.give_up(session, referral, progress.ACTOR_RESIDENT, visit.now)
    return Done()  # the state itself says it


def _agree(visit: Visit) -> Done:
    """Say yes to another partner: only now anything travels there."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        draft = _proposal(session, referral, visit.fields.get("to", ""))
        transfer.agree(session, draft, transfer.Consent(words(visit.language)["transfer_version"]), visit.now)
        said = "agreed" if transfer.keeps_a_place(session, draft) else "agreed_no_place"
        return Done(said, token=links.link_for(session, draft, "resident", visit.now))


def _decline(visit: Visit) -> Done:
    """Say no to another partner: everything stays as it is."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        draft = _proposal(session, referral, visit.fields.get("to", ""))
        transfer.decline(session, draft, progress.ACTOR_RESIDENT, visit.now)
    return Done("declined")


def _proposal(session: Session, referral: Referral, reference: str) -> Referral:
    """Return a proposal that concerns this referral, also one that was answered. Raises ``Unclear``."""
    if not is_reference(reference):
        raise Unclear("to")
    query = select(Referral).where(
        Referral.reference == reference, Referral.conversation_id == referral.conversation_id
    )
    draft = session.scalar(query)
    if draft is None or draft.replaces is None or referral.reference not in {draft.replaces, draft.reference}:
        raise Unclear("to")
    return draft


def _call_back(visit: Visit) -> Done:
    part = visit.fields.get("part", "")
    with transaction(visit.services.engine) as session:
        try:
            call_back.prefer(session, visit.referral(session), None if part == "none" else part, visit.now)
        except NotChangeable:
            raise
        except ValueError:
            raise Unclear("part") from None
    return Done("call_back")


def _unsafe(visit: Visit) -> Done:
    """Send nothing more, and show partners no number or address any more."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        lock(session, referral)
        safe_channels.mark_unsafe(session, referral.conversation_id, visit.now)
        withhold(session, referral.conversation_id, safe_channels.CHANNELS)
    return Done()  # the page says it


def _is_own(visit: Visit, start: datetime) -> bool:
    """Return whether the resident has something else then: another appointment than the one that is being changed."""
    with transaction(visit.services.engine) as session:
        referral = visit.referral(session)
        changed = booked_for(session, referral.id)
        but = () if changed is None else (changed.id,)
        spans = spans_of_resident(session, referral.conversation_id, visit.now, None, but)
        end = start + timedelta(minutes=visit.partner(referral).slot_minutes)
    return any(begin < end and start < until for begin, until in spans)


#: The forms of the page, by the last part of their address; each returns what is to be said afterwards.
ACTS: Mapping[str, Callable[[Visit], Done]] = {
    "choose": _choose,
    "confirm": _confirm,
    "keep": _keep,
    "proposed": _take_proposed,
    "cancel": _cancel,
    "agree": _agree,
    "decline": _decline,
    "call-back": _call_back,
    "unsafe": _unsafe,
}
