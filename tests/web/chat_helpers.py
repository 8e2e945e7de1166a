"""What the tests of the chat API share: looking into the database, and a conversation up to the contact details."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import func, select

from bot.store.engine import transaction
from bot.store.tables import Appointment, Base, Message, Referral
from tests.web.conftest import Site

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CONTACT = {"name": "Test de Vries", "phone": "06 12345678"}


def rows(site: Site) -> dict[str, int]:
    """How many rows each table has."""
    with transaction(site.engine) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }


def stored_texts(site: Site) -> str:
    with transaction(site.engine) as session:
        return "\n".join(session.scalars(select(Message.text)))


def until_contact(site: Site) -> dict[str, Any]:
    chat = site.start(language="nl")
    for turn in (
        {"text": "mijn contract stopt"},
        {"text": "Zeist"},
        {"payload": '/choose{"needs": "unemployment_benefit"}'},
        {"payload": '/choose{"time": "2026-12-01T09:00:00+01:00"}'},
    ):
        assert site.send(chat, **turn).status_code == 200
    return chat


def is_problem(response: httpx.Response, status: int, slug: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"] == f"urn:doorwijzer:problem:{slug}"
    assert body["title"]
    assert body["detail"]


def add_referral(site: Site, chat: dict[str, Any]) -> None:
    with transaction(site.engine) as session:
        referral = Referral(
            reference="K7MT4RWX", idempotency_key="k", conversation_id=chat["id"],
            need="unemployment_benefit", role="uwv",
            partner_id="uwv", partner_name="UWV", status="requested", payload={}, created_at=NOW,
        )  # fmt: skip
        session.add(referral)
        session.flush()
        session.add(
            Appointment(
                partner_id="uwv", start_at=NOW, end_at=NOW.replace(hour=10), seat=1, mode="phone", state="booked",
                conversation_id=chat["id"], referral_id=referral.id, idempotency_key="k", created_at=NOW,
            )
        )  # fmt: skip
