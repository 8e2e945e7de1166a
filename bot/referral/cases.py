"""What became of each referral, for the figures: read from the live rows, or from what was kept of an erased one.

Each referral counts once, by the last answer of its partner. Nothing here holds a name, a reference or a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, func, select
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.referral.periods import Cut, month_of, month_start, shifted
from bot.referral.rules import referral_rules
from bot.store.tables import Appointment, Conversation, FollowUp, ImpactRecord, Referral, ReferralTransition

ACCEPTED, SENT_BACK, NOT_REACHED = "accepted", "sent_back", "not_reached"
WITHDRAWN, PASSED_ON, WAITING = "withdrawn", "passed_on", "waiting"
#: What a partner answered; together all referrals.
RESPONSES = (ACCEPTED, SENT_BACK, NOT_REACHED, WITHDRAWN, PASSED_ON, WAITING)
#: Accepted, and no outcome told: still going on, or ended without one.
UNDER_WAY, ENDED = "under_way", "ended"
UNKNOWN = "unknown"

_TAKEN_ON = frozenset({"accepted", "in_progress", "on_hold", "completed"})
_TRANSFERS = ("switched", "transferred")


class Step(NamedTuple):
    """One step of a referral's state."""

    to: str
    reason: str | None
    outcome: str | None
    at: datetime


@dataclass(frozen=True)
class Case:
    """One referral, as it is counted. ``reason`` is why it was sent back, ``outcome`` what came of an accepted one."""

    month: str
    region: str
    situation: str
    need: str
    partner: str
    response: str
    reason: str | None = None
    outcome: str | None = None
    contact_days: int | None = None
    waiting_days: int | None = None
    told: str | None = None
    """What the resident said last when asked afterwards."""


@dataclass(frozen=True)
class Course:
    """What the steps of one referral come down to."""

    response: str
    reason: str | None
    outcome: str | None
    contact_at: datetime | None


def course(steps: Iterable[Step], cut: Cut) -> Course:
    """Fold the steps of a referral that was requested, in order.

    Answers count up to ``cut.answers``, outcomes up to ``cut.outcomes``.
    """
    response, reason, outcome, contact_at = WAITING, None, None, None
    for step in steps:
        if step.at < cut.answers:
            response, reason, outcome = _answered(step, response, reason, outcome)
            if step.to in _TAKEN_ON and contact_at is None:
                contact_at = step.at
        elif step.at < cut.outcomes and response == ACCEPTED:
            outcome = _came_of_it(step, outcome)
    return Course(response, reason, outcome, contact_at if response == ACCEPTED else None)


def _answered(step: Step, response: str, reason: str | None, outcome: str | None) -> tuple[str, str | None, str | None]:
    if step.to in _TAKEN_ON:
        return ACCEPTED, None, _came_of_it(step, outcome)
    if step.to == "rejected":
        return SENT_BACK, step.reason if step.reason in referral_rules().reasons else "other", None
    if step.to == "failed":
        return NOT_REACHED, None, None
    if step.to != "cancelled" or response == SENT_BACK:
        return response, reason, outcome
    if response == ACCEPTED:
        return ACCEPTED, None, _came_of_it(step, outcome)
    return (PASSED_ON if step.reason in _TRANSFERS else WITHDRAWN), None, None


def _came_of_it(step: Step, outcome: str | None) -> str:
    if step.to == "completed":
        return step.outcome if step.outcome in referral_rules().outcomes else ENDED
    if step.to in ("rejected", "failed", "cancelled"):
        return ENDED
    return UNDER_WAY if step.to in _TAKEN_ON else outcome or UNDER_WAY


def read_cases(session: Session, first: str, last: str, cut: Cut, region: str | None = None) -> list[Case]:
    """Return the referrals of the months ``first`` to ``last`` (YYYY-MM, Netherlands), erased ones included."""
    since, until = month_start(first), month_start(shifted(last, 1))
    found = _live(session, (Referral.created_at >= since, Referral.created_at < until), cut)
    kept = select(ImpactRecord).where(ImpactRecord.month >= first, ImpactRecord.month <= last)
    cases = [*found, *(_of_record(record) for record in session.scalars(kept))]
    return [case for case in cases if region is None or case.region == region]


def remember(session: Session, conversation_id: str) -> int:
    """Keep what the figures need of a conversation's referrals; return of how many.

    Call it in the transaction that erases the conversation, just before ``conversations.erase``.
    """
    kept = 0
    months = session.execute(select(Referral.created_at).where(Referral.conversation_id == conversation_id)).scalars()
    for month in sorted({month_of(moment) for moment in months}):
        inside = (
            Referral.conversation_id == conversation_id,
            Referral.created_at >= month_start(month),
            Referral.created_at < month_start(shifted(month, 1)),
        )
        for case in _live(session, inside, Cut.of_month(month)):
            session.add(_as_record(case))
            kept += 1
    session.flush()
    return kept


def _live(session: Session, where: Sequence[Any], cut: Cut) -> Iterator[Case]:
    region = func.coalesce(func.nullif(Referral.region, ""), Conversation.region)
    columns = (Referral.id, region, Referral.situation, Referral.need, Referral.partner_id, Referral.created_at)
    connection = session.connection()  # plain rows: of fifty thousand, objects would take longer than the database
    referrals = connection.execute(
        select(*columns).join(Conversation, Conversation.id == Referral.conversation_id).where(*where)
    ).all()
    steps = _steps(connection, where)
    drafts = _never_requested(connection, where)
    starts = _appointments(connection, where, cut)
    answers = _answers(connection, where, cut)
    for row in referrals:
        if row[0] not in drafts:
            folded = course(steps.get(row[0], ()), cut)
            yield _case(row, folded, starts.get(row[0]), answers.get(row[0]))


def _case(row: Any, folded: Course, start: datetime | None, told: str | None) -> Case:
    _, region, situation, need, partner, created_at = row
    return Case(
        month=month_of(created_at),
        region=region,
        situation=situation or UNKNOWN,
        need=need,
        partner=partner,
        response=folded.response,
        reason=folded.reason,
        outcome=folded.outcome,
        contact_days=_days_between(created_at, folded.contact_at),
        waiting_days=_days_between(created_at, start),
        told=told,
    )


def _steps(connection: Connection, where: Sequence[Any]) -> dict[int, list[Step]]:
    """Return the steps by referral, but for the first one, which is nearly always that it was requested."""
    step = ReferralTransition
    query = select(step.referral_id, step.to_status, step.reason, step.outcome, step.at).join(Referral)
    rows = connection.execute(query.where(*where, step.to_status != "requested").order_by(step.id))
    steps: dict[int, list[Step]] = {}
    for number, to, reason, outcome, at in rows:
        steps.setdefault(number, []).append(Step(to, reason, outcome, at))
    return steps


def _never_requested(connection: Connection, where: Sequence[Any]) -> set[int]:
    step = ReferralTransition
    begun = exists().where(
        step.referral_id == Referral.id, step.to_status.not_in(("draft", "needs_review", "cancelled"))
    )
    return set(connection.scalars(select(Referral.id).where(*where, ~begun)))


def _appointments(connection: Connection, where: Sequence[Any], cut: Cut) -> dict[int, datetime]:
    """Return when the first appointment was to be, of those booked before the cut, whatever became of it.

    An appointment that is moved or cancelled afterwards is still the one that somebody waited for: what is published
    does not change by it.
    """
    query = select(Appointment.referral_id, Appointment.start_at).join(Referral, Referral.id == Appointment.referral_id)
    rows = connection.execute(
        query.where(*where, Appointment.booked_at < cut.answers).order_by(
            Appointment.booked_at.desc(), Appointment.id.desc()
        )
    )
    return {number: start for number, start in rows if number is not None}  # the first one stays


def _answers(connection: Connection, where: Sequence[Any], cut: Cut) -> dict[int, str]:
    query = select(FollowUp.referral_id, FollowUp.first_answer).join(Referral, Referral.id == FollowUp.referral_id)
    answered = (FollowUp.first_answer.is_not(None), FollowUp.first_answered_at < cut.outcomes)
    rows = connection.execute(query.where(*where, *answered).order_by(FollowUp.asked_at, FollowUp.id))
    return {number: answer for number, answer in rows if answer is not None}  # the last one stays


def _days_between(since: datetime, until: datetime | None) -> int | None:
    """Count calendar days in the Netherlands."""
    return None if until is None else max(0, (until.astimezone(ZONE).date() - since.astimezone(ZONE).date()).days)


def _as_record(case: Case) -> ImpactRecord:
    return ImpactRecord(
        month=case.month,
        region=case.region,
        situation=None if case.situation == UNKNOWN else case.situation,
        need=case.need,
        partner_id=case.partner,
        status=case.response,
        accepted=case.response == ACCEPTED,
        outcome=case.outcome,
        sent_back=case.reason,
        days_to_contact=case.contact_days,
        waiting_days=case.waiting_days,
        resident_answer=case.told,
    )


def _of_record(record: ImpactRecord) -> Case:
    return Case(
        month=record.month,
        region=record.region,
        situation=record.situation or UNKNOWN,
        need=record.need,
        partner=record.partner_id,
        response=record.status,
        reason=record.sent_back,
        outcome=record.outcome,
        contact_days=record.days_to_contact,
        waiting_days=record.waiting_days,
        told=record.resident_answer,
    )
