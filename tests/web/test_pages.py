"""The pages and files: both languages, security headers, nothing foreign, no cookie, texts complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import ROOT
from bot.web.assets import AssetsMissing, build_assets
from bot.web.limits import RateLimit
from tests.web.conftest import Site

PAGES = ("/", "/en", "/privacy", "/en/privacy", "/api/docs", "/desk/login")
FOREIGN_LINKS_ALLOWED = {"a"}


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_strict_about_what_it_loads(site: Site, path: str) -> None:
    response = site.web.get(path)
    assert response.status_code == 200
    headers = response.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers  # this site runs on http
    if path != "/desk/login":  # the login form needs one; residents' pages never do
        assert "set-cookie" not in headers
    for tag, attributes in Tags(response.text).tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert attributes.get("src") or attributes["type"] == "application/json"
        if tag not in FOREIGN_LINKS_ALLOWED:
            for name in ("src", "href", "action"):
                assert not str(attributes.get(name) or "").startswith(("http:", "https:", "//"))


def test_files_the_pages_load_are_there(site: Site) -> None:
    for path in PAGES:
        for _, attributes in Tags(site.web.get(path).text).tags:
            for name in ("src", "href"):
                address = attributes.get(name) or ""
                if address.startswith("/static/") and "vendor" not in address:
                    assert site.web.get(address).status_code == 200, address


def test_https_adds_hsts(make_site: Callable[..., Site]) -> None:
    site = make_site(public_url="https://chat.example.nl/")
    response = site.web.get("/desk/login")
    assert "max-age=31536000" in response.headers["strict-transport-security"]
    assert "secure" in response.headers["set-cookie"].lower()
    assert (
        "Canonical: https://chat.example.nl/.well-known/security.txt" in site.web.get("/.well-known/security.txt").text
    )


def test_the_chat_page_speaks_its_language(site: Site) -> None:
    dutch, english = site.web.get("/").text, site.web.get("/en").text
    assert '<html lang="nl">' in dutch
    assert '<html lang="en">' in english
    assert "Computerprogramma, geen mens" in dutch
    assert "A computer, not a person" in english
    assert "Midden-Utrecht Werkt Door" in dutch


def test_security_txt(site: Site) -> None:
    text = site.web.get("/.well-known/security.txt").text
    assert re.search(r"^Contact: (https?://|mailto:)", text, re.MULTILINE)
    assert re.search(r"^Expires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", text, re.MULTILINE)


def test_health_says_whether_the_assistant_answers(site: Site) -> None:
    assert site.web.get("/health").json() == {"status": "ok", "assistant": "ready"}
    site.assistant.down = True
    response = site.web.get("/health")
    assert (response.status_code, response.json()["assistant"]) == (503, "not ready")
    assert site.web.get("/health/live").status_code == 200


def test_a_person_gets_a_page_and_a_program_a_problem(site: Site) -> None:
    page = site.web.get("/en/nope", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "This page does not exist" in page.text
    assert site.web.get("/nope").headers["content-type"] == "application/problem+json"


def test_the_api_describes_itself_without_foreign_help(site: Site) -> None:
    paths = site.web.get("/api/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/conversations",
        "/api/conversations/resume",
        "/api/conversations/{conversation_id}",
        "/api/conversations/{conversation_id}/code",
        "/api/conversations/{conversation_id}/messages",
        "/api/conversations/{conversation_id}/events",
        "/api/conversations/{conversation_id}/referrals/{reference}/calendar.ics",
    }
    page = site.web.get("/api/docs").text
    for path in paths:
        assert path in page


def test_static_files_stay_inside_their_folder(site: Site) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert site.web.get(path).status_code == 404


# --- texts -----------------------------------------------------------------------------------------------------------


def texts(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "content/pages" / f"{name}.yml").read_text("utf-8"))
    return loaded


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, f"{path}.{key}")
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from leaves(child, f"{path}.{number}")
    else:
        yield path, str(value)


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    gaps = {
        name: {path: sorted(re.findall(r"{(\w+)}", text)) for path, text in leaves(texts(name))}
        for name in ("nl", "en")
    }
    assert gaps["nl"] == gaps["en"]


def test_every_text_a_page_or_script_names_exists() -> None:
    named: set[str] = set()
    web = ROOT / "bot/web"
    for file in (*web.glob("templates/*.html"), *web.glob("static/*.js")):
        code = file.read_text("utf-8")
        named |= set(re.findall(r"\bt\.([a-z_]+)", code))
        named |= set(re.findall(r'data-t(?:-label)?="(\w+)"', code))
        named |= set(re.findall(r'label: "(contact_\w+)"', code))
    assert len(named) > 50
    assert named - set(texts("nl")) == set()


def test_every_label_of_the_desk_exists() -> None:
    from bot.assistant.language import RECOGNISED
    from bot.intake.situation import FACTS, SIGNALS
    from bot.web.page_texts import language_name

    desk = texts("desk")
    assert set(SIGNALS) == set(desk["signal_names"])
    assert {*FACTS, "language"} == set(desk["facts"])  # the language a resident writes in is told with the situation
    for code in RECOGNISED:  # the names are those of the conversation
        assert language_name(code, "nl") != language_name("unknown", "nl")
    assert {value for values in FACTS.values() if values for value in values} <= set(desk["values"])
    named: set[str] = set()
    for file in (ROOT / "bot/web/templates/desk").glob("*.html"):
        named |= set(re.findall(r"\bt\.([a-z_]+)", file.read_text("utf-8")))
    assert named - set(desk) == set()


def test_dutch_sentences_are_short() -> None:
    for name in ("nl", "desk"):
        for path, text in leaves(texts(name)):
            for sentence in re.split(r"[.!?:]\s", text):
                assert len(sentence.split()) <= 15, f"{name}{path}: {sentence}"


# --- parts -----------------------------------------------------------------------------------------------------------


def test_assets_need_the_packages(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    with pytest.raises(AssetsMissing, match="npm ci"):
        build_assets(tmp_path / "nothing", target)
    assert not target.exists()


def test_assets_are_copied(tmp_path: Path) -> None:
    if not (ROOT / "node_modules").is_dir():
        pytest.skip("npm ci has not run here")
    files = build_assets(target=tmp_path / "vendor")
    assert all(file.stat().st_size > 100 for file in files)
    assert "utrecht-button" in (tmp_path / "vendor/utrecht.css").read_text("utf-8")


def test_a_rate_limit_lets_pass_again_after_a_minute() -> None:
    now = 0.0
    limit = RateLimit(2, lambda: now)
    assert [limit.retry_after("a") for _ in range(2)] == [None, None]
    now = 20.0
    assert limit.retry_after("a") == 40.0
    assert limit.retry_after("b") is None
    now = 60.5
    assert limit.retry_after("a") is None
