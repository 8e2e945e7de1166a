"""An e-mail to the partner, without personal data: the code, the help that is needed, and the signed page."""

from __future__ import annotations

from html import escape

from bot.referral.delivery.parcel import Parcel, Progress
from bot.referral.delivery.words import delivery_words
from bot.referral.mail import build_mail, send_mail
from bot.settings import Settings


class EmailAdapter:
    """Mails the address of the entry. A repetition after a crash has the same Message-ID; mail knows no "once"."""

    def __init__(self, to: str, settings: Settings) -> None:
        self._to, self._settings = to, settings

    def send(self, parcel: Parcel) -> Progress:
        """Send the mail. Raises ``SendError``."""
        words = delivery_words()
        mail = words.mail[parcel.kind]
        values = {"reference": parcel.reference, "need": parcel.need}
        lines = [line.format(**values) for line in mail.lines]
        message = build_mail(
            self._to,
            mail.subject.format(**values),
            _text([*lines, *_named_link(parcel, words.link), words.sender]),
            _html(lines, parcel.link, words.link, words.sender),
            self._settings,
            key=parcel.key,
        )
        send_mail(message, self._settings)
        return {}


def _named_link(parcel: Parcel, name: str) -> list[str]:
    return [] if parcel.link is None else [f"{name}:\n{parcel.link}"]


def _text(lines: list[str]) -> str:
    return "\n\n".join(lines) + "\n"


def _html(lines: list[str], link: str | None, link_text: str, last: str) -> str:
    parts = [f"<p>{escape(line)}</p>" for line in lines]
    if link is not None:
        parts.append(f'<p><a href="{escape(link)}">{escape(link_text)}</a></p>')
    parts.append(f"<p>{escape(last)}</p>")
    return f'<!doctype html>\n<html lang="nl"><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>\n'
