"""What is offered to whom: parts of the day, further times, an interpreter, a place one can get into, walking in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from bot.clock import ZONE
from bot.directory.hours import Closure, Schedule, WeeklyHours
from bot.referral.appointments import Slot, hold, offer_times
from bot.referral.calendars.availability import chosen, locations, walk_in_hours
from bot.referral.free_times import EVERY, few
from bot.store.engine import transaction
from tests.referral.conftest import OFFICE, make_partner


def _starts(slots: list[Slot]) -> list[str]:
    return [slot.start.astimezone(ZONE).strftime("%a %d-%m %H:%M") for slot in slots]


def test_closed_days_and_the_other_hours_of_one_day(database: Engine, now: datetime) -> None:
    days = Schedule(
        (*OFFICE.weekly, WeeklyHours(3, time(10), time(12), date(2026, 11, 26), date(2026, 11, 26))),
        closed=(Closure(date(2026, 11, 27), date(2026, 11, 30)),),
    )
    with transaction(database) as session:
        slots = offer_times(session, make_partner(schedule=days), now, count=999)
    found = _starts(slots)
    assert found[:3] == ["Thu 26-11 10:00", "Thu 26-11 11:00", "Tue 01-12 09:00"]


def test_other_times_page_on_without_a_gap_or_a_repetition(database: Engine, now: datetime) -> None:
    partner, seen, after = make_partner(), [], None
    with transaction(database) as session:
        while page := offer_times(session, partner, now, count=3, after=after):
            seen += page
            assert len(seen) < 1000
            after = page[-1].start
    starts = [slot.start for slot in seen]
    assert starts == sorted(set(starts))
    assert len({start.date() for start in starts}) > 25  # six weeks of workdays, but for the holidays


@pytest.mark.parametrize("full", [0, 1])
def test_evenings_where_only_some_exist(database: Engine, conversation_id: str, now: datetime, full: int) -> None:
    """Only Thursdays have an evening; the first one may be full."""
    partner = make_partner(seats=1, slot_minutes=120)
    with transaction(database) as session:
        first = offer_times(session, partner, now, count=1, part="evening")[0]
        if full:
            hold(session, partner, first, conversation_id, "key", now)
        found = offer_times(session, partner, now, count=3, part="evening")
        further = offer_times(session, partner, now, count=9, part="evening", after=found[-1].start)
        none = offer_times(session, partner, now, part="evening", after=further[-1].start)
    assert [slot.start.isoweekday() for slot in found] == [4, 4, 4]
    assert (first in found) == (not full)
    assert len(found) + len(further) == 6 - full  # Thursdays until 6 January; 24 and 31 December are no holidays
    assert none == []


def test_afternoons_end_where_evenings_begin(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        parts = {
            part: set(offer_times(session, make_partner(), now, count=999, part=part))
            for part in ("any", "morning", "afternoon", "evening")
        }
    assert parts["any"] == parts["morning"] | parts["afternoon"] | parts["evening"]
    assert sum(map(len, parts.values())) == 2 * len(parts["any"])
    assert {slot.start.hour for slot in parts["afternoon"]} == {13, 14, 15, 16}


def test_an_interpreter_is_the_same_unless_the_partner_says_otherwise(database: Engine, now: datetime) -> None:
    slow = make_partner(interpreter_minutes=120, interpreter_notice_hours=72)
    with transaction(database) as session:
        assert offer_times(session, make_partner(), now, interpreter=True) == offer_times(session, make_partner(), now)
        plain, longer = (offer_times(session, slow, now, count=1, interpreter=wish)[0] for wish in (False, True))
    assert _starts([plain, longer]) == ["Thu 26-11 10:00", "Mon 30-11 09:00"]
    assert longer.end - longer.start == timedelta(hours=2)


@pytest.mark.parametrize(
    ("accessible", "modes", "expected"),
    [
        (True, ("in_person", "phone"), "in_person"),
        (False, ("in_person", "phone"), "phone"),
        (None, ("in_person", "phone"), "phone"),
        (False, ("in_person",), None),
        (None, ("in_person",), None),
        (None, ("video",), "video"),
    ],
)
def test_nobody_is_asked_to_come_where_one_may_not_get_in(
    accessible: bool | None, modes: tuple[str, ...], expected: str | None
) -> None:
    partner = make_partner(accessible=accessible, modes=modes)
    what = chosen(partner, step_free=True)
    assert (what[1].mode if what else None) == expected
    always = chosen(partner)
    assert always is not None
    assert always[1].mode == modes[0]
    told = [place.accessible for place in locations(partner) if place.mode == "in_person"]
    assert told == ([accessible] if "in_person" in modes else [])  # unknown is said as unknown


def test_only_one_way_is_wanted(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        by_phone = offer_times(session, make_partner(), now, count=1, mode="phone")[0]
        assert (by_phone.mode, by_phone.location) == ("phone", None)
        assert offer_times(session, make_partner(), now, mode="video") == []
        assert offer_times(session, make_partner(), now, mode="pigeon") == []


def test_walking_in_needs_no_time(now: datetime) -> None:
    hours = walk_in_hours(make_partner(modes=("walk_in",)), now)
    assert (hours[0][0].hour, hours[0][1].hour) == (9, 12)  # it is ten o'clock: open now
    assert all(start < end for start, end in hours)
    assert walk_in_hours(make_partner(modes=("phone",)), now) == ()
    assert walk_in_hours(make_partner(modes=("walk_in",), schedule=None), now) == ()


@pytest.mark.parametrize("evening", [date(2026, 10, 24), date(2027, 3, 27)])
def test_until_midnight_before_the_clock_changes(database: Engine, evening: date) -> None:
    hours = Schedule((WeeklyHours(evening.weekday(), time(22), time(0)),))
    now = datetime.combine(evening, time(8), UTC)
    with transaction(database) as session:
        slots = offer_times(session, make_partner(schedule=hours, notice_hours=0, slot_minutes=30), now, count=99)
    first = [slot for slot in slots if slot.start.date() == evening]
    assert [slot.start.strftime("%H:%M") for slot in first] == ["22:00", "22:30", "23:00", "23:30"]
    assert first[-1].end == datetime.combine(evening + timedelta(days=1), time(0), ZONE)


def test_the_hour_that_exists_twice_pages_on_too(database: Engine) -> None:
    night = make_partner(schedule=Schedule((WeeklyHours(6, time(1), time(4)),)), notice_hours=0)
    now, seen, after = datetime(2026, 10, 24, 12, tzinfo=UTC), [], None
    with transaction(database) as session:
        for _ in range(4):
            page = offer_times(session, night, now, count=50, after=after)
            page = [slot for slot in page if slot.start.date() == date(2026, 10, 25)][:1]
            seen += page
            after = page[0].start
    moments = [slot.start.astimezone(UTC) for slot in seen]
    assert [slot.start.hour for slot in seen] == [1, 2, 2, 3]
    assert {later - one for one, later in pairwise(moments)} == {timedelta(hours=1)}


def test_a_few_times_until_all_were_seen(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        free = offer_times(session, make_partner(), now, count=EVERY)
    seen: list[Slot] = []
    while page := few(free, 3, seen=[slot.start for slot in seen]):
        assert page == sorted(page, key=lambda slot: slot.start)
        if len(seen) < 6:  # a day is passed over only after two of its times, in both halves where it has them
            assert [slot.start.date() for slot in page] == list(dict.fromkeys(slot.start.date() for slot in free[:20]))[
                :3
            ]
        seen += page
    assert sorted(slot.start for slot in seen) == [slot.start for slot in free]
    assert len(free) > 100
    assert few(free, 3, seen=[slot.start for slot in free]) == []
    assert few([], 3) == few(free, 0) == []


def test_the_day_that_is_wanted_comes_first_and_the_hour_is_near(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        free = offer_times(session, make_partner(), now, count=EVERY)
    day = date(2026, 12, 2)
    assert _starts(few(free, 3, on=day)) == ["Wed 02-12 09:00", "Wed 02-12 10:00", "Wed 02-12 13:00"]
    assert _starts(few(free, 3, on=day, near=time(14, 30))) == ["Wed 02-12 13:00", "Wed 02-12 14:00", "Wed 02-12 15:00"]
    on_day = [slot.start for slot in free if slot.start.date() == day]
    assert _starts(few(free, 2, on=day, seen=on_day[1:]))[1] == "Wed 02-12 09:00"
    assert all(slot.start.date() != day for slot in few(free, 3, on=day, seen=on_day))
    assert {slot.start.hour for slot in few(free, 3, near=time(23))} & {19}
    sunday = few(free, 3, on=date(2026, 11, 29))
    assert sunday == few(free, 3)
