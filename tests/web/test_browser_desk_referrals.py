"""The desk's pages of referrals in a real browser: usable and accessible on a phone and on a desktop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from bot import clock
from bot.referral import progress
from bot.store.engine import transaction
from bot.store.tables import Outbox, Referral
from bot.web.staff import create_staff
from tests.web.conftest import Site
from tests.web.partner_helpers import DIRECTORY, UWV, referred
from tests.web.visitor import DESKTOP, PHONE, STANDARDS

pytestmark = pytest.mark.browser


def some_of_everything(site: Site) -> Referral:
    """Leave a list as a desk finds it: late, sent back, undelivered, to be told by phone. Returns what came back."""
    late, dead, back = (
        referred(site.engine, need=need, timed=False) for need in ("training", "debt_help", "job_search")
    )
    with transaction(site.engine) as session:
        session.get_one(Referral, late.id).due_at = clock.now() - timedelta(days=1)
        by_partner = select(Outbox).where(Outbox.recipient == "partner")
        told = session.scalars(by_partner.where(Outbox.reference == late.reference)).one()
        told.progress, told.state = {"with": "desk"}, "delivered"
        row = session.scalars(by_partner.where(Outbox.reference == dead.reference)).one()
        row.state, row.last_error = "dead", "550 mailbox unavailable"
        found = session.get_one(Referral, back.id)
        progress.send_back(session, found, "not_ours", f"partner:{UWV.id}", clock.now(), suggested_role="education")
    return back


def test_what_came_back_is_taken_up_and_passed_on(site: Site, browser: Browser) -> None:
    back = some_of_everything(site)
    password = create_staff("anna", "staff", site.engine)
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    desk = context.new_page()
    complaints: list[str] = []
    desk.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    def check() -> None:
        for size in (PHONE, DESKTOP):
            desk.set_viewport_size(size)  # type: ignore[arg-type]
            found = Axe().run(desk, options={"runOnly": STANDARDS})
            assert found.violations_count == 0, found.generate_report()
            assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"

    desk.goto(f"{site.url}/desk")
    desk.get_by_label("Gebruikersnaam").fill("anna")
    desk.get_by_label("Wachtwoord").fill(password)
    desk.get_by_role("button", name="Inloggen").click()
    desk.get_by_role("link", name="Verwijzingen").click()
    check()
    desk.get_by_role("button", name="Doorgegeven").click()
    expect(desk.get_by_role("status")).to_contain_text("Vastgelegd.")
    desk.get_by_role("button", name="Probeer opnieuw").click()
    expect(desk.get_by_text("Niet bezorgd")).to_have_count(0)
    desk.get_by_role("link", name="Teruggekomen").click()
    check()
    desk.get_by_role("link", name=back.reference).click()
    check()
    desk.get_by_role("button", name="Ik pak dit op").click()
    elsewhere = DIRECTORY.partners("midden-utrecht", "education")[0]
    desk.get_by_label("Naar een andere partner").select_option(elsewhere.id)
    desk.get_by_role("button", name="Stel voor").click()
    expect(desk.get_by_text("Wacht op de bewoner.")).to_be_visible()
    check()
    desk.locator(".acts p a").click()
    check()
    desk.get_by_role("button", name="De bewoner zegt ja").click()
    expect(desk.get_by_text("aangevraagd").first).to_be_visible()
    check()
    desk.get_by_role("button", name="Nieuwe link voor de partner").click()
    expect(desk.locator("code.address")).to_contain_text("/p/")
    check()
    assert complaints == []
    context.close()
