"""From a case to the words that are sent: subject, lines, a table of what was agreed, or one text message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.directory.partners import Partner
from bot.referral.notices.case import Case
from bot.referral.notices.words import Words
from bot.store.tables import Appointment

#: Kinds that say when and how: those of an appointment that stands.
_WITH_TABLE = frozenset({"requested", "rescheduled", "reminder", "accepted"})
#: An appointment that is off, by why.
_CANCELLED = {"sent_back": "looking_further", "transferred": "passed_on", "completed": "finished"}
_LAST_DIGITS = 3


@dataclass(frozen=True)
class Letter:
    """An e-mail before it is one: each of ``rows`` is a label and a value."""

    subject: str
    greeting: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    footnotes: tuple[str, ...]


class Meeting(Protocol):
    """How somebody and a partner meet. In the chat, on a page and in a message it is told in the same words."""

    @property
    def mode(self) -> str | None:
        """How: phone, in_person or video; ``None`` as long as nothing is agreed."""

    @property
    def phone(self) -> str | None:
        """The number that is called."""

    @property
    def location(self) -> str | None:
        """Where one goes."""

    @property
    def website(self) -> str | None:
        """Where the address can be found when it is not known here."""

    @property
    def accessible(self) -> bool | None:
        """Whether one gets in without steps; ``None`` is not known."""


@dataclass(frozen=True)
class Agreed:
    """How a resident and a partner meet, by what was agreed."""

    mode: str | None
    phone: str | None
    location: str | None
    website: str | None = None
    accessible: bool | None = None


def agreed(appointment: Appointment, phone: str | None, partner: Partner | None) -> Meeting:
    """Return how an appointment is kept. ``phone`` is the number that is called; ``partner`` says more of the place."""
    there = (partner.website, partner.accessible) if partner else (None, None)
    return Agreed(appointment.mode, phone, appointment.location, *there)


def letter(case: Case) -> Letter:
    """Return the e-mail for a case."""
    words = Words(case.language)
    values = _values(case, words)
    kind = _kind(case)
    lines = [words(f"{kind}.text", **values)]
    if kind == "follow_up":
        lines.append(words("follow_up.stop", **values))
    return Letter(
        subject=words(f"{kind}.subject", **values),
        greeting=words("greeting", name=case.name) if case.name else words("greeting_nameless"),
        lines=tuple(lines),
        rows=_rows(case, words) if case.kind in _WITH_TABLE else ((words("label.reference"), case.reference),),
        closing=(words("closing"), case.brand),
        footnotes=(words("automatic"), words("unsafe", link=case.links["resident"])),
    )


def text_message(case: Case) -> str:
    """Return the text message for a case."""
    words = Words(case.language)
    return words(f"{_kind(case)}.sms", **_values(case, words))


def _kind(case: Case) -> str:
    """Return which words fit: nobody who had no time reads of an old one, and nobody with a new place is without."""
    if case.kind == "cancelled":
        return _CANCELLED.get(case.cause, "stopped" if case.start is None else "cancelled")
    if case.kind == "requested" and case.start is None:
        return "requested_no_time"
    if case.kind == "proposed" and not case.had_time:
        return "proposed_first"
    return "requested" if case.kind == "rescheduled" and not case.had_time else case.kind


def _values(case: Case, words: Words) -> dict[str, str]:
    follow_up = case.links.get("follow_up", "")
    return {
        "brand": case.brand,
        "partner": case.partner,
        "reference": case.reference,
        "site": case.site,
        "link": case.links["resident"],
        "when": words.moment(case.start) if case.start else "",
        "follow_up": follow_up,
        "stop": f"{follow_up}#stop",
    }


def _rows(case: Case, words: Words) -> tuple[tuple[str, str], ...]:
    rows = [(words("label.who"), case.partner)]
    if case.start is not None:
        rows.append((words("label.when"), words.moment(case.start)))
        ways = [how(case, words), words("interpreter") if case.interpreter else ""]
        rows.append((words("label.where"), " ".join(part for part in ways if part)))
        rows += [*access(case, words), bring(case, words)]
    rows += [(words("label.reference"), case.reference), (words("label.change"), case.links["resident"])]
    return tuple(rows)


def how(meeting: Meeting, words: Words) -> str:
    """Say how it goes: on which number (its last digits), or where to."""
    if meeting.mode == "phone":
        phone = meeting.phone
        return words("how.phone", digits=phone[-_LAST_DIGITS:]) if phone else words("how.phone_unknown")
    if meeting.mode == "video":
        return words("how.video")
    if meeting.location:
        return words("how.in_person", location=meeting.location)
    website = meeting.website
    return words("how.in_person_unknown", website=website) if website else words("how.in_person_no_address")


def access(meeting: Meeting, words: Words) -> list[tuple[str, str]]:
    """Say to who goes there whether there are steps, or that nobody told us: a label and a value."""
    if meeting.mode != "in_person":
        return []
    known = {True: "step_free", False: "steps", None: "unknown"}[meeting.accessible]
    return [(words("label.access"), words(f"access.{known}"))]


def bring(meeting: Meeting, words: Words) -> tuple[str, str]:
    """Return what to take along, or to have at hand while one is called: a label and a value."""
    if meeting.mode == "phone":
        return words("label.ready"), words("bring.phone")
    return words("label.bring"), words("bring.default")
