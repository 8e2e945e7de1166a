"""The page of the question afterwards: opening changes nothing, one answer, one click to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.referral.follow_up import ANSWERS
from bot.referral.links import link_for, revoke
from bot.store.engine import transaction
from bot.store.tables import FollowUp, FollowUpStop, Link, Referral
from tests.referral.impact_data import Past, store
from tests.web.conftest import Site
from tests.web.visitor import DESKTOP, PHONE, Visitor

NOW = clock.now()


@pytest.fixture
def link(site: Site) -> str:
    """The path of the page of somebody who was asked today."""
    past = Past(NOW - timedelta(days=14))
    store(site.engine, [past])
    with transaction(site.engine) as session:
        session.add(FollowUp(referral_id=past.number, wave="two_weeks", asked_at=NOW))
        return "/f/" + link_for(session, session.get_one(Referral, past.number), "follow_up", clock.now())


def answers(site: Site) -> list[str | None]:
    with transaction(site.engine) as session:
        return list(session.scalars(select(FollowUp.answer)))


def stops(site: Site) -> int:
    with transaction(site.engine) as session:
        return session.scalar(select(func.count()).select_from(FollowUpStop)) or 0


def test_opening_changes_nothing(site: Site, link: str) -> None:
    for method in ("GET", "HEAD"):
        response = site.web.request(method, link)
        assert response.status_code == 200
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-robots-tag"] == "noindex"
        assert response.headers["cache-control"] == "no-store"
        assert "set-cookie" not in response.headers
    assert site.web.get(f"{link}/stop").status_code == 405
    assert (answers(site), stops(site)) == ([None], 0)


def test_the_link_to_stop_leads_somewhere(site: Site, link: str) -> None:
    page = site.web.get(link).text
    assert page.count('id="stop"') == 1
    assert page.index('id="stop"') < page.index("/stop?lang=")


def test_it_speaks_both_languages(site: Site, link: str) -> None:
    assert "Hoe staat het er nu voor?" in site.web.get(link).text
    english = site.web.get(link, params={"lang": "en"}).text
    assert '<html lang="en">' in english
    assert "I am still waiting" in english
    assert '<html lang="nl">' in site.web.get(link, params={"lang": "zz"}).text


@pytest.mark.parametrize("code", ANSWERS)
def test_each_answer_is_kept(site: Site, link: str, code: str) -> None:
    page = site.web.post(link, data={"answer": code}, params={"lang": "en"})
    assert page.status_code == 200
    assert "Thank you" in page.text
    assert answers(site) == [code]
    assert ("You can go on talking" in page.text) == (code in ("waiting", "no_help"))


@pytest.mark.parametrize(
    "body", [{}, {"answer": ""}, {"answer": "<script>"}, {"answer": "x" * 30000}, {"other": "work"}]
)
def test_what_is_no_answer_is_asked_again(site: Site, link: str, body: dict[str, str]) -> None:
    page = site.web.post(link, data=body, headers={"accept": "text/html"})
    assert page.status_code == 422
    assert "<script>" not in page.text
    assert answers(site) == [None]


@pytest.mark.parametrize("body", [b"List-Unsubscribe=One-Click", b"", b"\xff\xfe"])
def test_one_click_stops_it(site: Site, link: str, body: bytes) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        assert site.web.post(f"{link}/stop", content=body, headers=kind).status_code == 200
    assert stops(site) == 1
    assert "stoppen met vragen" in site.web.get(link).text
    assert answers(site) == [None]


def test_links_that_open_nothing(site: Site, link: str) -> None:
    token = link.removeprefix("/f/")
    page = {"accept": "text/html"}
    for wrong in (token[:-2] + "xx", "x", "x" * 5000, "%00"):
        assert site.web.get(f"/f/{wrong}", headers=page).status_code == 404
        assert site.web.post(f"/f/{wrong}", data={"answer": "work"}, headers=page).status_code == 404
        assert site.web.post(f"/f/{wrong}/stop", headers=page).status_code == 404
    with transaction(site.engine) as session:
        referral = session.scalars(select(Referral)).one()
        other = link_for(session, referral, "resident", clock.now())
    assert site.web.get(f"/f/{other}").status_code == 404
    with transaction(site.engine) as session:
        revoke(session, session.scalars(select(Referral)).one(), "follow_up", clock.now())
    revoked = site.web.get(link, params={"lang": "en"})
    assert (revoked.status_code, "no longer works" in revoked.text) == (410, True)
    assert site.web.post(f"{link}/stop").status_code == 410
    with transaction(site.engine) as session:
        for row in session.scalars(select(Link)):
            row.revoked_at, row.expires_at = None, NOW - timedelta(days=1)
        row = session.scalars(select(Referral)).one()
        row.payload = {**row.payload, "language": "en"}
    expired = site.web.get(link)
    assert (expired.status_code, "This link is too old" in expired.text) == (410, True)
    assert (answers(site), stops(site)) == ([None], 0)


def test_an_answer_nobody_asked_for(site: Site) -> None:
    past = Past(NOW)
    store(site.engine, [past])
    with transaction(site.engine) as session:
        token = link_for(session, session.get_one(Referral, past.number), "follow_up", clock.now())
    assert site.web.post(f"/f/{token}", data={"answer": "work"}).status_code == 404
    assert answers(site) == []


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_link_to_stop_shows_the_way_to_stop_first(
    site: Site, link: str, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    page = visitor.page

    def top(selector: str) -> float:
        return float(page.locator(selector).evaluate("one => one.getBoundingClientRect().top"))

    page.goto(site.url + link)
    assert top("#stop") > top("form.follow-up")
    page.goto("about:blank")
    page.goto(f"{site.url}{link}#stop")
    assert top("#stop") < top("form.follow-up")
    assert page.get_by_role("button", name="Stop met vragen").is_visible()
    visitor.check()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Stop met vragen"
    assert (answers(site), stops(site)) == ([None], 0)


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_by_keyboard(site: Site, link: str, visit: Callable[..., Visitor], size: dict[str, int]) -> None:
    visitor = visit(size)
    page = visitor.page
    page.goto(site.url + link)
    visitor.check()
    page.locator("input[type=radio]").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    visitor.check()
    assert answers(site) == ["waiting"]
    page.goto(site.url + link)
    page.get_by_role("button", name="Stop met vragen").press("Enter")
    page.get_by_role("status").wait_for()
    visitor.check()
    assert stops(site) == 1
