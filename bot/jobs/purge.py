"""The purge: what is kept no longer goes for good, Rasa's events included (GDPR art. 5(1)(e))."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, delete

from bot.conversation import conversations, resumption
from bot.conversation.retention import Retention, erase_transcripts
from bot.referral.erasure import ended_conversations, erase_conversation, purge_leftovers
from bot.store.engine import transaction
from bot.store.tables import Audit


def purge(engine: Engine, days: Retention, now: datetime) -> int:
    """Erase what is older than its days; return how many conversations were erased, in whole or what was said in them.

    Each step is a transaction of its own, so that residents never wait long for it; beginning anew is harmless.
    """
    with transaction(engine) as session:
        count = conversations.purge(session, days.before("unfinished", now))
    with transaction(engine) as session:
        count += erase_transcripts(session, days.before("transcript", now), now)
    with transaction(engine) as session:
        ended = ended_conversations(session, days.before("ended", now), days.before("silent", now))
    for conversation_id in ended:
        with transaction(engine) as session:
            count += erase_conversation(session, conversation_id, now)
    with transaction(engine) as session:
        resumption.purge(session, now)
        purge_leftovers(session, days.before("sent", now))
        session.execute(delete(Audit).where(Audit.at < days.before("audit", now)))
    return count
