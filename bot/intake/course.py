"""The course of one conversation after the facts: needs, for each a partner and a time, then contact and consent.

``Plan`` is what has been agreed so far; ``next_step`` says what is to be agreed now. Pure code: it knows nothing of
messages, partners' names or calendars.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bot.intake.decisions import Need

#: What has to be agreed, in this order; partner and time for each need, the rest once for all that is sent together.
BOOKING_STEPS: tuple[str, ...] = ("partner", "time", "contact_channel", "contact", "consent")


@dataclass(frozen=True)
class Agreement:
    """What is agreed for one need: with whom, and when.

    ``time`` is an ISO start; ``no_time`` marks a partner without a calendar. The rest says which times the resident
    asked to see: a ``part`` of the day, none before ``after`` (ISO), first those ``on`` a day (ISO) and ``near`` a time
    of the day («14:30»), and none that was ``seen`` already.
    """

    partner: str | None = None
    time: str | None = None
    no_time: bool = False
    part: str = "any"
    after: str | None = None
    on: str | None = None
    near: str | None = None
    seen: tuple[str, ...] = ()

    @property
    def is_first_look(self) -> bool:
        """Whether the resident has not asked for any times in particular."""
        return (self.part, self.after, self.on, self.near, self.seen) == ("any", None, None, None, ())

    @property
    def settled(self) -> bool:
        """Whether nothing is left to agree on but contact and consent."""
        return self.partner is not None and (self.time is not None or self.no_time)


@dataclass(frozen=True)
class Plan:
    """What the resident has agreed to so far.

    ``chosen`` are the needs to arrange, in order; ``offered`` those the resident has seen; ``booked`` maps a need
    to its referral's reference, ``agreed`` one that is not booked yet to what is agreed for it. ``consented`` is the
    yes to what was shown last; with ``one_by_one`` each partner is asked for apart. ``switching`` is a booked need
    that moves to another partner than ``leaving``: what was booked stays till then. ``ended`` are needs whose referral
    stands no more (cancelled, sent back, completed): they are not pressed, and arranged anew when they are told again.
    """

    offered: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    booked: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, Agreement] = field(default_factory=dict)
    consented: bool = False
    one_by_one: bool = False
    switching: str | None = None
    leaving: str | None = None
    ended: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[str, ...]:
        """The needs that are being arranged: those chosen and not booked, or the one that moves."""
        if self.switching is not None:
            return (self.switching,)
        return tuple(need for need in self.chosen if need not in self.booked)

    @property
    def current(self) -> str | None:
        """The need to arrange now: the first that lacks a partner or a time, else the first of all."""
        unsettled = (need for need in self.pending if not self.of(need).settled)
        return next(unsettled, None) or next(iter(self.pending), None)

    @property
    def to_send(self) -> tuple[str, ...]:
        """The needs that the next consent is about."""
        return self.pending[:1] if self.one_by_one else self.pending

    @property
    def now(self) -> Agreement:
        """What is agreed for the current need."""
        return self.of(self.current)

    def of(self, need: str | None) -> Agreement:
        """Return what is agreed for a need; nothing yet gives an empty agreement."""
        return self.agreed.get(need or "", Agreement())

    def agree(self, **changes: Any) -> Plan:
        """Agree on something for the current need (the fields of ``Agreement``)."""
        if self.current is None:
            return self
        return replace(self, agreed={**self.agreed, self.current: replace(self.now, **changes)})

    def with_choice(self, needs: Sequence[str]) -> Plan:
        """Arrange these needs, after those already chosen."""
        return replace(self, chosen=tuple(dict.fromkeys((*self.chosen, *needs))))

    def with_consent(self) -> Plan:
        """Record the yes to what was shown."""
        return replace(self, consented=True)

    def with_booked(self, need: str, reference: str) -> Plan:
        """Record the referral of a need; what belonged to that need alone is cleared."""
        ended = tuple(name for name in self.ended if name != need)
        booked = {**self.booked, need: reference}
        done = replace(self, booked=booked, ended=ended, switching=None, leaving=None).cleared(need)
        return done if done.pending else replace(done, one_by_one=False)

    def with_ended(self, need: str) -> Plan:
        """Record that the referral of a booked need stands no more; one that is being moved goes on to be arranged."""
        kept = replace(self, booked={name: code for name, code in self.booked.items() if name != need})
        if need == self.switching:
            return kept
        return replace(
            kept, chosen=tuple(name for name in self.chosen if name != need), ended=(*self.ended, need)
        ).cleared(need)

    def reopened(self, *needs: str) -> Plan:
        """Offer these needs anew, of those whose referral ended."""
        again = {*needs} & {*self.ended}
        return replace(
            self,
            offered=tuple(name for name in self.offered if name not in again),
            ended=tuple(name for name in self.ended if name not in again),
        )

    def without(self, need: str) -> Plan:
        """Leave a need: it was offered and is not wanted now. One that was to be switched stays as it is booked."""
        if need == self.switching:
            return self.without_switch()
        return replace(self, chosen=tuple(name for name in self.chosen if name != need)).cleared(need)

    def only(self, needs: Collection[str]) -> Plan:
        """Keep what is booked, and of the rest these needs; another that comes back is offered anew."""
        kept = {*needs, *self.booked}
        return replace(
            self,
            chosen=tuple(name for name in self.chosen if name in kept),
            offered=tuple(name for name in self.offered if name in kept),
            agreed={name: agreement for name, agreement in self.agreed.items() if name in kept},
        )

    def with_switch(self, need: str, partner: str) -> Plan:
        """Arrange a booked need anew, with another than this partner."""
        return replace(self, switching=need, leaving=partner).cleared(need)

    def without_switch(self) -> Plan:
        """Switch no more; what was agreed for that need is cleared."""
        return replace(self, switching=None, leaving=None).cleared(self.switching)

    def cleared(self, need: str | None, step: str = "partner") -> Plan:
        """Forget what was agreed for a need from ``step`` on (a step of ``BOOKING_STEPS``), and the consent."""
        agreed = dict(self.agreed)
        before = agreed.pop(need or "", None)
        if before is not None and step == "time":
            agreed[need or ""] = Agreement(partner=before.partner)
        elif before is not None and step != "partner":
            agreed[need or ""] = before
        return replace(self, agreed=agreed, consented=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that survives JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Plan:
        """Rebuild from ``to_dict``; ``None`` gives an empty plan."""
        known = {item.name for item in fields(cls)}
        plan = {key: value for key, value in (data or {}).items() if key in known}
        for key in ("offered", "chosen", "ended"):
            plan[key] = tuple(plan.get(key, ()))
        plan["agreed"] = {
            need: Agreement(**{**agreement, "seen": tuple(agreement.get("seen", ()))})
            for need, agreement in plan.get("agreed", {}).items()
        }
        return cls(**plan)


def next_step(
    plan: Plan, needs: Sequence[Need], channel: str | None, contact_kinds: Sequence[str], *, equals: bool = False
) -> str:
    """Return what to agree next: ``choice``, a step of ``BOOKING_STEPS``, ``book``, or ``done``.

    A time is offered with its partner, so that one answer settles both; only what is to be moved, and the first need
    of which the table prefers nobody, has a question for the partner alone.

    Args:
        plan: what has been agreed.
        needs: the needs of the situation, safety needs left out.
        channel: how the resident wants to be reached (the fact ``contact_channel``).
        contact_kinds: which contact details the vault holds (``phone``, ``email``).
        equals: several partners are as near as each other for the current need.
    """
    if plan.current is None:
        return "choice" if any(need.id not in {*plan.offered, *plan.booked} for need in needs) else "done"
    if not plan.now.settled:
        first = not plan.booked and not plan.agreed
        return "partner" if plan.now.partner is None and (plan.switching or (equals and first)) else "time"
    if channel is None:
        return "contact_channel"
    if not has_contact(channel, contact_kinds):
        return "contact"
    return "book" if plan.consented else "consent"


def has_contact(channel: str, contact_kinds: Sequence[str]) -> bool:
    """Return whether the vault holds what the chosen way of contact needs; walking in needs nothing."""
    return channel == "walk_in" or channel in contact_kinds
