"""Notices: what a resident gets, by which way, and what nobody gets. The mail server is a real one on loopback."""

from __future__ import annotations

import email
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import vobject
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from icalendar import Calendar
from pydantic import SecretStr
from sqlalchemy import Engine, select

from bot.conversation import conversations
from bot.conversation.contacts import ContactDetails
from bot.directory.partners import Directory
from bot.referral import transfer
from bot.referral.appointments import Slot, cancel
from bot.referral.booking import Booking, BookingRequest, book
from bot.referral.delivery.errors import NobodyToSend, SendError
from bot.referral.links import open_link
from bot.referral.notices.compose import Agreed, access
from bot.referral.notices.notify import notify
from bot.referral.notices.reminders import write_reminders
from bot.referral.notices.words import Words
from bot.referral.outbox import Entry, enqueue
from bot.referral.state_machine import transition
from bot.referral.transfer import Consent, Destination
from bot.settings import ROOT, Settings
from bot.store.engine import transaction
from bot.store.tables import Appointment, FollowUpStop, Outbox, Referral, UnsafeChannel
from bot.supervisor import free_port
from tests.referral.conftest import make_partner

CONTACT = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Mailbox(MessageHandler):
    """Keeps what a real SMTP server received."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[EmailMessage] = []

    def handle_message(self, message: object) -> None:
        self.letters.append(email.message_from_bytes(bytes(message), policy=default))  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.load(ROOT / "content" / "regions")


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, f"smtp://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def settings(mailbox: tuple[Mailbox, str], tmp_path: Path) -> Settings:
    given = {"smtp_url": SecretStr(mailbox[1]), "var_dir": tmp_path, "public_url": "https://help.example.org"}
    return Settings(mail_from="Midden-Utrecht Werkt Door <no-reply@example.org>", **given)


@pytest.fixture
def booked(database: Engine, now: datetime) -> Callable[..., Booking]:
    def make(
        channel: str | None = "email",
        contact: ContactDetails | None = CONTACT,
        mode: str = "phone",
        timed: bool = True,
        **more: object,
    ) -> Booking:
        partner = make_partner(seats=9)
        start = now + 5 * DAY
        slot = Slot(start, start + HOUR, mode, partner.location if mode == "in_person" else None) if timed else None
        with transaction(database) as session:
            conversation_id = conversations.create(session, "midden-utrecht", "nl", now)[0].id
            request = BookingRequest(
                conversation_id, "debt_help", "uwv", partner, slot=slot, contact=contact, consent_version="1",
                situation={"contact_channel": channel} if channel else {}, region="midden-utrecht", **more,
            )  # fmt: skip
            return book(session, request, now)

    return make


def row_of(database: Engine, booking: Booking, kind: str = "requested", now: datetime | None = None) -> Outbox:
    with transaction(database) as session:
        referral = session.get_one(Referral, booking.referral.id)
        if kind != "requested":
            named = {"appointment": booking.appointment.id} if kind == "cancelled" and booking.appointment else {}
            enqueue(session, referral, Entry(kind, "resident", "1", named), now or referral.created_at)
        query = select(Outbox).where(Outbox.referral_id == referral.id, Outbox.recipient == "resident")
        return session.scalars(query.where(Outbox.kind == kind)).one()


def parts(letter: EmailMessage) -> dict[str, str]:
    return {
        part.get_content_type(): part.get_content()
        for part in letter.walk()
        if not part.is_multipart() and not part.get_filename()
    }


def test_a_confirmation_by_mail(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    booking = booked()
    notify(database, row_of(database, booking), settings, directory, now)
    [letter] = mailbox[0].letters
    assert letter["To"] == "jan@example.org"
    assert letter["Subject"] == "Uw afspraak op maandag 30 november om 10:00 uur"
    read = parts(letter)
    assert set(read) == {"text/plain", "text/html", "text/calendar"}
    for words in (
        "Goedendag Jan de Vries,", "UWV Utrecht", "maandag 30 november om 10:00 uur", "eindigt op 678",
        booking.referral.reference, "https://help.example.org/a/",
    ):  # fmt: skip
        assert words in read["text/plain"]
        assert words in read["text/html"]
    assert "+31612345678" not in letter.as_string()


def test_no_subject_says_what_it_is_about(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    notify(database, row_of(database, booked()), settings, directory, now)
    subject = mailbox[0].letters[0]["Subject"].lower()
    assert not any(word in subject for word in ("schuld", "uwv", "werk", "uitkering"))


def test_the_calendar_file_of_a_mail_reads_in_two_libraries(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    booking = booked(mode="in_person")
    notify(database, row_of(database, booking), settings, directory, now)
    with transaction(database) as session:
        assert booking.appointment is not None
        cancel(session, session.get_one(Appointment, booking.appointment.id))
    notify(database, row_of(database, booking, "cancelled"), settings, directory, now)
    files = []
    for letter in mailbox[0].letters:
        [attached] = [part for part in letter.walk() if part.get_filename()]
        content = attached.get_content()
        content = content if isinstance(content, bytes) else content.encode()
        assert attached.get_content_type() == "text/calendar"
        files.append((attached.get_param("method"), content))
    (made, first), (gone, second) = files
    assert (made, gone) == ("REQUEST", "CANCEL")
    events = [Calendar.from_ical(content).walk("VEVENT")[0] for content in (first, second)]
    assert events[0]["UID"] == events[1]["UID"]
    assert int(events[1]["SEQUENCE"]) > int(events[0]["SEQUENCE"])
    assert [vobject.readOne(content.decode()).vevent.uid.value for content in (first, second)] == [
        str(events[0]["UID"])
    ] * 2


def test_the_same_row_sent_again_is_the_same_mail(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    row = row_of(database, booked())
    for _ in range(2):
        notify(database, row, settings, directory, now)
    first, second = mailbox[0].letters
    assert first["Message-ID"] == second["Message-ID"]
    assert parts(first)["text/plain"] == parts(second)["text/plain"]  # the same links too


def test_by_text_message_to_who_chose_the_phone(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    notify(database, row_of(database, booked("phone")), settings, directory, now)
    [file] = (settings.outgoing_dir / "sms").glob("*.json")
    sent = json.loads(file.read_text())
    assert sent["to"] == "+31612345678"
    assert "maandag 30 november om 10:00 uur" in sent["text"]
    assert mailbox[0].letters == []


@pytest.mark.parametrize(("unsafe", "way"), [(["email"], "sms"), (["phone"], "email"), (["email", "phone"], None)])
def test_nothing_goes_to_a_way_that_is_not_safe(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime, unsafe: list[str], way: str | None,
) -> None:  # fmt: skip
    booking = booked("phone" if "phone" in unsafe else "email")
    with transaction(database) as session:
        session.add_all(
            UnsafeChannel(conversation_id=booking.referral.conversation_id, channel=channel, at=now)
            for channel in unsafe
        )
    row = row_of(database, booking)
    if way is None:
        with pytest.raises(NobodyToSend, match="safe"):
            notify(database, row, settings, directory, now)
    else:
        notify(database, row, settings, directory, now)
    assert len(mailbox[0].letters) == (way == "email")
    assert len(list((settings.outgoing_dir / "sms").glob("*.json"))) == (way == "sms")


@pytest.mark.parametrize("language", ["nl", "en", "uk"])
@pytest.mark.parametrize(
    "kind", ["requested", "rescheduled", "cancelled", "proposed", "accepted", "reminder", "follow_up"]
)
def test_every_notice_has_words_in_every_language_and_by_every_way(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime, kind: str, language: str,
) -> None:  # fmt: skip
    for channel in ("email", "phone"):
        for timed in (True, False) if kind in {"requested", "accepted", "cancelled", "follow_up"} else (True,):
            booking = booked(channel, language=language, interpreter=language == "uk", timed=timed)
            notify(database, row_of(database, booking, kind), settings, directory, now)
    texts = [parts(letter)["text/plain"] for letter in mailbox[0].letters]
    texts += [json.loads(file.read_text())["text"] for file in (settings.outgoing_dir / "sms").glob("*.json")]
    assert len(texts) >= 2
    assert not any("{" in text or "None" in text for text in texts)
    dutch = language != "en"  # who reads neither is written to in the language of the conversation, here Dutch
    assert all(bool(re.search(r"\b(u|uw|Uw|Kenmerk|graag)\b", text)) == dutch for text in texts)
    if language == "uk" and kind == "requested":
        assert any("tolk" in text for text in texts)


def test_a_question_afterwards_can_be_stopped_with_one_click(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    booking = booked()
    row = row_of(database, booking, "follow_up")
    notify(database, row, settings, directory, now)
    [letter] = mailbox[0].letters
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = letter["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://help.example.org/f/")
    assert stop.endswith("/stop")
    with transaction(database) as session:
        session.add(FollowUpStop(conversation_id=booking.referral.conversation_id, at=now))
    with pytest.raises(NobodyToSend, match="no more questions"):
        notify(database, row, settings, directory, now)


def test_what_has_become_pointless_is_not_sent(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    ended, over, erased = booked(), booked(), booked()
    rows = [row_of(database, ended), row_of(database, over, "reminder"), row_of(database, erased)]
    with transaction(database) as session:
        transition(session, session.get_one(Referral, ended.referral.id), "cancelled", "resident", now)
        conversations.erase(session, erased.referral.conversation_id)
    for row, moment in zip(rows, (now, now + 9 * DAY, now), strict=True):
        with pytest.raises(NobodyToSend):
            notify(database, row, settings, directory, moment)
    with pytest.raises(NobodyToSend, match="known"):
        notify(database, row_of(database, booked(contact=None)), settings, directory, now)
    assert mailbox[0].letters == []


def test_a_proposal_of_another_partner_reaches_the_resident_with_a_page_to_answer_on(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime,
) -> None:  # fmt: skip
    old, other = booked().referral, make_partner(id="roc", name="ROC Midden Nederland")
    with transaction(database) as session:
        referral = session.get_one(Referral, old.id)
        for _ in range(2):
            draft = transfer.propose(session, referral, Destination(other, "education"), "desk:anna", now)
        row = session.scalars(select(Outbox).where(Outbox.referral_id == draft.id)).one()
    notify(database, row, settings, directory, now)
    [letter] = mailbox[0].letters
    text = parts(letter)["text/plain"]
    assert "ROC Midden Nederland" in text
    assert "ROC" not in letter["Subject"]
    token = re.search(r"https://help\.example\.org/a/(\S+)", text)
    assert token is not None
    with transaction(database) as session:
        assert open_link(session, token[1], "resident", now).id == draft.id
        transfer.agree(session, session.get_one(Referral, draft.id), Consent("1"), now)
    with pytest.raises(NobodyToSend, match="answered"):
        notify(database, row, settings, directory, now)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_who_goes_there_hears_of_stairs_or_that_nobody_knows(language: str) -> None:
    told = []
    for accessible in (True, False, None):
        meeting = Agreed("in_person", None, "Slotlaan 1, Zeist", None, accessible)
        [(label, value)] = access(meeting, Words(language))
        assert label == {"nl": "Toegang", "en": "Access"}[language]
        told.append(value)
    assert len(set(told)) == 3
    assert "wheelchair" in told[2] or "rolstoel" in told[2]
    for mode in ("phone", "video", None):
        assert access(Agreed(mode, None, None, None, True), Words(language)) == []


def test_a_server_that_is_down_means_try_again(
    database: Engine, booked: Callable[..., Booking], settings: Settings, directory: Directory, now: datetime
) -> None:
    away = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(SendError):
        notify(database, row_of(database, booked()), away, directory, now)


def test_a_reminder_is_written_once_a_day_before(
    database: Engine, booked: Callable[..., Booking], now: datetime
) -> None:
    booking = booked()
    assert booking.appointment is not None
    start = booking.appointment.start_at
    written = []
    for moment in (start - 25 * HOUR, start - 24 * HOUR, start - 23 * HOUR, start):
        with transaction(database) as session:
            written.append(write_reminders(session, moment))
    assert written == [0, 1, 0, 0]
    with transaction(database) as session:
        row = session.scalars(select(Outbox).where(Outbox.kind == "reminder")).one()
        assert row.details == {"appointment": booking.appointment.id}


def test_no_reminder_for_what_was_made_within_the_day_or_is_cancelled(
    database: Engine, booked: Callable[..., Booking], now: datetime
) -> None:
    late, gone = booked(), booked()
    with transaction(database) as session:
        assert late.appointment is not None
        assert gone.appointment is not None
        made = session.get_one(Appointment, late.appointment.id)
        made.created_at = made.start_at - 3 * HOUR
        cancel(session, session.get_one(Appointment, gone.appointment.id))
        assert write_reminders(session, late.appointment.start_at - HOUR) == 0


@pytest.mark.parametrize(
    ("kind", "timed", "cause", "said", "never"),
    [
        ("proposed", False, "", "stelt tijden voor", "kan niet op uw tijd"),
        ("proposed", True, "", "kan niet op uw tijd", "stelt tijden voor"),
        ("rescheduled", True, "", "staat vast", "oude tijd"),
        ("cancelled", False, "resident", "neemt geen contact", "gaat niet door"),
        ("cancelled", True, "resident", "gaat niet door", "neemt geen contact"),
        ("cancelled", True, "transferred", "andere plek", "toch hulp"),
        ("cancelled", True, "completed", "afgerond", "gaat niet door"),
    ],
)
def test_a_notice_says_no_more_than_what_was(
    database: Engine, booked: Callable[..., Booking], settings: Settings, mailbox: tuple[Mailbox, str],
    directory: Directory, now: datetime, kind: str, timed: bool, cause: str, said: str, never: str,
) -> None:  # fmt: skip
    row = row_of(database, booked(timed=timed), kind)
    row.details = {**row.details, "cause": cause}
    notify(database, row, settings, directory, now)
    text = parts(mailbox[0].letters[0])["text/plain"]
    assert said in text
    assert never not in text
