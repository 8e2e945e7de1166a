"""The outbox: what has to be sent about a referral, written in the same transaction as what caused it.

Sending happens afterwards, by whoever claims a row (``bot.referral.delivery``). A row is tried until it arrives, at
longer and longer intervals; one that was tried in vain is dead and shown at the desk. Things of one stream (a referral
and a recipient) go in the order in which they were written: a later one waits for an earlier one, also for a dead one.
What is sent at a later moment (a reminder) holds up nothing before that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bot.clock import is_daytime
from bot.store.tables import Outbox, Referral

Recipient = Literal["partner", "resident"]

#: The pauses after the first, second, … attempt in vain; after the last one it is dead. About two days in all.
BACK_OFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
)
#: What can wait for daytime (``bot.clock``), also after a night in which it could not be sent.
BY_DAY = ("follow_up",)
#: How long who claimed a row may take; then another may try. Longer than any receiver is waited for.
LEASE = timedelta(minutes=2)
_LONGEST_ERROR = 500


@dataclass(frozen=True)
class Entry:
    """What is to be sent. ``at`` is when (``None``: at once); ``details`` are ids and codes, never words of a person.

    ``occasion`` tells apart what may happen to a referral more than once: the second change is not the first again.
    """

    kind: str
    recipient: Recipient
    occasion: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def enqueue(session: Session, referral: Referral, entry: Entry, now: datetime) -> Outbox:
    """Write one thing to be sent, in the caller's transaction; the same thing again gives the row there is."""
    key = ":".join(part for part in (referral.reference, entry.recipient, entry.kind, entry.occasion) if part)
    known = session.scalar(select(Outbox).where(Outbox.key == key))
    if known is not None:
        return known
    at = entry.at or now
    row = Outbox(
        key=key,
        stream=f"{referral.reference}:{entry.recipient}",
        referral_id=referral.id,
        reference=referral.reference,
        region=referral.region,
        partner_id=referral.partner_id,
        recipient=entry.recipient,
        kind=entry.kind,
        details=dict(entry.details),
        scheduled_at=at,
        next_attempt_at=at,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another wrote the same at the same moment
        known = session.scalar(select(Outbox).where(Outbox.key == key))
        if known is None:
            raise
        return known
    return row


def claim(
    session: Session, now: datetime, limit: int = 20, avoid: Collection[tuple[str, str, str]] = ()
) -> Sequence[Outbox]:
    """Take up to ``limit`` rows that may be sent now; nobody else gets them until ``LEASE`` is over.

    Rows in ``avoid`` (recipient, region, partner) are left for later. Commit before sending: then a crash leaves
    them claimed, and they are sent when the lease is over. Who sends slowly claims one at a time. What is for daytime
    is left at night, and then holds up nothing.
    """
    asleep = () if is_daytime(now) else BY_DAY
    earlier = aliased(Outbox)
    waits = exists().where(
        earlier.stream == Outbox.stream,
        earlier.id < Outbox.id,
        earlier.state.in_(("pending", "dead")),
        earlier.scheduled_at <= now,
        earlier.kind.not_in(asleep),
    )
    free = or_(Outbox.leased_until.is_(None), Outbox.leased_until <= now)
    due = (Outbox.state == "pending", Outbox.next_attempt_at <= now, Outbox.kind.not_in(asleep))
    query = select(Outbox).where(*due, free, ~waits)
    for recipient, region, partner_id in avoid:
        way = and_(Outbox.recipient == recipient, Outbox.region == region, Outbox.partner_id == partner_id)
        query = query.where(~way)
    rows = session.scalars(query.order_by(Outbox.id).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.leased_until, row.attempts = now + LEASE, row.attempts + 1
    session.flush()
    return rows


def delivered(session: Session, row_id: int, now: datetime) -> None:
    """Note that it arrived."""
    _end(session, row_id, "delivered", delivered_at=now, last_error=None)


def dropped(session: Session, row_id: int, why: str) -> None:
    """Note that there is nobody to send it to any more, and why."""
    _end(session, row_id, "dropped", last_error=why[:_LONGEST_ERROR])


def progressed(session: Session, row_id: int, progress: Mapping[str, Any]) -> None:
    """Note what of several steps is done, so that the next attempt goes on from there."""
    session.execute(
        update(Outbox).where(Outbox.id == row_id).values(progress=dict(progress)),
        execution_options={"synchronize_session": "fetch"},
    )


def failed(
    session: Session, row_id: int, attempt: int, error: str, now: datetime, *, pause: timedelta | None = None
) -> None:
    """Note an attempt in vain: the next one comes after a pause (at least ``pause``), or none when there were enough.

    ``attempt`` is ``row.attempts`` as it was claimed: who was so slow that another took the row over says nothing any
    more. ``error`` says what went wrong without any content of the message.
    """
    row = _still_tried(session, row_id, attempt)
    if row is None:
        return
    row.leased_until, row.last_error = None, error[:_LONGEST_ERROR]
    if row.attempts > len(BACK_OFF):
        row.state = "dead"
    else:
        row.next_attempt_at = now + max(BACK_OFF[row.attempts - 1], min(pause or timedelta(0), BACK_OFF[-1]))
    session.flush()


def given_up(session: Session, row_id: int, attempt: int, error: str) -> None:
    """Note that trying again is of no use until somebody has looked: dead at once, for the desk."""
    row = _still_tried(session, row_id, attempt)
    if row is not None:
        row.state, row.leased_until, row.last_error = "dead", None, error[:_LONGEST_ERROR]
        session.flush()


def dead_letters(session: Session) -> Sequence[Outbox]:
    """Return what was tried in vain, oldest first, for the desk."""
    return session.scalars(select(Outbox).where(Outbox.state == "dead").order_by(Outbox.id)).all()


def retry(session: Session, row_id: int, now: datetime) -> bool:
    """Try a dead letter anew, from the first pause on; return whether it was dead."""
    statement = (
        update(Outbox)
        .where(Outbox.id == row_id, Outbox.state == "dead")
        .values(state="pending", attempts=0, next_attempt_at=now, leased_until=None)
        .returning(Outbox.id)
    )
    return session.scalar(statement, execution_options={"synchronize_session": "fetch"}) is not None


def close(session: Session, row_id: int, why: str) -> bool:
    """Give up a dead letter, so that what comes after it in its stream is sent; return whether it was dead.

    The last error stays beside ``why``.
    """
    row = session.scalar(select(Outbox).where(Outbox.id == row_id, Outbox.state == "dead").with_for_update())
    if row is None:
        return False
    row.state, row.leased_until = "dropped", None
    row.last_error = f"{why}: {row.last_error or ''}".rstrip(": ")[:_LONGEST_ERROR]
    session.flush()
    return True


def _still_tried(session: Session, row_id: int, attempt: int) -> Outbox | None:
    """Return the row while it is pending in this very attempt; ``None`` also when it was erased meanwhile."""
    query = select(Outbox).where(Outbox.id == row_id, Outbox.state == "pending", Outbox.attempts == attempt)
    return session.scalar(query.with_for_update())


def _end(session: Session, row_id: int, state: str, **values: Any) -> None:
    session.execute(
        update(Outbox).where(Outbox.id == row_id).values(state=state, leased_until=None, **values),
        execution_options={"synchronize_session": "fetch"},
    )
