"""Sending one notice of the outbox: as an e-mail, or as a text message."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Engine

from bot.checkpoints import checkpoint
from bot.directory.partners import Directory
from bot.referral.mail import build_mail, send_mail
from bot.referral.notices.case import Case, read_case
from bot.referral.notices.compose import Letter, letter, text_message
from bot.referral.notices.text_messages import send_text_message
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Outbox

_TEMPLATES = Path(__file__).with_name("templates")


def notify(engine: Engine, row: Outbox, settings: Settings, directory: Directory, now: datetime) -> None:
    """Send what a row says to the resident; nothing of it is kept.

    Raises ``SendError`` when it may be tried again, ``NobodyToSend`` when it has become pointless or nobody can be
    reached. Sending twice gives the same message with the same id.
    """
    with transaction(engine) as session:
        case = read_case(session, row, settings, directory, now)
    checkpoint("notice ready")
    if case.way.channel == "sms":
        send_text_message(case.way.address, text_message(case), settings, key=case.key)
    else:
        _send_letter(case, settings)


def _send_letter(case: Case, settings: Settings) -> None:
    written = letter(case)
    headers = {}
    if case.kind == "follow_up":  # RFC 8058: one click in the mail program stops it
        stop = f"{case.links['follow_up']}/stop"
        headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail = build_mail(
        case.way.address,
        written.subject,
        as_text(written),
        as_html(written, case.language),
        settings,
        headers=headers,
        key=case.key,
    )
    if case.calendar is not None:
        _add_calendar(mail, case.calendar, "CANCEL" if case.cancelled else "REQUEST")
    send_mail(mail, settings)


def _add_calendar(mail: EmailMessage, content: bytes, method: str) -> None:
    """Add the calendar file twice: as a part that calendars take over by themselves, and as a file to open."""
    mail.add_alternative(content.decode(), subtype="calendar", params={"method": method}, cte="base64")
    mail.add_attachment(
        content, maintype="text", subtype="calendar", filename="afspraak.ics", params={"method": method}
    )


def as_text(written: Letter) -> str:
    """Return the letter as plain text."""
    rows = [f"{label}: {value}" for label, value in written.rows]
    blocks = [written.greeting, *written.lines, "\n".join(rows), "\n".join(written.closing), *written.footnotes]
    return "\n\n".join(block for block in blocks if block) + "\n"


def as_html(written: Letter, language: str) -> str:
    """Return the letter as a page without any remote part."""
    return _environment().get_template("letter.html").render(letter=written, language=language)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
