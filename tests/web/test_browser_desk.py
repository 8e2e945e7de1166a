"""The desk and the other pages in a real browser, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from bot import clock
from bot.conversation import handoffs
from bot.conversation.contacts import ContactDetails, save_contact
from bot.referral.sign_ups import sign_up
from bot.store.engine import transaction
from bot.store.tables import Conversation
from bot.web.staff import create_staff
from tests.events import make_event
from tests.web.conftest import Site
from tests.web.desk_helpers import NOW, handed_off
from tests.web.scripted_assistant import WORDS
from tests.web.visitor import DESKTOP, PHONE, STANDARDS, Visitor, picture

pytestmark = pytest.mark.browser


def test_staff_and_resident_talk_and_the_desk_is_accessible(
    site: Site, visit: Callable[..., Visitor], browser: Browser
) -> None:
    other = site.start()["id"]

    def hand_off(turn: dict[str, Any]) -> None:
        if turn["text"] == "/person":
            with transaction(site.engine) as session:
                handoffs.request(session, other, "safety", None, clock.now())  # stands above ours in the list
                handoffs.request(session, turn["conversation_id"], "asked", None, clock.now())

    site.assistant.on_turn = hand_off
    visitor = visit(PHONE)
    resident = visitor.open("/")
    visitor.say("mijn contract stopt")
    expect(resident.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    password = create_staff("anna", "admin", site.engine)
    context = browser.new_context(viewport=DESKTOP)
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
    check()
    desk.get_by_label("Gebruikersnaam").fill("anna")
    desk.get_by_label("Wachtwoord").fill(password)
    desk.get_by_role("button", name="Inloggen").click()
    expect(desk.get_by_text("Er wacht nu niemand.")).to_be_visible()
    resident.get_by_role("button", name="Een medewerker").click()
    link = desk.locator(f"main table a[href='/desk/conversations/{visitor.conversation_id}']")
    expect(link).to_be_visible(timeout=12_000)  # the list refreshes itself
    check()
    link.click()
    expect(desk.get_by_text("contract loopt af").first).to_be_visible()
    check()
    desk.get_by_role("button", name="Ik pak dit op").click()
    expect(resident.get_by_text("U praat nu met een mens.")).to_be_visible()
    visitor.say("wat moet ik nu doen?")
    expect(desk.get_by_text("wat moet ik nu doen?")).to_be_visible(timeout=12_000)
    desk.get_by_label("Uw antwoord aan de bewoner").fill("Ik bel u zo.")
    check()
    desk.get_by_role("button", name="Verstuur").click()
    expect(resident.locator(".message--staff")).to_contain_text("Ik bel u zo.")
    visitor.check()
    desk.get_by_role("button", name="Geef terug aan het programma").click()
    expect(resident.get_by_text(WORDS["nl"]["back"])).to_be_visible()
    desk.get_by_role("link", name="Logboek").click()
    expect(desk.get_by_text("gesprek opgepakt")).to_be_visible()
    check()
    assert complaints == []
    context.close()


def test_the_pages_on_events_and_the_chain_are_accessible(site: Site, browser: Browser) -> None:
    chat, others = handed_off(site), [site.start(language="en") for _ in range(3)]
    need = {"id": "job_search", "chain": True, "because": ["u zoekt werk"]}
    with transaction(site.engine) as session:
        found = session.get_one(Conversation, chat["id"])
        found.state = {**(found.state or {}), "needs": [need]}
        save_contact(session, chat["id"], ContactDetails("Test Bewoner", "+31612345678", "test@example.org"), NOW)
        sign_up(session, make_event(), chat["id"], NOW, contact_agreed=True)
        for other in others:
            sign_up(session, make_event(), other["id"], NOW)
    password = create_staff("anna", "staff", site.engine)
    context = browser.new_context(viewport=DESKTOP)
    desk = context.new_page()

    def check(name: str) -> None:
        for size in (PHONE, DESKTOP):
            desk.set_viewport_size(size)  # type: ignore[arg-type]
            found = Axe().run(desk, options={"runOnly": STANDARDS})
            assert found.violations_count == 0, found.generate_report()
            assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
            picture(desk, f"{name}-{size['width']}")

    desk.goto(f"{site.url}/desk")
    desk.get_by_label("Gebruikersnaam").fill("anna")
    desk.get_by_label("Wachtwoord").fill(password)
    desk.get_by_role("button", name="Inloggen").click()
    desk.goto(f"{site.url}/desk/conversations/{chat['id']}")
    expect(desk.get_by_text("Utrechtse Inclusiecoalitie")).to_be_visible()
    check("desk-chain")
    desk.get_by_role("link", name="Bijeenkomsten").click()
    check("desk-events")
    desk.get_by_role("link", name="Testmarkt").click()
    check("desk-event")
    desk.get_by_role("button", name="Toon contactgegevens").click()
    expect(desk.get_by_text("Test Bewoner")).to_be_visible()
    check("desk-event-contact")
    context.close()


def test_the_other_pages_are_accessible(site: Site, visit: Callable[..., Visitor]) -> None:
    for size in (PHONE, DESKTOP):
        visitor = visit(size)
        for path in ("/privacy", "/en/privacy", "/api/docs", "/nope"):
            visitor.page.goto(site.url + path)
            visitor.check()
