"""The desk's pages on events: which ones people signed up for, and who comes.

Who comes is shown by code. Name and contact details are shown on demand, only of those who agreed to it for this event,
and every one that was shown is recorded (BIO2: reads are logged too).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import contacts
from bot.referral import sign_ups
from bot.store.tables import Audit, Conversation, EventSignUp
from bot.web import desk_data
from bot.web.desk_session import Acting, Somebody
from bot.web.desk_view import page, read, services_of
from bot.web.page_texts import page_texts
from bot.web.problems import Problem

router = APIRouter(prefix="/desk/events", include_in_schema=False)


@router.get("")
def events(request: Request, member: Somebody) -> HTMLResponse:
    """Show the events that are known, and those that have sign-ups."""
    rows = read(request, member, "read_events", lambda session: _events(request, session))
    return page(request, "events", member=member, rows=rows, here="events")


@router.get("/{event_id}")
def attendees(request: Request, member: Somebody, event_id: str) -> HTMLResponse:
    """Show who comes, by code."""
    found = read(request, member, "read_attendees", lambda session: _event(request, session, event_id), event_id)
    return page(request, "event", member=member, event=found, contacts_shown=False, here="events")


@router.post("/{event_id}/contact")
def attendees_contact(request: Request, member: Acting, event_id: str) -> HTMLResponse:
    """Show the contact details of those who agreed; each of them is recorded."""

    def find(session: Session) -> dict[str, Any]:
        found = _event(request, session, event_id)
        for row in found["rows"]:
            if row["agreed"]:
                details = contacts.load_contact(session, row["conversation_id"])
                row["contact"] = details.to_dict() if details is not None else {}
                session.add(
                    Audit(actor=member.name, action="read_contact", subject=row["conversation_id"], at=clock.now())
                )
        return found

    found = read(request, member, "read_attendees", find, event_id)
    return page(request, "event", member=member, event=found, contacts_shown=True, here="events")


def _events(request: Request, session: Session) -> list[dict[str, Any]]:
    """Return the known events and those with sign-ups, in the order of their days."""
    known = {event.id: event for event in services_of(request).events.all}
    taken = sign_ups.by_event(session)
    # One that has left the file still has people who count on it.
    gone = [places[0] for event_id, places in taken.items() if event_id not in known]
    told = [(event.start, event.id, event.called("nl"), str(event.place), event.places) for event in known.values()]
    told += [(place.start_at, place.event_id, place.title, place.location, None) for place in gone]
    return [
        {
            "id": event_id,
            "title": title,
            "start": start,
            "when": desk_data.moment(start),
            "location": location,
            "places": places,
            "sign_ups": taken.get(event_id, []),
        }
        for start, event_id, title, location, places in sorted(told, key=lambda one: one[:2])
    ]


def _event(request: Request, session: Session, event_id: str) -> dict[str, Any]:
    """Return one event with its sign-ups. Raises ``Problem`` 404 for one that nobody knows."""
    found = next((row for row in _events(request, session) if row["id"] == event_id), None)
    if found is None:
        raise Problem(404, "not-found", "There is no event with this id.")
    return {**found, "rows": [_attendee(session, place) for place in found["sign_ups"]]}


def _attendee(session: Session, place: EventSignUp) -> dict[str, Any]:
    conversation = session.get_one(Conversation, place.conversation_id)
    t = page_texts("desk")
    return {
        "reference": place.reference,
        "conversation_id": place.conversation_id,
        "since": desk_data.moment(place.created_at),
        "language": desk_data.language_of(conversation),
        # As everywhere at the desk: only a conversation that was handed off can be opened.
        "may_open": desk_data.handoff_of(session, place.conversation_id) is not None,
        "agreed": place.contact_agreed,
        "contact_words": t["attendee_agreed" if place.contact_agreed else "attendee_not_agreed"],
        "contact": {},
    }
