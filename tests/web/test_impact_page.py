"""The page of the figures and the open data: both languages, readable by anybody, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import textstat
import yaml

from bot.referral.impact import COMBINED, outcome_codes
from bot.referral.open_data import SHEETS
from bot.settings import ROOT
from tests.referral.impact_data import Past, many, store
from tests.web.conftest import Site
from tests.web.visitor import DESKTOP, PHONE, Visitor

PAGES = ("/impact", "/en/impact")
MAY = datetime(2025, 5, 10, 10, tzinfo=UTC)


@pytest.fixture
def figures(site: Site) -> Site:
    """A site with a year of referrals in two regions."""
    store(site.engine, many(1500, regions=("midden-utrecht", "drechtsteden")))
    return site


def rows_of(site: Site, name: str) -> list[dict[str, str]]:
    response = site.web.get(f"/impact/data/{name}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


@pytest.mark.parametrize("path", PAGES)
def test_without_referrals_it_says_so(site: Site, path: str) -> None:
    page = site.web.get(path)
    assert page.status_code == 200
    assert "<table" not in page.text
    assert rows_of(site, "referrals.csv") == []


def test_the_tables_are_tables(figures: Site) -> None:
    for path, words in zip(PAGES, ("Aangenomen", "Accepted"), strict=True):
        response = figures.web.get(path)
        assert response.headers["cache-control"] == "public, max-age=3600"
        assert "set-cookie" not in response.headers
        page = response.text
        assert words in page
        assert page.count("<caption") == page.count("<table") > 10
        assert page.count('<th scope="row">') > 20
        assert "None" not in page


def test_another_region_and_period(figures: Site) -> None:
    first, other = (
        figures.web.get(f"/en/impact?region={region}&period=2025-04").text
        for region in ("midden-utrecht", "drechtsteden")
    )
    assert "Drechtsteden, April 2025 to June 2025" in other
    assert first != other


@pytest.mark.parametrize(
    "query",
    ["region=nowhere", "period=2025-02", "period=2099-01", "region=<script>", "period=%00", "region=%27%3B--"],
)
def test_what_does_not_exist_is_not_found(figures: Site, query: str) -> None:
    assert figures.web.get(f"/impact?{query}", headers={"accept": "text/html"}).status_code == 404


def test_something_huge_is_refused(figures: Site) -> None:
    assert figures.web.get(f"/impact?region={'x' * 5000}").status_code == 422


def test_a_region_without_referrals_looks_like_one_with_few(site: Site) -> None:
    store(site.engine, [Past(MAY, region="drechtsteden") for _ in range(3)])
    store(site.engine, [Past(MAY) for _ in range(9)])
    store(site.engine, [Past(datetime(2025, 8, 1, tzinfo=UTC)) for _ in range(9)])
    few, none = (
        site.web.get(f"/en/impact?region=drechtsteden&period={month}").text for month in ("2025-04", "2025-07")
    )
    for page in (few, none):
        assert "fewer than five" in page
        assert "<table" not in page


def test_hostile_names_stay_text(site: Site) -> None:
    for name in ("<script>alert(1)</script>", "=HYPERLINK(1)", "@sum", "-1", "+1"):
        store(site.engine, [Past(MAY, partner=name, need=name[:40], situation=name[:40]) for _ in range(6)])
    page = site.web.get("/impact").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    cells = [cell for sheet in SHEETS for row in rows_of(site, sheet.file) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=HYPERLINK(1)" in cells


def test_every_file_is_as_its_dictionary_says(figures: Site) -> None:
    package = figures.web.get("/impact/data/datapackage.json").json()
    assert [resource["path"] for resource in package["resources"]] == [sheet.file for sheet in SHEETS]
    for resource in package["resources"]:
        rows = rows_of(figures, resource["path"])
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert len(rows) > 20
        assert list(rows[0]) == list(fields)
        for row in rows:
            for name, value in row.items():
                check(fields[name], value)
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys)


def check(field: dict[str, Any], value: str) -> None:
    pattern = {"date": r"\d{4}-\d\d-\d\d", "integer": r"\d+", "number": r"\d+(\.\d+)?", "string": r".+"}[field["type"]]
    if value == "":
        assert not field["constraints"]["required"], field["name"]
    else:
        assert re.fullmatch(pattern, value), (field["name"], value)
        assert value in field["constraints"].get("enum", [value])


def test_no_file_has_a_small_count(figures: Site) -> None:
    left_out = 0
    for sheet in SHEETS:
        for row in rows_of(figures, sheet.file):
            count = row.get("count", row.get("referrals"))
            assert count not in ("1", "2", "3", "4")
            assert (count == "") == (row["status"] == "left_out")
            left_out += count == ""
    assert left_out > 50, "nothing was at stake"


def test_the_counts_of_a_row_add_up_when_all_are_there(figures: Site) -> None:
    totals = {(row["region"], row["period_start"], row["dimension"], row["category"]): row["referrals"]
              for row in rows_of(figures, "referrals.csv")}  # fmt: skip
    parts: dict[Any, list[str]] = {}
    for row in rows_of(figures, "responses.csv"):
        key = (row["region"], row["period_start"], row["dimension"], row["category"])
        parts.setdefault(key, []).append(row["count"])
    complete = {key: sum(map(int, counts)) for key, counts in parts.items() if "" not in counts}
    assert complete
    assert all(totals[key] == str(count) for key, count in complete.items())
    assert any(category == COMBINED for _, _, _, category in totals)


@pytest.mark.parametrize("file", ["nothing.csv", "../app.py", "..%2f..%2fapp.py", "referrals.csv%00", "x" * 3000])
def test_only_these_files(site: Site, file: str) -> None:
    assert site.web.get(f"/impact/data/{file}").status_code == 404


def test_the_dictionary_in_words_names_every_field_and_file() -> None:
    text = (ROOT / "docs/open-data.md").read_text("utf-8")
    named = set(re.findall(r"`([\w.]+)`", text))
    assert {sheet.file for sheet in SHEETS} <= named
    assert {name for sheet in SHEETS for name, _, _ in sheet.fields} <= named
    assert {code for sheet in SHEETS for codes in sheet.codes().values() for code in codes} <= named
    assert set(outcome_codes()) <= named


# --- texts -----------------------------------------------------------------------------------------------------------


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield from leaves(child, f"{path}.{key}")
    if not isinstance(value, (dict, list)):
        yield path, str(value)


@pytest.mark.parametrize("topic", ["impact", "follow-up"])
def test_the_texts_are_the_same_in_both_languages_and_plain(topic: str) -> None:
    found = {
        language: dict(leaves(yaml.safe_load((ROOT / f"content/pages/{topic}.{language}.yml").read_text("utf-8"))))
        for language in ("nl", "en")
    }
    gaps = {
        language: {path: sorted(re.findall(r"{\w+}", text)) for path, text in texts.items()}
        for language, texts in found.items()
    }
    assert gaps["nl"] == gaps["en"]
    for texts in found.values():
        for text in texts.values():
            for sentence in re.split(r"(?<=[.!?:])\s", text):
                assert len(sentence.split()) <= 15, sentence
    textstat.set_lang("nl")
    assert textstat.flesch_reading_ease(" ".join(text for text in found["nl"].values() if text.endswith("."))) >= 60


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", PAGES)
def test_anybody_can_read_it(figures: Site, visit: Callable[..., Visitor], size: dict[str, int], path: str) -> None:
    visitor = visit(size)
    visitor.page.goto(figures.url + path)
    visitor.check()
    details = visitor.page.locator("details")
    for number in range(1, details.count()):  # the first is open
        details.nth(number).locator("summary").press("Enter")
    assert details.count() == visitor.page.locator("details[open]").count() == 5
    visitor.check()
    visitor.page.select_option("#region", "drechtsteden")
    visitor.page.get_by_role("button").first.press("Enter")
    visitor.page.wait_for_url("**region=drechtsteden**")
    visitor.check()
