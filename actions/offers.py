"""Partners, the booking and staff: what the conversation needs of ``bot.directory`` and ``bot.referral``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from actions import languages, speech
from actions.house import directory
from actions.turn import Turn
from bot import clock
from bot.conversation import contacts, conversations, handoffs
from bot.directory.chain import CHAIN
from bot.directory.municipalities import region_of
from bot.directory.partners import DESK, Partner
from bot.intake.decisions import Need
from bot.intake.situation import FACTS
from bot.referral import appointments, booking
from bot.store.engine import transaction
from bot.store.tables import Referral

CONSENT_VERSION = "2026-11"


# --- partners ---------------------------------------------------------------------------------------------------------


def partners(turn: Turn, need: Need) -> list[Partner]:
    """Return the two partners to choose from: the first of each role, in the table's order; never empty."""
    by_role = [_in_role(turn, role) for role in need.roles]
    firsts = [found[0] for found in by_role if found]
    others = [partner for found in by_role for partner in found[1:]]
    options: list[Partner] = []
    for option in [*firsts, *others]:
        if option.id not in {known.id for known in options}:
            options.append(option)
    if turn.plan.switching == need.id:
        options = [option for option in options if option.id != turn.plan.leaving] or options
    return options[:2]


def _in_role(turn: Turn, role: str) -> list[Partner]:
    """Return who takes a role here; who is as near as another takes turns with it, for none is preferred.

    The chain to a job is entered through the municipality's work matchers (Utrechtse Inclusiecoalitie, 2022).
    """
    chain = directory().chain(turn.region) if role == CHAIN else None
    place = turn.situation.facts.get("municipality")
    found = directory().partners(turn.region, role if chain is None else chain.entry_role, place)
    if role == DESK:
        return found  # the region's own desk, and then who else takes people in
    return sorted(found, key=lambda one: (one.nearness, crc32(f"{turn.conversation_id} {one.id}".encode())))


def partner(turn: Turn, need: Need) -> Partner:
    """Return the partner chosen for a need, or else the first of its options."""
    options = partners(turn, need)
    chosen = turn.plan.of(need.id).partner
    return next((option for option in options if option.id == chosen), options[0])


def equals(turn: Turn, need: Need) -> bool:
    """Return whether the table prefers nobody for a need: several have its first role, and none is nearer."""
    found = _in_role(turn, need.roles[0])
    return need.roles[0] != DESK and len(found) > 1 and found[0].nearness == found[1].nearness


def lines(turn: Turn, need: Need) -> list[str]:
    """Return a line for each partner to choose from: who it is, and what it does."""
    return [
        turn.text("say_partner_option", number=number, partner=option.name, role=turn.text(f"role.{option.role}"))
        for number, option in enumerate(partners(turn, need), start=1)
    ]


def names(turn: Turn, needs: Sequence[Need]) -> list[str]:
    """Return the names of those who help with these needs, each once."""
    return list(dict.fromkeys(partner(turn, need).name for need in needs))


def say_chain(turn: Turn, needs: Sequence[Need]) -> None:
    """Tell once of the region's chain to a job, through whom one gets in, and how long one waits as far as is known."""
    chain = directory().chain(turn.region)
    need = next((one for one in needs if CHAIN in one.roles), None)
    if chain is None or need is None or CHAIN in turn.told:
        return
    turn.told.append(CHAIN)
    entry = _in_role(turn, CHAIN)[0].name
    waiting = (
        turn.text("say_chain_waiting", time=chain.waiting_time)
        if chain.waiting_time
        else turn.text("say_chain_waiting_unknown")
    )
    turn.say("say_chain", chain=directory().partner(turn.region, chain.partner).name, partner=entry, waiting=waiting)


def website(turn: Turn, partner_id: str) -> str | None:
    """Return a partner's website, if it is known."""
    return directory().partner(turn.region, partner_id).website


def outside_region(turn: Turn) -> str | None:
    """Return the id of the region to hand over to, when the resident lives outside this one."""
    place = turn.situation.facts.get("municipality")
    if place is None:
        return None
    region = region_of(place)
    return region if region != turn.region else None


# --- booking ----------------------------------------------------------------------------------------------------------


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


def facts_to_send(turn: Turn, need: Need) -> list[str]:
    """Return the facts a partner gets for this need: those the table says it cannot do without, and no others."""
    wanted = {*need.ask, *need.because, "contact_channel"}
    return [fact for fact in FACTS if fact in wanted and fact in turn.situation.facts]


def book(turn: Turn, need: Need, summary: str) -> booking.Booking | None:
    """Book the referral that was agreed; ``None`` when the time has meanwhile gone to somebody else."""
    chosen, time = partner(turn, need), turn.plan.of(need.id).time
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
                slot=slot(turn, chosen, time) if time else None,
                contact=contacts.load_contact(session, turn.conversation_id),
                consent_version=CONSENT_VERSION,
            )
            return booking.book(session, request, clock.now())
    except appointments.SeatTaken:
        turn.notes.append("say_time_taken")
        turn.plan = turn.plan.cleared(need.id, "time")
        return None


def booked_partner(turn: Turn, need_id: str) -> Referral | None:
    """Return the referral that stands for a booked need: it names the partner. ``None`` when it was cancelled."""
    with transaction() as session:
        return booking.standing(session, turn.conversation_id, turn.plan.booked.get(need_id, ""))


def switch(turn: Turn, former: str) -> str | None:
    """Give up the former referral (its reference) for the new one that stands, with its seat.

    Returns the name of the partner that was left; ``None`` when there was nothing left to give up. It may be done
    again: after a failure between booking and this, both stand until the next attempt.
    """
    with transaction() as session:
        left = booking.standing(session, turn.conversation_id, former)
        if left is None or not booking.give_up(session, left, "switched", clock.now()):
            return None
        return left.partner_name


def recall_contact(turn: Turn) -> None:
    """Count contact details that were told earlier, in passing: nobody is asked twice."""
    with transaction() as session:
        kinds = set(contacts.contact_kinds(session, turn.conversation_id))
    if "name" in kinds:
        turn.contact_kinds = sorted({*turn.contact_kinds, *kinds} - {"name"})


# --- a person ---------------------------------------------------------------------------------------------------------


def request_person(turn: Turn, reason: str, signal: str | None = None) -> None:
    """Put the conversation in the desk's queue."""
    with transaction() as session:
        conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
        handoffs.request(session, turn.conversation_id, reason, signal, clock.now())


def call_person(turn: Turn) -> None:
    """Have staff look at it too, once a conversation, and say so; the resident goes on meanwhile."""
    if "person" in turn.told or person_is_called(turn):
        return
    turn.told.append("person")
    request_person(turn, "needed")
    turn.say("say_person_called", hours=_hours(turn))


def hand_off_wish(turn: Turn, wish: str) -> None:
    """Take in how the resident wants to be helped by staff: ``wait``, ``call_back`` or ``continue``."""
    turn.asking = None
    with transaction() as session:
        if wish in {"wait", "call_back"}:
            handoffs.set_wish(session, turn.conversation_id, wish)
    if wish == "wait":
        turn.notes.append("say_waiting")
        turn.told.append("waiting")
    elif wish == "call_back":
        turn.told.append("call_back")


def person_is_called(turn: Turn) -> bool:
    """Return whether the conversation is in the desk's queue, or with a staff member."""
    with transaction() as session:
        return handoffs.open_of(session, turn.conversation_id) is not None


def staff_hours(turn: Turn) -> tuple[bool, datetime | None]:
    """Return whether the desk is staffed now, and if not when it opens next."""
    region = directory().region(turn.region)
    return region.desk_open(clock.now())


def offer_person(turn: Turn, reason: str, key: str, signal: str | None = None) -> None:
    """Call staff and ask: wait here, be called back, or go on. Says when the desk opens if it is closed.

    Who wrote in another language, or asked for it, gets an interpreter asked for, and reads this in every language.
    """
    request_person(turn, reason, signal)
    wanted = turn.entity("interpreter") or turn.entity("other_language")
    turn.interpreter = languages.known(wanted) if wanted else turn.interpreter
    turn.unconfirmed = turn.unconfirmed or None  # an interpreter need not be offered again
    languages.say(turn, key, lambda: {"hours": _hours(turn)}, every=turn.interpreter is not None, ask="handoff")


def _hours(turn: Turn) -> str:
    is_open, opens = staff_hours(turn)
    key = "say_desk_open" if is_open else "say_desk_closed"
    when = speech.moment(turn, opens) if opens else turn.text("format.soon")
    if turn.interpreter is None:
        return turn.text(key, when=when)
    return turn.text(f"{key}_interpreter", when=when, language=languages.name(turn, turn.interpreter))
