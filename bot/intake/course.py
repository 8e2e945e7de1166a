"""The course of one conversation after the facts: choose needs, then for each a partner, a time, contact, consent.

``Plan`` is what has been agreed so far; ``next_step`` says what is to be agreed now. Pure code: it knows nothing of
messages, partners' names or calendars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bot.intake.decisions import Need

#: What has to be agreed for one need, in this order.
BOOKING_STEPS: tuple[str, ...] = ("partner", "contact_channel", "time", "contact", "consent")


@dataclass(frozen=True)
class Plan:
    """What the resident has agreed to so far.

    ``chosen`` are the needs to arrange, in order; ``offered`` those the resident has seen; ``booked`` maps a need
    to its referral's reference. ``partner``, ``time`` (ISO start), ``hold`` and ``consented`` belong to the need
    that is being arranged. ``no_time`` marks a partner without a calendar or a resident who wants no time.
    ``switching`` is a booked need that moves to another partner than ``leaving``: what was booked stays till then.
    """

    offered: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    booked: dict[str, str] = field(default_factory=dict)
    partner: str | None = None
    time: str | None = None
    no_time: bool = False
    part: str = "any"
    after: str | None = None
    consented: bool = False
    switching: str | None = None
    leaving: str | None = None

    @property
    def current(self) -> str | None:
        """The need that is being arranged."""
        return self.switching or next((need for need in self.chosen if need not in self.booked), None)

    def with_choice(self, needs: Sequence[str]) -> Plan:
        """Arrange these needs, after those already chosen."""
        return replace(self, chosen=tuple(dict.fromkeys((*self.chosen, *needs))))

    def with_booked(self, need: str, reference: str) -> Plan:
        """Record the referral of a need; what belonged to that need alone is cleared."""
        return replace(self, booked={**self.booked, need: reference}).without_switch()

    def without(self, need: str) -> Plan:
        """Leave a need: it was offered and is not wanted now. One that was to be switched stays as it is booked."""
        if need == self.switching:
            return self.without_switch()
        return replace(self, chosen=tuple(name for name in self.chosen if name != need)).cleared()

    def with_switch(self, need: str, partner: str) -> Plan:
        """Arrange a booked need anew, with another than this partner."""
        return replace(self, switching=need, leaving=partner).cleared()

    def without_switch(self) -> Plan:
        """Switch no more; what was agreed for the current need is cleared."""
        return replace(self, switching=None, leaving=None).cleared()

    def cleared(self, step: str = "partner") -> Plan:
        """Forget what was agreed for the current need from ``step`` on (a step of ``BOOKING_STEPS``)."""
        start = BOOKING_STEPS.index(step)
        plan = replace(self, consented=False)
        if start <= BOOKING_STEPS.index("time"):
            plan = replace(plan, time=None, no_time=False, part="any", after=None)
        return replace(plan, partner=None) if start == 0 else plan

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that survives JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Plan:
        """Rebuild from ``to_dict``; ``None`` gives an empty plan."""
        known = {item.name for item in fields(cls)}
        plan = {key: value for key, value in (data or {}).items() if key in known}
        for key in ("offered", "chosen"):
            plan[key] = tuple(plan.get(key, ()))
        return cls(**plan)


def next_step(plan: Plan, needs: Sequence[Need], channel: str | None, contact_kinds: Sequence[str]) -> str:
    """Return what to agree next: ``choice``, a step of ``BOOKING_STEPS``, ``book``, or ``done``.

    Args:
        plan: what has been agreed.
        needs: the needs of the situation, safety needs left out.
        channel: how the resident wants to be reached (the fact ``contact_channel``).
        contact_kinds: which contact details the vault holds (``phone``, ``email``).
    """
    if plan.current is None:
        return "choice" if any(need.id not in plan.offered for need in needs) else "done"
    if plan.partner is None:
        return "partner"
    if channel is None:
        return "contact_channel"
    if plan.time is None and not plan.no_time:
        return "time"
    if not has_contact(channel, contact_kinds):
        return "contact"
    return "book" if plan.consented else "consent"


def has_contact(channel: str, contact_kinds: Sequence[str]) -> bool:
    """Return whether the vault holds what the chosen way of contact needs; walking in needs nothing."""
    return channel == "walk_in" or channel in contact_kinds
