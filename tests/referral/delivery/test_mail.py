"""Mail: its headers, plain text beside HTML, nothing that fetches or tracks; the connection; the file."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from bot import clock
from bot.referral import mail
from bot.referral.delivery.errors import SendError
from bot.referral.mail import Attachment, build_mail, send_mail
from bot.settings import Settings
from tests.referral.delivery.receivers import MailReceiver, mail_receiver

HTML = "<!doctype html><html lang='nl'><body><p>Dag <a href='https://doorwijzer.example/a/x'>hier</a></p></body></html>"


@pytest.fixture(autouse=True)
def _moment(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


def built(settings: Settings, **changes: object) -> EmailMessage:
    form: dict[str, object] = {"to": "jan@example.org", "subject": "Uw afspraak – één", "text": "Dag\n", "html": HTML}
    return build_mail(settings=settings, **(form | changes))  # type: ignore[arg-type]


def test_the_headers_say_who_we_are_and_nothing_of_the_resident(settings: Settings) -> None:
    message = built(settings, key="X:resident:requested")
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert message["From"] == "Midden-Utrecht Werkt Door <verwijzing@doorwijzer.example>"
    assert str(message["Message-ID"]).endswith("@doorwijzer.example>")
    assert parsedate_to_datetime(message["Date"]) == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert message["Auto-Submitted"] == "auto-generated"
    assert "X:" not in str(message["Message-ID"])


def test_the_same_thing_again_has_the_same_message_id(settings: Settings) -> None:
    ids = [str(built(settings, key=key)["Message-ID"]) for key in ("a", "a", "b", "", "")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_plain_text_stands_beside_html_and_files_behind(settings: Settings) -> None:
    file = Attachment("afspraak.ics", "BEGIN:VCALENDAR é\r\n".encode(), "text", "calendar", {"method": "REQUEST"})
    message = built(settings, attachments=[file])
    wire = message.as_bytes()
    assert wire.isascii()
    assert b"\r\n" in wire
    parsed = message_from_bytes(wire, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert str(parsed["Subject"]) == "Uw afspraak – één"
    types = [part.get_content_type() for part in parsed.walk()]
    assert types == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    (attachment,) = parsed.iter_attachments()
    assert attachment.get_filename() == "afspraak.ics"
    assert attachment["Content-Type"].params["method"] == "REQUEST"
    assert attachment.get_payload(decode=True) == file.content


@pytest.mark.parametrize(
    "to",
    [
        "",
        "jan",
        "jan@example.org, piet@example.org",
        "jan@example.org\nBcc: piet@example.org",
        "Jan <jan@example.org>",
        "a" * 10_000,
        "jan@example.org\r\n\r\nhello",
    ],
)
def test_an_address_that_is_none_is_refused(to: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match=r".+"):
        built(settings, to=to)


@pytest.mark.parametrize(
    "headers",
    [
        {"Reply-To": "jan@example.org"},
        {"reply-to": "jan@example.org"},
        {"Bcc": "x@example.org"},
        {"From": "jan@example.org"},
        {"Sender": "jan@example.org"},
        {"Content-Type": "text/html"},
        {"X-A": "b\r\nBcc: x@example.org"},
    ],
)
def test_nobody_speaks_for_somebody_else(headers: dict[str, str], settings: Settings) -> None:
    with pytest.raises(ValueError, match=r".+"):
        built(settings, headers=headers)
    assert built(settings, headers={"X-Kind": "requested"})["X-Kind"] == "requested"


@pytest.mark.parametrize(
    "html",
    [
        "<img src=https://example.org/pixel.gif>",
        "<IMG SRC='cid:x'>",
        "<p style=\"background: url('https://example.org')\">x</p>",
        "<p style='background:u\\72l(//example.org)'>x</p>",
        "<style>@import '//example.org';</style>",
        "<style>p { background: URL (x) }</style>",
        "<link rel=stylesheet href=//example.org>",
        "<script>1</script>",
        "<table background='//example.org'>",
        "<a href='https://example.org' ping='https://example.org'>x</a>",
        "<meta http-equiv=refresh content='0;url=//example.org'>",
        "<form action=//example.org>",
    ],
)
def test_html_that_fetches_or_tells_is_refused(html: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        built(settings, html=f"<p>a</p>{html}")


def test_words_that_only_look_like_it_are_words(settings: Settings) -> None:
    assert built(settings, html="<p>img src= url(x) @import &lt;script&gt;</p>")


# --- sending ---------------------------------------------------------------------------------------------------------


def test_without_a_server_it_is_a_file_once(settings: Settings) -> None:
    for _ in range(2):
        send_mail(built(settings, key="k"), settings)
    send_mail(built(settings, key="other"), settings)
    files = list((settings.outgoing_dir / "mail").iterdir())
    assert len(files) == 2
    assert all(file.suffix == ".eml" for file in files)
    assert b"To: jan@example.org\r\n" in files[0].read_bytes()


def test_a_folder_that_cannot_be_written(settings: Settings) -> None:
    settings.outgoing_dir.mkdir(parents=True)
    (settings.outgoing_dir / "mail").write_text("a file")
    with pytest.raises(SendError):
        send_mail(built(settings), settings)


def test_it_reaches_a_server_of_this_machine(post: MailReceiver, settings: Settings) -> None:
    settings.smtp_url = SecretStr(post.url)
    send_mail(built(settings), settings)
    assert post.envelopes == [("verwijzing@doorwijzer.example", ["jan@example.org"])]
    assert str(post.mails[0]["Subject"]) == "Uw afspraak – één"


@pytest.mark.parametrize("mode", ["error", "refused", "slow", "half"])
def test_trouble_is_told_without_the_address(mode: str, post: MailReceiver, settings: Settings) -> None:
    settings.smtp_url = SecretStr(post.url)
    post.mode = mode
    with pytest.raises(SendError) as told:
        send_mail(built(settings), settings)
    assert "jan" not in str(told.value)
    assert str(told.value)


@pytest.mark.parametrize(
    "url", ["http://example.org", "smtp://", "nonsense", "smtp://127.0.0.1:1", "smtp://h:99999999"]
)
def test_an_address_of_no_server(url: str, settings: Settings) -> None:
    settings.smtp_url = SecretStr(url)
    with pytest.raises(SendError):
        send_mail(built(settings), settings)


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "server.pem", folder / "server.key"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key_path)
    return context, path


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[MailReceiver, Path]]:
    context, certificate = _certificate(tmp_path, "localhost")
    with mail_receiver(tls_context=context, require_starttls=True) as receiver:
        receiver.url = receiver.url.replace("127.0.0.1", "localhost")
        yield receiver, certificate


def test_the_certificate_of_the_server_is_checked(
    encrypted: tuple[MailReceiver, Path], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, certificate = encrypted
    settings.smtp_url = SecretStr(receiver.url)
    with pytest.raises(SendError):
        send_mail(built(settings), settings)
    assert receiver.mails == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send_mail(built(settings), settings)
    assert len(receiver.mails) == 1


def test_nothing_goes_in_the_clear_to_another_machine(
    post: MailReceiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LOOPBACK", frozenset())  # as if it were elsewhere: it has no STARTTLS
    settings.smtp_url = SecretStr(post.url)
    with pytest.raises(SendError):
        send_mail(built(settings), settings)
    assert post.mails == []
