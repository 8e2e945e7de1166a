"""The booking: what the conversation needs of ``bot.referral``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from actions import call_time, meeting, partners, speech
from actions.turn import Turn
from bot import clock
from bot.conversation import contacts, conversations, safe_channels
from bot.directory.partners import Partner
from bot.intake.decisions import Need
from bot.intake.situation import FACTS
from bot.referral import appointments, booking, links, scheduling
from bot.settings import get_settings
from bot.store.engine import get_engine, transaction
from bot.store.tables import Referral

CONSENT_VERSION = "2026-11"


@dataclass(frozen=True)
class Booked:
    """A booking, the number and the address that it was sent with, and the page on which it can be changed."""

    booking: booking.Booking
    phone: str | None
    email: str | None
    link: str


def slot(turn: Turn, chosen: Partner, start: str) -> appointments.Slot:
    """Return the appointment that begins at ``start`` (ISO), in a way that the partner has and the resident wants."""
    begin = datetime.fromisoformat(start)
    minutes = chosen.slot_minutes if turn.interpreter is None else chosen.interpreter_minutes or chosen.slot_minutes
    mode = meeting.way(turn, chosen)
    where = chosen.location if mode == "in_person" else None
    return appointments.Slot(begin, begin + timedelta(minutes=minutes), mode, where)


def facts_to_send(turn: Turn, need: Need) -> list[str]:
    """Return the facts a partner gets for this need: those the table says it cannot do without, and no others.

    Among them how to be reached, but for a way of which the details stay here because it is not safe.
    """
    wanted = {*need.ask, *need.because}
    withheld = {*turn.contact_kinds} - {*kinds_to_send(turn)}
    if turn.situation.facts.get("contact_channel") not in withheld:
        wanted.add("contact_channel")
    return [fact for fact in FACTS if fact in wanted and fact in turn.situation.facts]


def kinds_to_send(turn: Turn) -> list[str]:
    """Return which contact details a partner gets: none that is not safe (``safe_channels.safe_contact``)."""
    with transaction() as session:
        known = {*turn.contact_kinds, *contacts.contact_kinds(session, turn.conversation_id)}
        unsafe = safe_channels.unsafe_channels(session, turn.conversation_id)
    return [kind for kind in contacts.FIELDS if kind in known - unsafe] if turn.contact_kinds else []


def book(turn: Turn, need: Need, summary: str) -> Booked | None:
    """Book the referral that was agreed; ``None`` when the time has meanwhile gone to somebody else."""
    chosen, time = partners.chosen(turn, need), turn.plan.of(need.id).time
    with transaction() as session:
        conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
        contact = safe_channels.safe_contact(session, turn.conversation_id)
    request = booking.BookingRequest(
        conversation_id=turn.conversation_id,
        need=need.id,
        role=chosen.role,
        partner=chosen,
        because=speech.reasons(turn, need),
        situation={fact: turn.situation.facts[fact] for fact in facts_to_send(turn, need)},
        summary=summary,
        language=turn.interpreter or turn.language,
        interpreter=turn.interpreter is not None,
        slot=slot(turn, chosen, time) if time else None,
        contact=contact,
        consent_version=CONSENT_VERSION,
        region=turn.region,
        causes=need.because,
        replaces=turn.plan.booked.get(need.id),
        call_back=call_time.to_send(turn, need),
    )
    try:
        done = scheduling.book(get_engine(), request, get_settings(), clock.now())
    except scheduling.SeatTaken as taken:
        turn.notes.append(why_taken(taken))
        turn.plan = turn.plan.cleared(need.id, "time")
        return None
    except scheduling.CalendarUnavailable:  # then the times are looked for anew, and without any the partner calls
        turn.notes.append("say_time_released")
        turn.plan = turn.plan.cleared(need.id, "time")
        return None
    with transaction() as session:
        link = links.address(links.link_for(session, done.referral, "resident", clock.now()), "resident")
    return Booked(done, contact.phone if contact else None, contact.email if contact else None, link)


def why_taken(taken: appointments.SeatTaken) -> str:
    """Return the name of the text that says why a time cannot be had: it is the resident's own time, or another's."""
    return "say_time_own" if isinstance(taken, appointments.AlreadyBusy) else "say_time_taken"


def booked_partner(turn: Turn, need_id: str) -> Referral | None:
    """Return the referral that stands for a booked need: it names the partner. ``None`` when it was cancelled."""
    with transaction() as session:
        return booking.standing(session, turn.conversation_id, turn.plan.booked.get(need_id, ""))


def left_for(turn: Turn, former: str) -> tuple[str, bool] | None:
    """Return what became of the former referral (its reference) when another place was booked.

    The name of its partner, and whether it still stands because the new place is not certain yet; ``None`` when this
    conversation has no such referral, or the partner had completed it.
    """
    with transaction() as session:
        query = select(Referral).where(Referral.reference == former, Referral.conversation_id == turn.conversation_id)
        left = session.scalar(query)
        if left is None or left.status == "completed":
            return None
        return left.partner_name, left.status != "cancelled"


def recall_contact(turn: Turn) -> None:
    """Count contact details that were told earlier, in passing: nobody is asked twice.

    But for ways that are not safe so far: the form for them asks whether anybody reads or listens along.
    """
    with transaction() as session:
        kinds = set(contacts.contact_kinds(session, turn.conversation_id))
        kinds -= safe_channels.unsafe_channels(session, turn.conversation_id)
    if "name" in kinds:
        turn.contact_kinds = sorted({*turn.contact_kinds, *kinds} - {"name"})
