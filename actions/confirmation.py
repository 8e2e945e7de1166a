"""What was booked, in words and as a card: with whom, when, how, and the code."""

from __future__ import annotations

from typing import Any

from actions import partners, speech
from actions.turn import Turn
from bot.referral.booking import Booking


def say(turn: Turn, booked: Booking) -> None:
    """Say with whom, when and how, with the code of the referral."""
    referral, appointment = booked.referral, booked.appointment
    card = {
        "kind": "confirmation",
        "reference": referral.reference,
        "partner": referral.partner_name,
        "start": appointment.start_at.isoformat() if appointment else None,
        "mode": appointment.mode if appointment else None,
        "location": appointment.location if appointment else None,
    }
    values: dict[str, Any] = {"partner": referral.partner_name, "reference": referral.reference}
    if appointment is None:
        turn.say("say_requested", card=card, how=_how_without_time(turn, referral.partner_id), **values)
    else:
        when = speech.moment(turn, appointment.start_at)
        turn.say("say_booked", card=card, when=when, how=_how(turn, booked), **values)


def _how_without_time(turn: Turn, partner_id: str) -> str:
    """Say how it goes on where no time was agreed: who gave no way to be reached goes there, and is told where."""
    channel = turn.situation.facts.get("contact_channel", "walk_in")
    if channel != "walk_in":
        return turn.text(f"say_booked_{channel}")
    website = partners.website(turn, partner_id)
    return turn.text("say_requested_website", website=website) if website else turn.text("say_requested_ask_staff")


def _how(turn: Turn, booked: Booking) -> str:
    appointment, referral = booked.appointment, booked.referral
    if appointment is None or appointment.mode == "phone":
        return turn.text("say_booked_phone")
    if appointment.location:
        return turn.text("say_booked_in_person", location=appointment.location)
    if turn.situation.facts.get("contact_channel") == "email":
        return turn.text("say_booked_address_by_email", partner=referral.partner_name)
    website = partners.website(turn, referral.partner_id)
    return (
        turn.text("say_booked_address_on_website", website=website) if website else turn.text("say_booked_no_address")
    )
