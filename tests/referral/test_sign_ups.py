"""Places at events: as many as there are, one for each resident, given back when somebody cannot come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from icalendar import Calendar
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError

from bot.conversation import conversations
from bot.referral.calendar_file import sign_up_file
from bot.referral.reference import is_reference
from bot.referral.sign_ups import EventFull, SignUpClosed, cancel, places_left, sign_up, sign_ups_of
from bot.store.engine import transaction
from bot.store.tables import EventSignUp
from tests.events import make_event

THREADS = 40


@pytest.mark.parametrize("places", [1, 7])
def test_forty_residents_and_few_places(database: Engine, now: datetime, places: int) -> None:
    event = make_event(places=places)
    with transaction(database) as session:
        residents = [conversations.create(session, "midden-utrecht", "nl", now)[0].id for _ in range(THREADS)]
    ready = threading.Barrier(THREADS)

    def run(conversation_id: str) -> str:
        ready.wait()
        try:
            with transaction(database) as session:
                return sign_up(session, event, conversation_id, now).reference
        except EventFull:
            return "full"

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, residents))

    assert results.count("full") == THREADS - places
    with transaction(database) as session:
        rows = session.execute(select(EventSignUp.place, EventSignUp.conversation_id, EventSignUp.state)).all()
        assert places_left(session, event) == 0
    assert sorted(place for place, _, _ in rows) == list(range(1, places + 1))
    assert {state for _, _, state in rows} == {"live"}
    assert len({conversation for _, conversation, _ in rows}) == places


def test_many_clicks_are_one_place(database: Engine, conversation_id: str, now: datetime) -> None:
    event, ready = make_event(), threading.Barrier(8)

    def run(_: int) -> str:
        ready.wait()
        with transaction(database) as session:
            return sign_up(session, event, conversation_id, now).reference

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(run, range(8)))) == 1
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(EventSignUp)) == 1


@pytest.mark.parametrize("same", ["place", "conversation"])
def test_the_indexes_themselves_refuse(
    database: Engine, new_conversation: Callable[[], str], now: datetime, same: str
) -> None:
    """Even code that looks nothing up cannot give a place twice, or one resident two."""
    event, one, two = make_event(), new_conversation(), new_conversation()
    with transaction(database) as session:
        first = sign_up(session, event, one, now)
        values = {"title": "x", "start_at": now, "end_at": now, "location": "x", "created_at": now, "state": "live"}
        other = EventSignUp(
            **values,
            event_id=event.id,
            reference="3333333N",
            place=first.place if same == "place" else 2,
            conversation_id=first.conversation_id if same == "conversation" else two,
        )
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(other)


def test_a_place_is_kept_as_agreed_and_counted(database: Engine, conversation_id: str, now: datetime) -> None:
    event = make_event(places=2)
    with transaction(database) as session:
        assert places_left(session, event) == 2
        place = sign_up(session, event, conversation_id, now, language="en")
        assert places_left(session, event) == 1
        assert is_reference(place.reference)
        assert (place.title, place.location, place.place) == ("Test fair", "Testzaal, Zeist", 1)
    with transaction(database) as session:
        (kept,) = sign_ups_of(session, conversation_id)
        assert (kept.start_at, kept.end_at) == (event.start, event.end)


def test_a_place_given_back_is_free_for_another_and_can_be_taken_again(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    event, one, other = make_event(places=1), new_conversation(), new_conversation()
    with transaction(database) as session:
        place = sign_up(session, event, one, now)
        with pytest.raises(EventFull):
            sign_up(session, event, other, now)
        assert cancel(session, place)
        assert not cancel(session, place)
        assert sign_ups_of(session, one) == []
        taken = sign_up(session, event, other, now)
        with pytest.raises(EventFull):
            sign_up(session, event, one, now)
        cancel(session, taken)
        assert sign_up(session, event, one, now).id != place.id


def test_a_lower_limit_takes_no_place_away_and_gives_none_out(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    residents = [new_conversation() for _ in range(4)]
    with transaction(database) as session:
        places = [sign_up(session, make_event(places=3), resident, now) for resident in residents[:3]]
        fewer = make_event(places=2)
        cancel(session, places[0])
        assert places_left(session, fewer) == 0
        with pytest.raises(EventFull):
            sign_up(session, fewer, residents[3], now)
        cancel(session, places[1])
        assert places_left(session, fewer) == 1
        assert sign_up(session, fewer, residents[3], now).place in {1, 2}


def test_closed_is_closed_but_not_for_whoever_has_a_place(
    database: Engine, new_conversation: Callable[[], str], now: datetime
) -> None:
    event, early, late = make_event(), new_conversation(), new_conversation()
    with transaction(database) as session:
        place = sign_up(session, event, early, now)
        with pytest.raises(SignUpClosed):
            sign_up(session, event, late, event.closes)
        assert sign_up(session, event, early, event.closes).id == place.id


def test_an_open_event_takes_no_sign_up(database: Engine, conversation_id: str, now: datetime) -> None:
    event = make_event(places=None, sign_up_until=...)
    with transaction(database) as session:
        assert places_left(session, event) is None
        with pytest.raises(ValueError, match="without signing up"):
            sign_up(session, event, conversation_id, now)


def test_a_conversation_that_was_erased_gets_no_place_and_leaves_none(
    database: Engine, conversation_id: str, now: datetime
) -> None:
    event = make_event(places=1)
    with transaction(database) as session:
        sign_up(session, event, conversation_id, now)
        conversations.erase(session, conversation_id)
        assert places_left(session, event) == 1
    with pytest.raises(IntegrityError), transaction(database) as session:
        sign_up(session, event, conversation_id, now)


def test_the_calendar_file_of_a_place(database: Engine, conversation_id: str, now: datetime) -> None:
    with transaction(database) as session:
        place = sign_up(session, make_event(), conversation_id, now)
        calendar = Calendar.from_ical(sign_up_file(place))
        (entry,) = calendar.walk("VEVENT")
        assert (str(entry["SUMMARY"]), str(entry["LOCATION"])) == ("Testmarkt", "Testzaal, Zeist")
        assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (place.start_at, place.end_at)
        assert str(entry["UID"]) == f"{place.reference}@doorwijzer"
        assert ("METHOD" in calendar, str(entry["STATUS"])) == (False, "CONFIRMED")  # nobody is named who offers it
        offered = Calendar.from_ical(sign_up_file(place, organizer="Team <team@example.org>"))
        assert (str(offered["METHOD"]), "ORGANIZER" in offered.walk("VEVENT")[0]) == ("PUBLISH", True)
        cancel(session, place)
        calendar = Calendar.from_ical(sign_up_file(place))
        assert str(calendar["METHOD"]) == "CANCEL"
