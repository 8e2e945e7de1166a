"""Signed links: one opens one referral for one purpose, without an account, until it expires or is revoked.

The address holds no personal data and no id of the referral. The signature keeps out who guesses; the row makes it
possible to end a link at once. Opening an address must change nothing: mail programs open them by themselves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.settings import Settings, get_settings
from bot.store.tables import Conversation, Link, Referral

Purpose = Literal["partner", "resident", "follow_up"]
PATHS: Mapping[Purpose, str] = {"partner": "/p/", "resident": "/a/", "follow_up": "/f/"}
#: How long a link opens: a partner's as long as a case may take, a resident's until well after the appointment.
VALID = {"partner": timedelta(days=180), "resident": timedelta(days=90), "follow_up": timedelta(days=240)}
_SALT = "doorwijzer link"
_LONGEST = 200


class LinkInvalid(LookupError):
    """A link that opens nothing: ``reason`` is unknown, expired or revoked.

    ``languages`` are those of the resident, if known.
    """

    def __init__(self, reason: Literal["unknown", "expired", "revoked"], languages: tuple[str, ...] = ()) -> None:
        super().__init__(f"this link is {reason}")
        self.reason, self.languages = reason, languages


def link_for(session: Session, referral: Referral, purpose: Purpose, now: datetime) -> str:
    """Return the token of the referral's link for this purpose: the one that opens now, else a new one."""
    query = select(Link).where(
        Link.referral_id == referral.id, Link.purpose == purpose, Link.revoked_at.is_(None), Link.expires_at > now
    )
    link = session.scalar(query.order_by(Link.expires_at.desc()).limit(1))
    if link is None:
        link = Link(
            id=secrets.token_urlsafe(16),
            referral_id=referral.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + VALID[purpose],
        )
        session.add(link)
        session.flush()
    return _serializer().dumps([purpose, link.id])


def was_revoked(session: Session, referral: Referral, purpose: Purpose, since: datetime | None = None) -> bool:
    """Return whether the last link for this purpose was revoked (at or after ``since``), and none came instead.

    It stays so until somebody at the desk makes a new one or asks the partner again: no letter brings a new link by
    itself.
    """
    query = select(Link).where(Link.referral_id == referral.id, Link.purpose == purpose)
    links = session.scalars(query).all()
    if any(link.revoked_at is None for link in links):
        return False
    ends = [link.revoked_at for link in links if link.revoked_at is not None]
    return bool(ends) and (since is None or max(ends) >= since)


def address(token: str, purpose: Purpose, settings: Settings | None = None) -> str:
    """Return the address that a token opens."""
    return f"{(settings or get_settings()).site_url}{PATHS[purpose]}{token}"


def open_link(session: Session, token: str, purpose: Purpose, now: datetime) -> Referral:
    """Return the referral a token opens for this purpose. Raises ``LinkInvalid``."""
    link = session.get(Link, _link_id(token, purpose))
    referral = session.get(Referral, link.referral_id) if link is not None and link.purpose == purpose else None
    if link is None or referral is None:
        raise LinkInvalid("unknown")
    if link.revoked_at is not None:
        raise LinkInvalid("revoked", languages_of(session, referral))
    if link.expires_at <= now:
        raise LinkInvalid("expired", languages_of(session, referral))
    return referral


def languages_of(session: Session, referral: Referral) -> tuple[str, ...]:
    """Return the languages of who was referred: that of an interpreter first, then that of the conversation."""
    conversation = session.get(Conversation, referral.conversation_id)
    found = (referral.payload.get("language"), conversation.language if conversation else None)
    return tuple(str(language) for language in found if language)


def revoke(session: Session, referral: Referral, purpose: Purpose, now: datetime) -> int:
    """Let no link of the referral for this purpose open any more; return how many that were."""
    statement = (
        update(Link)
        .where(Link.referral_id == referral.id, Link.purpose == purpose, Link.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Link.id)
    )
    return len(session.scalars(statement, execution_options={"synchronize_session": "fetch"}).all())


def _link_id(token: str, purpose: Purpose) -> str:
    if len(token) > _LONGEST:
        raise LinkInvalid("unknown")
    try:
        signed = _serializer().loads(token)
    except BadData:
        raise LinkInvalid("unknown") from None
    if not (isinstance(signed, list) and len(signed) == 2 and signed[0] == purpose and isinstance(signed[1], str)):
        raise LinkInvalid("unknown")
    return signed[1]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(get_settings().secret("links"), salt=_SALT)
