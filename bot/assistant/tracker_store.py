"""Rasa's conversations in our own database, with SQLAlchemy 2, at a cost that does not grow with their length.

Rasa reads and replays a whole conversation at each turn. The rules of this bot look back no further than one turn, so
a long conversation is read as: the current value of every slot, then its last turns. Nothing is thrown away: the rows
stay, and ``retrieve_full_tracker`` reads them all. ``endpoints.yml`` names the class.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import ColumnElement, Connection, Engine, Table, func, insert, inspect, select
from sqlalchemy.orm import sessionmaker

from bot.settings import get_settings
from bot.store.engine import make_engine
from bot.store.migrate import migrate
from bot.store.tables import AssistantEvent

#: Whole turns before the present one that are read besides the slots (no rule of ours looks further back).
TURNS_READ = 1

#: Events after which everything before is void, and after which only the slots are.
_STARTS_ANEW = ("session_started", "restart")
_CLEARS_SLOTS = (*_STARTS_ANEW, "reset_slots")
#: Other lasting states: whether the bot is paused (a colleague is talking), and which form is active.
_LASTING = (("pause", "resume"), ("active_loop", "form"))

_EVENTS: Table = AssistantEvent.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_ROW = _EVENTS.c

logger = logging.getLogger(__name__)


class ConversationTrackerStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa has no types
    """Keeps conversations in the table ``events`` of the installation's database."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """Open the database of ``bot.settings`` (or the SQLAlchemy URL ``host``); a new one gets all its tables."""
        url = host or get_settings().database
        self.engine: Engine = make_engine(url)
        if not inspect(self.engine).has_table(_EVENTS.name):
            migrate(url)  # `rasa shell` may be the first to come to a new checkout; the actions need all tables
        self.sessionmaker = sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        with self.engine.begin() as connection:
            return list(connection.scalars(select(_ROW.sender_id).distinct()))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return a conversation as it stands: its slots and last turns. ``None`` when there is no such one.

        Raises ``sqlalchemy.exc.SQLAlchemyError`` when the database cannot be read: a resident must get an error
        then, not a bot that has forgotten everything.
        """
        with self.engine.begin() as connection:
            rows = _tail(connection, sender_id)
        return self._tracker(sender_id, rows)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return a conversation with all its events, over all sessions."""
        with self.engine.begin() as connection:
            rows = _rows(connection, _ROW.sender_id == conversation_id)
        return self._tracker(conversation_id, rows)

    def _tracker(self, sender_id: str, rows: Sequence[str]) -> DialogueStateTracker | None:
        if not rows:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(row) for row in rows], self.domain.slots)
        tracker.events_stored = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events of this turn; all of them or none.

        A conversation that was erased while its turn was running stays erased.
        """
        with self.engine.begin() as connection:
            stored = _count_stored(connection, tracker)
            if stored is None:
                logger.info("A conversation was erased during its turn; the turn is not stored.")
                return
            new = list(islice(tracker.events, stored, None))
            if new:
                connection.execute(insert(_EVENTS), [_as_row(tracker.sender_id, event) for event in new])
        tracker.events_stored = len(tracker.events)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)


def _as_row(sender_id: str, event: Any) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": (data.get("parse_data") or {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _count_stored(connection: Connection, tracker: DialogueStateTracker) -> int | None:
    """Return how many of the tracker's events are in the table already; ``None`` when it was erased meanwhile."""
    mine = _ROW.sender_id == tracker.sender_id
    known: int | None = getattr(tracker, "events_stored", None)
    if known is None:  # made elsewhere, from all its events
        return int(connection.scalar(select(func.count()).select_from(_EVENTS).where(mine)) or 0)
    if known and connection.scalar(select(_ROW.id).where(mine).limit(1)) is None:
        return None
    return known


def _tail(connection: Connection, sender_id: str) -> list[str]:
    """Return the events that matter now, oldest first."""
    mine = _ROW.sender_id == sender_id
    session = _latest(connection, mine, _STARTS_ANEW)
    turn = connection.scalar(
        select(_ROW.id)
        .where(mine, _ROW.type_name == "user", _ROW.action_name.is_(None), _ROW.id >= session)
        .order_by(_ROW.id.desc())
        .offset(TURNS_READ - 1)
        .limit(1)
    )
    if turn is None:  # a short conversation: read it from its start
        return _rows(connection, mine, _ROW.id >= session)
    lasting = [_latest(connection, mine, kinds, before=turn) for kinds in _LASTING]
    slots = connection.scalars(
        select(func.max(_ROW.id))
        .where(
            mine,
            _ROW.type_name == "slot",
            _ROW.id > _latest(connection, mine, _CLEARS_SLOTS, before=turn),
            _ROW.id < turn,
        )
        .group_by(_ROW.action_name)  # for a slot's event this column holds the slot's name
    ).all()
    before = [row for row in (*slots, *lasting) if row > session]
    return _rows(connection, mine, _ROW.id.in_(before)) + _rows(connection, mine, _ROW.id >= turn)


def _latest(connection: Connection, mine: ColumnElement[bool], kinds: Sequence[str], before: int | None = None) -> int:
    query = select(func.max(_ROW.id)).where(mine, _ROW.type_name.in_(kinds))
    return connection.scalar(query if before is None else query.where(_ROW.id < before)) or 0


def _rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[str]:
    return list(connection.scalars(select(_ROW.data).where(*conditions).order_by(_ROW.id)))


def _tracker_store_itself(store: TrackerStore | None, domain: Domain) -> TrackerStore:
    if store is None:
        return InMemoryTrackerStore(domain)
    store.domain = domain
    return store


# Rasa wraps every store so that, when the database fails, the conversation goes on with an empty memory and the turn
# is lost without a word. Here the turn fails instead; the gateway says so, and the resident can send it again.
Agent._create_tracker_store = staticmethod(_tracker_store_itself)
