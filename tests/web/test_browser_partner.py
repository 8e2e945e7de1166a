"""The partner's page on a phone, in a real browser: everything within reach of a thumb, and of a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bot import clock
from tests.web.conftest import Site
from tests.web.partner_helpers import referred, status_of, token_of
from tests.web.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.browser


def test_a_referral_is_accepted_and_finished_on_a_phone(site: Site, visit: Callable[..., Visitor]) -> None:
    referral = referred(site.engine)
    visitor = visit(PHONE)
    page = visitor.page
    page.goto(f"{site.url}/p/{token_of(site.engine, referral)}")
    visitor.check()
    assert "Jan de Vries" not in page.content()
    page.get_by_role("button", name="Toon contactgegevens").click()
    expect(page.get_by_role("link", name="+31612345678")).to_be_visible()
    visitor.check()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Referral")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    visitor.check()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status")).to_contain_text("You have accepted")
    visitor.check()
    page.locator("summary", has_text="Finish").click()
    page.get_by_label("What came of it?").select_option("work")
    visitor.check()
    page.get_by_role("button", name="Finish it").click()
    expect(page.get_by_text("found work")).to_be_visible()
    visitor.check()
    assert status_of(site.engine, referral) == "completed"


def test_a_time_is_proposed_and_a_referral_sent_back_by_keyboard(site: Site, visit: Callable[..., Visitor]) -> None:
    referral = referred(site.engine)
    visitor = visit(PHONE)
    page = visitor.page
    page.goto(f"{site.url}/p/{token_of(site.engine, referral)}")
    page.locator("summary", has_text="Andere tijd").press("Enter")
    page.get_by_role("button", name="Stel deze tijden voor").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("ten minste één dag")
    visitor.check()
    page.locator("#day_1").fill((clock.now() + timedelta(days=8)).strftime("%Y-%m-%d"))
    page.locator("#time_1").fill("10:30")
    page.get_by_label("Hoe", exact=True).select_option("phone")
    page.get_by_role("button", name="Stel deze tijden voor").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Uw voorstel is verstuurd")
    visitor.check()
    page.locator("summary", has_text="Terugsturen").press("Enter")
    page.get_by_label("Reden").select_option("not_ours")
    page.get_by_label("Hoort het bij een ander?").select_option("kvk")
    visitor.check()
    page.get_by_role("button", name="Stuur terug").press("Enter")
    expect(page.get_by_text("De verwijzing is terug bij het team.")).to_be_visible()
    visitor.check()
    assert status_of(site.engine, referral) == "rejected"


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_link_that_opens_nothing_is_a_page_too(
    site: Site, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    visitor.page.goto(f"{site.url}/p/nothing")
    expect(visitor.page.get_by_role("heading", name="Deze link werkt niet")).to_be_visible()
    visitor.check()
    visitor.page.goto(f"{site.url}/p/{token_of(site.engine, referred(site.engine))}")
    visitor.check()
