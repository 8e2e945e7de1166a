"""What the desk shows of referrals: the list with its filters, and one referral with everything that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.directory.partners import Directory, Partner
from bot.referral import follow_up, progress, state_machine, transfer
from bot.referral.booking import document_for_partner
from bot.referral.delivery import desk as by_phone
from bot.referral.outbox import dead_letters
from bot.referral.overdue import is_late
from bot.referral.rules import STATES, referral_rules
from bot.store.tables import Link, Outbox, Referral
from bot.web.page_texts import PAGE_LANGUAGES, language_name, page_texts
from bot.web.partner_view import open_acts
from bot.web.sending_back import NEVER_PROPOSED, UNKNOWN, better_roles, reasons

ROWS = 200
_ENDED = frozenset({"completed", "cancelled"})


def listing(session: Session, wanted: str, now: datetime) -> list[dict[str, Any]]:
    """Return the referrals under one filter (``filters``), the first due first; by default all that are under way.

    At most ``ROWS``; ``count`` says how many there are.
    """
    query = (
        select(Referral)
        .where(_condition(wanted, now))
        .order_by(Referral.due_at.is_(None), Referral.due_at, Referral.id)
    )
    return [_row(referral, now) for referral in session.scalars(query.limit(ROWS))]


def count(session: Session, wanted: str, now: datetime) -> int:
    """Return how many referrals there are under one filter."""
    return session.scalar(select(func.count()).select_from(Referral).where(_condition(wanted, now))) or 0


def filters() -> list[str]:
    """Return the names of the filters: the desk's own lists, then the states."""
    return ["open", *_conditions(clock.now()), *STATES]


def letters(session: Session) -> list[dict[str, Any]]:
    """Return what could not be delivered, oldest first."""
    return [
        _letter(row)
        | {
            "reference": row.reference,
            "partner": row.partner_id,
            "erased": row.referral_id is None,
            "since": _moment(row.created_at),
            "error": row.last_error,
        }
        for row in dead_letters(session)
    ]


def to_pass_on(session: Session) -> list[dict[str, Any]]:
    """Return what a partner can only be told by phone, and nobody has told it yet: the oldest ``ROWS``."""
    rows = by_phone.to_pass_on(session, limit=ROWS)
    named = select(Referral.id, Referral.partner_name).where(Referral.id.in_([row.referral_id for row in rows]))
    names = dict(session.execute(named).tuples().all())
    return [
        _letter(row)
        | {
            "partner": names.get(row.referral_id or 0, row.partner_id),
            "reference": row.reference,
            "erased": row.referral_id not in names,
            "since": _moment(row.created_at),
        }
        for row in rows
    ]


def find(session: Session, reference: str) -> Referral | None:
    """Return the referral with this reference."""
    return session.scalar(select(Referral).where(Referral.reference == reference))


def case(session: Session, referral: Referral, directory: Directory, now: datetime) -> dict[str, Any]:
    """Return everything the page of one referral shows; contact details are not part of it."""
    proposals = transfer.proposals_of(session, referral)
    return {
        **_row(referral, now),
        **_document(session, referral),
        "has_contact": referral.contact_ciphertext is not None,
        "history": _history(session, referral),
        "outbox": _outbox(session, referral),
        "link_until": _link_until(session, referral, now),
        "acts": _acts(referral),
        "heard": [act for act in open_acts(referral) if act != "complete"],  # the outcome has a form of its own
        "reasons": [(code, referral_rules().reasons[code].nl) for code in reasons()],
        "roles": _better(referral),
        "outcomes": [(code, label.nl) for code, label in referral_rules().outcomes.items()],
        "options": _options(referral, directory),
        "proposals": [{"reference": one.reference, "partner": one.partner_name} for one in proposals],
        "replaces": referral.replaces or "",
        "answers": _answers(session, referral),
    }


def partners_for(directory: Directory, referral: Referral) -> Mapping[str, Partner]:
    """Return the partners of the referral's region that it can be passed on to, by id."""
    try:
        found = directory.all_partners(referral.region)
    except LookupError:
        return {}
    return {
        one.id: one for one in found if one.id != referral.partner_id and not NEVER_PROPOSED & {one.role, *one.roles}
    }


def _condition(wanted: str, now: datetime) -> ColumnElement[bool]:
    condition = _conditions(now).get(wanted)
    if condition is not None:
        return condition
    return Referral.status == wanted if wanted in STATES else Referral.status.not_in(_ENDED)


def _conditions(now: datetime) -> dict[str, ColumnElement[bool]]:
    return {
        "overdue": is_late(now),
        "came_back": Referral.status.in_(("rejected", "failed", "needs_review")),
        "wants_help": follow_up.wants_help(),
    }


def _row(referral: Referral, now: datetime) -> dict[str, Any]:
    t, state = page_texts("desk"), referral_rules().states[referral.status]
    return {
        "reference": referral.reference,
        "conversation_id": referral.conversation_id,
        "partner": referral.partner_name,
        "role": t["role_names"].get(referral.role, referral.role),
        "need": t["need_names"].get(referral.need, referral.need),
        "status": referral.status,
        "state": state.nl,
        "owner": t["owners"][state.owner],
        "due": _moment(referral.due_at) if referral.due_at else "–",
        "late": state_machine.is_overdue(referral, now),
        "since": _moment(referral.created_at),
    }


def _document(session: Session, referral: Referral) -> dict[str, Any]:
    """Return what the partner gets, in the desk's words, without the contact details."""
    t, document = page_texts("desk"), document_for_partner(session, referral, with_contact=False)
    when, spoken = document["appointment"], document["language"]
    return {
        "because": "; ".join(document["because"]),
        "facts": [
            (t["facts"].get(name, name), t["values"].get(value, value)) for name, value in document["situation"].items()
        ],
        "summary": document["summary"],
        "lang": spoken if spoken in PAGE_LANGUAGES else PAGE_LANGUAGES[0],
        "language": language_name(spoken, PAGE_LANGUAGES[0]),
        "interpreter": document["interpreter"],
        "appointment": f"{_moment(datetime.fromisoformat(when['start']))} ({t['referral_modes'][when['mode']]})"
        if when
        else "",
    }


def _history(session: Session, referral: Referral) -> list[dict[str, Any]]:
    rules, roles = referral_rules(), page_texts("desk")["role_names"]
    return [
        {
            "at": step.at,
            "when": _moment(step.at),
            "state": rules.states[step.to_status].nl,
            "actor": _actor(step.actor),
            "reason": _reason(step.reason),
            "role": roles.get(step.suggested_role, step.suggested_role),
            "outcome": rules.outcomes[step.outcome].nl if step.outcome in rules.outcomes else "",
        }
        for step in state_machine.history(session, referral)
    ]


def _actor(actor: str) -> str:
    """Return who did something, in words: «bewoner», «balie anna»."""
    kind, _, name = actor.partition(":")
    return f"{page_texts('desk')['actors'].get(kind, kind)} {name}".strip()


def _outbox(session: Session, referral: Referral) -> list[dict[str, Any]]:
    states = page_texts("desk")["outbox_states"]
    rows = session.scalars(select(Outbox).where(Outbox.referral_id == referral.id).order_by(Outbox.id))
    return [
        _letter(row)
        | {"when": _moment(row.delivered_at or row.scheduled_at), "state": states.get(row.state, row.state)}
        for row in rows
    ]


def _answers(session: Session, referral: Referral) -> list[dict[str, Any]]:
    """Return what the resident answered afterwards; ``wants_help`` is of the last answer, until somebody took it up."""
    waves, answers = page_texts("desk")["waves"], page_texts("follow-up.nl")["answers"]
    rows = follow_up.answers_of(session, referral)
    return [
        {
            "wave": waves[row.wave],
            "answer": answers[row.answer],
            "when": _moment(row.answered_at) if row.answered_at else "–",
            "wants_help": row is rows[-1] and row.answer in follow_up.WANTS_HELP and row.taken_up_at is None,
            "taken_up": {"by": row.taken_up_by, "when": _moment(row.taken_up_at)} if row.taken_up_at else None,
        }
        for row in rows
    ]


def _link_until(session: Session, referral: Referral, now: datetime) -> str:
    query = select(func.max(Link.expires_at)).where(
        Link.referral_id == referral.id, Link.purpose == "partner", Link.revoked_at.is_(None), Link.expires_at > now
    )
    until = session.scalar(query)
    return _moment(until) if until else ""


def _letter(row: Outbox) -> dict[str, Any]:
    t = page_texts("desk")
    return {
        "id": row.id,
        "kind": t["outbox_kinds"].get(row.kind, row.kind),
        "to": t["recipients"].get(row.recipient, row.recipient),
        "code": row.state,
        "attempts": row.attempts,
        "error": row.last_error or "",
        "by_phone": row.recipient == "partner" and row.progress.get("with") == "desk",
        "passed_on": row.progress.get("passed_on_at", ""),
    }


def _acts(referral: Referral) -> list[str]:
    """Return what the desk can do with a referral in its present state."""
    acts = []
    if progress.may(referral, "needs_review") and referral.status != "draft":
        acts.append("take-up")
    if referral.status in {"needs_review", "failed"}:
        acts.append("ask-again")
    if referral.status not in {"draft", *_ENDED}:
        acts.append("transfer")
    if progress.may(referral, "completed"):
        acts.append("outcome")
    if progress.may(referral, "cancelled") and referral.status != "draft":
        acts.append("cancel")
    if referral.status == "draft":
        acts.append("consent")
    return acts


def _options(referral: Referral, directory: Directory) -> list[tuple[str, str]]:
    t = page_texts("desk")
    return [
        (one.id, f"{one.name} ({t['role_names'].get(one.role, one.role)})")
        for one in partners_for(directory, referral).values()
    ]


def _better(referral: Referral) -> list[tuple[str, str]]:
    t = page_texts("desk")
    return [(UNKNOWN, t["role_not_known"]), *((role, t["role_names"][role]) for role in better_roles(referral.role))]


def _reason(reason: str | None) -> str:
    if reason is None:
        return ""
    labels = referral_rules().reasons
    return labels[reason].nl if reason in labels else str(page_texts("desk")["step_reasons"].get(reason, reason))


def _moment(moment: datetime) -> str:
    return moment.astimezone(clock.ZONE).strftime("%d-%m-%Y %H:%M")
