"""What a partner can do on its page: each form becomes one move of the referral."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.referral import progress
from bot.referral.progress import partner_actor
from bot.referral.proposals import MOST, ProposedTime, UnusableTime, propose_times
from bot.referral.rules import referral_rules
from bot.store.tables import Referral
from bot.web.sending_back import missing, named

#: Nothing that a form of this page sends is longer; the rest is not looked at.
LONGEST_FIELD = 60


class Unclear(ValueError):
    """What was filled in cannot be used; ``key`` names the words that say why (``wrong`` in the page's texts)."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Filled:
    """One form as it was sent, and how many minutes an appointment with this partner takes."""

    fields: Mapping[str, str]
    minutes: int
    now: datetime

    def get(self, name: str) -> str:
        """Return what was filled in, without spaces around it."""
        return self.fields.get(name, "").strip()


def do(session: Session, referral: Referral, act: str, filled: Filled) -> bool:
    """Make the move that belongs to ``act`` (one of ``ACTS``); return whether it is new.

    Raises ``Unclear`` for what cannot be used, ``IllegalTransition`` when the referral's state does not allow it.
    """
    return ACTS[act](session, referral, filled)


def _accept(session: Session, referral: Referral, filled: Filled) -> bool:
    return progress.accept(session, referral, partner_actor(referral.partner_id), filled.now)


def _begin(session: Session, referral: Referral, filled: Filled) -> bool:
    return progress.begin_work(session, referral, partner_actor(referral.partner_id), filled.now)


def _hold(session: Session, referral: Referral, filled: Filled) -> bool:
    return progress.put_on_hold(session, referral, partner_actor(referral.partner_id), filled.now)


def _unreached(session: Session, referral: Referral, filled: Filled) -> bool:
    return progress.not_reached(session, referral, partner_actor(referral.partner_id), filled.now)


def _back(session: Session, referral: Referral, filled: Filled) -> bool:
    reason, role, actor = filled.get("reason"), filled.get("role"), partner_actor(referral.partner_id)
    unusable = missing(reason, role, referral.role)
    if unusable is not None:
        raise Unclear(unusable)
    return progress.send_back(session, referral, reason, actor, filled.now, suggested_role=named(role))


def _complete(session: Session, referral: Referral, filled: Filled) -> bool:
    outcome = filled.get("outcome")
    if outcome not in referral_rules().outcomes:
        raise Unclear("outcome")
    return progress.complete(session, referral, outcome, partner_actor(referral.partner_id), filled.now)


def _propose(session: Session, referral: Referral, filled: Filled) -> bool:
    try:
        return propose_times(session, referral, _times(filled), filled.now)
    except UnusableTime as unusable:
        raise Unclear(unusable.why) from None


#: The forms of the page, by the last part of their address.
ACTS: Mapping[str, Callable[[Session, Referral, Filled], bool]] = {
    "accept": _accept,
    "begin": _begin,
    "hold": _hold,
    "unreached": _unreached,
    "back": _back,
    "complete": _complete,
    "times": _propose,
}


def _times(filled: Filled) -> list[ProposedTime]:
    times = []
    for number in range(1, MOST + 1):
        day, time = filled.get(f"day_{number}"), filled.get(f"time_{number}")
        if day or time:
            start = _moment(day, time)
            times.append(ProposedTime(start, start + timedelta(minutes=filled.minutes), filled.get("mode")))
    return times


def _moment(day: str, time: str) -> datetime:
    """Return a time on a Dutch clock. Raises ``Unclear``, also for the hour that is skipped in spring."""
    try:
        local = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
        moment = local.astimezone(UTC)
        exists = moment.astimezone(ZONE).replace(tzinfo=None) == local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Unclear("form") from None
    if not exists:
        raise Unclear("form")
    return moment
