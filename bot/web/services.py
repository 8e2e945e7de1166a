"""What the routes share: settings, database, assistant, the streams' hub, templates, the directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from fastapi.templating import Jinja2Templates
from sqlalchemy import Engine

from bot.conversation import conversations
from bot.conversation.conversations import ConversationNotFound
from bot.directory.events import Events, EventsInvalid
from bot.directory.partners import Directory
from bot.settings import Settings
from bot.store.engine import transaction
from bot.web.assistant import Assistant
from bot.web.problems import not_found
from bot.web.schemas import MessageOut
from bot.web.stream import Hub


@dataclass
class Services:
    """One of everything. Created with the application; ``close`` it at its end."""

    settings: Settings
    engine: Engine
    assistant: Assistant
    hub: Hub
    templates: Jinja2Templates = field(repr=False)

    @cached_property
    def directory(self) -> Directory:
        """The directory of partners and regions."""
        return Directory.load(self.settings.content_dir / "regions")

    @cached_property
    def events(self) -> Events:
        """The events that are known; none when their file is faulty, which the conversation tells in the log."""
        try:
            return Events.load(self.settings.content_dir)
        except EventsInvalid:
            return Events()

    @cached_property
    def brand(self) -> str:
        """The name under which this installation's team is known."""
        return self.directory.region(self.settings.region).brand

    async def close(self) -> None:
        """Stop the hub, close the connections."""
        await self.hub.close()
        await self.assistant.close()
        self.engine.dispose()

    def check_token(self, conversation_id: str, token: str) -> None:
        """Raise the 404 problem unless the token fits the conversation."""
        with transaction(self.engine) as session:
            try:
                conversations.authorise(session, conversation_id, token)
            except ConversationNotFound:
                raise not_found() from None

    def messages(self, conversation_id: str, token: str, seq: int) -> list[MessageOut] | None:
        """Return the messages after ``seq``, or ``None`` when the token opens the conversation no more.

        It may have been erased, or gone on elsewhere: who listened before must not hear what is said there.
        """
        with transaction(self.engine) as session:
            try:
                conversations.authorise(session, conversation_id, token)
            except ConversationNotFound:
                return None
            found = conversations.messages_since(session, conversation_id, seq)
            return [MessageOut.model_validate(message) for message in found]
