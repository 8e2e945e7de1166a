"""Contact details on their way in: from the form or from words into the vault; the assistant learns only which kinds.

Everything typed is masked. While the assistant asks for contact details, what is typed counts as the answer; a phone
number, e-mail address or name typed at another moment is kept as well, unless one is known already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import contacts, safe_channels
from bot.conversation.contacts import ContactDetails, ContactError
from bot.conversation.masking import Masked, mask
from bot.store.tables import Conversation, Message
from bot.web.assistant import payload
from bot.web.page_texts import PAGE_LANGUAGES, page_texts
from bot.web.problems import Problem
from bot.web.schemas import ContactForm

ASKING = "contact"
_REACHABLE = ("phone", "email")


@dataclass(frozen=True)
class Again:
    """A message that asks for the details once more, naming what was wrong."""

    text: str
    lang: str
    buttons: Sequence[dict[str, str]] = ()
    card: dict[str, Any] | None = None


@dataclass(frozen=True)
class Said:
    """What is stored of the resident's turn, and what the assistant gets; ``again`` answers without the assistant."""

    text: str
    for_assistant: str
    again: Again | None = field(default=None)


def from_form(session: Session, conversation: Conversation, form: ContactForm) -> Said:
    """Check the form and keep the details. A mistake gives ``again``, never an error."""
    stored = str(_texts(conversation)["form_stored"])
    try:
        details = contacts.check_contact(form.model_dump(exclude_none=True, exclude={"safe"}))
    except ContactError as error:
        return Said(stored, "", _again(session, conversation, list(error.fields.values())))
    return Said(stored, _keep(session, conversation, details, safe=form.safe))


def from_text(session: Session, conversation: Conversation, text: str) -> Said:
    """Mask what was typed; keep contact details in it. Raises ``Problem`` 422 when nothing visible is left."""
    language = _language(conversation)
    masked = mask(text, language)
    if not masked.text.strip():
        raise Problem(422, "not-valid", "The message has nothing that can be seen. Nothing was stored.")
    if conversation.asking == ASKING:
        answered = _answer_in_words(session, conversation, text, masked)
        if answered is not None:
            return answered
    else:
        _keep_in_passing(session, conversation, masked)
    return Said(masked.text, as_words(masked.text))


def as_words(text: str) -> str:
    """Return typed text so that Rasa never takes it for a payload: without slashes at its beginning."""
    bare = text.strip().lstrip("/ \t\n")
    return bare or "…"


def _answer_in_words(session: Session, conversation: Conversation, text: str, masked: Masked) -> Said | None:
    details = contacts.contact_from_text(text, _language(conversation)) or ContactDetails()
    if details.phone or details.email:
        hidden = mask(text, _language(conversation), [details.name] if details.name else [])
        return Said(hidden.text, _keep(session, conversation, details))
    unusable = [f"{found.kind}_invalid" for found in masked.found if found.kind in _REACHABLE]
    if unusable:
        return Said(masked.text, "", _again(session, conversation, unusable))
    if details.name and len(details.name.split()) > 1:  # one word alone may be anything
        contacts.save_contact(session, conversation.id, ContactDetails(name=details.name), clock.now())
        hidden = mask(text, _language(conversation), [details.name])
        return Said(hidden.text, "", _again(session, conversation, ["nothing_given"]))
    return None


def _keep(session: Session, conversation: Conversation, details: ContactDetails, *, safe: bool | None = None) -> str:
    kept = contacts.save_contact(session, conversation.id, details, clock.now())
    safe_channels.note(session, conversation.id, safe, clock.now())
    return payload("contact_given", kinds=",".join(kind for kind in kept.kinds if kind in _REACHABLE))


def _keep_in_passing(session: Session, conversation: Conversation, masked: Masked) -> None:
    known = contacts.contact_kinds(session, conversation.id)
    new = {found.kind: found.value for found in reversed(masked.found) if found.value and found.kind not in known}
    if new:
        contacts.save_contact(session, conversation.id, ContactDetails(**new), clock.now())


def _again(session: Session, conversation: Conversation, codes: list[str]) -> Again:
    texts = _texts(conversation)["contact_errors"]
    lines = [str(texts[code]) for code in dict.fromkeys(codes) if code in texts] or [str(texts["unexpected"])]
    asked = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.ask == ASKING)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    buttons, card = (asked.buttons, asked.card) if asked is not None else ([], None)
    return Again(" ".join(lines), _language(conversation), buttons, card)


def _language(conversation: Conversation) -> str:
    return conversation.language if conversation.language in PAGE_LANGUAGES else PAGE_LANGUAGES[0]


def _texts(conversation: Conversation) -> Any:
    return page_texts(_language(conversation))
