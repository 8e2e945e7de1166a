"""Partners' systems that are down, slow, broken: everything arrives, once, in order; also after a sudden death."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from bot.referral import outbox
from bot.referral.outbox import LEASE, Entry, enqueue
from bot.referral.progress import give_up
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral
from tests.referral.conftest import make_partner
from tests.referral.delivery.conftest import SECRET, Booked, Round, WriteDelivery
from tests.referral.delivery.receivers import HttpReceiver, MailReceiver, verified

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
    return referrals


def states(database: Engine) -> dict[str, int]:
    with transaction(database) as session:
        query = select(Outbox.state, func.count()).where(Outbox.recipient == "partner").group_by(Outbox.state)
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
        verified(request, SECRET)
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
        assert deliver(moment) == (6 if moment == now else 0)  # two to each resident: those are not held up
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
