"""What was booked, in words and as a card: with whom, when, how, what to bring, how to change it, and the code."""

from __future__ import annotations

from typing import Any

from actions import call_time, partners, speech
from actions.offers import Booked
from actions.turn import Turn
from bot.intake.decisions import Need

#: So much of a number tells whose it is to who knows it, and to nobody else.
_LAST_DIGITS = 3


def say(turn: Turn, need: Need, booked: Booked) -> None:
    """Say with whom, when and how, with the code of the referral; then what to bring, and where to change it."""
    referral, appointment = booked.booking.referral, booked.booking.appointment
    by_phone = appointment is not None and appointment.mode == "phone"
    card = {
        "kind": "confirmation",
        "reference": referral.reference,
        "partner": referral.partner_name,
        "start": appointment.start_at.isoformat() if appointment else None,
        "mode": appointment.mode if appointment else None,
        "location": appointment.location if appointment else None,
        "bring": turn.text("bring.phone" if by_phone else "bring.in_person") if appointment else None,
        "link": booked.link,
    }
    values: dict[str, Any] = {"partner": referral.partner_name, "reference": referral.reference}
    if appointment is None:
        turn.say("say_requested", card=card, how=_how_without_time(turn, need, booked), **values)
    else:
        when = speech.moment(turn, appointment.start_at)
        turn.say("say_booked", card=card, when=when, how=_how(turn, booked), **values)
    change = turn.text("say_change_yourself", link=booked.link)
    bring = [turn.text("say_bring_phone" if by_phone else "say_bring")] if appointment else []
    turn.say_text(" ".join([*bring, change]))


def _how_without_time(turn: Turn, need: Need, booked: Booked) -> str:
    """Say how it goes on where no time was agreed: who gave no way to be reached goes there, and is told where."""
    channel = turn.situation.facts.get("contact_channel", "walk_in")
    if channel == "phone":
        return _called(turn, booked, call_time.to_send(turn, need))
    if channel != "walk_in":
        return turn.text(f"say_booked_{channel}")
    partner_id = booked.booking.referral.partner_id
    if hours := partners.walk_in(turn, partner_id):
        return turn.text("say_requested_walk_in", times=speech.listing(turn, hours))
    website = partners.website(turn, partner_id)
    return turn.text("say_requested_website", website=website) if website else turn.text("say_requested_ask_staff")


def _called(turn: Turn, booked: Booked, part: str | None = None) -> str:
    """Say that a call comes: on which number, by its last digits, and in which part of the day, where that is known."""
    digits = (booked.phone or "")[-_LAST_DIGITS:]
    key = "say_booked_phone" + ("_number" if digits else "") + ("_at" if part else "")
    return turn.text(key, digits=digits, part=turn.text(f"value.{part}") if part else "")


def _how(turn: Turn, booked: Booked) -> str:
    appointment, referral = booked.booking.appointment, booked.booking.referral
    if appointment is None or appointment.mode == "phone":
        return _called(turn, booked)
    if appointment.location:
        return turn.text("say_booked_in_person", location=appointment.location)
    if turn.situation.facts.get("contact_channel") == "email":
        return turn.text("say_booked_address_by_email", partner=referral.partner_name)
    website = partners.website(turn, referral.partner_id)
    return (
        turn.text("say_booked_address_on_website", website=website) if website else turn.text("say_booked_no_address")
    )
