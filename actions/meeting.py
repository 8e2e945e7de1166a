"""How an appointment is kept: called, at the partner's, or on a screen. A partner's hours are of the ways it has."""

from __future__ import annotations

from actions import access, partners
from actions.turn import Turn
from bot.directory.partners import Partner
from bot.intake.decisions import Need
from bot.referral.calendars.availability import way_for


def way(turn: Turn, partner: Partner) -> str:
    """Return how an appointment with a partner would be kept, as far as the resident has said how to be reached."""
    return possible(turn, partner) or str(partner.appointment_mode)


def possible(turn: Turn, partner: Partner) -> str | None:
    """Return how an appointment with a partner can be kept; ``None`` when in no way that the resident said is right."""
    return way_for(partner, channel(turn), step_free=access.is_needed(turn))


def ways(turn: Turn, partner: Partner) -> str:
    """Return in words how appointments with a partner are kept: in any of its ways, or in the one that was wished."""
    all_ways = channel(turn) is None and not access.is_needed(turn)
    modes = partner.appointment_modes if all_ways else (way(turn, partner),)
    return f" {turn.text('format.or')} ".join(words(turn, mode, partner) for mode in modes)


def words(turn: Turn, mode: str, partner: Partner) -> str:
    """Return one way in words, to stand in a sentence: «per telefoon»."""
    return turn.text(f"meeting.{mode}", location=partner.location or "")


def by_phone(turn: Turn) -> list[Need]:
    """Return the needs being arranged with a time at which the partner calls."""
    return [need for need in timed(turn) if way(turn, partners.chosen(turn, need)) == "phone"]


def timed(turn: Turn) -> list[Need]:
    """Return the needs being arranged for which a time was chosen."""
    return [need for need in turn.open_needs() if need.id in turn.plan.pending and turn.plan.of(need.id).time]


def channel(turn: Turn) -> str | None:
    """Return how the resident wants to be reached; ``None`` as long as that is not known."""
    return turn.situation.facts.get("contact_channel")
