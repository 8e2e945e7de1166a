"""The moves of a referral: each one is a step of its state with all that follows from it, in the caller's transaction.

Who is told, which seat comes free, which earlier place may now be given up: it is written together with the step, or
nothing is. A move that was made already changes nothing (``False``); one that cannot be made raises
``IllegalTransition`` and changes nothing either. Actors are ``resident``, ``partner:<id>`` and ``desk:<name>``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.directory.hsds_records import ROLES
from bot.referral import appointments
from bot.referral.outbox import Entry, Recipient, enqueue
from bot.referral.rules import referral_rules
from bot.referral.state_machine import ALLOWED, IllegalTransition, history, lock, transition
from bot.store.tables import Referral, ReferralTransition, TimeProposal

ACTOR_RESIDENT = "resident"
#: Why a referral is cancelled: codes that travel in the outbox and stand in the history.
TRANSFERRED, SENT_BACK, DECLINED = "transferred", "sent_back", "declined"
#: States in which the partner does not wait for the resident: it was never asked, or has sent the referral back.
_PARTNER_KNOWS_NOTHING = frozenset({"draft", "needs_review", "rejected"})


def partner_actor(partner_id: str) -> str:
    """Return how a partner stands in the history."""
    return f"partner:{partner_id}"[:80]


def may(referral: Referral, to: str) -> bool:
    """Return whether ``to`` can follow the referral's present state."""
    return to in ALLOWED.get(referral.status, frozenset())


def accept(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Take the resident on: the place is certain, and the resident hears it. Return whether it is new."""
    step = _move(session, referral, "accepted", actor, now)
    if step is None:
        return False
    _taken_on(session, referral, step)
    return True


def begin_work(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Note that the partner is at work, perhaps without having said that it accepts. Return whether it is new."""
    step = _move(session, referral, "in_progress", actor, now)
    if step is None:
        return False
    if step.from_status in {"requested", "failed"}:
        _taken_on(session, referral, step)
    return True


def put_on_hold(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Note that nothing can be done for a while. Return whether it is new."""
    return _move(session, referral, "on_hold", actor, now) is not None


def send_back(
    session: Session, referral: Referral, reason: str, actor: str, now: datetime, *, suggested_role: str | None = None
) -> bool:
    """Give it back to the team's desk, with a reason and perhaps with who would be better; return whether it is new.

    The seat comes free. The resident is never told "no": only who had an appointment hears that it is off and that the
    team looks for another place. Raises ``IllegalTransition`` for a reason or a role that does not exist.
    """
    if reason not in referral_rules().reasons:
        raise IllegalTransition(f"{reason!r} is no reason; one of: {', '.join(referral_rules().reasons)}")
    if suggested_role is not None and suggested_role not in ROLES:
        raise IllegalTransition(f"{suggested_role!r} is no role; one of: {', '.join(sorted(ROLES))}")
    step = _move(session, referral, "rejected", actor, now, reason=reason, suggested_role=suggested_role)
    if step is None:
        return False
    withdraw_times(session, referral)
    freed = _free_seat(session, referral, now)
    if freed:
        _tell(session, referral, "resident", "cancelled", step, cause=SENT_BACK, **freed)
    return True


def not_reached(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Note that the resident could not be reached; the desk tries another way. Return whether it is new."""
    return _move(session, referral, "failed", actor, now, reason="not_reached") is not None


def complete(session: Session, referral: Referral, outcome: str, actor: str, now: datetime) -> bool:
    """Note what came of it; return whether it is new. Another outcome afterwards is refused."""
    lock(session, referral)
    if referral.status == "completed" and history(session, referral)[-1].outcome == outcome:
        return False
    step = transition(session, referral, "completed", actor, now, outcome=outcome)
    withdraw_times(session, referral)
    freed = _free_seat(session, referral, now)
    if freed:  # nobody has to come any more
        _tell(session, referral, "resident", "cancelled", step, cause="completed", **freed)
    return True


def take_up(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Take up at the desk what came back, to look for another way. Return whether it is new."""
    _refuse_draft(session, referral)
    return _move(session, referral, "needs_review", actor, now) is not None


def request_again(session: Session, referral: Referral, actor: str, now: datetime) -> bool:
    """Ask the same partner once more, from the desk; the resident is told nothing. Return whether it is new."""
    _refuse_draft(session, referral)
    step = _move(session, referral, "requested", actor, now)
    if step is None:
        return False
    _tell(session, referral, "partner", "requested", step)
    return True


def give_up(session: Session, referral: Referral, reason: str, now: datetime, actor: str = ACTOR_RESIDENT) -> bool:
    """Cancel a referral: its seat comes free, and the partner and the resident hear it.

    ``reason`` is a code, never words of a person. Returns whether it was still under way: doing it again, or after the
    partner has completed it, changes nothing.
    """
    lock(session, referral)
    if not may(referral, "cancelled"):
        return False
    _cancel(session, referral, reason, actor, now)
    return True


def confirmed(session: Session, referral: Referral, actor: str, now: datetime) -> None:
    """Give up the place that this referral replaces, for it is certain now: the partner took it, or a time is booked.

    Nothing happens when it replaces none, or when that one has ended by itself.
    """
    if referral.replaces is None:
        return
    former = session.scalar(
        select(Referral).where(
            Referral.reference == referral.replaces, Referral.conversation_id == referral.conversation_id
        )
    )
    if former is not None:
        give_up(session, former, TRANSFERRED, now, actor)


def withdraw_times(session: Session, referral: Referral) -> None:
    """Let none of the times that were proposed be chosen any more."""
    open_ones = (TimeProposal.referral_id == referral.id) & (TimeProposal.state == "open")
    session.execute(
        update(TimeProposal).where(open_ones).values(state="withdrawn"),
        execution_options={"synchronize_session": "fetch"},
    )


def _move(
    session: Session, referral: Referral, to: str, actor: str, now: datetime, **remarks: str | None
) -> ReferralTransition | None:
    lock(session, referral)
    if referral.status == to:
        return None  # the same click came twice
    return transition(session, referral, to, actor, now, **remarks)


def _refuse_draft(session: Session, referral: Referral) -> None:
    lock(session, referral)
    if referral.status == "draft":
        raise IllegalTransition("this waits for the resident's yes: nobody else can send it on")


def _taken_on(session: Session, referral: Referral, step: ReferralTransition) -> None:
    if not _was_taken_on(session, referral):  # who was not reached and called back has heard it, perhaps
        _tell(session, referral, "resident", "accepted", step)
    confirmed(session, referral, step.actor, step.at)


def _was_taken_on(session: Session, referral: Referral) -> bool:
    """Return whether the partner had taken it on before the last step, since it was asked."""
    for former in reversed(history(session, referral)[:-1]):
        if former.to_status in {"requested", "accepted", "in_progress"}:
            return former.to_status != "requested"
    return False


def _cancel(session: Session, referral: Referral, reason: str, actor: str, now: datetime) -> None:
    step = transition(session, referral, "cancelled", actor, now, reason=reason)
    withdraw_times(session, referral)
    freed = _free_seat(session, referral, now)
    has_been = not freed and appointments.booked_for(session, referral.id) is not None
    if step.from_status not in _PARTNER_KNOWS_NOTHING:
        _tell(session, referral, "partner", "cancelled", step, cause=reason)
    # Of a transfer the resident hears by the new place; only an appointment has to leave their calendar. What has been
    # is not called off.
    if step.from_status != "draft" and (freed or not (has_been or reason == TRANSFERRED)):
        _tell(session, referral, "resident", "cancelled", step, cause=reason, **freed)


def _free_seat(session: Session, referral: Referral, now: datetime) -> dict[str, str]:
    """Give up the appointment that is to come; return which it was, for the notice. What has been stays as it was."""
    appointment = appointments.booked_for(session, referral.id)
    if appointment is None or appointment.start_at <= now or not appointments.cancel(session, appointment):
        return {}
    return {"appointment": str(appointment.id)}


def _tell(
    session: Session, referral: Referral, recipient: Recipient, kind: str, step: ReferralTransition, **details: str
) -> None:
    # A step happens once, so its number tells a second «accepted» from the first one sent twice.
    enqueue(session, referral, Entry(kind, recipient, str(step.id), details), step.at)
