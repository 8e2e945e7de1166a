"""One round of the worker: what it does with every answer, with residents, with faults of our own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from bot.referral import outbox
from bot.referral.delivery import worker
from bot.referral.delivery.desk import count_to_pass_on, passed_on, to_pass_on
from bot.referral.delivery.errors import NobodyToSend, SendError
from bot.referral.outbox import LEASE, dead_letters
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox
from tests.referral.delivery.conftest import NOBODY, REGION, Booked, Round, WriteDelivery
from tests.referral.delivery.receivers import HttpReceiver


def states(database: Engine, recipient: str = "partner") -> dict[str, int]:
    with transaction(database) as session:
        query = select(Outbox.state, func.count()).where(Outbox.recipient == recipient).group_by(Outbox.state)
        return dict(session.execute(query).tuples().all())


def test_gone_stops_and_the_desk_sees_it(
    web: HttpReceiver,
    booked: Booked,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    write_delivery(uwv_utrecht={"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
    referral = booked()
    web.handle = lambda _: (410, {}, b"")
    deliver(now)
    deliver(now + timedelta(days=5))
    assert len(web.requests) == 1
    with transaction(database) as session:
        (letter,) = dead_letters(session)
        assert letter.reference == referral.reference
        assert "410" in (letter.last_error or "")
        assert outbox.retry(session, letter.id, now + timedelta(days=6))
    web.handle = lambda _: (204, {}, b"")
    assert deliver(now + timedelta(days=6)) == 1


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("900", timedelta(minutes=15)),
        ("Wed, 25 Nov 2026 09:30:00 GMT", timedelta(minutes=30)),
        ("1", outbox.BACK_OFF[0]),
        ("-5", outbox.BACK_OFF[0]),
        ("Wed, 25 Nov 2020 09:30:00 GMT", outbox.BACK_OFF[0]),
        ("soon", outbox.BACK_OFF[0]),
        ("9" * 400, outbox.BACK_OFF[0]),
        ("99999999", outbox.BACK_OFF[-1]),
    ],
)
def test_the_pause_that_is_asked_for_is_kept(
    header: str,
    pause: timedelta,
    web: HttpReceiver,
    booked: Booked,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    write_delivery(uwv_utrecht={"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
    booked()
    web.handle = lambda _: (429, {"Retry-After": header}, b"")
    deliver(now)
    with transaction(database) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        assert timedelta(0) <= row.next_attempt_at - now - pause < timedelta(seconds=10)
        assert row.last_error == "the receiver answered 429"


# --- the desk, residents, faults -------------------------------------------------------------------------------------


def test_without_a_way_the_desk_passes_it_on_by_phone(
    booked: Booked, deliver: Round, database: Engine, now: datetime
) -> None:
    referral = booked()
    deliver(now)
    assert states(database) == {"delivered": 1}
    with transaction(database) as session:
        assert to_pass_on(session, "drechtsteden") == []
        (row,) = to_pass_on(session, REGION)
        assert (count_to_pass_on(session), count_to_pass_on(session, "drechtsteden")) == (1, 0)
        assert to_pass_on(session, limit=0) == []
        assert (row.reference, row.kind) == (referral.reference, "requested")
        assert passed_on(session, row.id, "anna", now)
        assert not passed_on(session, row.id, "bert", now)
        assert not passed_on(session, 999_999, "bert", now)
        assert to_pass_on(session) == []
        assert (count_to_pass_on(session), count_to_pass_on(session, REGION)) == (0, 0)
        assert row.progress["passed_on_by"] == "anna"


def test_what_was_sent_elsewhere_is_not_the_desks(
    booked: Booked, write_delivery: WriteDelivery, deliver: Round, database: Engine, now: datetime
) -> None:
    write_delivery("national", uwv_utrecht={"adapter": "file_drop"})  # a partner of the whole country
    booked()
    deliver(now)
    with transaction(database) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        assert row.state == "delivered"
        assert to_pass_on(session) == []
        assert not passed_on(session, row.id, "anna", now)


def test_what_goes_to_residents_goes_their_way(
    booked: Booked, database: Engine, settings: Settings, now: datetime
) -> None:
    booked(), booked(), booked()
    rows: list[Any] = []

    def notify(engine: Engine, row: Outbox, *_: object) -> None:
        rows.append(row)
        if len(rows) == 1:
            raise NobodyToSend("no safe channel")
        if len(rows) == 2:
            raise SendError("the mail server is down", timedelta(minutes=20))

    worker.deliver_due(database, settings, NOBODY, now, notify=notify)
    assert states(database, "resident") == {"dropped": 1, "pending": 2}
    assert len(rows) == 2  # mail is down: the third waits for the next round
    worker.deliver_due(database, settings, NOBODY, now + timedelta(minutes=1), notify=notify)
    assert states(database, "resident") == {"dropped": 1, "pending": 1, "delivered": 1}
    worker.deliver_due(database, settings, NOBODY, now + timedelta(minutes=21), notify=notify)
    assert states(database, "resident") == {"dropped": 1, "delivered": 2}


def test_an_error_of_our_own_stops_no_other_and_tells_nothing_of_the_content(
    booked: Booked, database: Engine, settings: Settings, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    booked()

    def notify(*_: object) -> None:
        raise KeyError("jan@example.org")

    worker.deliver_due(database, settings, NOBODY, now, notify=notify)
    with transaction(database) as session:
        rows = {row.recipient: row for row in session.scalars(select(Outbox))}
        assert rows["resident"].last_error == "KeyError while it was sent"
        assert rows["partner"].state == "delivered"
    assert "jan@" not in caplog.text


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("partners: {uwv-utrecht: {adapter: pigeon}}", "pigeon"),
        ("partners: {uwv-utrecht: {adapter: webhook, url: 'http://example.org', secret_env: DOORWIJZER_X}}", "https"),
        (
            "partners: {uwv-utrecht: {adapter: webhook, url: 'https://example.org', secret_env: DOORWIJZER_NONE}}",
            "DOORWIJZER_NONE",
        ),
        ("partners: [", "cannot be read"),
    ],
)
def test_a_referral_waits_until_a_wrong_file_is_mended(
    written: str,
    says: str,
    booked: Booked,
    settings: Settings,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    write_delivery()
    path: Path = settings.content_dir / "regions" / REGION / "delivery.yml"
    path.write_text(written, "utf-8")
    booked()
    assert deliver(now) == 1  # the resident's
    with transaction(database) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        assert row.state == "pending"
        assert says in (row.last_error or "")
    write_delivery(uwv_utrecht={"adapter": "file_drop"})
    assert deliver(now + timedelta(minutes=1)) == 1


def test_several_workers_at_once_send_each_thing_once(
    web: HttpReceiver,
    booked: Booked,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    write_delivery(uwv_utrecht={"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
    for _ in range(12):
        booked()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(deliver, [now] * 4)) == 24
    keys = [request.headers["webhook-id"] for request in web.requests]
    assert len(keys) == len(set(keys)) == 12
    assert states(database) == {"delivered": 12}


def test_a_long_round_ends_and_its_leases_run_from_when_they_begin(
    booked: Booked,
    settings: Settings,
    database: Engine,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    write_delivery: WriteDelivery,
) -> None:
    write_delivery()
    booked(), booked()
    hands = iter(range(0, 100_000, 100))  # every look at the watch: a hundred seconds later
    monkeypatch.setattr(worker.time, "monotonic", lambda: float(next(hands)))
    leases: list[timedelta] = []

    def notify(_: Engine, row: Outbox, *__: object) -> None:
        assert row.leased_until is not None
        leases.append(row.leased_until - now)

    worker.deliver_due(database, settings, NOBODY, now, notify=notify)
    assert len(leases) < 2
    assert all(lease > LEASE for lease in leases)
