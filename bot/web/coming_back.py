"""Leaving with a code and coming back with it: what each leaves in the database. One transaction a function."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from bot import clock
from bot.conversation import conversations, resumption
from bot.conversation.resumption import NewCode
from bot.store.engine import transaction
from bot.web.schemas import MessageOut, Started


@dataclass(frozen=True)
class Place:
    """The conversation a code opens. While ``staff`` speak in it, the assistant is silent."""

    id: str
    region: str
    language: str | None
    staff: bool


def make_code(engine: Engine, conversation_id: str, token: str) -> NewCode:
    """Make a new code for a conversation. Raises ``ConversationNotFound``."""
    with transaction(engine) as session:
        conversations.authorise(session, conversation_id, token)
        return resumption.new_code(session, conversation_id, clock.now())


def look_up(engine: Engine, code: str) -> Place:
    """Return what a code opens, without using it. Raises ``CodeNotFound``."""
    with transaction(engine) as session:
        found = resumption.find(session, code, clock.now())
        return Place(found.id, found.region, found.language, found.status == "staff")


def take_over(engine: Engine, code: str) -> Started:
    """Use the code; return the conversation with a new token and all its messages. Raises ``CodeNotFound``."""
    with transaction(engine) as session:
        conversation, token = resumption.use(session, code, clock.now())
        messages = conversations.messages_since(session, conversation.id)
        return Started(
            id=conversation.id, token=token, messages=[MessageOut.model_validate(message) for message in messages]
        )
