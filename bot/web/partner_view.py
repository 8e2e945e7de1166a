"""What a partner reads of a referral: the document that travels, in Dutch or English words, and the acts that are open.

Where the referral is no longer with the partner, nothing personal is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from sqlalchemy.orm import Session

from bot.clock import ZONE
from bot.directory.hsds_records import APPOINTMENT_MODES
from bot.referral import progress, state_machine
from bot.referral.booking import document_for_partner
from bot.referral.proposals import open_times
from bot.referral.rescheduling import CHANGEABLE
from bot.referral.rules import Label, referral_rules
from bot.store.tables import Referral
from bot.texts import get_texts
from bot.web.page_texts import PAGE_LANGUAGES, language_name, page_texts
from bot.web.sending_back import UNKNOWN, better_roles, reasons

#: States in which the partner has the resident in its care, so that it may read who that is: also when the resident
#: could not be reached, who may call back, until the desk has taken it up.
WITH_PARTNER = frozenset({"requested", "accepted", "in_progress", "on_hold", "failed"})
_DAY, _MOMENT = "EEEE d MMMM y", "EEEE d MMMM y, HH:mm"
#: Which act leads to which state; an act is offered when that step exists.
_ACTS = {
    "accept": "accepted", "begin": "in_progress", "hold": "on_hold", "unreached": "failed", "back": "rejected",
    "complete": "completed",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What is to be shown beside the referral itself: what was typed or asked for, and what to say about it.

    ``done`` is the act that the address says was done; it is believed only where the referral agrees.
    """

    notice: str = ""
    done: str = ""
    is_wrong: bool = False
    with_contact: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)


def words(language: str) -> dict[str, Any]:
    """Return the texts of the partner's pages, with those that all pages share."""
    return {**page_texts(language), **page_texts(f"partner.{language}")}


def language_of(asked: str) -> str:
    """Return the language of the page: the one asked for, if there are texts in it."""
    return asked if asked in PAGE_LANGUAGES else PAGE_LANGUAGES[0]


def referral_page(session: Session, referral: Referral, language: str, now: datetime, shown: Shown) -> dict[str, Any]:
    """Return what the page of one referral shows; contact details only with ``shown.with_contact``."""
    state = referral_rules().states[referral.status]
    page: dict[str, Any] = {
        "reference": referral.reference,
        "partner": referral.partner_name,
        "state": state.in_language(language),
        "open": referral.status in WITH_PARTNER,
        "ended": state.owner == "none",
        "late": state_machine.is_overdue(referral, now),
        "due": _words_of(referral.due_at, language, _DAY) if referral.due_at and state.owner == "partner" else "",
        "outcome": "",
        "shown": shown,
        "notice": shown.notice
        or (words(language)["done"][shown.done] if _agrees(session, referral, shown, now) else ""),
    }
    if page["open"]:
        return page | _case(session, referral, language, now, shown) | {"choices": choices(language, referral.role)}
    last = state_machine.history(session, referral)[-1]
    if last.outcome is not None:
        page["outcome"] = referral_rules().outcomes[last.outcome].in_language(language)
    return page


def _agrees(session: Session, referral: Referral, shown: Shown, now: datetime) -> bool:
    """Return whether what is said to be done can be seen in the referral; an address is easily opened again."""
    if shown.done == "times":
        return referral.status in CHANGEABLE and bool(open_times(session, referral, now))
    return shown.done in _ACTS and _ACTS[shown.done] == referral.status


def open_acts(referral: Referral) -> list[str]:
    """Return what its partner can say of a referral in its present state."""
    if referral.status not in WITH_PARTNER:
        return []
    return [act for act, to in _ACTS.items() if progress.may(referral, to)]


def choices(language: str, own_role: str) -> dict[str, list[tuple[str, str]]]:
    """Return the lists to choose from, code and words; nobody names their own role as the better one."""
    t, rules = words(language), referral_rules()
    roles = sorted((t["roles"][role].casefold(), role) for role in better_roles(own_role))
    return {
        "reasons": _labels({code: rules.reasons[code] for code in reasons()}, language),
        "outcomes": _labels(rules.outcomes, language),
        "roles": [(UNKNOWN, t["partner_back_unknown"]), *((role, t["roles"][role]) for _, role in roles)],
        "modes": [(mode, t["modes"][mode]) for mode in APPOINTMENT_MODES],
    }


def _case(session: Session, referral: Referral, language: str, now: datetime, shown: Shown) -> dict[str, Any]:
    document = document_for_partner(session, referral, with_contact=shown.with_contact)
    t, texts = words(language), get_texts()
    when = document["appointment"]
    return {
        "need": texts.get(f"need.{document['need']}", language)
        if texts.has(f"need.{document['need']}", language)
        else document["need"],
        "because": document["because"],
        "facts": [fact_words(name, value, language) for name, value in document["situation"].items()],
        "summary": document["summary"],
        "told_in": document["language"] if document["language"] in PAGE_LANGUAGES else "nl",
        "language": language_name(document["language"], language),
        "interpreter": document["interpreter"],
        "appointment": ""
        if when is None
        else ", ".join(
            part
            for part in (
                _words_of(datetime.fromisoformat(when["start"]), language, _MOMENT),
                t["modes"].get(when["mode"], when["mode"]),
                when["location"],
            )
            if part
        ),
        "consented": _words_of(datetime.fromisoformat(document["consent"]["at"]), language, _DAY),
        "sent": _words_of(datetime.fromisoformat(document["created_at"]), language, _MOMENT),
        "contact": document["contact"] or {},
        "times": [
            f"{_words_of(time.start_at, language, _MOMENT)}, {t['modes'][time.mode]}"
            for time in open_times(session, referral, now)
        ],
        "acts": open_acts(referral),
        "may_propose": referral.status in CHANGEABLE,
    }


def fact_words(name: str, value: str, language: str) -> tuple[str, str]:
    """Return a fact as label and value, in words."""
    texts = get_texts()
    if name == "end_date":
        return texts.get("label.end_date", language), _words_of(datetime.fromisoformat(value), language, _DAY)
    known = texts.has(f"value.{value}", language)
    return texts.get(f"label.{name}", language), texts.get(f"value.{value}", language) if known else value


def _labels(labels: Mapping[str, Label], language: str) -> list[tuple[str, str]]:
    return [(code, label.in_language(language)) for code, label in labels.items()]


def _words_of(moment: datetime, language: str, form: str) -> str:
    local = moment if moment.tzinfo is None else moment.astimezone(ZONE)
    return format_datetime(local, form, locale=language)
