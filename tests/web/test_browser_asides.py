"""What the actions really say, in a real browser: an answer to a question aside with its source, events, a sign-up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from actions import house as shared
from bot import clock
from bot.directory.events import Events
from bot.texts import get_texts
from tests.actions.conftest import empty_house, house  # noqa: F401  (fixtures)
from tests.actions.driver import Conversation
from tests.events import event_data, write_events
from tests.web.conftest import Site
from tests.web.visitor import DESKTOP, PHONE, Visitor, picture

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FAIR: dict[str, Any] = {
    "languages": ["nl", "en"],
    "title": {"nl": "Voorbeeld van een banenmarkt", "en": "Example of a job fair"},
    "description": {
        "nl": "U praat met werkgevers uit de regio. U hoeft niets mee te nemen.",
        "en": "You talk to employers from the region. You need not bring anything.",
    },
    "place": {"name": "Voorbeeldzaal", "municipality": "Utrechtse Heuvelrug", "address": "Voorbeeldstraat 12"},
}
WALK_IN = {
    "id": "walk-in", "kind": "open_walk_in", "places": None, "sign_up_until": ..., "languages": ["nl", "en", "uk"],
    "title": {"nl": "Voorbeeld van een inloop over leren en werken", "en": "Example of a walk-in on learning"},
    "start": "2027-01-21T09:30", "end": "2027-01-21T12:00",
}  # fmt: skip
VIEWS = [(language, size) for language in ("nl", "en") for size in (PHONE, DESKTOP)]


class Played:
    """A conversation with the actions, of which the site then shows the replies, one turn after the other."""

    def __init__(self, site: Site, language: str) -> None:
        self.talk = Conversation("played")
        self.turns: list[list[dict[str, Any]]] = []
        self.hear("start", language=language, region="midden-utrecht")
        site.assistant._answer = self._answer  # type: ignore[method-assign]

    def hear(self, intent: str, *signals: str, **entities: Any) -> None:
        """Play a turn before the page is opened."""
        self._play(self.talk.hear, intent, *signals, **entities)

    def press(self, title: str) -> None:
        """Press a button."""
        self._play(self.talk.press, title)

    def _play(self, step: Callable[..., list[dict[str, Any]]], *words: str, **entities: Any) -> None:
        with ThreadPoolExecutor(1) as pool:  # the browser's event loop runs in this thread
            self.turns.append(pool.submit(step, *words, **entities).result())

    def _answer(self, _: dict[str, Any], state: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        said = self.turns.pop(0)
        state["language"] = said[-1]["lang"]
        state["asking"] = said[-1].get("ask")
        shown = ("text", "lang", "buttons", "ask", "card")
        understood = {"intent": {"name": "tell", "confidence": 0.9}, "signals": [], "entities": []}
        return [{name: message.get(name) for name in shown} for message in said], understood


@pytest.fixture
def play(house: Any, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Played]:  # noqa: F811
    """Let the site's assistant say what the actions say; gives a function of the language."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    events = Events.load(write_events(tmp_path, event_data(**FAIR), event_data(**WALK_IN)))
    monkeypatch.setattr(shared, "events", lambda: events)
    return lambda language: Played(site, language)


@pytest.mark.parametrize(("language", "size"), VIEWS)
@pytest.mark.parametrize("question", ["ask_ww", "ask_diploma", "ask_settlement"])
def test_an_answer_with_its_source(
    play: Callable[[str], Played], visit: Callable[..., Visitor], language: str, size: dict[str, int], question: str
) -> None:
    played = play(language)
    played.hear(question)
    visitor = visit(size)
    page = visitor.open("/" if language == "nl" else "/en")
    visitor.say("?")
    expect(page.locator(".message--assistant").nth(3)).to_be_visible()
    sources = page.locator(".message--source p:last-child")
    expect(sources).to_have_count(1)
    expect(sources).to_contain_text("22 november 2026" if language == "nl" else "22 November 2026")
    visitor.check()
    picture(page, f"{question}-{language}-{size['width']}")


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_what_is_said_before_the_question_keeps_its_button(
    play: Callable[[str], Played], visit: Callable[..., Visitor], language: str, size: dict[str, int]
) -> None:
    played = play(language)
    played.hear("ask_interpreter", named_language="so")
    first = {"nl": "Een medewerker met een tolk", "en": "A person with an interpreter"}[language]
    played.press(first)
    visitor = visit(size)
    page = visitor.open("/" if language == "nl" else "/en")
    offers = page.locator("#offers button")
    questions = offers.all_inner_texts()
    visitor.say("?")
    expect(offers).to_have_text([first, *questions])
    visitor.check()
    picture(page, f"interpreter-{language}-{size['width']}")
    offers.first.click()
    expect(page.locator(".message--assistant").last).to_contain_text({"nl": "Somalisch", "en": "Somali"}[language])
    expect(page.get_by_role("button", name=first)).to_have_count(0)  # of an answer that is past
    visitor.check()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_events_and_a_sign_up(
    play: Callable[[str], Played], visit: Callable[..., Visitor], language: str, size: dict[str, int]
) -> None:
    played = play(language)
    played.hear("tell", "wants_event", municipality="Zeist")
    first = get_texts().get("button.sign_up", language, number=1)
    played.press(first)
    visitor = visit(size)
    page = visitor.open("/" if language == "nl" else "/en")
    visitor.say("?")
    expect(page.get_by_role("button", name=first)).to_be_visible()
    expect(page.locator(".message__body strong", has_text=FAIR["title"][language])).to_be_visible()
    visitor.check()
    picture(page, f"events-{language}-{size['width']}")
    page.get_by_role("button", name=first).click()
    title, what, with_whom = {
        "nl": ("Uw aanmelding", "Wat", "Met wie"),
        "en": ("You are signed up", "What", "With whom"),
    }[language]
    card = page.locator(".card--confirmation")
    expect(card.locator("h2")).to_have_text(title)
    expect(card.locator("dt", has_text=what)).to_be_visible()
    expect(card.get_by_text(FAIR["title"][language])).to_be_visible()
    expect(card.get_by_text(with_whom)).to_have_count(0)
    visitor.check()
    picture(page, f"events-signed-up-{language}-{size['width']}")
