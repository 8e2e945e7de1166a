"""VNG Klantinteracties 0.9: a contact (``maak-klantcontact``), then a task for the partner (``internetaken``).

The API knows no idempotency key. Each event therefore has a ``nummer`` of its own, made of our reference: before
anything is created it is looked for, and what is done is noted after every call. Whoever dies between two calls leaves
nothing double behind. (``nummer`` is marked as deprecated in 0.9 and kept beside ``referentienummer``; older servers
know ``nummer`` only.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.clock import ZONE
from bot.referral.delivery.config import KlantinteractiesEntry, secret
from bot.referral.delivery.errors import SendError
from bot.referral.delivery.http import call
from bot.referral.delivery.parcel import Parcel, Progress
from bot.referral.delivery.words import delivery_words

REGISTER = "doorwijzer"
#: The longest that the schema allows.
NAME, SUBJECT, CONTENT, ACTION, EXPLANATION = 200, 200, 1000, 200, 1000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: The sign after the reference, by kind; no two kinds share one. With the sign after it they count what happened.
_SIGNS = {"requested": "RSTUV", "rescheduled": "0123456789", "cancelled": "ABCDEFGH", "withdrawn": "WXYZ"}


class KlantinteractiesAdapter:
    """Talks to one server. The partner is an ``organisatorische_eenheid``, found or made when the entry names none."""

    def __init__(self, entry: KlantinteractiesEntry) -> None:
        self._url, self._actor = entry.url, entry.actor
        self._headers = {
            "Authorization": f"Token {secret(entry.token_env)}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def send(self, parcel: Parcel) -> Progress:
        """Make what is not there yet. Raises ``SendError``, or ``StopSending`` when the server answers 410."""
        done = dict(parcel.progress)
        number = event_number(parcel)

        def fits(thing: Mapping[str, Any]) -> bool:
            return thing.get("nummer") == number

        if "actor" not in done:
            done["actor"] = str(self._actor) if self._actor else self._partner(parcel)
            parcel.note(done)
        if "klantcontact" not in done:
            there = self._find("klantcontacten", {"nummer": number}, parcel.now, fits)
            if there is None:
                made = self._post("maak-klantcontact", contact_of(parcel, number), parcel.now)
                there = made.get("klantcontact")
            done["klantcontact"] = _uuid(there)
            parcel.note(done)
        if "internetaak" not in done:
            there = self._find("internetaken", {"nummer": number}, parcel.now, fits)
            if there is None:
                task = task_of(parcel, number, done["klantcontact"], done["actor"])
                there = self._post("internetaken", task, parcel.now)
            done["internetaak"] = _uuid(there)
        return done

    def _partner(self, parcel: Parcel) -> str:
        query = {
            "actoridentificatorObjectId": parcel.partner_id,
            "actoridentificatorCodeRegister": REGISTER,
            "soortActor": "organisatorische_eenheid",
        }
        there = self._find("actoren", query, parcel.now, lambda actor: _identifies(actor, parcel.partner_id))
        return _uuid(there or self._post("actoren", actor_of(parcel), parcel.now))

    def _find(
        self, path: str, query: Mapping[str, str], now: datetime, fits: Callable[[Mapping[str, Any]], bool]
    ) -> dict[str, Any] | None:
        """Return the first result that fits: a server that ignores a filter must not make us take somebody else's."""
        answer = _json(call("GET", f"{self._url}/{path}", now, headers=self._headers, params=query))
        results = answer.get("results")
        if not isinstance(results, list):
            raise SendError("the answer is none of this API")
        return next((item for item in results if isinstance(item, dict) and fits(item)), None)

    def _post(self, path: str, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        return _json(call("POST", f"{self._url}/{path}", now, headers=self._headers, content=content))


def event_number(parcel: Parcel) -> str:
    """Return at most ten characters that name this event: the reference, then two that tell later events apart.

    The first request is the reference alone; a partner that is asked again gets a number of its own for that.
    """
    if parcel.kind == "requested" and parcel.occurrence == 1:
        return parcel.reference
    signs = _SIGNS[parcel.kind]
    tens, ones = divmod(min(parcel.occurrence, len(signs) * len(_DIGITS) - 1), len(_DIGITS))
    return f"{parcel.reference}{signs[tens]}{_DIGITS[ones]}"


def contact_of(parcel: Parcel, number: str) -> dict[str, Any]:
    """Return the body of ``maak-klantcontact``; nothing that the document does not hold."""
    words, document = delivery_words(), parcel.document
    subject = words.tasks[parcel.kind].subject.format(reference=parcel.reference, need=parcel.need)
    contact: dict[str, Any] = {
        "nummer": number,
        "kanaal": "chat",
        "onderwerp": cut(subject, SUBJECT),
        "taal": words.languages.get(document.get("language", "nl"), "und"),
        "vertrouwelijk": True,
        "indicatieContactGelukt": True,
        "plaatsgevondenOp": document.get("created_at") or parcel.now.astimezone(ZONE).isoformat(timespec="seconds"),
    }
    content = " ".join((document.get("summary", ""), *document.get("because", ()))).strip()
    if content and parcel.kind == "requested":
        contact["inhoud"] = cut(content, CONTENT)
    body: dict[str, Any] = {
        "klantcontact": contact,
        "onderwerpobject": {
            "onderwerpobjectidentificator": {
                "objectId": parcel.reference,
                "codeObjecttype": "verwijzing",
                "codeRegister": REGISTER,
                "codeSoortObjectId": "reference",
            }
        },
    }
    name = (document.get("contact") or {}).get("name")
    if name:
        body["betrokkene"] = {"rol": "klant", "initiator": True, "contactnaam": {"achternaam": cut(name, NAME)}}
    return body


def task_of(parcel: Parcel, number: str, contact: str, actor: str) -> dict[str, Any]:
    """Return the body of ``internetaken``."""
    action = delivery_words().tasks[parcel.kind].action
    task = {
        "nummer": number,
        "gevraagdeHandeling": cut(action.format(reference=parcel.reference, need=parcel.need), ACTION),
        "aanleidinggevendKlantcontact": {"uuid": contact},
        "toegewezenAanActoren": [{"uuid": actor}],
        "status": "te_verwerken",
    }
    explanation = cut("\n".join(_explanation(parcel)), EXPLANATION)
    return {**task, "toelichting": explanation} if explanation else task


def actor_of(parcel: Parcel) -> dict[str, Any]:
    """Return the body of ``actoren``: the partner, by the id it has in our directory."""
    return {
        "naam": cut(parcel.partner_name, NAME),
        "soortActor": "organisatorische_eenheid",
        "indicatieActief": True,
        "actoridentificator": {
            "objectId": parcel.partner_id[:NAME],
            "codeObjecttype": "partner",
            "codeRegister": REGISTER,
            "codeSoortObjectId": "id",
        },
        "actorIdentificatie": {"omschrijving": cut(parcel.partner_name, NAME)},
    }


def _explanation(parcel: Parcel) -> list[str]:
    """Return the lines of a task; what matters most first, for the end may be cut off."""
    labels, document = delivery_words().labels, parcel.document
    lines = [] if parcel.link is None else [f"{labels.page}: {parcel.link}"]
    contact = document.get("contact") or {}
    lines += [f"{label}: {contact[key]}" for key, label in labels.contact.items() if key in contact]
    appointment = document.get("appointment")
    if appointment:
        start = datetime.fromisoformat(appointment["start"]).astimezone(ZONE)
        parts = (f"{start:%d-%m-%Y %H:%M}", labels.modes.get(appointment["mode"], ""), appointment["location"] or "")
        lines.append(f"{labels.appointment}: {', '.join(part for part in parts if part)}")
    if document.get("interpreter"):
        lines.append(labels.interpreter)
    return lines


def cut(text: str, longest: int) -> str:
    """Return the text, cut at a word when it is too long for the schema."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    head, space, _ = kept.rpartition(" ")
    return f"{(head if space and len(head) > longest // 2 else kept).rstrip()}…"


def _identifies(actor: Mapping[str, Any], partner_id: str) -> bool:
    known = actor.get("actoridentificator")
    return isinstance(known, dict) and (known.get("objectId"), known.get("codeRegister")) == (partner_id, REGISTER)


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise SendError("the answer is no JSON") from None
    if not isinstance(data, dict):
        raise SendError("the answer is none of this API")
    return data


def _uuid(thing: object) -> str:
    value = thing.get("uuid") if isinstance(thing, dict) else None
    if not isinstance(value, str) or not value:
        raise SendError("the answer names no uuid")
    return value
