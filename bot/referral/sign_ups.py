"""Places at events: taken, given back, counted.

As with the seats of a calendar, the database refuses one place too many (a partial unique index over live sign-ups);
nothing here relies on having looked first.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.directory.events import Event
from bot.referral.reference import new_reference
from bot.store.tables import Conversation, EventSignUp


class EventFull(RuntimeError):
    """All places are taken."""


class SignUpClosed(RuntimeError):
    """One can sign up no more: the time for it is over."""


def sign_up(
    session: Session,
    event: Event,
    conversation_id: str,
    now: datetime,
    *,
    language: str = "nl",
    contact_agreed: bool = False,
) -> EventSignUp:
    """Take a place. Doing it again, also at the same moment, gives the same place.

    ``language`` is that of the title that is kept; ``contact_agreed`` says that the contact details may be used for
    this event. Raises ``EventFull``, ``SignUpClosed``, ``ValueError`` for an event to which one goes without signing
    up, and ``sqlalchemy.exc.IntegrityError`` when the conversation does not exist.
    """
    if event.places is None:
        raise ValueError(f"{event.id}: one goes there without signing up")
    own = _own(session, event.id, conversation_id)
    if own is not None:
        return own
    if now >= event.closes:
        raise SignUpClosed(f"{event.id}: the sign-up closed at {event.closes.isoformat()}")
    taken = set(session.scalars(select(EventSignUp.place).where(*_live(event.id))))
    if len(taken) >= event.places:  # also when the limit was lowered afterwards
        raise EventFull(event.id)
    for place in sorted(set(range(1, event.places + 1)) - taken):
        row = EventSignUp(
            reference=new_reference(),
            event_id=event.id,
            place=place,
            state="live",
            title=event.called(language),
            start_at=event.start,
            end_at=event.end,
            location=str(event.place),
            conversation_id=conversation_id,
            created_at=now,
            contact_agreed=contact_agreed,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            if session.get(Conversation, conversation_id) is None:
                raise  # not the place: the conversation was erased
            own = _own(session, event.id, conversation_id)
            if own is not None:  # the same click came twice, the other was quicker
                return own
            continue
        return row
    raise EventFull(event.id)


def cancel(session: Session, sign_up: EventSignUp) -> bool:
    """Give a place back; return whether it was still taken."""
    done = session.execute(
        update(EventSignUp)
        .where(EventSignUp.id == sign_up.id, EventSignUp.state == "live")
        .values(state="cancelled")
        .returning(EventSignUp.id)
    )
    cancelled = done.scalar() is not None
    session.refresh(sign_up)
    return cancelled


def places_left(session: Session, event: Event) -> int | None:
    """Return how many places are free; ``None`` when one goes there without signing up."""
    if event.places is None:
        return None
    taken = session.scalar(select(func.count()).select_from(EventSignUp).where(*_live(event.id))) or 0
    return max(0, event.places - taken)


def sign_ups_of(session: Session, conversation_id: str) -> list[EventSignUp]:
    """Return the live sign-ups of a conversation, oldest first."""
    query = select(EventSignUp).where(EventSignUp.conversation_id == conversation_id, EventSignUp.state == "live")
    return list(session.scalars(query.order_by(EventSignUp.id)))


def by_event(session: Session) -> dict[str, list[EventSignUp]]:
    """Return the live sign-ups of each event, in the order of their places; an event without any is left out."""
    found: dict[str, list[EventSignUp]] = {}
    query = select(EventSignUp).where(EventSignUp.state == "live")
    for place in session.scalars(query.order_by(EventSignUp.event_id, EventSignUp.place)):
        found.setdefault(place.event_id, []).append(place)
    return found


def _live(event_id: str) -> tuple[ColumnElement[bool], ...]:
    return EventSignUp.event_id == event_id, EventSignUp.state == "live"


def _own(session: Session, event_id: str, conversation_id: str) -> EventSignUp | None:
    query = select(EventSignUp).where(*_live(event_id), EventSignUp.conversation_id == conversation_id)
    return session.scalar(query)
