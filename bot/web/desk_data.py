"""What the desk shows: the queue, and one conversation with what was understood and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlparse

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.conversation import contacts, conversations, research, safe_channels
from bot.directory.municipalities import region_name
from bot.directory.partners import Directory
from bot.intake.situation import SAFETY_SIGNALS
from bot.referral.sign_ups import sign_ups_of
from bot.store.tables import Audit, Conversation, Handoff, Message, Staff
from bot.web.conversation_state import referrals_of
from bot.web.page_texts import PAGE_LANGUAGES, language_name, page_texts

CLOSED_SHOWN = timedelta(hours=24)
AUDIT_ROWS = 200


def queue(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Return the queue in groups: waiting (safety first, then the longest wait), claimed, closed in the last day."""
    query = (
        select(Handoff, Conversation, Staff.username)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(Staff, Staff.id == Handoff.claimed_by)
        .where((Handoff.state != "closed") | (Handoff.closed_at > now - CLOSED_SHOWN))
        .order_by(Handoff.created_at)
    )
    rows: dict[str, list[dict[str, Any]]] = {"waiting": [], "claimed": [], "closed": []}
    for handoff, conversation, staff in session.execute(query):
        rows[handoff.state].append(_queue_row(handoff, conversation, staff, now))
    rows["waiting"].sort(key=lambda row: (not row["safety"], row["since"]))
    rows["claimed"].sort(key=lambda row: (not row["safety"], row["since"]))
    rows["closed"].reverse()
    return [{"id": state, "rows": found, "always": state == "waiting"} for state, found in rows.items()]


def handoff_of(session: Session, conversation_id: str) -> Handoff | None:
    """Return the conversation's newest hand-off; without one the desk has no business with it."""
    query = select(Handoff).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id.desc()).limit(1)
    return session.scalar(query)


def newest_seq(session: Session, conversation_id: str) -> int:
    """Return the number of the conversation's newest message; 0 when there is none."""
    return session.scalar(select(func.max(Message.seq)).where(Message.conversation_id == conversation_id)) or 0


def conversation(
    session: Session, directory: Directory, handoff: Handoff, staff_id: int, now: datetime
) -> dict[str, Any]:
    """Return everything the page of one conversation shows; contact details are not part of it."""
    found = session.get_one(Conversation, handoff.conversation_id)
    claimed_by = session.get(Staff, handoff.claimed_by) if handoff.claimed_by is not None else None
    messages = conversations.messages_since(session, found.id)
    state = found.state or {}
    t = page_texts("desk")
    return {
        **_queue_row(handoff, found, claimed_by.username if claimed_by else None, now),
        "id": found.id,
        "lang": found.language or "nl",
        "started": moment(found.created_at),
        "newest": messages[-1].seq if messages else 0,
        "messages": [_message(message) for message in messages],
        "handoff_state": handoff.state,
        "mine": handoff.state == "claimed" and handoff.claimed_by == staff_id,
        "claimed_by": claimed_by.username if claimed_by else "",
        "has_contact": bool(contacts.contact_kinds(session, found.id)),
        "contact_unsafe": bool(safe_channels.unsafe_channels(session, found.id)),
        "facts": [
            {"label": _label("facts", fact), "value": _value(fact, value)}
            for fact, value in (state.get("situation") or {}).items()
        ],
        "signals": _signals(state.get("signals") or ()),
        "needs": [_need(need) for need in state.get("needs") or ()],
        "chain": _chain(directory, found.region, state.get("needs") or ()),
        "referrals": [
            {
                "reference": referral.reference,
                "partner": referral.partner_name,
                "need": _label("need_names", referral.need),
                "status": t["statuses"].get(referral.status, referral.status),
                "when": moment(appointment.start_at) if appointment else None,
            }
            for referral, appointment in referrals_of(session, found.id)
        ],
        "sign_ups": [
            {
                "reference": place.reference,
                "event_id": place.event_id,
                "event": place.title,
                "when": moment(place.start_at),
                "location": place.location,
            }
            for place in sign_ups_of(session, found.id)
        ],
        "research": _research(session, found.id),
    }


def audit_rows(session: Session) -> list[dict[str, Any]]:
    """Return the newest entries of the audit."""
    found = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(AUDIT_ROWS))
    return [
        {
            "at": row.at,
            "when": moment(row.at),
            "actor": row.actor,
            "action": _label("actions", row.action),
            "subject": row.subject,
        }
        for row in found
    ]


def _queue_row(handoff: Handoff, found: Conversation, staff: str | None, now: datetime) -> dict[str, Any]:
    t = page_texts("desk")
    needs = (found.state or {}).get("needs") or ()
    state = t["states"].get(handoff.state, handoff.state)
    return {
        "conversation_id": found.id,
        "short": found.id[:6],
        "safety": handoff.reason == "safety",
        "reason": t["reasons"].get(handoff.reason, handoff.reason),
        "signal": _label("signal_names", handoff.signal) if handoff.signal else "",
        "about": ", ".join(_label("need_names", str(need.get("id"))) for need in needs),
        "since": handoff.created_at,
        "waited": _duration((handoff.closed_at or handoff.claimed_at or now) - handoff.created_at),
        "wish": t["wishes"].get(handoff.wish, handoff.wish) if handoff.wish else "",
        "language": language_of(found),
        "region": _region(found.region),
        "state": f"{state} {t['by'].format(name=staff)}" if staff else state,
    }


def _research(session: Session, conversation_id: str) -> str:
    answer = research.answer_of(session, conversation_id)
    words = page_texts("desk")["research_answers"]
    return str(words["open" if answer is None else "given" if answer else "refused"])


def language_of(found: Conversation) -> str:
    """Return the language of a conversation, with the interpreter who is asked for."""
    language = language_name(found.language, PAGE_LANGUAGES[0]) if found.language else "–"
    interpreter = (found.state or {}).get("interpreter")
    if not interpreter:
        return language
    name = language_name(interpreter, PAGE_LANGUAGES[0])
    return str(page_texts("desk")["with_interpreter"].format(language=language, interpreter=name))


def _message(message: Message) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "sender": message.sender,
        "text": message.text.replace("**", ""),
        "lang": message.lang,
        "at": message.at,
        "time": message.at.astimezone(clock.ZONE).strftime("%H:%M"),
        "buttons": [button.get("title", "") for button in message.buttons],
        "understood": _understood(message.understood) if message.understood else None,
    }


def _understood(understood: Mapping[str, Any]) -> dict[str, Any]:
    intent = understood.get("intent") or {}
    return {
        "intent": _label("intents", str(intent.get("name") or "–")),
        "share": _share(intent.get("confidence")),
        "signals": _signals(understood.get("signals") or ()),
        "entities": [
            {"label": _label("facts", str(item.get("entity"))), "value": _value(item.get("entity"), item.get("value"))}
            for item in understood.get("entities") or ()
        ],
    }


def _signals(signals: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(signals, key=lambda signal: -float(signal.get("confidence") or 0))
    return [
        {
            "name": _label("signal_names", str(signal.get("id"))),
            "share": _share(signal.get("confidence")),
            "safety": signal.get("id") in SAFETY_SIGNALS,
        }
        for signal in ordered
    ]


def _need(need: Mapping[str, Any]) -> dict[str, Any]:
    source = str(need.get("source") or "")
    is_link = urlparse(source).scheme in ("http", "https")
    role = _label("role_names", str(need.get("role") or "–"))
    partner = need.get("partner")
    return {
        "name": _label("need_names", str(need.get("id"))),
        "because": [str(reason) for reason in need.get("because") or ()],
        "by": f"{partner} ({role})" if partner else role,
        "source": (urlparse(source).netloc if is_link else source) or None,
        "source_link": source if is_link else None,
        "checked": _date(str(need.get("checked") or "")),
    }


def _chain(directory: Directory, region: str, needs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the region's route to a job when one of the needs can go through it, else ``None``."""
    through = [_label("need_names", str(need.get("id"))) for need in needs if need.get("chain")]
    try:
        found = directory.chain(region) if through else None
        name = directory.partner(region, found.partner).name if found else ""
    except LookupError:  # a conversation of a region that is gone
        return None
    if found is None:
        return None
    return {
        "name": name,
        "needs": through,
        "phases": [phase.names["nl"] for phase in found.phases],
        "places": found.places,
        "entry": found.entry or _label("role_names", found.entry_role),
        "waiting_time": found.waiting_time,
        "members": [member.name for member in found.members],
    }


def _label(group: str, name: str) -> str:
    return str(page_texts("desk")[group].get(name, name.replace("_", " ")))


def _value(fact: Any, value: Any) -> str:
    if fact == "end_date":
        return _date(str(value))
    if fact in {"language", "other_language"}:
        return language_name(str(value), PAGE_LANGUAGES[0])
    return str(page_texts("desk")["values"].get(value, value)) if isinstance(value, str) else str(value)


def _date(iso: str) -> str:
    try:
        return datetime.fromisoformat(iso).strftime("%d-%m-%Y")
    except ValueError:
        return iso


def _region(region: str) -> str:
    try:
        return region_name(region)
    except LookupError:
        return region


def _share(confidence: Any) -> str:
    return f"{round(float(confidence) * 100)}%" if isinstance(confidence, int | float) else ""


def _duration(waited: timedelta) -> str:
    minutes = max(0, int(waited.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} u {minutes:02d}" if hours < 48 else f"{hours // 24} dagen"


def moment(at: datetime) -> str:
    """Return a moment on the clock of the Netherlands: «14-01-2027 13:00»."""
    return at.astimezone(clock.ZONE).strftime("%d-%m-%Y %H:%M")
