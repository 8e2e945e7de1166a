"""The worker with partners' systems that are down, slow, broken: everything arrives, once, in order."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from standardwebhooks import Webhook

from bot.referral import outbox
from bot.referral.delivery import worker
from bot.referral.delivery.desk import passed_on, to_pass_on
from bot.referral.delivery.errors import NobodyToSend, SendError
from bot.referral.outbox import LEASE, Entry, dead_letters, enqueue
from bot.referral.progress import give_up
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral
from tests.referral.conftest import make_partner
from tests.referral.delivery.conftest import NOBODY, REGION, SECRET, Booked, Round, WriteDelivery
from tests.referral.delivery.receivers import HttpReceiver, MailReceiver

HOUR = timedelta(hours=1)
MODES = ("error", "slow", "silent", "half")


@pytest.fixture
def events(database: Engine, booked: Booked, now: datetime) -> list[Referral]:
    """Three referrals, each requested, changed and cancelled."""
    referrals = [booked() for _ in range(3)]
    with transaction(database) as session:
        for referral in referrals:
            found = session.get_one(Referral, referral.id)
            enqueue(session, found, Entry("rescheduled", "partner", "1"), now)
            give_up(session, found, "resident", now)
            enqueue(session, found, Entry("cancelled", "partner"), now)
    return referrals


def states(database: Engine, recipient: str = "partner") -> dict[str, int]:
    with transaction(database) as session:
        query = select(Outbox.state, func.count()).where(Outbox.recipient == recipient).group_by(Outbox.state)
        return dict(session.execute(query).tuples().all())


def until_all_arrived(database: Engine, deliver: Round, moment: datetime) -> datetime:
    end = moment + timedelta(days=1)
    while states(database) != {"delivered": 9}:
        assert moment < end, states(database)
        moment += timedelta(minutes=5)
        deliver(moment)
    return moment


def first_of_each(keys: list[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def in_order(keys: list[str], referrals: list[Referral]) -> bool:
    kinds = ["requested", "rescheduled", "cancelled"]
    return all(
        [key.split(":")[2] for key in keys if key.startswith(referral.reference)] == kinds for referral in referrals
    )


# --- a webhook -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_webhook_in_trouble_for_an_hour(
    mode: str,
    web: HttpReceiver,
    events: list[Referral],
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    write_delivery(uwv_utrecht={"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
    web.mode, web.handle = mode, lambda _: (200, {}, b"{}")
    moment = now
    while moment < now + HOUR:
        deliver(moment)
        moment += timedelta(minutes=5)
    assert len(web.requests) > 5
    web.mode = "ok"
    until_all_arrived(database, deliver, moment)
    for request in web.requests:  # also every repetition is signed, and holds what its id says
        Webhook(SECRET).verify(request.body, request.headers)
    keys = [request.headers["webhook-id"] for request in web.requests]
    once = first_of_each(keys)  # what a receiver keeps that leaves out what it has
    assert len(once) == 9 < len(keys)
    assert in_order(once, events)
    assert in_order(first_of_each(keys[::-1])[::-1], events)  # no repetition after a later event


def test_a_webhook_that_nobody_listens_at(
    web: HttpReceiver,
    events: list[Referral],
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    entry = {"adapter": "webhook", "secret_env": "DOORWIJZER_SECRET_TEST"}
    write_delivery(uwv_utrecht={**entry, "url": "http://127.0.0.1:9"})
    moment = now
    while moment < now + HOUR:
        assert deliver(moment) == (3 if moment == now else 0)  # what goes to the residents is not held up
        moment += timedelta(minutes=5)
    write_delivery(uwv_utrecht={**entry, "url": web.url})
    until_all_arrived(database, deliver, moment)
    keys = [request.headers["webhook-id"] for request in web.requests]
    assert len(keys) == len(set(keys)) == 9
    assert in_order(keys, events)


def test_a_partner_who_does_not_answer_is_waited_for_once_a_round(
    web: HttpReceiver,
    events: list[Referral],
    booked: Booked,
    write_delivery: WriteDelivery,
    deliver: Round,
    settings: Settings,
    now: datetime,
) -> None:
    web.mode = "slow"
    other = booked(partner=make_partner(id="roc", name="ROC"))
    webhook = {"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"}
    write_delivery(uwv_utrecht=webhook, roc={"adapter": "file_drop"})
    deliver(now)
    assert len(web.requests) == 1
    assert len(list((settings.outgoing_dir / "drop" / "roc").glob(f"{other.reference}-*.json"))) == 1


def test_dead_between_the_receiver_and_the_note(
    web: HttpReceiver,
    booked: Booked,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_delivery(uwv_utrecht={"adapter": "webhook", "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
    referral = booked()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "delivered", die)
        with pytest.raises(Killed):
            deliver(now)
    assert states(database) == {"pending": 1}
    deliver(now + timedelta(seconds=30))
    assert len(web.requests) == 1  # its lease is not over: perhaps somebody is still at it
    deliver(now + LEASE + timedelta(seconds=1))
    ids = [request.headers["webhook-id"] for request in web.requests]
    assert ids == [f"{referral.reference}:partner:requested"] * 2
    assert web.requests[0].body == web.requests[1].body
    assert states(database) == {"delivered": 1}


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


# --- mail ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["error", "slow", "half", "refused"])
def test_a_mail_server_in_trouble_for_an_hour(
    mode: str,
    post: MailReceiver,
    events: list[Referral],
    settings: Settings,
    write_delivery: WriteDelivery,
    deliver: Round,
    database: Engine,
    now: datetime,
) -> None:
    settings.smtp_url = SecretStr(post.url)
    write_delivery(uwv_utrecht={"adapter": "email", "to": "balie@uwv.example"})
    post.mode = mode
    moment = now
    while moment < now + HOUR:
        deliver(moment)
        moment += timedelta(minutes=5)
    assert states(database) == {"pending": 9}
    post.mode = "ok"
    until_all_arrived(database, deliver, moment)
    by_id = {str(mail["Message-ID"]): str(mail["Subject"]) for mail in post.mails}
    assert len(by_id) == 9  # a repetition has the same Message-ID
    assert len(post.mails) > 9 if mode == "half" else len(post.mails) == 9
    for referral in events:
        subjects = [subject for subject in by_id.values() if referral.reference in subject]
        assert subjects == [
            f"Nieuwe verwijzing {referral.reference}",
            f"Andere tijd voor verwijzing {referral.reference}",
            f"Verwijzing {referral.reference} is gestopt",
        ]


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
        assert (row.reference, row.kind) == (referral.reference, "requested")
        assert passed_on(session, row.id, "anna", now)
        assert not passed_on(session, row.id, "bert", now)
        assert not passed_on(session, 999_999, "bert", now)
        assert to_pass_on(session) == []
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


def test_the_way_to_residents_has_the_form_the_worker_wants() -> None:
    try:
        notices = importlib.import_module("bot.referral.notices")
    except ModuleNotFoundError:
        pytest.skip("bot.referral.notices is NOT there yet")
    notify: Callable[..., object] = notices.notify
    assert callable(notify)
