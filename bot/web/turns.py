"""What a turn leaves in the database: the resident's message before the assistant is asked, its answers after.

Each function is one transaction, so a crash between them leaves a turn that is done again when it is sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import conversations
from bot.conversation.masking import clean
from bot.directory.partners import Directory
from bot.referral.erasure import erase_conversation
from bot.store.engine import transaction
from bot.store.tables import Conversation, Message, Turn
from bot.web import contact_turns
from bot.web.assistant import Answer, payload
from bot.web.page_texts import PAGE_LANGUAGES, page_texts
from bot.web.problems import Problem
from bot.web.schemas import MessageOut, TurnRequest

#: Payloads that work at any moment, offered or not (docs/architecture.md).
ALWAYS = frozenset({"/person", "/why", "/start_over", "/rather_not_say", "/dont_know", "/save_for_later"})
_CHANGE_LANGUAGE = re.compile(r"/change_language(\{.*\})")
_STATUS_OPEN, _STATUS_STAFF, _STATUS_CLOSED = "open", "staff", "closed"


@dataclass(frozen=True)
class Opened:
    """A new conversation; the token is not stored anywhere."""

    id: str
    token: str


@dataclass(frozen=True)
class Received:
    """A stored turn: either its replies are known, or ``for_assistant`` says what to ask, in order."""

    turn_id: int
    region: str
    language: str | None
    replies: list[MessageOut] | None = None
    for_assistant: tuple[str, ...] = ()


def open_conversation(engine: Engine, directory: Directory, region: str, language: str | None) -> Opened:
    """Begin a conversation in a region. Raises ``Problem`` 422 for a region that is not in the directory."""
    try:
        directory.region(region)
    except LookupError:
        raise Problem(422, "unknown-region", "There is no such region here. Nothing was stored.") from None
    with transaction(engine) as session:
        conversation, token = conversations.create(session, region, language, clock.now())
        return Opened(conversation.id, token)


def drop(engine: Engine, conversation_id: str) -> None:
    """Erase a conversation that never began."""
    with transaction(engine) as session:
        conversations.erase(session, conversation_id)


def erase(engine: Engine, conversation_id: str, token: str) -> None:
    """Erase a conversation. Raises ``ConversationNotFound``."""
    with transaction(engine) as session:
        conversations.authorise(session, conversation_id, token)
        erase_conversation(session, conversation_id, clock.now())


def place_of(engine: Engine, conversation_id: str) -> tuple[str, str | None]:
    """Return region and language of a conversation. Raises ``ConversationNotFound``."""
    with transaction(engine) as session:
        conversation = conversations.lock(session, conversation_id)
        return conversation.region, conversation.language


def receive(engine: Engine, conversation_id: str, token: str, request: TurnRequest, client_id: str) -> Received:
    """Check and store what the resident sent, masked.

    Raises ``ConversationNotFound``, or ``Problem`` 422 for a payload that was not offered and for a ``client_id`` that
    comes back with something else; then nothing is stored.
    """
    now = clock.now()
    with transaction(engine) as session:
        conversation = conversations.authorise(session, conversation_id, token)
        title = ""
        if request.payload is not None:
            spoken = conversation.language if conversation.language in PAGE_LANGUAGES else PAGE_LANGUAGES[0]
            title = _title_of(session, conversation_id, request.payload, spoken)
        turn, _ = conversations.begin_turn(session, conversation_id, client_id, now)
        known = Received(turn.id, conversation.region, conversation.language)
        if turn.done_at is not None:
            return Received(**{**vars(known), "replies": _out(conversations.replies_of(session, turn))})
        said = _said(session, conversation, turn, request, title)
        _store_once(session, conversation, turn, said.text)
        if conversation.status == _STATUS_STAFF or said.again is not None:
            if said.again is not None:
                conversations.append(
                    session, conversation_id, "assistant", said.again.text, said.again.lang, now,
                    buttons=said.again.buttons, ask="contact", card=said.again.card, turn=turn,
                )  # fmt: skip
            conversations.finish_turn(session, turn, now)
            return Received(**{**vars(known), "replies": _out(conversations.replies_of(session, turn))})
        first = (payload("resume"),) if conversation.status == _STATUS_CLOSED else ()
        return Received(**{**vars(known), "for_assistant": (*first, said.for_assistant)})


def conclude(engine: Engine, conversation_id: str, turn_id: int | None, answers: Sequence[Answer]) -> list[MessageOut]:
    """Store the assistant's answers to a turn (``None``: nobody asked, as at the start) and its state; return them.

    Raises ``ConversationNotFound`` when the conversation was erased meanwhile.
    """
    now = clock.now()
    with transaction(engine) as session:
        conversation = conversations.lock(session, conversation_id)
        turn = session.get(Turn, turn_id) if turn_id is not None else None
        if turn is not None and turn.done_at is not None:  # another web process was first
            return _out(conversations.replies_of(session, turn))
        stored: list[Message] = []
        for answer in answers:
            _remember(conversation, answer)
            stored += [_append(session, conversation, message, turn) for message in answer.messages]
        if turn is not None:
            _note_understood(session, turn, answers)
            conversations.finish_turn(session, turn, now)
        if conversation.status == _STATUS_CLOSED:
            conversation.status = _STATUS_OPEN
        return _out(stored)


def _said(
    session: Session, conversation: Conversation, turn: Turn, request: TurnRequest, title: str
) -> contact_turns.Said:
    if request.payload is not None:
        return contact_turns.Said(title, request.payload)
    if request.form is not None:
        return contact_turns.from_form(session, conversation, request.form)
    said = contact_turns.from_text(session, conversation, request.text or "")
    pressed = _pressed(session, turn, said.text) if said.again is None else None
    return said if pressed is None else replace(said, for_assistant=pressed)


def _pressed(session: Session, turn: Turn, typed: str) -> str | None:
    """Return the payload of the button below the last messages whose words were typed: it means the same."""
    here = Message.conversation_id == turn.conversation_id
    before = select(func.max(Message.seq)).where(here, Message.sender == "resident", Message.turn_id != turn.id)
    query = select(Message.buttons).where(
        here, Message.sender == "assistant", Message.seq > func.coalesce(before.scalar_subquery(), 0)
    )
    offered = {
        _bare(str(button["title"])): str(button["payload"]) for buttons in session.scalars(query) for button in buttons
    }
    return offered.get(_bare(typed))


def _bare(words: str) -> str:
    return " ".join(words.split()).strip(" .!?").casefold()


def _title_of(session: Session, conversation_id: str, sent: str, language: str) -> str:
    """Return what the button says that sends this payload. Raises ``Problem`` 422 when none does."""
    query = select(Message.buttons, Message.card).where(
        Message.conversation_id == conversation_id, Message.sender != "resident"
    )
    for buttons, card in session.execute(query.order_by(Message.seq.desc())):
        for button in buttons:
            if button.get("payload") == sent:
                return str(button["title"])
        for row in (card or {}).get("rows", ()):
            if row.get("change") == sent:
                return str(row["label"])
    if sent in ALWAYS or _is_language_change(sent):
        return str(page_texts(language)["payload_titles"].get(sent, sent))
    raise Problem(422, "payload-not-offered", "No message of this conversation offers this payload.")


def _is_language_change(sent: str) -> bool:
    match = _CHANGE_LANGUAGE.fullmatch(sent)
    try:
        values = json.loads(match.group(1)) if match else None
    except (ValueError, RecursionError):
        return False
    return isinstance(values, dict) and set(values) == {"language"} and values["language"] in PAGE_LANGUAGES


def _store_once(session: Session, conversation: Conversation, turn: Turn, text: str) -> None:
    stored = session.scalar(select(Message).where(Message.turn_id == turn.id, Message.sender == "resident"))
    if stored is None:
        lang = conversation.language or PAGE_LANGUAGES[0]
        conversations.append(session, conversation.id, "resident", text, lang, clock.now(), turn=turn)
    elif stored.text != clean(text):
        raise Problem(422, "client-id-reused", "This client_id belongs to another message. Choose a new one.")


def _append(session: Session, conversation: Conversation, message: dict[str, Any], turn: Turn | None) -> Message:
    return conversations.append(
        session,
        conversation.id,
        "assistant",
        str(message.get("text") or ""),
        str(message.get("lang") or conversation.language or PAGE_LANGUAGES[0]),
        clock.now(),
        buttons=message.get("buttons") or (),
        ask=message.get("ask"),
        card=message.get("card"),
        turn=turn,
    )


def _remember(conversation: Conversation, answer: Answer) -> None:
    if answer.state is not None:
        conversation.state = answer.state
        conversation.language = answer.state.get("language") or conversation.language
        conversation.asking = answer.state.get("asking")
        return
    asked = [message["ask"] for message in answer.messages if message.get("ask")]
    if asked:
        conversation.asking = asked[-1]


def _note_understood(session: Session, turn: Turn, answers: Sequence[Answer]) -> None:
    message = session.scalar(select(Message).where(Message.turn_id == turn.id, Message.sender == "resident"))
    if message is not None and answers:
        message.understood = answers[-1].understood


def _out(messages: Sequence[Message]) -> list[MessageOut]:
    return [MessageOut.model_validate(message) for message in messages]
