"""The forms of the chat API (docs/architecture.md): what may be sent, and what comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_MESSAGE = 2000
"""Characters (Unicode code points) in one message."""


def _storable(value: str) -> str:
    # a lone half of a surrogate pair is legal in JSON but is no character: no database can keep it
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("contains half a character")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


Text = Annotated[str, AfterValidator(_storable)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartRequest(_Request):
    """What opens a conversation. Without a language the assistant asks or notices it itself."""

    language: Literal["nl", "en"] | None = None
    region: Text | None = Field(None, max_length=40, description="id of a region; the installation's own by default")


class ContactForm(_Request):
    """Contact details. Which are needed depends on how the resident wants to be reached."""

    name: Text | None = Field(None, max_length=200)
    phone: Text | None = Field(None, max_length=100)
    email: Text | None = Field(None, max_length=320)
    safe: bool | None = Field(None, description="false: somebody else may read or listen along, so send nothing")


class TurnRequest(_Request):
    """What a resident sends: exactly one of ``text``, ``payload`` (of a button) and ``form``."""

    text: Annotated[Text, AfterValidator(_not_blank)] | None = Field(None, max_length=MAX_MESSAGE)
    payload: Annotated[Text, AfterValidator(_not_blank)] | None = Field(None, max_length=500)
    form: ContactForm | None = None
    client_id: Annotated[Text, AfterValidator(_not_blank)] | None = Field(
        None, max_length=64, description="chosen by the caller; sending it again gives the same replies"
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(part is not None for part in (self.text, self.payload, self.form)) != 1:
            raise ValueError("send exactly one of text, payload and form")
        return self


class ButtonOut(BaseModel):
    """An offer below a message."""

    title: str
    payload: str


class MessageOut(BaseModel):
    """One message of the conversation. ``seq`` counts from 1 and has no gaps."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    sender: Literal["assistant", "resident", "staff"]
    text: str
    lang: str
    buttons: list[ButtonOut]
    ask: str | None
    card: dict[str, Any] | None
    at: datetime


class Started(BaseModel):
    """A new conversation. The token is shown here only and opens nothing but this conversation."""

    id: str
    token: str
    messages: list[MessageOut]


class ResumeRequest(_Request):
    """What goes on with an earlier conversation."""

    # Any text may be tried, however long or strange: every code that does not work gets the same answer.
    code: str = Field(description="as it was shown; small letters, spaces and hyphens do not matter")


class ResumeCodeOut(BaseModel):
    """A code to come back with. It works once, and is shown here only; a new one replaces it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    valid_until: datetime


class Replies(BaseModel):
    """All replies to one turn."""

    messages: list[MessageOut]


class SignalOut(BaseModel):
    """Something recognised in what was said."""

    id: str
    confidence: float


class NeedOut(BaseModel):
    """What help is needed, why, and who gives it."""

    id: str
    because: list[str]
    role: str | None = None
    partner: str | None = None


class AppointmentOut(BaseModel):
    """When and where the resident is expected."""

    start: datetime
    end: datetime
    mode: str | None = None
    location: str | None = None


class ReferralOut(BaseModel):
    """A resident passed on to a partner."""

    reference: str
    partner: str
    role: str
    need: str
    status: str
    appointment: AppointmentOut | None


class HandoffOut(BaseModel):
    """A conversation passed to staff. ``state``: waiting | claimed."""

    reason: str
    state: str
    wish: str | None
    at: datetime


class ConversationState(BaseModel):
    """All that is known of a conversation after its last turn."""

    language: str | None
    situation: dict[str, str]
    signals: list[SignalOut]
    needs: list[NeedOut]
    referrals: list[ReferralOut]
    handoff: HandoffOut | None
    asking: str | None


class ProblemOut(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
