"""What every way to a partner keeps to, for every kind of event, from the booking to the receiver."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from bot.conversation import conversations
from bot.conversation.contacts import ContactDetails
from bot.intake.situation import FACTS
from bot.referral.delivery.errors import SendError
from bot.referral.delivery.file_drop import FileDropAdapter
from bot.referral.delivery.parcel import KINDS
from bot.referral.links import link_for, open_link, revoke, was_revoked
from bot.referral.outbox import Entry, enqueue
from bot.referral.progress import give_up, request_again, send_back, take_up
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral, UnsafeChannel
from tests.referral.delivery.conftest import JAN, SECRET, Booked, Round, WriteDelivery
from tests.referral.delivery.open_klant import TOKEN, OpenKlant
from tests.referral.delivery.receivers import HttpReceiver, MailReceiver, verified
from tests.referral.delivery.test_klantinteracties import parcel_of

WAYS = ("email", "webhook", "klantinteracties", "file_drop")
PERSONAL = ("Jan de Vries", "31612345678", "jan@example.org", "Zeist", "31 januari", "2027-01-31", "contract stopt")
NEVER = ("het hele verhaal", "111222333", "NL91ABNA0417164300", "€", "1.250")

Sent = Callable[[], list[str]]
Way = Callable[[str], Sent]


@pytest.fixture
def way(
    web: HttpReceiver,
    post: MailReceiver,
    settings: Settings,
    write_delivery: WriteDelivery,
    monkeypatch: pytest.MonkeyPatch,
) -> Way:
    """Let the partner's referrals go one way; gives a look at what arrived there, one text an event."""

    def choose(name: str) -> Sent:
        if name == "email":
            settings.smtp_url = SecretStr(post.url)
            write_delivery(uwv_utrecht={"adapter": "email", "to": "balie@uwv.example"})
            return lambda: [_whole(mail) for mail in post.mails]
        if name == "webhook":
            write_delivery(uwv_utrecht={"adapter": name, "url": web.url, "secret_env": "DOORWIJZER_SECRET_TEST"})
            return lambda: [request.body.decode() for request in web.requests]
        if name == "klantinteracties":
            monkeypatch.setenv("DOORWIJZER_TOKEN_TEST", TOKEN)
            server = OpenKlant()
            url = server.listen(web)
            write_delivery(uwv_utrecht={"adapter": name, "url": url, "token_env": "DOORWIJZER_TOKEN_TEST"})
            return lambda: _events(server)
        write_delivery(uwv_utrecht={"adapter": name})
        folder = settings.outgoing_dir / "drop" / "uwv-utrecht"
        return lambda: [path.read_text("utf-8") for path in sorted(folder.glob("*"))]

    return choose


def _whole(mail: Any) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in mail.items())
    return headers + "".join(part.get_content() for part in mail.walk() if not part.is_multipart())


def _events(server: OpenKlant) -> list[str]:
    bodies = [body for kind, body in server.bodies if kind != "actoren"]
    return [json.dumps(bodies[at : at + 2], ensure_ascii=False) for at in range(0, len(bodies), 2)]


@pytest.fixture
def course(database: Engine, booked: Booked, now: datetime) -> Referral:
    """A referral whose resident has told a whole story."""
    referral = booked()
    with transaction(database) as session:
        conversations.append(session, referral.conversation_id, "resident", "het hele verhaal", "nl", now)
    return referral


def live(referral: Referral, database: Engine, deliver: Round, now: datetime) -> None:
    """The resident takes another time, stops, has everything erased; each is delivered before the next."""
    with transaction(database) as session:
        enqueue(session, session.get_one(Referral, referral.id), Entry("rescheduled", "partner", "1"), now)
    deliver(now)
    with transaction(database) as session:
        found = session.get_one(Referral, referral.id)
        give_up(session, found, "resident", now)
    deliver(now + timedelta(minutes=1))
    with transaction(database) as session:
        found = session.get_one(Referral, referral.id)
        row = enqueue(session, found, Entry("withdrawn", "partner"), now)
        row.referral_id = None
        session.flush()
        conversations.erase(session, referral.conversation_id)
    deliver(now + timedelta(minutes=2))


@pytest.mark.parametrize("name", WAYS)
def test_every_kind_goes_every_way_with_no_more_than_it_needs(
    name: str, way: Way, course: Referral, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way(name)
    live(course, database, deliver, now)
    with transaction(database) as session:
        left = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).all()
        assert [(row.kind, row.state) for row in left] == [("withdrawn", "delivered")]
    requested, rescheduled, cancelled, withdrawn = sent()
    for text in (requested, rescheduled, cancelled, withdrawn):
        assert course.reference in text
        assert not [word for word in (*NEVER, course.conversation_id, course.idempotency_key) if word in text]
    assert not [word for word in PERSONAL[:3] if word in cancelled]  # nobody has to be reached any more
    told = withdrawn.replace(course.reference, "")  # a reference may hold any letters
    assert not [word for word in (*PERSONAL, "unemployment_benefit", "WW") if word in told]
    if name == "email":
        assert not [word for text in sent() for word in PERSONAL if word in text]
    else:
        assert "31612345678" in requested
        assert "31612345678" in rescheduled


@pytest.mark.parametrize("name", WAYS)
def test_what_should_never_have_been_written_down_stays_here(
    name: str, way: Way, booked: Booked, deliver: Round, now: datetime
) -> None:
    sent = way(name)
    booked(summary="Mijn bsn is 111222333, NL91ABNA0417164300, schuld € 1.250", because=["bsn 111222333"])
    deliver(now)
    (text,) = sent()
    assert not [word for word in NEVER if word in text]


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("unsafe", "kept"), [("phone", "jan@example.org"), ("email", "31612345678")])
def test_a_way_of_contact_that_is_not_safe_is_not_passed_on(
    name: str, unsafe: str, kept: str, way: Way, booked: Booked, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way(name)
    referral = booked()
    with transaction(database) as session:
        session.add(UnsafeChannel(conversation_id=referral.conversation_id, channel=unsafe, at=now))
    deliver(now)
    (text,) = sent()
    assert {"phone": "31612345678", "email": "jan@example.org"}[unsafe] not in text
    assert (kept in text) == (name != "email")


def test_a_request_that_was_erased_before_it_was_sent_is_not_sent(
    way: Way, booked: Booked, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way("webhook")
    referral = booked()
    with transaction(database) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.referral_id = None  # as the foreign key does it
        session.flush()
        conversations.erase(session, referral.conversation_id)
    deliver(now)
    assert sent() == []
    with transaction(database) as session:
        assert session.scalars(select(Outbox.state)).all() == ["dropped"]


# --- the whitelist ---------------------------------------------------------------------------------------------------

#: Every field that may travel, with those inside it. A new one is a decision on privacy first, a line of code second.
WHITELIST: dict[str, Any] = {
    "reference": None,
    "status": None,
    "need": None,
    "situation": {"municipality": None, "end_date": None},
    "summary": None,
    "language": None,
    "interpreter": None,
    "appointment": {"start": None, "end": None, "mode": None, "location": None},
    "contact": {"name": None, "phone": None, "email": None},
    "partner": {"id": None, "name": None, "role": None},
    "consent": {"version": None, "at": None, "partners": None},
    "because": None,
    "created_at": None,
}


#: The facts of a situation that may travel, once they are confirmed.
FACTS_THAT_TRAVEL = {
    "municipality",
    "work_status",
    "end_date",
    "income",
    "age_group",
    "right_to_work",
    "dutch_level",
    "route",
    "offer",
    "contact_channel",
}


def test_a_new_fact_does_not_travel_unnoticed() -> None:
    assert set(FACTS) == FACTS_THAT_TRAVEL


def shape(value: object) -> Any:
    return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else None


def test_the_body_of_a_webhook_is_the_whitelist_and_nothing_else(
    way: Way, course: Referral, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way("webhook")
    live(course, database, deliver, now)
    requested, rescheduled, cancelled, withdrawn = (shape(json.loads(text)) for text in sent())
    assert requested == rescheduled == WHITELIST
    assert cancelled == {**WHITELIST, "appointment": None, "contact": None}
    assert withdrawn == {"reference": None}


def test_a_file_is_the_whitelist_and_which_event_it_is(
    way: Way, course: Referral, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way("file_drop")
    live(course, database, deliver, now)
    files = [json.loads(text) for text in sent()]
    assert [file["kind"] for file in files] == list(KINDS)
    assert shape(files[0]) == {"key": None, "kind": None, "referral": WHITELIST}
    assert shape(files[3]) == {"key": None, "kind": None, "referral": {"reference": None}}


def test_the_fields_of_klantinteracties_are_a_whitelist_too(
    way: Way, course: Referral, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way("klantinteracties")
    live(course, database, deliver, now)
    contact, task = json.loads(sent()[0])
    names = ("nummer", "kanaal", "onderwerp", "taal", "vertrouwelijk", "indicatieContactGelukt", "plaatsgevondenOp")
    identifier = dict.fromkeys(("objectId", "codeObjecttype", "codeRegister", "codeSoortObjectId"))
    assert shape(contact) == {
        "klantcontact": dict.fromkeys((*names, "inhoud")),
        "onderwerpobject": {"onderwerpobjectidentificator": identifier},
        "betrokkene": {"rol": None, "initiator": None, "contactnaam": {"achternaam": None}},
    }
    assert shape(task) == {
        **dict.fromkeys(("nummer", "gevraagdeHandeling", "toegewezenAanActoren", "status", "toelichting")),
        "aanleidinggevendKlantcontact": {"uuid": None},
    }


def test_more_in_the_database_than_may_travel_does_not_travel(
    way: Way, booked: Booked, database: Engine, deliver: Round, now: datetime
) -> None:
    sent = way("webhook")
    referral = booked(contact=ContactDetails(JAN.name, JAN.phone, JAN.email))
    with transaction(database) as session:
        found = session.get_one(Referral, referral.id)
        found.payload = {**found.payload, "transcript": "het hele verhaal", "bsn": "111222333"}
    deliver(now)
    assert shape(json.loads(sent()[0])) == WHITELIST


# --- each way's own --------------------------------------------------------------------------------------------------


def test_a_mail_opens_the_partners_page_and_nothing_else(
    way: Way, booked: Booked, post: MailReceiver, database: Engine, deliver: Round, now: datetime
) -> None:
    way("email")
    referral = booked()
    deliver(now)
    (mail,) = post.mails
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert referral.reference in mail["Subject"]
    assert "Aanvragen van WW" in text
    link = next(line for line in text.splitlines() if line.startswith("https://doorwijzer.example/p/"))
    assert html.count("href=") == 1
    assert f'href="{link}"' in html
    with transaction(database) as session:
        assert open_link(session, link.rpartition("/")[2], "partner", now).id == referral.id


def test_a_webhook_names_its_event_under_the_signature(
    way: Way, booked: Booked, web: HttpReceiver, deliver: Round, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    way("webhook")
    other = "whsec_" + "A" * 32
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", f"{SECRET} {other}")  # while the receiver changes its secret
    referral = booked()
    deliver(now)
    (request,) = web.requests
    assert request.headers["webhook-id"] == f"{referral.reference}:partner:requested"
    assert request.headers["doorwijzer-event"] == "referral.requested"
    assert request.headers["content-type"] == "application/json"
    for secret in (SECRET, other):
        assert verified(request, secret)["reference"] == referral.reference


def test_a_file_appears_whole_once_and_nowhere_else(tmp_path: Path, now: datetime) -> None:
    adapter, parcel = FileDropAdapter(tmp_path), parcel_of(now)
    assert adapter.send(parcel) == adapter.send(parcel) == {"file": "RCDF3467-00000001-requested.json"}
    (path,) = (tmp_path / "uwv-utrecht").iterdir()
    before = path.read_bytes()
    adapter.send(parcel_of(now, document={"reference": "RCDF3467"}))
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o007 == 0
    for partner in ("../uwv", "a/b", "", ".", "uwv\x00"):
        with pytest.raises(SendError):
            adapter.send(parcel_of(now, partner_id=partner))
    (tmp_path / "roc").write_text("a file where the folder should be")
    with pytest.raises(SendError):
        adapter.send(parcel_of(now, partner_id="roc"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roc", "uwv-utrecht"]


def test_names_of_files_sort_in_the_order_of_the_events(tmp_path: Path, now: datetime) -> None:
    adapter = FileDropAdapter(tmp_path)
    events = ((9, "requested"), (10, "cancelled"), (11, "withdrawn"))
    names = [adapter.send(parcel_of(now, number=number, kind=kind))["file"] for number, kind in events]
    assert names == sorted(names)


@pytest.mark.parametrize("name", ["email", "klantinteracties"])
def test_a_link_that_was_revoked_comes_back_by_no_letter_but_a_new_question(
    database: Engine, way: Way, booked: Booked, deliver: Round, now: datetime, name: str
) -> None:
    sent, referral = way(name), booked()
    deliver(now)
    assert "/p/" in sent()[-1]
    later = now + timedelta(hours=1)
    with transaction(database) as session:
        row = session.get_one(Referral, referral.id)
        assert revoke(session, row, "partner", later) == 1
        enqueue(session, row, Entry("rescheduled", "partner", "1", {}), later)
    deliver(later)
    assert len(sent()) == 2
    assert "/p/" not in sent()[-1]
    with transaction(database) as session:
        row = session.get_one(Referral, referral.id)
        assert was_revoked(session, row, "partner")
        send_back(session, row, "no_place", "partner:uwv", later)
        take_up(session, row, "desk:anna", later)
        request_again(session, row, "desk:anna", later + timedelta(minutes=1))
    deliver(later + timedelta(minutes=1))
    assert "/p/" in sent()[-1]
    with transaction(database) as session:
        assert not was_revoked(session, session.get_one(Referral, referral.id), "partner")


def test_a_link_that_is_revoked_before_the_question_went_out_does_not_go_with_it(
    database: Engine, way: Way, booked: Booked, deliver: Round, now: datetime
) -> None:
    sent, referral = way("email"), booked()
    with transaction(database) as session:
        row = session.get_one(Referral, referral.id)
        link_for(session, row, "partner", now)
        revoke(session, row, "partner", now + timedelta(seconds=1))
    deliver(now + timedelta(minutes=1))
    assert [("/p/" in mail) for mail in sent()] == [False]
