"""The resident's page in a real browser: read and changed with a thumb, by keyboard, with a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from bot import clock
from bot.referral import proposals, transfer
from bot.store.engine import transaction
from bot.store.tables import Referral
from tests.referral.cases import booked
from tests.web.conftest import Site
from tests.web.partner_helpers import referred, status_of
from tests.web.resident_helpers import OTHER, UNTIMED, booked_appointment, resident_token
from tests.web.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.browser

WORDS = {
    "nl": ("Andere tijd kiezen", "Liever 's avonds", "Ja, dit wordt mijn tijd", "Uw nieuwe tijd staat vast"),
    "en": ("Choose another time", "Rather in the evening", "Yes, this is my time", "Your new time is fixed"),
}
CANCEL = {
    "nl": ("Afspraak afzeggen", "Ja, zeg af", "Wilt u toch hulp?"),
    "en": ("Cancel the appointment", "Yes, cancel it", "Do you still want help?"),
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_an_appointment_is_moved_and_then_cancelled_by_keyboard(
    site: Site, visit: Callable[..., Visitor], lang: str, size: dict[str, int]
) -> None:
    referral = referred(site.engine)
    former = booked_appointment(site.engine, referral).start_at
    visitor, (move, evening, yes, done) = visit(size), WORDS[lang]
    page = visitor.page
    page.goto(f"{site.url}/a/{resident_token(site.engine, referral)}?lang={lang}")
    assert page.locator("html").get_attribute("lang") == lang
    visitor.check()
    page.get_by_role("link", name=move).press("Enter")
    visitor.check()
    page.get_by_role("link", name=evening).press("Enter")
    visitor.check()
    page.go_back()
    page.locator("button[name=start]").first.press("Enter")
    visitor.check()
    page.get_by_role("button", name=yes).press("Enter")
    expect(page.get_by_role("status").first).to_contain_text(done)
    visitor.check()
    assert booked_appointment(site.engine, referral).start_at != former
    cancel, sure, after = CANCEL[lang]
    page.get_by_role("link", name=cancel).press("Enter")
    visitor.check()
    page.get_by_role("button", name=sure).press("Enter")
    expect(page.get_by_text(after)).to_be_visible()
    visitor.check()
    assert status_of(site.engine, referral) == "cancelled"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_everything_at_once_still_fits_and_reads(
    site: Site, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    referral = referred(site.engine)
    start = datetime.combine(clock.today() + timedelta(days=20), datetime.min.time(), clock.ZONE) + timedelta(hours=19)
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        proposed = proposals.ProposedTime(start, start + timedelta(hours=1), "phone")
        proposals.propose_times(session, found, [proposed], clock.now())
        transfer.propose(session, found, transfer.Destination(OTHER, OTHER.role), "desk:anna", clock.now())
    visitor = visit(size)
    page = visitor.page
    page.goto(f"{site.url}/a/{resident_token(site.engine, referral)}")
    visitor.check()
    page.get_by_role("link", name="English").click()
    visitor.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to your calendar").click()
    assert download.value.suggested_filename == "afspraak.ics"
    page.locator("summary").press("Enter")
    visitor.check()
    page.get_by_role("button", name="Send me nothing more").click()
    expect(page.get_by_text("We send you nothing more.")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="No, rather not").click()
    expect(page.get_by_text("Good, nothing changes.")).to_be_visible()
    visitor.check()


def test_a_wish_to_be_called_and_a_link_that_opens_nothing(site: Site, visit: Callable[..., Visitor]) -> None:
    waiting = booked(site.engine, clock.now(), UNTIMED, timed=False)
    visitor = visit(PHONE)
    page = visitor.page
    page.goto(f"{site.url}/a/{resident_token(site.engine, waiting)}")
    visitor.check()
    page.get_by_label("'s Ochtends").check()
    page.get_by_role("button", name="Geef dit door").click()
    expect(page.get_by_text("Uw wens is doorgegeven.")).to_be_visible()
    expect(page.get_by_label("'s Ochtends")).to_be_checked()
    visitor.check()
    page.goto(f"{site.url}/a/nothing")
    expect(page.get_by_role("heading", name="Deze link werkt niet")).to_be_visible()
    visitor.check()
