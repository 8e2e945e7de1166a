"""The states of a referral (the codes of a FHIR Task, where FHIR has one) and the steps between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.referral.rules import referral_rules
from bot.store.tables import Conversation, Referral, ReferralTransition

#: From a state to those that may follow. ``None`` is the beginning; what is rejected comes back to the team's desk.
#: Who could not be reached may call back: as long as the desk has not taken it up, the partner goes on with it.
ALLOWED: Mapping[str | None, frozenset[str]] = {
    None: frozenset({"draft", "requested"}),
    "draft": frozenset({"needs_review", "requested", "cancelled"}),
    "needs_review": frozenset({"requested", "cancelled"}),
    "requested": frozenset({"accepted", "in_progress", "rejected", "failed", "cancelled"}),
    "accepted": frozenset({"in_progress", "on_hold", "completed", "rejected", "failed", "cancelled"}),
    "in_progress": frozenset({"on_hold", "completed", "rejected", "failed", "cancelled"}),
    "on_hold": frozenset({"in_progress", "completed", "rejected", "failed", "cancelled"}),
    "rejected": frozenset({"needs_review", "cancelled"}),
    "failed": frozenset({"accepted", "in_progress", "needs_review", "requested", "cancelled"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
}


class IllegalTransition(ValueError):
    """A step that does not exist, or that lacks what it needs (a reason, an outcome)."""


def begin(session: Session, referral: Referral, actor: str, now: datetime) -> ReferralTransition:
    """Note the first state of a new referral. Raises ``IllegalTransition`` for one that is no beginning."""
    _check(None, referral.status, None, None)
    return _note(session, referral, None, actor, now)


def transition(
    session: Session,
    referral: Referral,
    to: str,
    actor: str,
    now: datetime,
    *,
    reason: str | None = None,
    outcome: str | None = None,
    suggested_role: str | None = None,
) -> ReferralTransition:
    """Take a referral one step further and note who did it; of two at once the second sees the first's step.

    ``rejected`` needs a ``reason``, ``completed`` an ``outcome`` of the rules. ``suggested_role`` is who would be
    better, in the eyes of who sends it back. The next due date begins to run (``content/referral.yml``).
    Raises ``IllegalTransition``; then nothing changes.
    """
    lock(session, referral)
    before = referral.status
    _check(before, to, reason, outcome)
    referral.status = to
    return _note(session, referral, before, actor, now, reason=reason, outcome=outcome, suggested_role=suggested_role)


def lock(session: Session, referral: Referral) -> None:
    """Let nobody else take a step until this transaction ends, and read the state as it is now.

    Raises ``IllegalTransition`` when the referral was erased meanwhile.
    """
    # The conversation first, as who erases it does: two that lock in another order would wait for each other.
    whose = select(Conversation.id).where(Conversation.id == referral.conversation_id)
    session.execute(whose.with_for_update(read=True, key_share=True))
    fresh = select(Referral).where(Referral.id == referral.id).with_for_update()
    if session.scalar(fresh.execution_options(populate_existing=True)) is None:
        raise IllegalTransition("the referral was erased")


def restart_due(referral: Referral, now: datetime) -> None:
    """Let the time for the present state begin anew: who had to act did (``content/referral.yml``)."""
    referral.due_at, referral.overdue_at = referral_rules().due_at(referral.status, now), None


def is_overdue(referral: Referral, now: datetime) -> bool:
    """Return whether the next step should have been taken by now."""
    return referral.due_at is not None and referral.due_at < now


def history(session: Session, referral: Referral) -> Sequence[ReferralTransition]:
    """Return all steps of a referral, in order."""
    query = select(ReferralTransition).where(ReferralTransition.referral_id == referral.id)
    return session.scalars(query.order_by(ReferralTransition.id)).all()


def _check(before: str | None, to: str, reason: str | None, outcome: str | None) -> None:
    if to not in ALLOWED.get(before, ()):
        raise IllegalTransition(f"a referral cannot go from {before or 'nothing'} to {to}")
    if to == "rejected" and not (reason or "").strip():
        raise IllegalTransition("rejected needs a reason: it comes back to the desk, who must know why")
    if to == "completed" and outcome not in referral_rules().outcomes:
        raise IllegalTransition(f"completed needs an outcome, one of: {', '.join(referral_rules().outcomes)}")


def _note(
    session: Session,
    referral: Referral,
    before: str | None,
    actor: str,
    now: datetime,
    **remarks: str | None,
) -> ReferralTransition:
    restart_due(referral, now)
    step = ReferralTransition(
        referral_id=referral.id,
        from_status=before,
        to_status=referral.status,
        actor=actor,
        at=now,
        **remarks,
    )
    session.add(step)
    session.flush()
    return step
