"""The partner's page over real HTTP: what is seen and recorded, what can be done, and links that open nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import func, select

from bot import clock
from bot.conversation import conversations
from bot.referral import links, progress
from bot.referral.state_machine import history
from bot.store.engine import transaction
from bot.store.tables import Link, Outbox, Referral, ReferralTransition, TimeProposal, UnsafeChannel
from bot.web import partner_view
from bot.web.partner_acts import ACTS
from tests.web.conftest import Site
from tests.web.desk_helpers import audited
from tests.web.partner_helpers import UWV, referred, status_of, token_of

ACTOR = f"partner:{UWV.id}"
PERSONAL = ("Jan de Vries", "612345678", "jan@example.org")


@pytest.fixture
def referral(site: Site) -> Referral:
    return referred(site.engine)


@pytest.fixture
def address(site: Site, referral: Referral) -> str:
    return f"/p/{token_of(site.engine, referral)}"


def text_of(response: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def steps(site: Site) -> int:
    with transaction(site.engine) as session:
        return session.scalar(select(func.count()).select_from(ReferralTransition)) or 0


# --- what is seen ----------------------------------------------------------------------------------------------------


def test_the_page_shows_the_document_in_both_languages_and_no_contact_details(
    site: Site, referral: Referral, address: str
) -> None:
    for lang, words in (
        ("", ("Verwijzing", "Aanvragen van WW", "Gemeente Zeist", "Laatste dag zondag 31 januari 2027", "aangevraagd")),
        ("nl", ("Verwijzing", "Aanvragen van WW")),
        ("en", ("Referral", "Applying for", "Municipality Zeist", "Sunday 31 January 2027", "requested")),
        ("xx", ("Verwijzing",)),
    ):
        response = site.web.get(address, params={"lang": lang})
        assert response.status_code == 200
        shown = text_of(response)
        for word in (*words, referral.reference, "uw contract stopt op 31 januari"):
            assert word in shown, (lang, word)
        for secret in PERSONAL:
            assert secret not in response.text
        assert response.headers["x-robots-tag"] == "noindex, nofollow"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert "set-cookie" not in response.headers
    assert audited(site) == [(ACTOR, "partner_read", referral.reference)] * 4
    assert status_of(site.engine, referral) == "requested"


def test_contact_details_come_after_a_tap_and_that_is_recorded(site: Site, referral: Referral, address: str) -> None:
    shown = text_of(site.web.post(f"{address}/contact", data={"lang": "en"}))
    for secret in ("Jan de Vries", "+31612345678", "jan@example.org"):
        assert secret in shown
    assert audited(site) == [(ACTOR, "partner_contact", referral.reference)]
    assert site.web.get(f"{address}/contact").status_code == 405  # a program that follows links shows nothing


def test_who_asks_for_the_head_alone_is_answered_and_has_seen_nothing(site: Site, address: str) -> None:
    head, got = site.web.head(address), site.web.get(address)
    assert (head.status_code, head.text) == (200, "")
    for name in ("x-robots-tag", "referrer-policy", "cache-control", "content-type"):
        assert head.headers[name] == got.headers[name]
    assert [action for _, action, _ in audited(site)] == ["partner_read"]
    assert site.web.head("/p/guess").status_code == 404


def test_only_what_was_done_is_said_to_be_done(site: Site, referral: Referral, address: str) -> None:
    done = partner_view.words("nl")["done"]
    for act in (*done, "nonsense", "<script>"):
        page = site.web.get(address, params={"done": act}).text
        assert 'role="status"' not in page, act
        assert "<script>" not in page
    for act, data in (("accept", {}), ("hold", {}), ("begin", {}), ("back", {"reason": "no_place"})):
        shown = text_of(site.web.get(site.web.post(f"{address}/{act}", data=data).headers["location"]))
        assert done[act] in shown
        assert not any(other in shown for name, other in done.items() if name != act)


def test_an_unsafe_way_of_contact_is_never_shown(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        session.add(UnsafeChannel(conversation_id=referral.conversation_id, channel="email", at=clock.now()))
    page = site.web.post(f"{address}/contact").text
    assert "+31612345678" in page
    assert "jan@example.org" not in page


def test_what_a_resident_wrote_is_text_and_nothing_else(site: Site, referral: Referral, address: str) -> None:
    evil = "<script>alert(1)</script>\"'{{7*7}}"
    with transaction(site.engine) as session:
        row = session.get_one(Referral, referral.id)
        row.payload = {**row.payload, "summary": evil, "because": [evil], "situation": {"municipality": evil}}
    page = site.web.get(address).text
    assert "<script>alert" not in page
    assert "{{7*7}}" in unescape(page)


@pytest.mark.parametrize("end", ["cancelled", "completed", "rejected", "needs_review", "failed and taken up"])
def test_where_it_ended_or_went_back_nothing_personal_is_left(
    site: Site, referral: Referral, address: str, end: str
) -> None:
    with transaction(site.engine) as session:
        found, now = session.get_one(Referral, referral.id), clock.now()
        if end == "cancelled":
            progress.give_up(session, found, "resident", now)
        elif end == "completed":
            progress.accept(session, found, ACTOR, now)
            progress.complete(session, found, "training", ACTOR, now)
        elif end == "failed and taken up":
            progress.not_reached(session, found, ACTOR, now)
            progress.take_up(session, found, "desk:anna", now)
        else:
            progress.send_back(session, found, "no_place", ACTOR, now)
            if end == "needs_review":
                progress.take_up(session, found, "desk:anna", now)
    for response in (site.web.get(address), site.web.post(f"{address}/contact")):
        assert response.status_code == 200
        for secret in (*PERSONAL, "Zeist", "31 januari", "contract", "<form"):
            assert secret not in response.text, secret
    assert ("opleiding of cursus" in text_of(site.web.get(address))) == (end == "completed")


def test_who_was_not_reached_and_calls_back_is_helped_by_the_same_partner(
    site: Site, referral: Referral, address: str
) -> None:
    site.web.post(f"{address}/unreached")
    page = site.web.get(address).text
    offered = set(re.findall(rf'action="{address}/(\w+)[?#"]', page))
    assert offered == {"accept", "begin", "contact"}
    assert "Graag een stap" not in page, "it is the desk's turn"
    assert "+31612345678" in site.web.post(f"{address}/contact").text
    for act, status in (("begin", "in_progress"), ("unreached", "failed"), ("accept", "accepted")):
        assert site.web.post(f"{address}/{act}").status_code == 303
        assert status_of(site.engine, referral) == status
    with transaction(site.engine) as session:
        told = select(func.count()).select_from(Outbox).where(Outbox.kind == "accepted")
        assert session.scalar(told) == 1, "the resident hears it once"
        found = session.get_one(Referral, referral.id)
        progress.not_reached(session, found, ACTOR, clock.now())
        progress.take_up(session, found, "desk:anna", clock.now())
    assert site.web.post(f"{address}/begin").status_code == 409


# --- what can be done ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "data", "status"),
    [
        ("accept", {}, "accepted"),
        ("begin", {}, "in_progress"),
        ("unreached", {}, "failed"),
        ("back", {"reason": "not_ours", "role": "kvk"}, "rejected"),
        ("back", {"reason": "not_ours", "role": "unknown"}, "rejected"),
        ("back", {"reason": "no_place", "role": ""}, "rejected"),
    ],
)
def test_an_act_is_one_step_also_when_it_is_sent_twice(
    site: Site, referral: Referral, address: str, act: str, data: dict[str, str], status: str
) -> None:
    for _ in range(2):
        response = site.web.post(f"{address}/{act}", data={"lang": "en", **data})
        assert response.status_code == 303
        assert site.web.get(response.headers["location"]).status_code == 200
        assert "lang=en" in response.headers["location"]
    assert status_of(site.engine, referral) == status
    assert steps(site) == 2
    with transaction(site.engine) as session:
        last = history(session, session.get_one(Referral, referral.id))[-1]
        assert (last.actor, last.reason or None) == (ACTOR, data.get("reason") or last.reason)
        assert last.suggested_role == (data["role"] if data.get("role") == "kvk" else None)
    assert audited(site).count((ACTOR, f"partner_{act}", referral.reference)) == 1


def test_from_accepting_to_the_outcome(site: Site, referral: Referral, address: str) -> None:
    for act, data in (("accept", {}), ("hold", {}), ("begin", {}), ("complete", {"outcome": "benefit_arranged"})):
        assert site.web.post(f"{address}/{act}", data=data).status_code == 303, act
    assert status_of(site.engine, referral) == "completed"
    assert "uitkering of inkomen geregeld" in text_of(site.web.get(address))


@pytest.mark.parametrize(
    ("act", "data", "status", "says"),
    [
        ("back", {}, 422, "Kies een reden"),
        ("back", {"reason": "geen zin"}, 422, "Kies een reden"),
        ("back", {"reason": "x" * 60_000}, 422, "Kies een reden"),
        ("back", {"reason": "not_reached"}, 422, "Kies een reden"),
        ("back", {"reason": "not_ours"}, 422, "Kies ook bij wie het hoort"),
        ("back", {"reason": "not_ours", "role": "  "}, 422, "Kies ook bij wie het hoort"),
        ("back", {"reason": "not_ours", "role": "de koning"}, 422, "staat niet in de lijst"),
        ("back", {"reason": "not_ours", "role": "uwv"}, 422, "staat niet in de lijst"),
        ("back", {"reason": "no_place", "role": "crisis_line"}, 422, "staat niet in de lijst"),
        ("complete", {}, 422, "Kies een uitkomst"),
        ("complete", {"outcome": "work"}, 409, "kan nu niet meer"),
        ("hold", {}, 409, "kan nu niet meer"),
        ("nonsense", {}, 404, ""),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_so(
    site: Site, referral: Referral, address: str, act: str, data: dict[str, str], status: int, says: str
) -> None:
    response = site.web.post(f"{address}/{act}", data=data)
    assert response.status_code == status
    assert says in text_of(response)
    assert status_of(site.engine, referral) == "requested"
    assert steps(site) == 1


@pytest.mark.parametrize(("lang", "not_known"), [("nl", "Dat weet ik niet"), ("en", "I don't know")])
def test_who_would_be_better_is_chosen_from_those_who_can_be(
    site: Site, address: str, lang: str, not_known: str
) -> None:
    page = site.web.get(address, params={"lang": lang}).text
    (form,) = re.findall(r'<select[^>]+id="role".*?</select>', page, re.DOTALL)
    assert not_known in unescape(form)
    offered = re.findall(r'value="(\w*)"', form)
    assert offered[:2] == ["", "unknown"]
    assert {"kvk", "education", "rmt_desk"} <= set(offered)
    assert not {"uwv", "crisis_line", "safe_home"} & set(offered)


def test_a_body_larger_than_any_form_is_refused(site: Site, address: str) -> None:
    assert site.web.post(f"{address}/back", data={"reason": "x" * 100_000}).status_code == 413


# --- times -----------------------------------------------------------------------------------------------------------


def day(days: int) -> str:
    return (clock.now() + timedelta(days=days)).strftime("%Y-%m-%d")


def test_times_are_proposed_to_the_resident_once(site: Site, referral: Referral, address: str) -> None:
    data = {"day_1": day(8), "time_1": "10:00", "day_2": day(9), "time_2": "14:30", "mode": "phone"}
    for _ in range(2):
        assert site.web.post(f"{address}/times", data=data).status_code == 303
    with transaction(site.engine) as session:
        times = session.scalars(select(TimeProposal).order_by(TimeProposal.start_at)).all()
        assert [one.start_at.astimezone(clock.ZONE).strftime("%H:%M") for one in times] == ["10:00", "14:30"]
        assert times[0].end_at - times[0].start_at == timedelta(minutes=UWV.slot_minutes)
        told = session.scalars(select(Outbox).where(Outbox.kind == "proposed")).all()
        assert [(row.recipient, row.details) for row in told] == [("resident", {})]
    assert "10:00, telefonisch" in text_of(site.web.get(address))
    assert "Uw voorstel is verstuurd" in text_of(site.web.get(address, params={"done": "times"}))
    assert status_of(site.engine, referral) == "requested"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "ten minste één dag"),
        ({"mode": "phone"}, "ten minste één dag"),
        ({"day_1": "2020-01-01", "time_1": "10:00", "mode": "phone"}, "die nog komt"),
        ({"day_1": day(400), "time_1": "10:00", "mode": "phone"}, "half jaar"),
        ({"day_1": day(8), "time_1": "", "mode": "phone"}, "niet goed ingevuld"),
        ({"day_1": day(8), "time_1": "25:99", "mode": "phone"}, "niet goed ingevuld"),
        ({"day_1": "morgen", "time_1": "10:00", "mode": "phone"}, "niet goed ingevuld"),
        ({"day_1": "9999-12-31", "time_1": "23:59", "mode": "phone"}, "half jaar"),
        ({"day_1": "0001-01-01", "time_1": "00:00", "mode": "phone"}, "niet goed ingevuld"),
        ({"day_1": day(8), "time_1": "10:00"}, "hoe de afspraak is"),
        ({"day_1": day(8), "time_1": "10:00", "mode": "telepathy"}, "hoe de afspraak is"),
        ({"day_1": day(8), "time_1": "10:00", "day_2": day(8), "time_2": "10:00", "mode": "phone"}, "één keer"),
    ],
)
def test_a_time_that_nobody_can_choose_is_told_and_stays_filled_in(
    site: Site, referral: Referral, address: str, data: dict[str, str], says: str
) -> None:
    response = site.web.post(f"{address}/times", data=data)
    assert response.status_code == 422
    assert says in text_of(response)
    for name in ("day_1", "time_1"):
        if data.get(name):
            assert f'value="{data[name]}"' in response.text
    with transaction(site.engine) as session:
        assert session.scalar(select(func.count()).select_from(TimeProposal)) == 0


# --- links -----------------------------------------------------------------------------------------------------------


def closed(site: Site, address: str, status: int, says: str) -> None:
    for response in (
        site.web.get(address),
        *(
            site.web.post(f"{address}/{act}", data={"reason": "not_ours", "outcome": "work"})
            for act in (*ACTS, "contact")
        ),
    ):
        assert response.status_code == status
        assert says in text_of(response)
        assert response.headers["x-robots-tag"] == "noindex, nofollow"
        for secret in (*PERSONAL, "Zeist"):
            assert secret not in response.text


def test_a_link_of_another_purpose_or_a_forged_one_opens_nothing(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        resident = links.link_for(session, session.get_one(Referral, referral.id), "resident", clock.now())
    for token in (resident, address[3:-1], address[3:] + "x", "x", "%3Cscript%3E", "é" * 50, "a" * 5000):
        closed(site, f"/p/{token}", 404, "Deze link werkt niet")
    assert audited(site) == []
    assert steps(site) == 1


def test_a_link_that_expired_or_was_revoked_says_so_and_a_new_one_opens(
    site: Site, referral: Referral, address: str
) -> None:
    with transaction(site.engine) as session:
        session.scalars(select(Link)).one().expires_at = clock.now()
    closed(site, address, 410, "verlopen")
    renewed = f"/p/{token_of(site.engine, referral)}"
    assert renewed != address
    assert site.web.get(renewed).status_code == 200
    with transaction(site.engine) as session:
        links.revoke(session, session.get_one(Referral, referral.id), "partner", clock.now())
    closed(site, renewed, 410, "ingetrokken")
    assert steps(site) == 1


def test_a_link_opens_its_own_referral_only_and_none_once_erased(site: Site, referral: Referral, address: str) -> None:
    other = referred(site.engine, need="job_search")
    site.web.post(f"{address}/accept")
    assert (status_of(site.engine, referral), status_of(site.engine, other)) == ("accepted", "requested")
    assert other.reference not in site.web.get(address).text
    with transaction(site.engine) as session:
        conversations.erase(session, referral.conversation_id)
    closed(site, address, 404, "Deze link werkt niet")


def test_too_many_tries_have_to_wait(make_site: Callable[..., Site]) -> None:
    site = make_site(messages_per_minute=3)
    answers = [site.web.get("/p/guess").status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert site.web.post("/p/guess/accept").status_code == 429
