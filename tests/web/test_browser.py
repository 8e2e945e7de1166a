"""The chat page in a real browser: a booking by keyboard alone, and on a small phone; axe on every state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot import clock
from bot.store.engine import transaction
from bot.store.tables import Appointment, Referral
from tests.web.conftest import Site
from tests.web.scripted_assistant import WORDS
from tests.web.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser


def tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_a_booking_by_keyboard_alone(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor, words = visit(), WORDS["nl"]
    page = visitor.open("/")
    visitor.check()
    tab_to(page, "#message")
    page.keyboard.type("mijn contract stopt en ik heb schulden")
    page.keyboard.press("Enter")
    expect(page.get_by_text(words["municipality"])).to_be_visible()
    page.keyboard.type("zeist")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=words["both"])).to_be_visible()
    visitor.check()
    for button in (words["both"], "dinsdag 1 december om 09:00 uur"):
        tab_to(page, "#offers button")
        expect(page.locator(":focus")).to_have_text(button)
        page.keyboard.press("Enter")
    expect(page.locator(".contact-form")).to_be_visible()
    visitor.check()
    tab_to(page, "#contact-name")
    page.keyboard.type("Test de Vries")
    page.keyboard.press("Enter")  # not enough yet: the form says so and goes to the field
    expect(page.get_by_text("Vul een telefoonnummer of een e-mailadres in.")).to_be_visible()
    expect(page.locator("#contact-phone")).to_be_focused()
    page.keyboard.type("06 12345678")
    page.keyboard.press("Enter")
    expect(page.locator(".card--summary")).to_be_visible()
    visitor.check()
    tab_to(page, "#offers button")
    page.keyboard.press("Enter")
    expect(page.locator(".card--confirmation")).to_contain_text("K7MT4RWX")
    expect(page.locator(".card--confirmation")).to_contain_text("dinsdag 1 december 2026 om 09:00")
    expect(page.locator(".card--confirmation")).to_contain_text("Neem meebrieven die hierover gaan")
    change = page.locator(".card--confirmation").get_by_role("link", name="Veranderen of afzeggen")
    assert str(change.get_attribute("href")).startswith("https://doorwijzer.example/a/")
    assert change.get_attribute("rel") == "noreferrer noopener"
    visitor.check()


def test_a_booking_on_a_small_phone_in_english(visit: Callable[..., Visitor]) -> None:
    visitor, words = visit(PHONE), WORDS["en"]
    page = visitor.open("/en")
    visitor.check()
    page.get_by_role("button", name=words["ends"]).click()
    expect(page.get_by_text(words["municipality"])).to_be_visible()
    visitor.say("zeist")
    page.get_by_role("button", name=words["one"]).click()
    page.get_by_role("button", name="13:30").click()
    page.get_by_label("Name").fill("Test Jones")
    page.get_by_label("E-mail address").fill("nonsense")
    page.get_by_role("button", name="Send my details").click()
    expect(page.get_by_text("This e-mail address is not right.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Test Jones")  # what was filled in stays
    page.get_by_label("E-mail address").fill("test@example.org")
    page.get_by_role("button", name="Send my details").click()
    expect(page.get_by_role("button", name="Change: Municipality")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name=words["yes"]).click()
    expect(page.get_by_role("region", name="Your appointment")).to_be_visible()
    visitor.check()
    for target in page.locator("button:visible, a:visible").all():
        box = target.bounding_box()
        assert box, target
        assert min(box["width"], box["height"]) >= 24, f"too small to touch: {target.inner_text()} {box}"


def test_everything_is_announced_in_its_own_language(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text(WORDS["en"]["language"])).to_be_visible()
    assert page.get_attribute("html", "lang") == "en"
    assert page.url.endswith("/en")
    assert page.title().startswith("Chat about work")
    expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()
    langs = [node.get_attribute("lang") for node in log.locator(".message").all()]
    assert langs[0] == "nl"
    assert langs[-1] == "en"
    visitor.check()


def test_a_person_is_one_click_away_and_danger_comes_first(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    page = visitor.open("/")
    visitor.say("ik zie het niet meer zitten")
    expect(page.locator(".message--safety a").first).to_have_attribute("href", "tel:113")
    visitor.check()
    page.get_by_role("button", name="Een medewerker").click()
    expect(page.get_by_text(WORDS["nl"]["person"])).to_have_count(2)


def test_the_appointment_goes_into_the_own_calendar(site: Site, visit: Callable[..., Visitor]) -> None:
    def book(turn: dict[str, Any]) -> None:
        if turn["text"] != "/book":
            return
        now = clock.now()
        with transaction(site.engine) as session:
            referral = Referral(
                reference="K7MT4RWX", idempotency_key="k", conversation_id=turn["conversation_id"],
                need="x", role="uwv",
                partner_id="uwv", partner_name="UWV", status="requested", payload={}, created_at=now,
            )  # fmt: skip
            session.add(referral)
            session.flush()
            session.add(
                Appointment(
                    partner_id="uwv", start_at=now, end_at=now, seat=1, mode="phone", state="booked", created_at=now,
                    conversation_id=turn["conversation_id"], referral_id=referral.id, idempotency_key="k",
                )
            )  # fmt: skip

    site.assistant.on_turn = book
    visitor = visit()
    page = visitor.open("/")
    visitor.say("mijn contract stopt")
    expect(page.get_by_role("button", name=WORDS["nl"]["skip"])).to_be_visible()
    visitor.say("zeist")
    page.get_by_role("button", name=WORDS["nl"]["one"]).click()
    page.get_by_role("button", name="09:00").click()
    page.get_by_label("Naam").fill("Test")
    page.get_by_label("Telefoonnummer").fill("0612345678")
    page.get_by_role("button", name="Verstuur mijn gegevens").click()
    page.get_by_role("button", name=WORDS["nl"]["yes"]).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Zet in uw agenda").click()
    assert download.value.suggested_filename == "K7MT4RWX.ics"
    assert "BEGIN:VCALENDAR" in download.value.path().read_text()
