"""What was booked, in words and as a card: with whom, when, how, what to bring, how to change it, and the code.

How an appointment is kept is told in the words of the messages that are sent (``content/notices``).
"""

from __future__ import annotations

from typing import Any

from actions import call_time, partners, speech
from actions.house import directory
from actions.offers import Booked
from actions.turn import Turn
from bot.intake.decisions import Need
from bot.referral.notices.compose import Meeting, access, agreed, bring, how
from bot.referral.notices.words import Words

#: So much of a number tells whose it is to who knows it, and to nobody else.
_LAST_DIGITS = 3


def say(turn: Turn, need: Need, booked: Booked) -> None:
    """Say with whom, when and how, with the code of the referral; then what to bring, and where to change it."""
    referral, appointment = booked.booking.referral, booked.booking.appointment
    card: dict[str, Any] = {
        "kind": "confirmation",
        "reference": referral.reference,
        "partner": referral.partner_name,
        "start": None,
        "mode": None,
        "location": None,
        "bring": None,
        "link": booked.link,
    }
    values: dict[str, Any] = {"partner": referral.partner_name, "reference": referral.reference}
    change = turn.text("say_change_yourself", link=booked.link)
    if appointment is None:
        turn.say("say_requested", card=card, how=_how_without_time(turn, need, booked), **values)
        turn.say_text(change)
        return
    meeting = agreed(appointment, booked.phone, directory().partner(turn.region, referral.partner_id))
    words = Words(turn.language)
    label, things = bring(meeting, words)
    card |= {"start": appointment.start_at.isoformat(), "mode": appointment.mode, "location": appointment.location}
    card["bring"] = things
    when = speech.moment(turn, appointment.start_at)
    turn.say("say_booked", card=card, when=when, how=_way_in(meeting, words), **values)
    turn.say_text(f"{label}: {things}. {change}")


def _way_in(meeting: Meeting, words: Words) -> str:
    """Say how it goes, and to who goes there whether one gets in without steps."""
    return " ".join([how(meeting, words), *(told for _label, told in access(meeting, words))])


def _how_without_time(turn: Turn, need: Need, booked: Booked) -> str:
    """Say how it goes on where no time was agreed: who gave no way that is safe goes there, and is told where."""
    channel = turn.situation.facts.get("contact_channel", "walk_in")
    if channel == "phone" and booked.phone:
        return _called(turn, booked, call_time.to_send(turn, need))
    if channel == "email" and booked.email:
        return turn.text("say_booked_email")
    silent = [turn.text("say_requested_silent")] if turn.contact_kinds and channel != "walk_in" else []
    return " ".join([*silent, _where_to_go(turn, booked.booking.referral.partner_id)])


def _where_to_go(turn: Turn, partner_id: str) -> str:
    if hours := partners.walk_in(turn, partner_id):
        return turn.text("say_requested_walk_in", times=speech.listing(turn, hours))
    website = partners.website(turn, partner_id)
    return turn.text("say_requested_website", website=website) if website else turn.text("say_requested_ask_staff")


def _called(turn: Turn, booked: Booked, part: str | None) -> str:
    """Say that a call comes: on which number, by its last digits, and in which part of the day, where that is known."""
    digits = (booked.phone or "")[-_LAST_DIGITS:]
    key = "say_booked_phone_number" + ("_at" if part else "")
    return turn.text(key, digits=digits, part=turn.text(f"value.{part}") if part else "")
