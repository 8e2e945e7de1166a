"""What the assistant answered to a turn, kept so that the same turn sent again is not taken twice.

The gateway sends a turn again after a time-out or a crash, when it cannot know whether the assistant had taken it. Only
the last turn of a conversation can come again, so only its answers are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.store.tables import AssistantTurn, Conversation


def answer_to(session: Session, conversation_id: str, turn: str) -> dict[str, Any] | None:
    """Return what was answered to this turn, or ``None`` when it was not answered yet."""
    kept = session.get(AssistantTurn, (conversation_id, turn))
    return None if kept is None else kept.answer


def keep(session: Session, conversation_id: str, turn: str, answer: dict[str, Any], now: datetime) -> None:
    """Keep the answer to a turn: ``<number>:<part>``; those of other turns go. A repetition changes nothing.

    Nothing is kept for a conversation that is not in the database (it was erased meanwhile, or is one of a console).
    """
    number = turn.partition(":")[0]
    others = AssistantTurn.conversation_id == conversation_id, ~AssistantTurn.turn.startswith(f"{number}:")
    session.execute(delete(AssistantTurn).where(*others), execution_options={"synchronize_session": False})
    if session.get(Conversation, conversation_id) is None or answer_to(session, conversation_id, turn) is not None:
        return
    session.add(AssistantTurn(conversation_id=conversation_id, turn=turn, answer=answer, at=now))
