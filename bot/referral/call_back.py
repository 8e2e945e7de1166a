"""A wish to be called: in which part of the day, where a partner has no calendar. It is no appointment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.referral.appointments import booked_for
from bot.referral.outbox import Entry, enqueue
from bot.referral.rescheduling import CHANGEABLE, NotChangeable
from bot.referral.rules import referral_rules
from bot.referral.state_machine import lock
from bot.store.tables import Referral

_BETWEEN = "; "


def wish_of(referral: Referral) -> str | None:
    """Return the part of the day that was asked for, if any."""
    wish: str | None = referral.payload.get("call_back")
    return wish


def prefer(session: Session, referral: Referral, part: str | None, now: datetime) -> bool:
    """Note another part of the day (``None``: no preference) where the partner reads it; return whether it is new.

    Raises ``ValueError`` for what is no part of the day (``content/referral.yml``), ``NotChangeable`` when the partner
    does not expect the resident any more, or when there is an appointment.
    """
    if part is not None and part not in referral_rules().call_back:
        raise ValueError(f"{part!r} is no part of the day: {', '.join(referral_rules().call_back)}")
    lock(session, referral)
    if referral.status not in CHANGEABLE or booked_for(session, referral.id) is not None:
        raise NotChangeable(f"{referral.reference} waits for no call")
    if wish_of(referral) == part:
        return False
    payload = {name: value for name, value in referral.payload.items() if name != "call_back"}
    told = str(payload["summary"]).removesuffix(_words(referral, wish_of(referral))).removesuffix(_BETWEEN)
    payload["summary"] = _BETWEEN.join(words for words in (told, _words(referral, part)) if words)
    referral.payload = payload | ({"call_back": part} if part else {})
    session.flush()
    enqueue(session, referral, Entry("rescheduled", "partner", f"call-{int(now.timestamp())}"), now)
    return True


def _words(referral: Referral, part: str | None) -> str:
    known = referral_rules().call_back.get(part or "")
    return known.in_language(referral.payload["language"]) if known else ""
