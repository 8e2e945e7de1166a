"""Referrals that were booked, a region's delivery.yml to write, partners' systems on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from bot.conversation.contacts import ContactDetails
from bot.directory.partners import Directory
from bot.referral import mail
from bot.referral.appointments import offer_times
from bot.referral.booking import BookingRequest, book
from bot.referral.delivery import http
from bot.referral.delivery.worker import deliver_due
from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Referral
from tests.referral.conftest import make_partner
from tests.referral.delivery.receivers import HttpReceiver, MailReceiver, http_receiver, mail_receiver

NOBODY = Directory({}, {})
REGION = "midden-utrecht"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
JAN = ContactDetails("Jan de Vries", "+31612345678", "jan@example.org")

WriteDelivery = Callable[..., None]
Booked = Callable[..., Referral]
Round = Callable[[datetime], int]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    form = {
        "var_dir": tmp_path / "var",
        "content_dir": tmp_path / "content",
        "public_url": "https://doorwijzer.example",
        "mail_from": "Midden-Utrecht Werkt Door <verwijzing@doorwijzer.example>",
    }
    return Settings.model_validate(form)


@pytest.fixture
def write_delivery(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WriteDelivery:
    """Write the region's delivery.yml: one entry a partner."""
    monkeypatch.setenv("DOORWIJZER_SECRET_TEST", SECRET)

    def write(region: str = REGION, **partners: dict[str, Any]) -> None:
        path = settings.content_dir / "regions" / region / "delivery.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = {name.replace("_", "-"): entry for name, entry in partners.items()}
        path.write_text(yaml.safe_dump({"partners": entries}), "utf-8")

    return write


@pytest.fixture
def booked(database: Engine, new_conversation: Callable[[], str], now: datetime) -> Booked:
    """Book with a partner, by default by phone on the first free time; every booking has a conversation of its own."""

    def make(**changes: Any) -> Referral:
        partner = changes.pop("partner", None) or make_partner(seats=50)
        conversation_id = new_conversation()
        with transaction(database) as session:
            form = {
                "conversation_id": conversation_id,
                "need": "unemployment_benefit",
                "role": "uwv",
                "partner": partner,
                "because": ["uw contract stopt"],
                "situation": {"municipality": "Zeist", "end_date": "2027-01-31"},
                "summary": "Contract stopt op 31 januari 2027.",
                "language": "nl",
                "interpreter": True,
                "slot": offer_times(session, partner, now, count=1)[0],
                "contact": JAN,
                "consent_version": "2026-11",
                "region": REGION,
            }
            return book(session, BookingRequest(**(form | changes)), now).referral

    return make


@pytest.fixture
def deliver(database: Engine, settings: Settings) -> Round:
    """One round of the worker; what goes to residents is another's."""
    return lambda moment: deliver_due(database, settings, NOBODY, moment, notify=lambda *_: None)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.3)
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailReceiver]:
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.3)
    with mail_receiver() as receiver:
        yield receiver
