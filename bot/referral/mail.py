"""E-mail: built so that it holds nothing but what is said (no tracking, nothing fetched from elsewhere), and sent.

The sender is always this installation, never the resident: a mail in somebody else's name fails SPF and DMARC, and an
answer to it must not go to who is not on it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import validate_email

from bot import clock
from bot.referral.delivery.errors import SendError
from bot.settings import Settings

#: How long each step of a server is waited for; all steps together stay within a lease of the outbox.
TIMEOUT_SECONDS = 10.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Headers that only this module writes.
_OURS = frozenset(
    {"from", "sender", "reply-to", "to", "cc", "bcc", "date", "message-id", "return-path", "auto-submitted", "subject"}
)
_FETCHING_TAGS = frozenset(
    {"img", "script", "link", "iframe", "object", "embed", "video", "audio", "source", "base", "form", "svg", "image"}
)
_FETCHING_ATTRIBUTES = frozenset({"src", "srcset", "background", "poster", "data", "ping", "http-equiv"})
_FETCHING_STYLE = re.compile(r"url\s*\(|@import|\\", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """A file that goes along: ``Attachment("afspraak.ics", content, "text", "calendar", {"method": "REQUEST"})``."""

    filename: str
    content: bytes
    maintype: str = "application"
    subtype: str = "octet-stream"
    parameters: Mapping[str, str] = field(default_factory=dict)


def build_mail(  # noqa: PLR0917 - the parts of a mail, in the order in which one reads them
    to: str,
    subject: str,
    text: str,
    html: str,
    settings: Settings,
    attachments: Sequence[Attachment] = (),
    headers: Mapping[str, str] | None = None,
    *,
    key: str = "",
) -> EmailMessage:
    """Return a mail from this installation, plain text beside HTML, marked as written by a machine.

    The same ``key`` (of the outbox) gives the same Message-ID, by which a repetition is known. Raises ``ValueError``
    for an address or header that is none, for a header that is ours to write (``Reply-To`` among them), and for HTML
    that would fetch something from elsewhere.
    """
    _check_html(html)
    _, sender = parseaddr(settings.mail_from)
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = Address(addr_spec=_checked(to))
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now().astimezone(clock.ZONE))
    message["Message-ID"] = _message_id(sender, settings, key)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    for name, value in (headers or {}).items():
        if name.lower() in _OURS or name.lower().startswith("content-"):
            raise ValueError(f"the header {name} is not for the caller to write")
        message[name] = value
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for item in attachments:
        message.add_attachment(
            item.content,
            maintype=item.maintype,
            subtype=item.subtype,
            filename=item.filename,
            params=dict(item.parameters),
        )
    return message


def send_mail(message: EmailMessage, settings: Settings) -> None:
    """Hand a mail to the server of ``settings.smtp_url``; without one it becomes a file in ``outgoing_dir/mail``.

    The connection is encrypted and the server's certificate checked; only a server on this very machine may do without.
    Raises ``SendError`` when it may not have arrived.
    """
    if settings.smtp_url is None:
        _leave_file(message, settings.outgoing_dir / "mail")
        return
    address = urlsplit(settings.smtp_url.get_secret_value())
    try:
        server = _connect(address)
        try:
            _, sender = parseaddr(str(message["From"]))
            server.send_message(message, from_addr=sender)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # once accepted it is sent, whatever the farewell
                server.quit()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise SendError(_in_words(error)) from error


def _connect(address: SplitResult) -> smtplib.SMTP:
    host = address.hostname or ""
    if address.scheme not in {"smtp", "smtps"} or not host:
        raise SendError("DOORWIJZER_SMTP_URL is no address of a mail server: smtp://… or smtps://…")
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if address.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, address.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, address.port or 587, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if address.scheme == "smtp" and (host not in LOOPBACK or server.has_extn("starttls")):
            server.starttls(context=context)  # raises when the server has none: never in the clear
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _in_words(error: Exception) -> str:
    """Return what went wrong without addresses or content, which some of these errors carry."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
        return f"the mail server refused the address ({', '.join(codes)})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code} ({type(error).__name__})"
    return f"no mail server could be used: {type(error).__name__}"


def _leave_file(message: EmailMessage, folder: Path) -> None:
    name = re.sub(r"[^A-Za-z0-9._-]", "", str(message["Message-ID"]).partition("@")[0])
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(message.as_bytes())
        temporary.replace(folder / f"{name}.eml")
    except OSError as error:
        raise SendError(f"the mail could not be left in {folder}: {error.strerror}") from error


def _checked(address: str) -> str:
    # The standard library falls over some wrong addresses instead of refusing them.
    return validate_email(address, check_deliverability=False, test_environment=True).normalized


def _message_id(sender: str, settings: Settings, key: str) -> str:
    domain = sender.partition("@")[2] or "localhost"
    if not key:
        return make_msgid(domain=domain)
    digest = hmac.new(settings.secret("mail"), key.encode(), hashlib.sha256).hexdigest()[:40]
    return f"<{digest}@{domain}>"


class _Reader(HTMLParser):
    """Looks for whatever makes a mail program fetch something, which tells the sender that the mail was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag in _FETCHING_TAGS:
            self.fault = f"<{tag}>"
        for name, value in attrs:
            if name in _FETCHING_ATTRIBUTES or (name == "style" and _FETCHING_STYLE.search(value or "")):
                self.fault = f"{name}= in <{tag}>"

    def handle_data(self, data: str) -> None:
        if self._in_style and _FETCHING_STYLE.search(data):
            self.fault = "a style that fetches"


def _check_html(html: str) -> None:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.fault:
        raise ValueError(f"a mail fetches nothing from elsewhere and sends nothing back: {reader.fault}")
