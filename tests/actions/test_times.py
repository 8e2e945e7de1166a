"""The question for a time: what may be typed, other times until all were shown, and what is not there."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot import clock
from bot.store import tables
from bot.texts import get_texts
from tests.actions.driver import Conversation

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SIGNAL, NEED = "debts", "debt_help"


def told(talk: Conversation, key: str) -> str:
    return get_texts().get(key, talk.language)


def shown(talk: Conversation) -> list[datetime]:
    return [datetime.fromisoformat(start).astimezone(clock.ZONE) for start in talk.slots["memory"]["shown"]]


def agreed(talk: Conversation) -> dict:
    return talk.slots["plan"]["agreed"].get(NEED, {})


def day(iso: str, precision: str = "day") -> dict[str, object]:
    return {"date": iso, "precision": precision, "text": iso, "others": []}


@pytest.fixture
def talk(talk_in, monkeypatch) -> Conversation:
    """A conversation at the question, with the municipality of Zeist."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    talk_in.hear("tell", SIGNAL, municipality="Zeist", contact_channel="phone")
    assert talk_in.asking == "time"
    return talk_in


# --- what is typed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intent", ["tell", "nlu_fallback", "other_times", "affirm", "correct", "deny"])
@pytest.mark.parametrize(("part", "hours"), [("morning", range(12)), ("afternoon", range(12, 17))])
def test_a_part_of_the_day_counts_whatever_else_was_understood(talk, intent, part, hours):
    talk.hear(intent, part=part)
    assert talk.asking == "time"
    assert shown(talk)
    assert all(start.hour in hours for start in shown(talk))


def test_a_day_with_an_hour_steers_to_that_hour(talk):
    talk.hear("tell", date=day("2026-11-26"), hour="14:30")
    assert date(2026, 11, 26) in {start.date() for start in shown(talk)}
    assert all(12 <= start.hour < 17 for start in shown(talk))
    assert agreed(talk).get("time") is None  # it is chosen by a press, or by saying it once more


def test_a_day_shows_times_of_that_day(talk):
    talk.hear("tell", date=day("2026-11-26"))
    assert {start.date() for start in shown(talk)} == {date(2026, 11, 26)}
    assert {start.hour < 12 for start in shown(talk)} == {True, False}


def test_the_day_and_hour_of_a_shown_time_take_it(talk):
    start = shown(talk)[-1]
    talk.hear("tell", date=day(start.date().isoformat()), hour=f"{start:%H:%M}")
    assert datetime.fromisoformat(agreed(talk)["time"]) == start


def test_an_hour_alone_takes_the_only_time_that_begins_then(talk):
    hours = [f"{start:%H:%M}" for start in shown(talk)]
    once = next(hour for hour in hours if hours.count(hour) == 1)
    talk.hear("tell", hour=once)
    assert f"{datetime.fromisoformat(agreed(talk)['time']).astimezone(clock.ZONE):%H:%M}" == once


def test_an_hour_that_several_have_asks_on(talk):
    talk.hear("tell", hour="10:31")
    (hour,) = {f"{start:%H:%M}" for start in shown(talk)}
    assert hour.startswith("10:")
    before = shown(talk)
    talk.hear("tell", hour=hour)
    assert agreed(talk).get("time") is None
    assert shown(talk) == before


def test_a_month_begins_on_its_first_day_and_a_week_on_monday(talk):
    talk.hear("tell", date=day("2026-12-31", "month"))
    assert shown(talk)[0].date() == date(2026, 12, 1)
    talk.hear("tell", date=day("2026-12-04", "part_of_month"))  # «volgende week»
    assert shown(talk)[0].date() == date(2026, 11, 30)


def test_earlier_goes_back_to_the_beginning(talk):
    first = shown(talk)
    talk.hear("tell", date=day("2026-12-31", "month"))
    talk.hear("other_times", time_wish="earlier")
    assert shown(talk) == first
    assert told(talk, "say_no_such_times") not in talk.words
    talk.hear("tell", time_wish="earlier")
    assert shown(talk) == first
    assert told(talk, "say_no_such_times") in talk.words


@pytest.mark.parametrize("wish", [
    {"part": "x" * 3000}, {"part": {"a": 1}}, {"part": "night"}, {"hour": "25:99"}, {"hour": 7}, {"hour": "x" * 3000},
    {"date": {}}, {"date": {"date": "31 februari"}}, {"date": {"date": None}}, {"time_wish": "x"},
    {"time": "x" * 3000}, {"time": "2026-11-26T09:00"}, {"time": "0001-01-01T00:00:00+00:00"}, {"time": {"a": 1}},
])  # fmt: skip
@pytest.mark.parametrize("intent", ["tell", "choose"])
def test_nonsense_takes_nothing(talk, intent, wish):
    first = shown(talk)
    talk.hear(intent, **wish)
    if talk.asking == "handoff":
        return
    assert (talk.asking, shown(talk)) == ("time", first)
    assert agreed(talk).get("time") is None


# --- other times ------------------------------------------------------------------------------------------------------


def test_other_times_reach_every_free_time_once(talk, monkeypatch):
    from actions import times

    every = {slot.start for slot in real(times, talk)}
    some = sorted(every)[:60]
    monkeypatch.setattr(
        times, "_free", lambda turn, partner: [slot for slot in real(times, talk) if slot.start in some]
    )
    talk.hear("tell", time_wish="earlier")
    seen = shown(talk)
    for _ in range(100):
        talk.hear("other_times", part="any")
        if told(talk, "say_times_again") in talk.words:
            break
        assert not set(shown(talk)) & set(seen)
        seen += shown(talk)
    assert sorted(seen) == sorted(start.astimezone(clock.ZONE) for start in some)
    assert shown(talk)[0] == min(seen)


def real(times, talk):
    from actions.house import directory
    from bot.referral import scheduling
    from bot.settings import get_settings
    from bot.store.engine import get_engine

    partner = next(
        one for one in directory().all_partners("midden-utrecht") if one.name == "Gemeente Zeist" and one.schedule
    )
    return scheduling.free_times(get_engine(), partner, get_settings(), NOW, count=10_000)


def test_other_times_keep_the_part_of_the_day(talk):
    talk.hear("tell", part="afternoon")
    before = shown(talk)
    for _ in range(3):
        talk.press(told(talk, "button.other_times").split()[0])
        assert not set(before) & set(shown(talk))
        assert all(12 <= start.hour < 17 for start in shown(talk))
        before += shown(talk)


def test_a_time_shown_before_can_still_be_pressed(talk):
    first = talk.slots["memory"]["shown"][0]
    talk.hear("other_times", part="any")
    talk.hear("choose", time=first)
    assert datetime.fromisoformat(agreed(talk)["time"]) == datetime.fromisoformat(first)


def test_a_time_that_is_gone_is_said_to_be_taken(talk, house, monkeypatch):
    from actions import times

    first = talk.slots["memory"]["shown"][0]
    talk.hear("other_times", part="any")
    free = times._free
    monkeypatch.setattr(times, "_free", lambda *a: [s for s in free(*a) if s.start != datetime.fromisoformat(first)])
    talk.hear("choose", time=first)
    assert told(talk, "say_time_taken") in talk.words
    assert talk.asking == "time"
    with house() as session:
        assert session.scalars(select(tables.Appointment)).all() == []


def test_a_way_aside_shows_the_same_times_and_says_nothing_twice(talk):
    talk.hear("tell", date=day("2026-11-26"), hour="14:59")
    once = shown(talk)
    assert told(talk, "say_no_such_times") in talk.words
    talk.hear("why")
    assert shown(talk) == once
    assert told(talk, "say_no_such_times") not in talk.words


# --- what is not there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wish",
    [
        {"date": day("2028-12-24")},
        {"date": day("2026-11-23")},
        {"date": day("2026-11-20")},
        {"date": day("2026-11-28")},
        {"date": day("2029-01-31", "month")},
        {"date": day("2028-12-24"), "part": "morning", "hour": "09:00"},
    ],
)
def test_a_wish_that_cannot_be_met_is_answered_as_such(talk, wish):
    talk.hear("tell", **wish)
    assert told(talk, "say_no_such_times") in talk.words
    assert talk.asking == "time"
    assert shown(talk)
    talk.hear("greet")
    assert told(talk, "say_no_such_times") not in talk.words


def test_evenings_where_there_are_none(talk_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    talk_in.hear("tell", "contract_ending", municipality="Zeist", end_date="2027-01-31", contact_channel="phone")
    assert talk_in.asking == "time"
    talk_in.hear("tell", part="evening")
    evenings = {start.hour >= 17 for start in shown(talk_in)}
    assert (told(talk_in, "say_no_such_times") in talk_in.words) == (evenings == {False})
    assert talk_in.asking == "time"


def test_an_evening_on_a_day_without_one_gives_another_evening_first(talk_in, monkeypatch):
    from datetime import timedelta

    from actions import times
    from bot.referral.appointments import Slot

    monkeypatch.setattr(clock, "now", lambda: NOW)
    starts = [datetime(2026, 11, d, h, tzinfo=clock.ZONE) for d in (25, 26, 27) for h in (9, 14)]
    starts.append(datetime(2026, 11, 27, 18, tzinfo=clock.ZONE))
    slots = [Slot(start, start + timedelta(hours=1), "phone") for start in starts]
    monkeypatch.setattr(times, "_free", lambda turn, partner: slots)
    talk_in.hear("tell", SIGNAL, municipality="Zeist", contact_channel="phone")
    talk_in.hear("tell", date=day("2026-11-26"), part="evening")
    assert shown(talk_in) == [starts[-1]]
    assert told(talk_in, "say_no_such_times") in talk_in.words
    talk_in.hear("tell", date=day("2026-11-27"), part="evening")
    assert shown(talk_in) == [starts[-1]]
    assert told(talk_in, "say_no_such_times") not in talk_in.words
