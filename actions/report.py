"""The state after a turn, as the gateway stores it and ``GET /api/conversations/{id}`` shows it."""

from __future__ import annotations

from typing import Any

from actions import partners, speech
from actions.turn import Turn
from bot.intake.decisions import Need


def report(turn: Turn) -> dict[str, Any]:
    """Return the state of the turn protocol (docs/architecture.md)."""
    return {
        "language": turn.language,
        "asking": turn.asking,
        "situation": {**turn.situation.facts, **({"language": turn.other_language} if turn.other_language else {})},
        "signals": [{"id": name, "confidence": round(sure, 3)} for name, sure in turn.situation.signals.items()],
        "needs": [_need(turn, need) for need in turn.needs()],
        "safety": turn.situation.safety,
        "interpreter": turn.interpreter,
    }


def _need(turn: Turn, need: Need) -> dict[str, Any]:
    chosen, first = partners.chosen(turn, need), partners.options(turn, need)[0]
    return {
        "id": need.id,
        "because": speech.reasons(turn, need),
        "facts": list(need.because),
        # Where nobody has the first role, or the municipality is open, the desk stands in: the role is the table's.
        "role": need.roles[0] if chosen.id == first.id else chosen.role,
        "partner": chosen.name,
        "source": need.source,
        "checked": need.checked.isoformat(),
        "urgent": need.urgent,
        "reference": turn.plan.booked.get(need.id),
        "chain": partners.leads_to_chain(turn, need),
    }
