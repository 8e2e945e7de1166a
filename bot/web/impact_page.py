"""The public page of the figures (``/impact``, ``/en/impact``) and its open data (``/impact/data/…``)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from bot import clock
from bot.referral.impact import Block, published_blocks
from bot.referral.open_data import PACKAGE, SHEETS, as_csv, data_package
from bot.web.impact_view import Names, tables, until_words
from bot.web.page_texts import PAGE_LANGUAGES, page_texts
from bot.web.services import Services

#: How long what was read is shown again. It changes once a quarter, and it reads many rows.
KEPT_SECONDS = 3600
_CACHE = {"Cache-Control": f"public, max-age={KEPT_SECONDS}"}
_LONGEST = 60


@dataclass
class _Figures:
    """The published blocks, read once an hour, by one request while the others wait."""

    services: Services
    blocks: Sequence[Block] = ()
    known: dict[str, Block] = field(default_factory=dict)
    read_at: datetime = field(default_factory=clock.now)
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> Sequence[Block]:
        with self.lock:
            if time.monotonic() >= self.until:
                self.read_at = clock.now()
                self.blocks = published_blocks(self.services.engine, self.read_at, known=self.known)
                self.until = time.monotonic() + KEPT_SECONDS
            return self.blocks


def impact_path(language: str) -> str:
    """Return where the page of a language is."""
    return "/impact" if language == PAGE_LANGUAGES[0] else f"/{language}/impact"


def impact_pages(services: Services) -> APIRouter:
    """Return the routes of the figures."""
    router = APIRouter(include_in_schema=False)
    figures = _Figures(services)

    def page(language: str) -> Any:
        def show(
            request: Request,
            region: Annotated[str, Query(max_length=_LONGEST)] = "",
            period: Annotated[str, Query(max_length=_LONGEST)] = "",
        ) -> HTMLResponse:
            blocks = figures.read()
            block = _chosen(blocks, region or _usual(blocks, services.settings.region), period)
            context = _context(services, language, blocks, block)
            return services.templates.TemplateResponse(request, "impact.html", context, headers=_CACHE)

        return show

    for language in PAGE_LANGUAGES:
        router.add_api_route(impact_path(language), page(language), methods=["GET", "HEAD"])

    @router.api_route("/impact/data/{file}", methods=["GET", "HEAD"])
    def data(file: str) -> Response:
        if file == PACKAGE:
            figures.read()
            return Response(data_package(figures.read_at), media_type="application/json", headers=_CACHE)
        sheet = next((sheet for sheet in SHEETS if sheet.file == file), None)
        if sheet is None:
            raise HTTPException(404)
        headers = {**_CACHE, "Content-Disposition": f'attachment; filename="{file}"'}
        return Response(as_csv(sheet, figures.read()), media_type="text/csv; charset=utf-8", headers=headers)

    return router


def _usual(blocks: Sequence[Block], own: str) -> str:
    """Return the region that is shown first: this installation's own, else the first with figures."""
    regions = {block.region for block in blocks}
    return own if own in regions or not regions else min(regions)


def _chosen(blocks: Sequence[Block], region: str, period: str) -> Block | None:
    """Return the block that was asked for, the newest of the region when no period was; ``None`` without any.

    A region without referrals in a period looks like one with too few. Raises a 404 for what does not exist.
    """
    inside = [block for block in blocks if period in ("", block.first)]
    theirs = [block for block in inside if block.region == region]
    if theirs or not blocks:
        return next(iter(theirs), None)
    if not inside or region not in {block.region for block in blocks}:
        raise HTTPException(404)
    return replace(inside[0], region=region, lines=())


def _context(services: Services, language: str, blocks: Sequence[Block], block: Block | None) -> dict[str, Any]:
    words = page_texts(f"impact.{language}")
    names = Names(services.directory, language, words, block.region if block else "")
    other = next(code for code in PAGE_LANGUAGES if code != language)
    query = f"?region={block.region}&period={block.first}" if block else ""
    periods = {found.first: names.period(found) for found in blocks}
    return {
        "t": page_texts(language),
        "words": words,
        "language": language,
        "brand": services.brand,
        "other": {"language": other, "path": impact_path(other) + query},
        "path": impact_path(language),
        "chat_path": "/" if language == PAGE_LANGUAGES[0] else f"/{language}",
        "block": block,
        "period": names.period(block) if block else "",
        "region_name": names.region(block.region) if block else "",
        "regions": sorted({found.region: names.region(found.region) for found in blocks}.items()),
        "periods": sorted(periods.items(), reverse=True),
        "until": until_words(block, names) if block else [],
        "sections": tables(block, names) if block else [],
        "files": [(sheet.file, words["files"][sheet.name]) for sheet in SHEETS]
        + [(PACKAGE, words["files"]["package"])],
    }
