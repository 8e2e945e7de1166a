"""What an adapter gets to send: put together at the moment of sending, from a whitelist.

Text that somebody wrote is masked once more, and a way of contact on which the resident is not safe is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.directory.partners import Directory
from bot.referral.booking import document_for_partner
from bot.referral.delivery.errors import NobodyToSend
from bot.referral.links import address, link_for, was_revoked
from bot.settings import Settings
from bot.store.tables import Outbox, Referral
from bot.texts import get_texts

Kind = Literal["requested", "rescheduled", "cancelled", "withdrawn"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Progress = Mapping[str, Any]
_OVER = frozenset({"cancelled", "completed", "rejected"})


@dataclass(frozen=True)
class Parcel:
    """One event of one referral, for one partner.

    ``document`` is the referral as the contract has it; of a withdrawal only the reference. ``key`` is the same for
    every attempt. ``number`` orders the parcels of a referral, ``occurrence`` counts those of its kind. ``link`` opens
    the partner's page. ``progress`` is what earlier attempts have done; ``note`` keeps what this one has.
    """

    key: str
    kind: Kind
    reference: str
    number: int
    occurrence: int
    partner_id: str
    partner_name: str
    document: Mapping[str, Any]
    need: str
    link: str | None
    now: datetime
    progress: Progress = field(default_factory=dict)
    note: Callable[[Progress], None] = lambda _: None

    def with_note(self, note: Callable[[Progress], None]) -> Parcel:
        """Return the same parcel, with a way to keep what is done so far."""
        return replace(self, note=note)


class Adapter(Protocol):
    """A way to a partner."""

    def send(self, parcel: Parcel) -> Progress:
        """Send it and return what was done, to be kept. A repetition after a crash is harmless, or can be told as one.

        Raises ``SendError``, or ``StopSending`` when trying again is of no use.
        """
        ...


def prepare(session: Session, row: Outbox, directory: Directory, settings: Settings, now: datetime) -> Parcel:
    """Put together what a row of the outbox says. Raises ``NobodyToSend`` when its referral was erased meanwhile.

    Raises ``VaultError`` when the secret key does not open the contact details, ``ValueError`` for an unknown kind.
    """
    if row.kind not in KINDS:
        raise ValueError(f"nothing of the kind {row.kind!r} goes to a partner")
    referral = None if row.referral_id is None else session.get(Referral, row.referral_id)
    document: dict[str, Any] = {"reference": row.reference}
    need, link = "", None
    if row.kind != "withdrawn":
        if referral is None:
            raise NobodyToSend("the resident had everything erased")
        document = _document(session, referral, row.kind)
        need = _in_words(referral.need)
        if not was_revoked(session, referral, "partner", row.created_at if row.kind == "requested" else None):
            link = address(link_for(session, referral, "partner", now), "partner", settings)
    return Parcel(
        key=row.key,
        kind=row.kind,
        reference=row.reference,
        number=row.id,
        occurrence=_occurrence(session, row),
        partner_id=row.partner_id,
        partner_name=referral.partner_name if referral is not None else _name(directory, row),
        document=document,
        need=need,
        link=link,
        now=now,
        progress=dict(row.progress),
    )


def _document(session: Session, referral: Referral, kind: str) -> dict[str, Any]:
    # Once it is over nobody has to reach the resident for it: the contact details stay here.
    with_contact = kind != "cancelled" and referral.status not in _OVER
    return document_for_partner(session, referral, with_contact)


def _occurrence(session: Session, row: Outbox) -> int:
    same = select(func.count()).where(Outbox.stream == row.stream, Outbox.kind == row.kind, Outbox.id <= row.id)
    return session.scalar(same) or 1


def _in_words(need: str) -> str:
    texts, key = get_texts(), f"need.{need}"
    return texts.get(key, "nl") if texts.has(key, "nl") else need


def _name(directory: Directory, row: Outbox) -> str:
    partner = directory.listed(row.region, row.partner_id)
    return partner.name if partner else row.partner_id
