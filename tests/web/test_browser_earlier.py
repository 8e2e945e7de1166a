"""The chat page in a real browser: saving a conversation, and going on with it on another device by its code."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.referral.reference import ALPHABET
from tests.web.chat_helpers import rows
from tests.web.conftest import Site
from tests.web.scripted_assistant import WORDS
from tests.web.test_browser import tab_to
from tests.web.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.browser

CODE = re.compile(f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")
TITLES = {
    "nl": {"path": "/", "open": "Verder met een eerder gesprek", "label": "Uw code", "send": "Open mijn gesprek"},
    "en": {"path": "/en", "open": "Continue an earlier conversation", "label": "Your code", "send": "Open my conv"},
}


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("DOORWIJZER_PICTURES")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"{name}.png")


def leave(visitor: Visitor, language: str) -> str:
    """Say a few things, say goodbye, save; return the code on the screen."""
    page, words = visitor.open(TITLES[language]["path"]), WORDS[language]
    visitor.say("mijn contract stopt")
    expect(page.get_by_text(words["municipality"])).to_be_visible()
    visitor.say("tot ziens")
    page.get_by_role("button", name=words["later"]).click()
    shown = page.locator(".card--code .card__row--reference dd")
    expect(shown).to_have_text(CODE)
    return shown.inner_text()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_leaving_here_and_going_on_there(
    site: Site, visit: Callable[..., Visitor], language: str, size: dict[str, int]
) -> None:
    here, there, t = visit(size), visit(size), TITLES[language]
    name = f"{language}-{'phone' if size is PHONE else 'desktop'}"
    code = leave(here, language)
    here.check()
    picture(here.page, f"code-{name}")

    page = there.open(t["path"])
    there.check()
    page.get_by_role("button", name=t["open"]).click()
    expect(page.get_by_label(t["label"])).to_be_focused()
    there.check()
    picture(page, f"earlier-{name}")
    page.get_by_label(t["label"]).fill("K7MT-4RWX-9999")
    page.get_by_role("button", name=t["send"]).click()
    error = page.locator("#earlier-error")
    expect(error).not_to_be_empty()
    expect(page.get_by_label(t["label"])).to_be_focused()
    expect(page.get_by_label(t["label"])).to_have_attribute("aria-invalid", "true")
    there.check()
    picture(page, f"earlier-wrong-{name}")
    page.get_by_label(t["label"]).fill(code.lower().replace("-", " "))
    page.get_by_role("button", name=t["send"]).click()
    expect(page.get_by_text(WORDS[language]["welcome_back"])).to_be_visible()
    expect(page.get_by_text("mijn contract stopt")).to_be_visible()
    expect(page.get_by_role("button", name=t["open"])).to_be_hidden()
    expect(page.locator("#message")).to_be_focused()
    there.check()
    picture(page, f"back-{name}")

    # here it is over, and nothing stays readable
    expect(here.page.locator(".ended")).to_be_visible()
    assert code not in here.page.content()
    here.check()
    # the conversation that was begun there and never used is gone
    page.wait_for_timeout(200)
    assert rows(site)["conversation"] == 1
    page.reload()
    expect(page.get_by_text(WORDS[language]["welcome_back"])).to_be_visible()
    there.say("zeist")
    expect(page.get_by_role("button", name=WORDS[language]["both"])).to_be_visible()


def test_the_code_is_entered_by_keyboard_alone(visit: Callable[..., Visitor]) -> None:
    code = leave(visit(), "nl")
    page = visit().open("/")
    tab_to(page, "#earlier-open")
    expect(page.locator("#earlier-open")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.locator("#earlier-open")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#earlier-open")).to_be_focused()
    expect(page.locator("#earlier-form")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # nothing filled in
    expect(page.get_by_text("Vul uw code in.")).to_be_visible()
    described = str(page.get_attribute("#earlier-code", "aria-describedby")).split()
    assert described == ["earlier-hint", "earlier-error"]
    assert page.get_attribute("#earlier-error", "role") == "alert"
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS["nl"]["welcome_back"])).to_be_visible()


def test_the_offer_is_there_only_until_something_is_said(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    door = page.locator("#earlier-open")
    expect(door).to_be_visible()
    page.get_by_role("link", name="English").click()  # a button is something said too, but the page changed language
    expect(page.get_by_text(WORDS["en"]["language"])).to_be_visible()
    expect(door).to_be_hidden()
    page.reload()
    expect(page.get_by_text(WORDS["en"]["language"])).to_be_visible()
    expect(door).to_be_hidden()


def test_a_reload_does_not_replace_the_code_that_was_written_down(visit: Callable[..., Visitor]) -> None:
    here = visit()
    code = leave(here, "nl")
    here.page.reload()
    again = here.page.get_by_role("button", name="Maak een nieuwe code")
    expect(again).to_be_visible()
    here.check()
    page = visit().open("/")
    page.locator("#earlier-open").click()
    page.locator("#earlier-code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS["nl"]["welcome_back"])).to_be_visible()


def test_a_new_code_can_be_made_and_the_old_one_stops(visit: Callable[..., Visitor]) -> None:
    here = visit()
    first = leave(here, "nl")
    here.page.reload()
    here.page.get_by_role("button", name="Maak een nieuwe code").click()
    shown = here.page.locator(".card--code .card__row--reference dd")
    expect(shown).to_have_text(CODE)
    second = shown.inner_text()
    assert second != first
    page = visit().open("/")
    page.locator("#earlier-open").click()
    page.locator("#earlier-code").fill(first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Deze code werkt niet.")).to_be_visible()
    page.locator("#earlier-code").fill(second)
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS["nl"]["welcome_back"])).to_be_visible()


def test_when_the_assistant_is_down_the_code_is_kept(site: Site, visit: Callable[..., Visitor]) -> None:
    code = leave(visit(), "nl")
    visitor = visit()
    page = visitor.open("/")
    site.assistant.down = True
    page.locator("#earlier-open").click()
    page.locator("#earlier-code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Uw code blijft werken")).to_be_visible()
    visitor.check()
    site.assistant.down = False
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS["nl"]["welcome_back"])).to_be_visible()
