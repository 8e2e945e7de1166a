"""What the desk does with a referral: each act in one transaction, recorded together with what it changes.

Every function returns ``None`` when it was done, else the key of the notice (``desk.yml``) that says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot import clock
from bot.directory.partners import Directory
from bot.referral import follow_up, links, outbox, progress, transfer
from bot.referral.rules import referral_rules
from bot.referral.state_machine import IllegalTransition
from bot.referral.transfer import AlreadyThere, Consent, Destination
from bot.store.engine import transaction
from bot.store.tables import Audit, Outbox, Referral
from bot.web.desk_referral_data import find, partners_for
from bot.web.desk_session import Member
from bot.web.page_texts import page_texts
from bot.web.sending_back import missing, named

#: Notices that an address may carry; anything else in it is ignored.
NOTICES = frozenset(
    {
        "referral_changed",
        "referral_choose",
        "referral_already_there",
        "referral_done",
        "referral_revoked",
        "referral_whose",
        "referral_no_role",
    }
)
_UNUSABLE = {"reason": "referral_choose", "role": "referral_whose", "role_unknown": "referral_no_role"}


@dataclass(frozen=True)
class Asked:
    """One form of the desk: who sent it, when, and what was filled in."""

    member: Member
    directory: Directory
    now: datetime
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """How this member stands in a referral's history."""
        return f"desk:{self.member.name}"


Act = Callable[[Session, Referral, Asked], str | None]


def do(engine: Engine, reference: str, act: str, asked: Asked) -> str | None:
    """Do one of ``ACTS`` with a referral. Raises ``KeyError`` for another act, ``LookupError`` without the referral."""
    make = ACTS[act]
    try:
        with transaction(engine) as session:
            notice = make(session, _known(session, reference), asked)
            if notice in {None, "referral_revoked"}:
                _record(session, asked, f"referral_{act.replace('-', '_')}", reference)
            return notice
    except IllegalTransition:
        return "referral_changed"
    except AlreadyThere:
        return "referral_already_there"


def renew_link(engine: Engine, reference: str, asked: Asked) -> str:
    """End the partner's links and return the address of a new one; it is shown once. Raises ``LookupError``."""
    with transaction(engine) as session:
        referral = _known(session, reference)
        links.revoke(session, referral, "partner", asked.now)
        token = links.link_for(session, referral, "partner", asked.now)
        _record(session, asked, "referral_renew_link", reference)
        return links.address(token, "partner")


def passed_on(engine: Engine, row_id: int, asked: Asked) -> str | None:
    """Note that the partner was told by phone."""
    with transaction(engine) as session:
        row = session.get(Outbox, row_id, with_for_update=True)
        if row is None or row.progress.get("with") != "desk":
            return "referral_changed"
        if "passed_on_at" not in row.progress:
            told = {"passed_on_by": asked.member.name, "passed_on_at": asked.now.isoformat(timespec="seconds")}
            row.progress = {**row.progress, **told}
            _record(session, asked, "referral_passed_on", row.reference)
    return None


def try_again(engine: Engine, row_id: int, asked: Asked) -> str | None:
    """Send a dead letter once more."""
    with transaction(engine) as session:
        row = session.get(Outbox, row_id)
        if row is None or not outbox.retry(session, row_id, asked.now):
            return "referral_changed"
        _record(session, asked, "referral_retry", row.reference)
    return None


def close_letter(engine: Engine, row_id: int, asked: Asked) -> str | None:
    """Give up a dead letter: what comes after it is sent."""
    with transaction(engine) as session:
        row = session.get(Outbox, row_id)
        if row is None or not outbox.close(session, row_id, f"closed by {asked.member.name}"):
            return "referral_changed"
        _record(session, asked, "referral_close_letter", row.reference)
    return None


def _take_up(session: Session, referral: Referral, asked: Asked) -> str | None:
    progress.take_up(session, referral, asked.actor, asked.now)
    return None


def _ask_again(session: Session, referral: Referral, asked: Asked) -> str | None:
    progress.request_again(session, referral, asked.actor, asked.now)
    return None


def _outcome(session: Session, referral: Referral, asked: Asked) -> str | None:
    outcome = asked.fields.get("outcome", "")
    if outcome not in referral_rules().outcomes:
        return "referral_choose"
    progress.complete(session, referral, outcome, asked.actor, asked.now)
    return None


def _cancel(session: Session, referral: Referral, asked: Asked) -> str | None:
    done = progress.give_up(session, referral, "desk", asked.now, asked.actor)
    return None if done else "referral_changed"


def _transfer(session: Session, referral: Referral, asked: Asked) -> str | None:
    partner = partners_for(asked.directory, referral).get(asked.fields.get("partner", ""))
    if partner is None:
        return "referral_choose"
    transfer.propose(session, referral, Destination(partner, partner.role), asked.actor, asked.now)
    return None


def _consent(session: Session, referral: Referral, asked: Asked) -> str | None:
    consent = Consent(str(page_texts("desk")["consent_version"]), asked.actor)
    transfer.agree(session, referral, consent, asked.now)
    return None


def _decline(session: Session, referral: Referral, asked: Asked) -> str | None:
    done = transfer.decline(session, referral, asked.actor, asked.now)
    return None if done else "referral_changed"


def _revoke(session: Session, referral: Referral, asked: Asked) -> str | None:
    links.revoke(session, referral, "partner", asked.now)
    return "referral_revoked"


def _help(session: Session, referral: Referral, asked: Asked) -> str | None:
    done = follow_up.take_up(session, referral, asked.member.name, asked.now)
    return None if done else "referral_changed"


def _heard(move: Callable[[Session, Referral, str, datetime], bool]) -> Act:
    """Return the act that notes what a partner said by phone: the partner's move, made by who heard it."""

    def note(session: Session, referral: Referral, asked: Asked) -> str | None:
        move(session, referral, asked.actor, asked.now)
        return None

    return note


def _back(session: Session, referral: Referral, asked: Asked) -> str | None:
    reason, role = asked.fields.get("reason", ""), asked.fields.get("role", "")
    unusable = missing(reason, role, referral.role)
    if unusable is not None:
        return _UNUSABLE[unusable]
    progress.send_back(session, referral, reason, asked.actor, asked.now, suggested_role=named(role))
    return None


#: The acts with one referral, by the last part of their address.
ACTS: Mapping[str, Act] = {
    "take-up": _take_up,
    "ask-again": _ask_again,
    "outcome": _outcome,
    "cancel": _cancel,
    "transfer": _transfer,
    "consent": _consent,
    "decline": _decline,
    "revoke-link": _revoke,
    "help-taken-up": _help,
    "accept": _heard(progress.accept),
    "begin": _heard(progress.begin_work),
    "hold": _heard(progress.put_on_hold),
    "unreached": _heard(progress.not_reached),
    "back": _back,
}


def _known(session: Session, reference: str) -> Referral:
    referral = find(session, reference)
    if referral is None:
        raise LookupError(reference)
    return referral


def _record(session: Session, asked: Asked, action: str, subject: str) -> None:
    session.add(Audit(actor=asked.member.name, action=action, subject=subject, at=clock.now()))
