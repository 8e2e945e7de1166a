"""What this conversation has booked: whether it still stands, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from actions import access, speech
from actions.house import directory
from actions.turn import Turn
from bot import clock
from bot.intake.course import Plan
from bot.referral import booking, links
from bot.store.engine import transaction
from bot.store.tables import Referral


def refresh(turn: Turn) -> None:
    """Forget what is booked no more: cancelled on its own page, sent back by its partner, or completed.

    Another referral for the same need takes its place (the resident agreed to a transfer). A place at an event is none
    of these: ``actions.events`` keeps it.
    """
    own = _references(turn)
    booked = {need: code for need, code in turn.plan.booked.items() if code in own}
    if not booked and not turn.plan.ended:
        return
    with transaction() as session:
        found = booking.standing_references(session, turn.conversation_id)
        gone = {need: code for need, code in booked.items() if code not in found.get(need, ())}
        for code in gone.values():
            booking.set_aside(session, turn.conversation_id, code)
    for need in gone:
        turn.plan = turn.plan.with_ended(need)
    for need in (*gone, *turn.plan.ended):
        if need in found and need != turn.plan.switching:
            turn.plan = _taken_up(turn, need, found[need][-1])


def _taken_up(turn: Turn, need: str, reference: str) -> Plan:
    ended = tuple(name for name in turn.plan.ended if name != need)
    chosen = tuple(dict.fromkeys((*turn.plan.chosen, need)))
    return replace(turn.plan, booked={**turn.plan.booked, need: reference}, chosen=chosen, ended=ended)


def is_asked_about(turn: Turn) -> bool:
    """Return whether the message is about an appointment there is, and not about one that is being made now."""
    return turn.entity("appointment") == "change" and bool(_references(turn)) and turn.plan.current is None


def say_appointments(turn: Turn) -> None:
    """Say when each appointment is, and where one can move it or call it off by oneself."""
    turn.missed, turn.candidates = 0, []
    if turn.asking == "change":
        turn.asking = None
    with transaction() as session:
        query = select(Referral).where(
            Referral.conversation_id == turn.conversation_id, Referral.reference.in_(_references(turn))
        )
        for referral in session.scalars(query.order_by(Referral.id)):
            appointment = booking.appointment_of(session, referral)
            link = links.address(links.link_for(session, referral, "resident", clock.now()), "resident")
            change = turn.text("say_change_yourself", link=link)
            if appointment is None:
                told = turn.text("say_your_request", partner=referral.partner_name, reference=referral.reference)
            else:
                when = speech.moment(turn, appointment.start_at)
                key = "say_your_appointment" if appointment.start_at > clock.now() else "say_your_appointment_was"
                told = turn.text(key, partner=referral.partner_name, when=when)
            turn.say_text(f"{told} {change}")


def needs_other_place(turn: Turn) -> bool:
    """Say so when stairs are not possible for somebody who is expected where they may be; return whether it was said.

    It is said once: staff then look for another place.
    """
    if not access.is_needed(turn) or access.LABEL in turn.told or not _is_expected_upstairs(turn):
        return False
    turn.told.append(access.LABEL)
    turn.say("say_other_place")
    return True


def _is_expected_upstairs(turn: Turn) -> bool:
    with transaction() as session:
        query = select(Referral).where(
            Referral.conversation_id == turn.conversation_id, Referral.reference.in_(_references(turn))
        )
        visits = [(one.partner_id, booking.appointment_of(session, one)) for one in session.scalars(query)]
    return any(
        visit.mode == "in_person" and not directory().partner(turn.region, partner).accessible
        for partner, visit in visits
        if visit is not None and visit.start_at > clock.now()
    )


def reopen(turn: Turn) -> None:
    """Offer anew what ended, to somebody who asks for an appointment again."""
    if turn.entity("appointment") == "again" and not _references(turn) and turn.plan.current is None:
        turn.plan = turn.plan.reopened(*turn.plan.ended)


def _references(turn: Turn) -> list[str]:
    """Return the references of the referrals that are booked; places at events are no appointments."""
    return [code for code in turn.plan.booked.values() if code not in turn.signed_up.values()]


def say_arranged(turn: Turn, need: str, reference: str) -> None:
    """Say that the help for this need is arranged, with the code of its referral."""
    values: dict[str, Any] = {"need": turn.text(f"need.{need}"), "reference": reference}
    turn.say("say_arranged", **values)
