"""The chat page in a real browser when things go wrong: nothing is lost, doubled or left behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from bot.store.engine import transaction
from bot.store.tables import Message
from tests.web.conftest import Site
from tests.web.scripted_assistant import WORDS
from tests.web.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser


def test_a_reload_and_an_unsent_text_lose_nothing(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.say("mijn contract stopt")
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    page.fill("#message", "half af")
    before = page.locator(".message").all_inner_texts()
    page.reload()
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    assert page.locator(".message").all_inner_texts() == before
    assert page.input_value("#message") == "half af"
    expect(page.get_by_role("button", name=WORDS["nl"]["skip"])).to_be_visible()


def test_an_assistant_that_is_down_loses_and_doubles_nothing(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    site.assistant.down = True
    visitor.say("mijn contract stopt")
    expect(page.get_by_role("alert").filter(has_text="antwoordt nu niet")).to_be_visible()
    visitor.check()
    expect(page.locator(".message--resident")).to_have_count(1)
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.get_by_role("button", name="Opnieuw proberen")).to_be_visible()
    expect(page.locator(".message--resident")).to_have_count(1)
    page.reload()  # even now
    expect(page.get_by_role("button", name="Opnieuw proberen")).to_be_visible()
    site.assistant.down = False
    page.get_by_role("button", name="Opnieuw proberen").click()
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    expect(page.locator(".message--resident")).to_have_count(1)
    with transaction(site.engine) as session:
        assert len(session.scalars(select(Message).where(Message.sender == "resident")).all()) == 1


def test_a_connection_lost_in_the_middle_of_an_answer(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    site.assistant.delay = 0.8
    visitor.say("mijn contract stopt")
    page.wait_for_timeout(200)
    visitor.context.set_offline(True)
    page.wait_for_timeout(1200)
    visitor.context.set_offline(False)
    site.assistant.delay = 0
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible(timeout=15_000)
    retry = page.get_by_role("button", name="Opnieuw proberen")
    if retry.is_visible():
        retry.click()
        expect(retry).to_be_hidden()
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_have_count(1)
    expect(page.locator(".message--resident")).to_have_count(1)


def test_own_words_appear_as_they_are_kept_and_never_as_markup(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.say("<img src=x onerror=alert(1)> bel 0612345678 😀")
    expect(page.locator(".message--resident")).to_contain_text("[telefoonnummer] 😀")
    expect(page.locator(".message--resident")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".message img").count() == 0
    visitor.check()


def test_an_answer_that_overtakes_the_own_words(visit: Callable[..., Visitor]) -> None:
    held: list[Any] = []
    visitor = visit()
    visitor.page.route("**/events", lambda route: route.continue_() if held else held.append(route))
    page = visitor.open("/")
    visitor.say("mijn contract stopt, bel 0612345678")
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    expect(page.locator("#log > :last-child")).to_have_class(re.compile("message--assistant"))  # not above the question
    held[0].continue_()
    expect(page.get_by_text("mijn contract stopt, bel [telefoonnummer]")).to_be_visible()
    expect(page.locator(".message--resident")).to_have_count(1)
    numbers = [int(node.get_attribute("data-seq") or 0) for node in page.locator("#log > .message").all()]
    assert numbers == sorted(numbers)
    visitor.say("utrecht")
    expect(page.locator(".message--resident")).to_have_count(2)
    expect(page.locator(".message--pending")).to_have_count(0)
    visitor.check()


def test_a_message_that_is_too_long_stays_in_the_box(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    page = visitor.open("/")
    page.fill("#message", "😀" * 2001)
    asked = len(site.assistant.turns)
    page.press("#message", "Enter")
    expect(page.get_by_text("Uw bericht is 1 tekens te lang.")).to_be_visible()
    visitor.check()
    assert len(site.assistant.turns) == asked
    assert page.input_value("#message") == "😀" * 2001
    page.fill("#message", "  ")
    page.press("#message", "Enter")
    expect(page.get_by_text("Typ eerst een bericht.")).to_be_visible()


def test_leaving_fast_leaves_nothing_behind(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    visitor.say("mijn contract stopt")
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    page.route(re.compile("buienradar"), lambda route: route.fulfill(body="weer", content_type="text/html"))
    page.get_by_role("link", name="Snel weg").click()
    page.wait_for_url(re.compile("buienradar"))
    page.goto(f"{visitor.site.url}/privacy")
    assert page.evaluate("sessionStorage.length") == 0


def test_erasing_asks_first_and_then_leaves_nothing(site: Site, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.get_by_role("button", name="Wis gesprek").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    visitor.check()
    page.get_by_role("button", name="Nee, ga terug").click()
    visitor.say("mijn contract stopt")
    expect(page.get_by_text(WORDS["nl"]["municipality"])).to_be_visible()
    page.get_by_role("button", name="Wis gesprek").click()
    page.get_by_role("button", name="Ja, wis alles").click()
    expect(page.get_by_text("Uw gesprek is gewist")).to_be_visible()
    visitor.check()
    with transaction(site.engine) as session:
        assert session.scalars(select(Message)).all() == []
    page.get_by_role("button", name="Nieuw gesprek").click()
    expect(page.get_by_role("button", name=WORDS["nl"]["ends"])).to_be_visible()
