"""A resident's browser for tests: what it must never see is noted, and axe looks at every state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.conftest import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 800}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium; without it skip loudly, and fail in CI."""
    if CHROMIUM is None:
        message = "NO CHROMIUM: the pages are not tested. Install it (apt-get install chromium)."
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


def picture(page: Page, name: str) -> None:
    """Take a picture, when ``DOORWIJZER_PICTURES`` names a folder for it."""
    if folder := os.environ.get("DOORWIJZER_PICTURES"):
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"{name}.png")


class Visitor:
    """A resident's browser that notes everything that should not happen."""

    def __init__(self, browser: Browser, site: Site, size: dict[str, int]) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(viewport=size, accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # a refused request is told to the resident by the page; the console says it too
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.site.url, "blob:", "data:")):
            self.foreign.append(request.url)

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.site.url + path)
        self.page.wait_for_selector("#offers button")
        return self.page

    def say(self, text: str) -> None:
        self.page.fill("#message", text)
        self.page.press("#message", "Enter")

    @property
    def conversation_id(self) -> str:
        """Of the conversation on the page, as the tab remembers it."""
        return str(self.page.evaluate("JSON.parse(sessionStorage.getItem('doorwijzer')).id"))

    def check(self) -> None:
        """No accessibility violation, nothing wider than the screen, no cookie, no foreign request, no error."""
        found = Axe().run(self.page, options={"runOnly": STANDARDS})
        assert found.violations_count == 0, found.generate_report()
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        assert self.context.cookies() == []
        assert self.foreign == []
        assert self.complaints == []
