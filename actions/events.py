"""Events in the conversation: which ones fit, which one the resident wants, the sign-up and its confirmation.

An event is an alternative: it never takes the place of an appointment the resident did not decline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from babel import Locale

from actions import house, offers, partners, speech, who
from actions.absorb import ORDINALS, SKIPPED, answered
from actions.turn import Turn
from bot import clock
from bot.conversation import conversations
from bot.directory.events import Event
from bot.intake.decisions import Need
from bot.referral import sign_ups
from bot.store.engine import transaction
from bot.store.tables import EventSignUp
from bot.texts import Button

#: Three events, «a person» and «not now» make five buttons.
EVENTS_SHOWN = 3
#: The need that an event meets by itself.
NEED = "event"
#: The value of a button that asks which events there are.
LIST = "list"


# --- which events -----------------------------------------------------------------------------------------------------


def offered(turn: Turn) -> list[tuple[Event, int | None]]:
    """Return the events to offer now, each with its free places (None: no sign-up needed)."""
    known = [event for event in _suiting(turn) if event.id not in turn.signed_up]
    if not known:
        return []
    with transaction() as session:
        counted = [(event, sign_ups.places_left(session, event)) for event in known]
    return [(event, left) for event, left in counted if left != 0][:EVENTS_SHOWN]


def _suiting(turn: Turn) -> list[Event]:
    wishes = {*(need.id for need in turn.open_needs()), *turn.situation.signals}
    return house.events().upcoming(turn.region, wishes, clock.now(), turn.other_language or turn.language)


def due(turn: Turn) -> bool:
    """Return whether the wish for an event is to be answered with a list now; says it when there is nothing to list."""
    if turn.plan.current != NEED or turn.plan.now.partner is not None or _declined(turn) in turn.told:
        return False
    if offered(turn):
        return True
    need = turn.current_need()
    turn.told.append(_declined(turn))
    if need is not None:
        key = "say_events_full" if _suiting(turn) else "say_no_events"
        turn.say(key, partner=partners.chosen(turn, need).name)
    return False


def _declined(turn: Turn) -> str:
    """Return under which name «not now» is remembered: for the wish itself, or for events beside another need."""
    return "no_event" if turn.plan.current == NEED else "no_event_beside"


def hint(turn: Turn, needs: Sequence[Need]) -> None:
    """Name the first event that fits the advice, once, below it."""
    options = offered(turn) if beside(turn, needs) else []
    if options and "events" not in turn.told:
        turn.told.append("events")
        event = options[0][0]
        beside_one = button(turn, needs) if len(needs) == 1 else []  # of several it stands below the choice
        when = speech.moment(turn, event.start)
        turn.say("say_events_hint", buttons=beside_one, event=event.called(turn.language), when=when)


def button(turn: Turn, needs: Sequence[Need]) -> list[Button]:
    """Return the button that leads to the events beside the advice, when there are any."""
    if not beside(turn, needs) or not offered(turn):
        return []
    return [turn.button("events", f'/choose{{"event": "{LIST}"}}')]


def beside(turn: Turn, needs: Sequence[Need]) -> bool:
    """Return whether events may stand beside these needs: not when one is asked for anyway, or was declined."""
    return NEED not in {need.id for need in needs} and "no_event_beside" not in turn.told


# --- asking and answering ---------------------------------------------------------------------------------------------


def ask(turn: Turn, _question: str) -> None:
    """Show the events with date, place, language and free places."""
    options = offered(turn)
    turn.shown_events = [event.id for event, _ in options]
    lines = [_line(turn, number, event, left) for number, (event, left) in enumerate(options, start=1)]
    buttons = [
        turn.button("go_to_event" if left is None else "sign_up", f'/choose{{"event": "{event.id}"}}', number=number)
        for number, (event, left) in enumerate(options, start=1)
    ]
    buttons += [turn.button("person", "/person"), turn.button("not_now", "/deny")]
    turn.say_text("\n".join([turn.text("say_ask_event"), *lines]), ask="event", buttons=buttons)


def _line(turn: Turn, number: int, event: Event, left: int | None) -> str:
    names = Locale.parse(turn.language).languages
    return turn.text(
        "say_event_option",
        number=number,
        event=event.called(turn.language),
        when=speech.moment(turn, event.start),
        place=event.place,
        about=event.described(turn.language),
        languages=speech.listing(turn, (names.get(code, code) for code in event.languages)),
        places=turn.text("say_event_open" if left is None else "say_event_places", number=left),
    )


def ask_contact(turn: Turn) -> None:
    """Ask for the name and the phone number or e-mail address without which this event takes no sign-up."""
    event = house.events().get(turn.event or "")
    called = event.called(turn.language) if event else ""
    if turn.contact_kinds:  # told before, for something else: whether it may be used for this is a question of its own
        turn.say("say_ask_contact_event_known", ask="contact", event=called)
        return
    key = who.variant(turn, "say_ask_contact_event")
    turn.say(key, ask="contact", card={"kind": "contact", "channel": "phone"}, event=called)


def agree(turn: Turn) -> bool:
    """Take in that the details may be used for the event that was chosen; return whether there is one, and details."""
    if turn.event is None or not turn.contact_kinds:
        return False
    turn.told.append(_agreed(turn.event))
    return True


def _agreed(event_id: str) -> str:
    return f"contact:{event_id}"


def choose(turn: Turn) -> None:
    """Take in the button of an event, or the one that asks which events there are."""
    wanted = str(turn.entity("event"))
    turn.understood = True
    if wanted != LIST:
        _take(turn, wanted)
    elif offered(turn):
        turn.ask_again = "event"


def answer(turn: Turn) -> None:
    """Take in the answer to «which event»: a number, «yes» to the only one, or not now."""
    ordinal, shown = turn.entity("ordinal"), turn.shown_events
    if turn.intent in SKIPPED | {"deny"}:
        turn.told.append(_declined(turn))
        answered(turn, "event")
    elif ordinal in ORDINALS and ORDINALS[str(ordinal)] < len(shown):
        _take(turn, shown[ORDINALS[str(ordinal)]])
    elif turn.intent == "affirm" and len(shown) == 1:
        _take(turn, shown[0])


def _take(turn: Turn, event_id: str) -> None:
    turn.event = event_id
    answered(turn, "event")


def without_contact(turn: Turn) -> None:
    """Leave the event that was chosen: it takes nobody who gives no way to be reached."""
    turn.event = None
    turn.notes.append("say_event_needs_contact")


# --- signing up -------------------------------------------------------------------------------------------------------


def settle(turn: Turn) -> str | None:
    """Sign up for the event that was chosen, and say how it went; return the question that comes before, if any."""
    if turn.event is not None:
        event = house.events().get(turn.event)
        if event is not None and event.contact and _agreed(event.id) not in turn.told:
            offers.recall_contact(turn)
            return "contact"
        turn.event = None
        if event is None or event.region != turn.region or event.closes <= clock.now():
            turn.say("say_event_over")
        elif event.places is None:
            _walk_in(turn, event)
        else:
            _sign_up(turn, event)
    if turn.ask_again == "event" and not offered(turn):
        turn.ask_again = None
    return None


def _walk_in(turn: Turn, event: Event) -> None:
    when = speech.moment(turn, event.start)
    turn.say("say_event_walk_in", event=event.called(turn.language), when=when, place=event.place)
    turn.plan = turn.plan.without(NEED) if NEED in turn.plan.pending else turn.plan


def _sign_up(turn: Turn, event: Event) -> None:
    try:
        with transaction() as session:
            conversations.ensure(session, turn.conversation_id, turn.region, clock.now())
            place = sign_ups.sign_up(
                session,
                event,
                turn.conversation_id,
                clock.now(),
                language=turn.language,
                contact_agreed=_agreed(event.id) in turn.told,
            )
    except sign_ups.EventFull:
        turn.say("say_event_full", event=event.called(turn.language))
        turn.ask_again = "event"  # the others, if there are any
    except sign_ups.SignUpClosed:
        turn.say("say_event_over")
    else:
        _confirm(turn, place)


def _confirm(turn: Turn, place: EventSignUp) -> None:
    card = {
        "kind": "confirmation",
        "reference": place.reference,
        "partner": place.title,
        "start": place.start_at.isoformat(),
        "mode": "in_person",
        "location": place.location,
    }
    when = speech.moment(turn, place.start_at)
    words: dict[str, Any] = {"event": place.title, "when": when, "place": place.location, "reference": place.reference}
    turn.say("say_event_signed_up", card=card, **words)
    turn.say("say_event_change_later")
    turn.signed_up = {**turn.signed_up, place.event_id: place.reference}
    if NEED in turn.plan.pending:
        turn.plan = turn.plan.with_booked(NEED, place.reference)


def reopen(turn: Turn) -> None:
    """Offer events again. «Go back» asks anew; to change the answer gives the last place back."""
    turn.told = [note for note in turn.told if note not in {"no_event", "no_event_beside"}]
    turn.event = None
    if turn.intent == "correct" and turn.signed_up:
        _give_back(turn, next(reversed(turn.signed_up)))
    if offered(turn):
        turn.ask_again = "event"


def _give_back(turn: Turn, event_id: str) -> None:
    with transaction() as session:
        for place in sign_ups.sign_ups_of(session, turn.conversation_id):
            if place.event_id == event_id:
                sign_ups.cancel(session, place)
    reference = turn.signed_up[event_id]
    turn.signed_up = {known: code for known, code in turn.signed_up.items() if known != event_id}
    turn.plan = replace(turn.plan, booked={need: code for need, code in turn.plan.booked.items() if code != reference})
    turn.notes.append("say_event_cancelled")
