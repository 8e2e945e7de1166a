"""The question afterwards: two weeks, three and six months after the referral, and how the answer is kept.

Only the question is put in the outbox here; ``bot.referral.notices`` sends it, and asks ``channel_for`` once more just
before. One referral of a conversation is followed, the first that stands: a person with two needs is asked once.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bot.clock import ZONE, is_daytime
from bot.conversation import safe_channels
from bot.referral.outbox import Entry, enqueue
from bot.store.tables import FollowUp, FollowUpStop, Outbox, Referral

#: What may be answered, in the order of the page. ``waiting`` and ``no_help`` lead to an offer to come back.
ANSWERS = (
    "work", "training", "benefit_arranged", "debts_taken_up", "other_help", "waiting", "no_help", "unsaid",
)  # fmt: skip
WANTS_HELP = ("waiting", "no_help")
#: The hour at which somebody may get a message, on the day itself: never in the night.
HOUR = time(10)
#: How long after the last wave it is still worth asking (the machine was off, the channel was closed).
LAST_CHANCE = timedelta(weeks=8)

_CLOSED = ("draft", "cancelled")
_CHANNELS = ("email", "phone")


@dataclass(frozen=True)
class Wave:
    """One moment of asking, counted from the day of the referral."""

    name: str
    days: int = 0
    months: int = 0

    def asked_at(self, referred_at: datetime) -> datetime:
        """Return when it is asked: ten in the morning in the Netherlands, so many days or calendar months later.

        A month too short for the day ends it: three months after 30 November is 28 February.
        """
        day = add_months(referred_at.astimezone(ZONE).date(), self.months) + timedelta(days=self.days)
        return datetime.combine(day, HOUR, ZONE)


WAVES = (Wave("two_weeks", days=14), Wave("three_months", months=3), Wave("six_months", months=6))


class NotAsked(LookupError):
    """An answer to a question that was not asked."""


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def due_wave(referred_at: datetime, now: datetime) -> Wave | None:
    """Return the latest wave whose moment has come; the earlier ones it makes superfluous. ``None``: none, or over."""
    if now >= WAVES[-1].asked_at(referred_at) + LAST_CHANCE:
        return None
    return next((wave for wave in reversed(WAVES) if wave.asked_at(referred_at) <= now), None)


def due_follow_ups(session: Session, now: datetime) -> int:
    """Put every question that is due in the outbox, each once whoever does it and how often; return how many.

    Outside daytime (``bot.clock``) nobody is asked, whenever the machine was off: a later round does it.
    """
    if not is_daytime(now):
        return 0
    asked = 0
    for referral in _followed(session, now):
        wave = due_wave(referral.created_at, now)
        if wave is None or _known(session, referral, wave) or channel_for(session, referral) is None:
            continue
        try:
            with session.begin_nested():
                session.add(FollowUp(referral_id=referral.id, wave=wave.name, asked_at=now))
                session.flush()
                entry = Entry("follow_up", "resident", occasion=wave.name, details={"wave": wave.name})
                enqueue(session, referral, entry, now)
        except IntegrityError:  # another process was first
            continue
        asked += 1
    return asked


def channel_for(session: Session, referral: Referral) -> str | None:
    """Return the channel on which this resident may be asked (email | phone), or ``None``: nobody is asked.

    It is the one the resident chose. Not asked is who chose none or walks in, who stopped the questions, whose
    referral was cancelled, and on a channel that somebody else may see (``bot.conversation.safe_channels``).
    """
    channel = referral.payload.get("situation", {}).get("contact_channel")
    if channel not in _CHANNELS or referral.status in _CLOSED or referral.contact_ciphertext is None:
        return None
    if is_stopped(session, referral.conversation_id):
        return None
    if channel in safe_channels.unsafe_channels(session, referral.conversation_id):
        return None
    return str(channel)


def answer(session: Session, referral: Referral, code: str, now: datetime) -> FollowUp:
    """Keep the answer to the last question asked about this referral; a later answer to the same one replaces it.

    The figures count the first one: they have perhaps been published.
    Raises ``ValueError`` for a code that does not exist and ``NotAsked`` when no question was asked.
    """
    if code not in ANSWERS:
        raise ValueError("an answer is one of: " + ", ".join(ANSWERS))
    query = select(FollowUp).where(FollowUp.referral_id == referral.id).with_for_update()
    question = session.scalar(query.order_by(FollowUp.asked_at.desc(), FollowUp.id.desc()).limit(1))
    if question is None:
        raise NotAsked(referral.reference)
    if question.answer != code:  # what was taken up is taken up; another answer is new
        question.taken_up_at = question.taken_up_by = None
    question.answer, question.answered_at = code, now
    if question.first_answer is None:
        question.first_answer, question.first_answered_at = code, now
    session.flush()
    return question


def answers_of(session: Session, referral: Referral) -> Sequence[FollowUp]:
    """Return what the resident answered about this referral, in the order in which it was asked."""
    answered = select(FollowUp).where(FollowUp.referral_id == referral.id, FollowUp.answer.is_not(None))
    return session.scalars(answered.order_by(FollowUp.asked_at, FollowUp.id)).all()


def take_up(session: Session, referral: Referral, who: str, now: datetime) -> bool:
    """Note who at the desk took up that help is still wanted; return whether there was something to take up."""
    last = next(reversed(answers_of(session, referral)), None)
    if last is None or last.answer not in WANTS_HELP:
        return False
    statement = (
        update(FollowUp)
        .where(FollowUp.id == last.id, FollowUp.taken_up_at.is_(None))
        .values(taken_up_at=now, taken_up_by=who)
        .returning(FollowUp.id)
    )
    return session.scalar(statement, execution_options={"synchronize_session": "fetch"}) is not None


def stop(session: Session, referral: Referral, now: datetime) -> None:
    """Ask nothing more about any referral of this conversation; what is waiting to be sent is dropped."""
    conversation_id = referral.conversation_id
    if not is_stopped(session, conversation_id):
        try:
            with session.begin_nested():
                session.add(FollowUpStop(conversation_id=conversation_id, at=now))
                session.flush()
        except IntegrityError:  # a second click at the same moment
            pass
    theirs = select(Referral.id).where(Referral.conversation_id == conversation_id)
    session.execute(
        update(Outbox)
        .where(Outbox.kind == "follow_up", Outbox.state == "pending", Outbox.referral_id.in_(theirs))
        .values(state="dropped", leased_until=None, last_error="the resident wants no more questions"),
        execution_options={"synchronize_session": "fetch"},
    )


def is_stopped(session: Session, conversation_id: str) -> bool:
    """Return whether this resident wants no more questions."""
    return session.get(FollowUpStop, conversation_id) is not None


def wants_help() -> ColumnElement[bool]:
    """Return the condition under which a resident last answered to be waiting still, or not helped, and nobody took up.

    It says so of a referral.
    """
    later = aliased(FollowUp)
    answered_since = exists().where(
        later.referral_id == FollowUp.referral_id, later.answer.is_not(None), later.asked_at > FollowUp.asked_at
    )
    said_so = exists().where(
        FollowUp.referral_id == Referral.id,
        FollowUp.answer.in_(WANTS_HELP),
        FollowUp.taken_up_at.is_(None),
        ~answered_since,
    )
    return and_(said_so, Referral.status.not_in(_CLOSED))


def _followed(session: Session, now: datetime) -> Sequence[Referral]:
    """Return the first referral that stands of each conversation, where it is of an age to be asked about."""
    first = aliased(Referral)
    earlier = exists().where(
        first.conversation_id == Referral.conversation_id, first.id < Referral.id, first.status.not_in(_CLOSED)
    )
    oldest = now - timedelta(days=6 * 31 + 2) - LAST_CHANCE
    query = select(Referral).where(
        Referral.created_at > oldest,
        Referral.created_at <= now - timedelta(days=13),
        Referral.status.not_in(_CLOSED),
        ~exists().where(FollowUpStop.conversation_id == Referral.conversation_id),
        ~earlier,
    )
    return session.scalars(query.order_by(Referral.id)).all()


def _known(session: Session, referral: Referral, wave: Wave) -> bool:
    query = select(FollowUp.id).where(FollowUp.referral_id == referral.id, FollowUp.wave == wave.name)
    return session.scalar(query) is not None
