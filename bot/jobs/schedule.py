"""Which jobs there are and how often they come round; what they do is in the rooms they belong to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.conversation.retention import retention
from bot.directory.partners import Directory
from bot.jobs.purge import purge
from bot.jobs.rounds import Round
from bot.referral.appointments import purge_holds
from bot.referral.delivery.worker import deliver_due
from bot.referral.follow_up import due_follow_ups
from bot.referral.notices.reminders import write_reminders
from bot.referral.overdue import mark_overdue
from bot.referral.scheduling import reconcile
from bot.settings import Settings
from bot.store.engine import transaction

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def rounds(engine: Engine, settings: Settings, directory: Directory) -> list[Round]:
    """Return all jobs of this installation, in the order in which those that are due together are done."""

    def in_transaction(step: Callable[[Session, datetime], int]) -> Callable[[datetime], int]:
        def run(now: datetime) -> int:
            with transaction(engine) as session:
                return step(session, now)

        return run

    return [
        Round("holds", MINUTE, in_transaction(purge_holds)),
        Round("reminders", 5 * MINUTE, in_transaction(write_reminders)),
        Round("overdue", 15 * MINUTE, in_transaction(mark_overdue)),
        Round("follow_up", HOUR, in_transaction(due_follow_ups)),
        Round("calendars", 15 * MINUTE, lambda now: reconcile(engine, settings, directory, now)),
        Round("deliveries", 2 * SECOND, lambda now: deliver_due(engine, settings, directory, now)),
        Round("purge", DAY, lambda now: purge(engine, retention(), now)),
    ]
