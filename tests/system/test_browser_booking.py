"""A real browser, the whole system, a trained model: one booking in Dutch, one in English, one call for help.

With ``DOORWIJZER_PICTURES`` set to a folder, the pictures of the README are taken on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.visitor import DESKTOP, PHONE, Visitor, chromium, picture

pytestmark = [pytest.mark.system, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def visitor(browser: Browser, system, size: dict[str, int]) -> Visitor:
    return Visitor(browser, SimpleNamespace(url=system.base_url), size)


def offer(page: Page, words: str) -> None:
    page.locator("#offers").get_by_role("button", name=re.compile(words)).first.click()


def test_a_contract_that_ends_is_booked_in_dutch(browser, system):
    resident = visitor(browser, system, DESKTOP)
    page = resident.open("/")
    resident.check()
    resident.say("me contract loopt eind januari af en ik woon in zeist")
    expect(page.get_by_text("uw contract stopt")).to_be_visible()
    offer(page, "^Ja, ")
    expect(page.get_by_text("Aanvragen van WW, bij UWV")).to_be_visible()
    resident.check()
    picture(page, "chat")
    offer(page, r"\d\d:\d\d uur")  # a time chooses its partner
    offer(page, "Ja, bel mij")
    page.get_by_label("Naam").fill("Test Bewoner")
    page.get_by_label("Telefoonnummer").fill("06 12345678")
    resident.check()
    page.locator(".contact-form button[type=submit]").click()
    expect(page.locator(".card--summary")).to_contain_text("Zeist")
    resident.check()
    picture(page, "chat-summary")
    offer(page, "^Ja, verstuur")
    expect(page.locator(".card--confirmation")).to_contain_text("UWV")
    expect(page.locator("#offers button").first).to_be_visible()
    resident.check()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page scrolls beside its log"
    picture(page, "chat-booked")


def test_a_freelancer_books_in_english_on_a_small_phone(browser, system):
    resident = visitor(browser, system, PHONE)
    page = resident.open("/en")
    resident.say("I work for myself as a photographer and there are almost no clients left, I live in Woerden")
    expect(page.get_by_text("too few assignments", exact=False).first).to_be_visible()
    picture(page, "chat-phone")
    offer(page, r"at \d\d:\d\d")
    offer(page, "Rather e-mail")
    page.get_by_label("Name").fill("Test Resident")
    page.get_by_label("E-mail address").fill("test@example.org")
    page.locator(".contact-form button[type=submit]").click()
    expect(page.locator(".card--summary")).to_contain_text("Woerden")
    offer(page, "^Yes, send it")
    expect(page.locator(".card--confirmation")).to_be_visible()
    resident.check()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page scrolls beside its log"
    picture(page, "chat-phone-booked")


@pytest.mark.parametrize(("language", "size"), [("nl", DESKTOP), ("en", PHONE)], ids=["nl", "en"])
def test_a_resident_leaves_and_goes_on_elsewhere_by_a_code(browser, system, language, size):
    path, told, later, door, send = {
        "nl": ("/", "mijn contract stopt", "kan ik later verder", "Verder met een eerder", "Open mijn gesprek"),
        "en": ("/en", "my contract ends", "can i continue later", "Continue an earlier", "Open my conversation"),
    }[language]
    here, there = visitor(browser, system, size), visitor(browser, system, size)
    page = here.open(path)
    here.say(told)
    expect(page.locator("#offers button").first).to_be_visible()
    here.say(later)
    shown = page.locator(".card--code .card__row--reference dd")
    expect(shown).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    code = shown.inner_text()
    here.check()
    picture(page, f"chat-code-{language}")

    page = there.open(path)
    page.get_by_role("button", name=door).click()
    page.locator("#earlier-code").fill(code)
    there.check()
    picture(page, f"chat-earlier-{language}")
    page.get_by_role("button", name=send).click()
    expect(page.get_by_text(re.compile("^(Welkom terug|Welcome back)"))).to_be_visible()
    there.check()
    picture(page, f"chat-back-{language}")
    there.say("Zeist")
    expect(page.get_by_text("Zeist").last).to_be_visible()
    expect(here.page.locator(".ended")).to_be_visible()


def test_a_cry_for_help_reaches_the_desk(browser, system):
    resident = visitor(browser, system, PHONE)
    page = resident.open("/")
    resident.say("ik wil niet meer verder leven, het is te zwaar zo")
    expect(page.get_by_text("Bel 113", exact=False)).to_be_visible()
    resident.check()
    picture(page, "chat-safety")
    offer(page, "ik wacht")
    expect(page.get_by_text("Een medewerker antwoordt hier", exact=False)).to_be_visible()

    desk = browser.new_context(viewport=DESKTOP).new_page()
    desk.goto(f"{system.base_url}/desk")
    desk.locator("input[name=username]").fill(system.username)
    desk.locator("input[name=password]").fill(system.password)
    desk.locator("button[type=submit]").click()
    expect(desk.locator("main")).to_contain_text("Veiligheid")
    picture(desk, "desk")
    desk.locator(f"main table a[href='/desk/conversations/{resident.conversation_id}']").click()  # others may wait too
    expect(desk.locator("main")).to_contain_text("ik wil niet meer verder leven")
    picture(desk, "desk-conversation")
