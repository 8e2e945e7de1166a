"""Signed links: each opens its own referral for its own purpose, until it ends; everything else opens nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from sqlalchemy import Engine

from bot.conversation import conversations
from bot.referral import links
from bot.referral.links import LinkInvalid, address, link_for, open_link, revoke
from bot.settings import get_settings
from bot.store.engine import transaction
from bot.store.tables import Link, Referral
from tests.referral.cases import booked, fresh

PURPOSES = ("partner", "resident", "follow_up")


@pytest.fixture
def referral(database: Engine, now: datetime) -> Referral:
    return booked(database, now, timed=False)


@pytest.fixture
def token(database: Engine, referral: Referral, now: datetime) -> str:
    with transaction(database) as session:
        return link_for(session, fresh(session, referral), "partner", now)


def reason_of(database: Engine, token: str, now: datetime, purpose: links.Purpose = "partner") -> str:
    with transaction(database) as session, pytest.raises(LinkInvalid) as refused:
        open_link(session, token, purpose, now)
    return refused.value.reason


def test_a_link_opens_its_own_referral_for_its_own_purpose(database: Engine, referral: Referral, now: datetime) -> None:
    other = booked(database, now, timed=False, need="training")
    with transaction(database) as session:
        tokens = {
            (one.id, purpose): link_for(session, fresh(session, one), purpose, now)
            for one in (referral, other)
            for purpose in PURPOSES
        }
        assert len(set(tokens.values())) == 6
        for (referral_id, of), token in tokens.items():
            for purpose in PURPOSES:
                if purpose == of:
                    assert open_link(session, token, purpose, now).id == referral_id
                else:
                    with pytest.raises(LinkInvalid, match="unknown"):
                        open_link(session, token, purpose, now)


def test_asking_again_gives_the_same_link(database: Engine, referral: Referral, token: str, now: datetime) -> None:
    with transaction(database) as session:
        assert link_for(session, fresh(session, referral), "partner", now + timedelta(days=30)) == token


def test_the_address_says_nothing_of_the_referral(referral: Referral, token: str) -> None:
    assert address(token, "partner").endswith(f"/p/{token}")
    payload = token.split(".", maxsplit=1)[0]
    read = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert referral.reference not in read
    assert referral.conversation_id not in read
    assert len(token) < 100


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        # not the last character: two of its six bits mean nothing
        lambda token: token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        lambda token: "x" + token,
        lambda token: token.split(".")[0],
        lambda token: token.upper(),
        lambda token: token + " ",
        lambda token: token + "\x00",
        lambda token: token * 1000,
        lambda token: "a" * 1_000_000,
        lambda token: "",
        lambda token: "é☃",
        lambda token: URLSafeSerializer(b"another key", salt="doorwijzer link").dumps(["partner", "x"]),
        lambda token: URLSafeSerializer(get_settings().secret("links"), salt="other").dumps(["partner", "x"]),
        lambda token: base64.urlsafe_b64encode(json.dumps(["partner", "x"]).encode()).decode() + ".sig",
    ],
)
def test_a_forged_or_cut_token_opens_nothing(
    database: Engine, token: str, now: datetime, change: Callable[[str], str]
) -> None:
    assert reason_of(database, change(token), now) == "unknown"


@pytest.mark.parametrize(
    "signed", [["partner", "gone"], ["partner", 1], ["partner"], "partner", None, {"a": 1}, [["x"], {}]]
)
def test_what_we_signed_ourselves_but_names_no_link_opens_nothing(
    database: Engine, now: datetime, signed: object
) -> None:
    token = URLSafeSerializer(get_settings().secret("links"), salt="doorwijzer link").dumps(signed)
    assert reason_of(database, str(token), now) == "unknown"


def test_a_link_expires(database: Engine, referral: Referral, token: str, now: datetime) -> None:
    end = now + links.VALID["partner"]
    with transaction(database) as session:
        assert open_link(session, token, "partner", end - timedelta(seconds=1)).id == referral.id
    assert reason_of(database, token, end) == "expired"
    with transaction(database) as session:
        renewed = link_for(session, fresh(session, referral), "partner", end)
        assert renewed != token
        assert open_link(session, renewed, "partner", end).id == referral.id


def test_a_link_is_revoked_at_once_and_only_for_its_purpose(
    database: Engine, referral: Referral, token: str, now: datetime
) -> None:
    with transaction(database) as session:
        resident = link_for(session, fresh(session, referral), "resident", now)
        assert revoke(session, fresh(session, referral), "partner", now) == 1
        assert revoke(session, fresh(session, referral), "partner", now) == 0
        assert open_link(session, resident, "resident", now).id == referral.id
    assert reason_of(database, token, now) == "revoked"


def test_of_an_erased_referral_no_link_is_left(database: Engine, referral: Referral, token: str, now: datetime) -> None:
    with transaction(database) as session:
        conversations.erase(session, referral.conversation_id)
        assert session.query(Link).count() == 0
    assert reason_of(database, token, now) == "unknown"


def test_any_text_is_an_answer_and_no_crash() -> None:
    @given(st.text(max_size=300))
    def check(text: str) -> None:
        with pytest.raises(LinkInvalid):
            links._link_id(text, "partner")

    check()
