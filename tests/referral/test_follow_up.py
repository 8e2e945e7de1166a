"""The question afterwards: asked at the right moment, once, on a safe channel, until it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from bot.clock import ZONE
from bot.conversation import conversations, safe_channels
from bot.conversation.contacts import ContactDetails
from bot.referral import follow_up, outbox
from bot.referral.booking import BookingRequest, book
from bot.referral.follow_up import WAVES, due_follow_ups, due_wave
from bot.referral.progress import give_up
from bot.store.engine import transaction
from bot.store.tables import Conversation, FollowUp, FollowUpStop, Handoff, Outbox, Referral, UnsafeChannel
from tests.referral.conftest import make_partner

JAN = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")
REFERRED = datetime(2026, 11, 30, 9, tzinfo=UTC)
WEEKS2, MONTHS3, MONTHS6 = (wave.asked_at(REFERRED) for wave in WAVES)


@pytest.fixture
def refer(database: Engine) -> Callable[..., int]:
    """Book a referral; return its number."""

    def make(conversation_id: str, channel: str | None = "email", need: str = "debt_help", **more: Any) -> int:
        situation = {"contact_channel": channel} if channel else {}
        request = BookingRequest(
            conversation_id=conversation_id,
            need=need,
            role="uwv",
            partner=make_partner(),
            situation=situation,
            contact=more.pop("contact", JAN),
            consent_version="2026-11",
            region="midden-utrecht",
            **more,
        )
        with transaction(database) as session:
            return book(session, request, REFERRED).referral.id

    return make


def asked(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    with transaction(engine) as session:
        rows = session.scalars(select(Outbox).where(Outbox.kind == "follow_up").order_by(Outbox.id)).all()
        return [(row.key.rsplit(":", 1)[1], row.details) for row in rows]


def ask(engine: Engine, now: datetime) -> int:
    with transaction(engine) as session:
        return due_follow_ups(session, now)


# --- the calendar ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("referred", "weeks", "three", "six"),
    [
        ("2026-11-30", "2026-12-14", "2027-02-28", "2027-05-30"),
        ("2027-08-31", "2027-09-14", "2027-11-30", "2028-02-29"),
        ("2026-12-31", "2027-01-14", "2027-03-31", "2027-06-30"),
        ("2027-01-15", "2027-01-29", "2027-04-15", "2027-07-15"),
    ],
)
def test_days_and_calendar_months(referred: str, weeks: str, three: str, six: str) -> None:
    moment = datetime.fromisoformat(referred).replace(hour=12, tzinfo=ZONE)
    expected = [datetime.fromisoformat(day).replace(hour=10, tzinfo=ZONE) for day in (weeks, three, six)]
    assert [wave.asked_at(moment) for wave in WAVES] == expected


def test_it_counts_the_day_in_the_netherlands() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # in Utrecht it is 1 December already
    assert WAVES[1].asked_at(late) == datetime(2027, 3, 1, 10, tzinfo=ZONE)


def test_ten_in_the_morning_in_summer_too() -> None:
    assert WAVES[2].asked_at(REFERRED).astimezone(UTC).hour == 8
    assert WAVES[0].asked_at(REFERRED).astimezone(UTC).hour == 9


def test_only_the_latest_wave_is_due() -> None:
    second = timedelta(seconds=1)
    names = [
        (wave.name if wave else None)
        for wave in (
            due_wave(REFERRED, moment)
            for moment in (
                WEEKS2 - second, WEEKS2, MONTHS3 - second, MONTHS3, MONTHS6, MONTHS6 + timedelta(weeks=8)
            )
        )
    ]  # fmt: skip
    assert names == [None, "two_weeks", "two_weeks", "three_months", "six_months", None]


# --- asking ----------------------------------------------------------------------------------------------------------


def test_each_wave_is_asked_once(database: Engine, conversation_id: str, refer: Callable[..., int]) -> None:
    refer(conversation_id)
    assert ask(database, WEEKS2 - timedelta(minutes=1)) == 0
    for moment, wave in ((WEEKS2, "two_weeks"), (MONTHS3, "three_months"), (MONTHS6, "six_months")):
        assert ask(database, moment) == 1
        assert ask(database, moment + timedelta(hours=1)) == 0
        assert asked(database)[-1] == (wave, {"wave": wave})
    assert ask(database, MONTHS6 + timedelta(days=400)) == 0
    assert len(asked(database)) == 3


def test_after_down_time_only_the_latest_is_asked(
    database: Engine, conversation_id: str, refer: Callable[..., int]
) -> None:
    refer(conversation_id)
    assert ask(database, MONTHS6 + timedelta(days=3)) == 1
    assert asked(database) == [("six_months", {"wave": "six_months"})]


@pytest.mark.parametrize(
    ("local", "count"),
    [("03:15", 0), ("08:59:59", 0), ("09:00", 1), ("19:59:59", 1), ("20:00", 0), ("23:59", 0), ("00:00", 0)],
)
@pytest.mark.parametrize("day", ["2027-02-10", "2027-06-10"])  # winter and summer
def test_nobody_is_asked_at_night_but_in_the_next_daytime(
    database: Engine, conversation_id: str, refer: Callable[..., int], day: str, local: str, count: int
) -> None:
    refer(conversation_id)
    moment = datetime.fromisoformat(f"{day}T{local}").replace(tzinfo=ZONE)
    assert ask(database, moment.astimezone(UTC)) == count
    assert ask(database, datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZONE)) == 1 - count


def test_two_needs_are_one_question(database: Engine, conversation_id: str, refer: Callable[..., int]) -> None:
    first = refer(conversation_id)
    second = refer(conversation_id, need="training")
    assert ask(database, WEEKS2) == 1
    with transaction(database) as session:
        assert session.scalars(select(FollowUp.referral_id)).all() == [first]
        give_up(session, session.get_one(Referral, first), "switched", WEEKS2)
    assert ask(database, MONTHS3) == 1
    with transaction(database) as session:
        assert session.scalars(select(FollowUp.referral_id).order_by(FollowUp.id)).all() == [first, second]


@pytest.mark.parametrize("channel", [None, "walk_in"])
def test_without_a_channel_nobody_is_asked(
    database: Engine, conversation_id: str, refer: Callable[..., int], channel: str | None
) -> None:
    refer(conversation_id, channel)
    assert ask(database, WEEKS2) == 0


@pytest.mark.parametrize("unsafe", ["phone", "email"])
@pytest.mark.parametrize("channel", ["phone", "email"])
def test_never_on_an_unsafe_channel(
    database: Engine, conversation_id: str, refer: Callable[..., int], channel: str, unsafe: str
) -> None:
    refer(conversation_id, channel)
    with transaction(database) as session:
        session.add(UnsafeChannel(conversation_id=conversation_id, channel=unsafe, at=REFERRED))
    assert ask(database, WEEKS2) == (1 if (channel == "email") != (unsafe == "email") else 0)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"signals": [{"id": "domestic_violence", "confidence": 1}]}, 0),
        ({"safety": "domestic_violence"}, 0),
        ({"signals": [{"id": "debts", "confidence": 1}], "safety": None}, 1),
        ({"signals": "nonsense", "safety": 5}, 1),
    ],
)
def test_violence_at_home_needs_a_channel_that_was_called_safe(
    database: Engine, conversation_id: str, refer: Callable[..., int], state: dict[str, Any], expected: int
) -> None:
    refer(conversation_id)
    with transaction(database) as session:
        session.execute(update(Conversation).values(state=state))
    assert ask(database, WEEKS2) == expected


def test_who_says_that_nobody_reads_along_is_asked(
    database: Engine, conversation_id: str, refer: Callable[..., int]
) -> None:
    refer(conversation_id)
    with transaction(database) as session:
        session.execute(update(Conversation).values(state={"safety": "domestic_violence"}))
        safe_channels.note(session, conversation_id, True, REFERRED)
    assert ask(database, WEEKS2) == 1


def test_violence_told_to_staff_counts_too(database: Engine, conversation_id: str, refer: Callable[..., int]) -> None:
    refer(conversation_id)
    with transaction(database) as session:
        session.add(
            Handoff(
                conversation_id=conversation_id,
                reason="safety",
                signal="domestic_violence",
                state="closed",
                created_at=REFERRED,
            )
        )
    assert ask(database, WEEKS2) == 0


def test_cancelled_erased_and_without_contact_are_not_asked(
    database: Engine, new_conversation: Callable[[], str], refer: Callable[..., int]
) -> None:
    cancelled, erased, unreachable = (new_conversation() for _ in range(3))
    number = refer(cancelled)
    refer(erased)
    refer(unreachable, contact=None)
    with transaction(database) as session:
        give_up(session, session.get_one(Referral, number), "changed my mind", REFERRED)
        conversations.erase(session, erased)
    assert ask(database, WEEKS2) == 0


# --- answering and stopping ------------------------------------------------------------------------------------------


def test_the_answer_belongs_to_the_last_question_and_may_change(
    database: Engine, conversation_id: str, refer: Callable[..., int]
) -> None:
    number = refer(conversation_id)
    ask(database, WEEKS2)
    with transaction(database) as session:
        referral = session.get_one(Referral, number)
        follow_up.answer(session, referral, "waiting", WEEKS2)
        follow_up.answer(session, referral, "no_help", WEEKS2)
        assert session.scalars(select(Referral.id).where(follow_up.wants_help())).all() == [number]
    ask(database, MONTHS3)
    with transaction(database) as session:
        assert session.scalars(select(Referral.id).where(follow_up.wants_help())).all() == [number], (
            "a question without an answer does not end the wish"
        )
        follow_up.answer(session, session.get_one(Referral, number), "work", MONTHS3)
        assert session.scalars(select(FollowUp.answer).order_by(FollowUp.id)).all() == ["no_help", "work"]
        assert session.scalars(select(Referral.id).where(follow_up.wants_help())).all() == []


@pytest.mark.parametrize("code", ["", "WORK", "work ", "x" * 5000, "'; drop table follow_up; --", "\x00"])
def test_what_is_no_answer_is_refused(
    database: Engine, conversation_id: str, refer: Callable[..., int], code: str
) -> None:
    number = refer(conversation_id)
    ask(database, WEEKS2)
    with transaction(database) as session, pytest.raises(ValueError, match="an answer is one of"):
        follow_up.answer(session, session.get_one(Referral, number), code, WEEKS2)


def test_nothing_asked_nothing_answered(database: Engine, conversation_id: str, refer: Callable[..., int]) -> None:
    number = refer(conversation_id)
    with transaction(database) as session, pytest.raises(follow_up.NotAsked):
        follow_up.answer(session, session.get_one(Referral, number), "work", WEEKS2)


def test_a_stop_holds_for_the_whole_conversation(
    database: Engine, conversation_id: str, refer: Callable[..., int]
) -> None:
    first = refer(conversation_id)
    refer(conversation_id, need="training")
    ask(database, WEEKS2)
    with transaction(database) as session:
        for _ in range(2):
            follow_up.stop(session, session.get_one(Referral, first), WEEKS2)
        assert session.scalar(select(func.count()).select_from(FollowUpStop)) == 1
        assert session.scalars(select(Outbox.state).where(Outbox.kind == "follow_up")).all() == ["dropped"]
        assert [row.kind for row in outbox.claim(session, WEEKS2) if row.kind == "follow_up"] == []
        assert follow_up.channel_for(session, session.get_one(Referral, first)) is None
    assert ask(database, MONTHS3) == 0
    assert ask(database, MONTHS6) == 0
