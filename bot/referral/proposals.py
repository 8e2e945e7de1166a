"""Times that a partner proposes beside its calendar: at most three, of which the resident chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.safe_channels import unsafe_channels
from bot.directory.hsds_records import APPOINTMENT_MODES
from bot.directory.partners import Partner
from bot.referral import progress
from bot.referral.appointments import SeatTaken, Slot, book_hold, booked_for, hold, next_sequence, replace_by
from bot.referral.outbox import Entry, enqueue
from bot.referral.state_machine import IllegalTransition, lock, restart_due
from bot.store.tables import Appointment, Referral, TimeProposal
from bot.store.vault import unseal

MOST = 3
#: How far ahead a time may be proposed, and how long it may take.
FURTHEST = timedelta(days=182)
LONGEST = timedelta(hours=8)
#: States in which a partner may propose a time.
_UNDER_WAY = frozenset({"requested", "accepted", "in_progress", "on_hold"})


class UnusableTime(ValueError):
    """A time that nobody can choose; ``why`` is none, too_many, over, too_far, length, mode, twice or no_number."""

    def __init__(self, why: str) -> None:
        super().__init__(f"these times cannot be proposed: {why}")
        self.why = why


@dataclass(frozen=True)
class ProposedTime:
    """One proposal; ``start`` and ``end`` are aware, ``mode`` is phone, in_person or video."""

    start: datetime
    end: datetime
    mode: str


def propose_times(session: Session, referral: Referral, times: Sequence[ProposedTime], now: datetime) -> bool:
    """Offer the resident one to three times instead of those that were open; return whether they are new.

    An appointment that is booked stands until another is chosen. It is the resident's turn now, so the partner's time
    begins anew. By phone only where there is a number to call. Raises ``UnusableTime``, or ``IllegalTransition`` when
    the referral is not with the partner.
    """
    _check(times, now)
    lock(session, referral)
    if referral.status not in _UNDER_WAY:
        raise IllegalTransition(f"no time can be proposed for a referral that is {referral.status}")
    if any(time.mode == "phone" for time in times) and not _can_be_called(session, referral):
        raise UnusableTime("no_number")
    wanted = sorted((time.start, time.end, time.mode) for time in times)
    if wanted == sorted((time.start_at, time.end_at, time.mode) for time in open_times(session, referral, now)):
        return False
    progress.withdraw_times(session, referral)
    rows = [
        TimeProposal(referral_id=referral.id, start_at=start, end_at=end, mode=mode, state="open", created_at=now)
        for start, end, mode in wanted
    ]
    session.add_all(rows)
    restart_due(referral, now)
    session.flush()
    enqueue(session, referral, Entry("proposed", "resident", str(rows[0].id)), now)
    return True


def open_times(session: Session, referral: Referral, now: datetime) -> Sequence[TimeProposal]:
    """Return the times that can still be chosen, in order."""
    query = select(TimeProposal).where(
        TimeProposal.referral_id == referral.id, TimeProposal.state == "open", TimeProposal.start_at > now
    )
    return session.scalars(query.order_by(TimeProposal.start_at)).all()


def choose_time(session: Session, referral: Referral, proposal_id: int, partner: Partner, now: datetime) -> Appointment:
    """Book the time that the resident chose, and drop the former one then; choosing it again gives the same.

    The partner proposed it, so the referral counts as accepted. Both are told. Raises ``SeatTaken`` when the time is
    over, was withdrawn, or went to somebody else: then the former appointment stands.
    """
    lock(session, referral)
    proposal = session.get(TimeProposal, proposal_id, populate_existing=True)
    if proposal is None or proposal.referral_id != referral.id:
        raise SeatTaken("there is no such time")
    former = booked_for(session, referral.id)
    if proposal.state == "chosen" and former is not None and former.start_at == proposal.start_at:
        return former
    if proposal.state != "open" or proposal.start_at <= now or referral.status not in _UNDER_WAY:
        raise SeatTaken("this time cannot be chosen any more")
    sequence = next_sequence(session, referral.id)  # also after one that was cancelled: calendars take the newest
    new = _book(session, referral, proposal, partner, now)
    if former is not None:
        replace_by(session, former, new)
    new.sequence, new.interpreter = sequence, bool(referral.payload.get("interpreter"))
    proposal.state = "chosen"
    progress.withdraw_times(session, referral)
    session.flush()
    if referral.status == "requested":
        progress.accept(session, referral, progress.partner_actor(referral.partner_id), now)
    for recipient in ("partner", "resident"):
        enqueue(session, referral, Entry("rescheduled", recipient, f"proposal-{proposal.id}"), now)
    return new


def _book(session: Session, referral: Referral, proposal: TimeProposal, partner: Partner, now: datetime) -> Appointment:
    location = partner.location if proposal.mode == "in_person" else None
    slot = Slot(proposal.start_at, proposal.end_at, proposal.mode, location)
    # A key of its own: under the referral's key the former seat would be given back before this one is certain.
    key = f"proposal-{referral.reference}-{proposal.id}"
    former = booked_for(session, referral.id)  # it may overlap: nobody is refused for a time they are about to leave
    held = hold(session, partner, slot, referral.conversation_id, key, now, instead_of=former)
    return book_hold(session, held, referral.id, now)


def _can_be_called(session: Session, referral: Referral) -> bool:
    """Return whether the partner has a number to call, which is safe for the resident."""
    given = unseal(referral.contact_ciphertext) if referral.contact_ciphertext else {}
    return "phone" in given and "phone" not in unsafe_channels(session, referral.conversation_id)


def _check(times: Sequence[ProposedTime], now: datetime) -> None:
    if not times:
        raise UnusableTime("none")
    if len(times) > MOST:
        raise UnusableTime("too_many")
    if len({time.start for time in times}) < len(times):
        raise UnusableTime("twice")
    for time in times:
        if time.start <= now:
            raise UnusableTime("over")
        if time.start > now + FURTHEST:
            raise UnusableTime("too_far")
        if not timedelta() < time.end - time.start <= LONGEST:
            raise UnusableTime("length")
        if time.mode not in APPOINTMENT_MODES:
            raise UnusableTime("mode")
