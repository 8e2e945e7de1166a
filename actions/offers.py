"""Times and the booking: what the conversation needs of ``bot.referral``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from actions import partners, speech
from actions.turn import Turn
from bot import clock
from bot.conversation import contacts, conversations, safe_channels
from bot.directory.partners import Partner
from bot.intake.decisions import Need
from bot.intake.situation import FACTS
from bot.referral import appointments, booking
from bot.store.engine import transaction
from bot.store.tables import Referral

#: Three times, «other times» and «in the evening» make five buttons, the most a message may have.
TIMES_SHOWN = 3
CONSENT_VERSION = "2026-11"


def leave_partner_elsewhere(turn: Turn) -> None:
    """Choose anew when the partner that was chosen does not serve the municipality that is known now."""
    need = turn.current_need()
    if need and turn.plan.partner and turn.plan.partner not in {option.id for option in partners.options(turn, need)}:
        release(turn)
        turn.plan = turn.plan.cleared()


# --- times ------------------------------------------------------------------------------------------------------------


def look_for_times(turn: Turn) -> bool:
    """Fill ``turn.shown`` with free times of the chosen partner; ``False`` when there is none to offer."""
    need = turn.current_need()
    if need is None:
        return False
    chosen = partners.chosen(turn, need)
    if chosen.schedule is None:
        turn.notes.append(_without_contact(turn, "say_no_calendar"))
        return False
    after = datetime.fromisoformat(turn.plan.after) if turn.plan.after else None
    if after is not None and after.tzinfo is None:
        after = after.replace(tzinfo=clock.ZONE)
    with transaction() as session:
        slots = appointments.offer_times(
            session,
            chosen,
            clock.now(),
            count=TIMES_SHOWN,
            part=turn.plan.part,
            after=after,
            conversation_id=turn.conversation_id,
        )
    if not slots and (turn.plan.part != "any" or turn.plan.after):
        turn.plan = replace(turn.plan, part="any", after=None)
        return look_for_times(turn)
    turn.shown = [slot.start.isoformat() for slot in slots]
    if not slots:
        turn.notes.append(_without_contact(turn, "say_no_times"))
    return bool(slots)


def _without_contact(turn: Turn, key: str) -> str:
    """Return the text for who gave no way to be reached, to whom no partner can send a time."""
    return f"{key}_walk_in" if turn.situation.facts.get("contact_channel") == "walk_in" else key


def other_times(turn: Turn) -> None:
    """Look further than the last time shown, or for evenings only."""
    part = turn.entity("part")
    if part == "evening":
        turn.plan = replace(turn.plan, part="evening", after=None)
    else:
        last = max(turn.shown, default=None)
        turn.plan = replace(turn.plan, part="any", after=_next_day(last))


def _next_day(start: str | None) -> str | None:
    if start is None:
        return None
    following = datetime.fromisoformat(start).astimezone(clock.ZONE).date() + timedelta(days=1)
    return datetime.combine(following, datetime.min.time(), clock.ZONE).isoformat()


def hold(turn: Turn, start: str) -> None:
    """Hold a seat at this time while the resident decides; a taken seat is said and other times are offered."""
    need = turn.current_need()
    if need is None:
        return
    chosen = partners.chosen(turn, need)
    key = booking.booking_key(turn.conversation_id, need.id, chosen.id)
    try:
        with transaction() as session:
            conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
            appointments.hold(session, chosen, slot(turn, chosen, start), turn.conversation_id, key, clock.now())
    except appointments.SeatTaken:
        turn.notes.append("say_time_taken")
        turn.plan = turn.plan.cleared("time")
    else:
        turn.plan = replace(turn.plan, time=start)


def release(turn: Turn) -> None:
    """Give the held seat back."""
    need = turn.current_need()
    if need is not None:
        with transaction() as session:
            key = booking.booking_key(turn.conversation_id, need.id, turn.plan.partner or "")
            appointments.release(session, key)


def leave_expired_hold(turn: Turn) -> None:
    """Choose a time anew when the seat that was chosen is held no more: it may be somebody else's by now."""
    need = turn.current_need()
    if need is None or turn.plan.time is None:
        return
    key = booking.booking_key(turn.conversation_id, need.id, partners.chosen(turn, need).id)
    with transaction() as session:
        held = appointments.is_held(session, key, clock.now())
    if not held:
        turn.plan = turn.plan.cleared("time")
        turn.notes.append("say_time_released")


def slot(turn: Turn, chosen: Partner, start: str) -> appointments.Slot:
    """Return the appointment that begins at ``start`` (ISO), in the way the resident wants to be reached."""
    begin = datetime.fromisoformat(start)
    in_person = turn.situation.facts.get("contact_channel") != "phone"  # nobody is called who gave no number
    return appointments.Slot(
        begin,
        begin + timedelta(minutes=chosen.slot_minutes),
        "in_person" if in_person else "phone",
        chosen.location if in_person else None,
    )


# --- booking ----------------------------------------------------------------------------------------------------------


def facts_to_send(turn: Turn, need: Need) -> list[str]:
    """Return the facts a partner gets for this need: those the table says it cannot do without, and no others."""
    wanted = {*need.ask, *need.because, "contact_channel"}
    return [fact for fact in FACTS if fact in wanted and fact in turn.situation.facts]


def book(turn: Turn, summary: str) -> booking.Booking | None:
    """Book the referral that was agreed; ``None`` when the time has meanwhile gone to somebody else."""
    need = turn.current_need()
    if need is None:
        return None
    chosen = partners.chosen(turn, need)
    try:
        with transaction() as session:
            conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
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
                slot=slot(turn, chosen, turn.plan.time) if turn.plan.time else None,
                contact=safe_channels.safe_contact(session, turn.conversation_id),
                consent_version=CONSENT_VERSION,
                region=turn.region,
                causes=need.because,
                replaces=turn.plan.booked.get(need.id),
            )
            return booking.book(session, request, clock.now())
    except appointments.SeatTaken:
        turn.notes.append("say_time_taken")
        turn.plan = turn.plan.cleared("time")
        return None


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
    """Count contact details that were told earlier, in passing: nobody is asked twice."""
    with transaction() as session:
        kinds = set(contacts.contact_kinds(session, turn.conversation_id))
    if "name" in kinds:
        turn.contact_kinds = sorted({*turn.contact_kinds, *kinds} - {"name"})
