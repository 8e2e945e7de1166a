"""A referral with a link, for the tests of the partner's page and of the desk's list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from bot import clock
from bot.directory.partners import Directory
from bot.referral import links
from bot.settings import get_settings
from bot.store.engine import transaction
from bot.store.tables import Referral
from tests.referral.cases import booked

DIRECTORY = Directory.load(get_settings().content_dir / "regions")
UWV = DIRECTORY.partners("midden-utrecht", "uwv")[0]


def referred(engine: Engine, **changes: object) -> Referral:
    """Book a referral with a real partner of the region."""
    return booked(engine, clock.now(), UWV, **{"timed": UWV.schedule is not None, **changes})  # type: ignore[arg-type]


def token_of(engine: Engine, referral: Referral, now: datetime | None = None) -> str:
    """Return the token of the referral's link for its partner."""
    with transaction(engine) as session:
        return links.link_for(session, session.get_one(Referral, referral.id), "partner", now or clock.now())


def status_of(engine: Engine, referral: Referral) -> str:
    """Return the referral's state as it is stored."""
    with transaction(engine) as session:
        return session.get_one(Referral, referral.id).status
