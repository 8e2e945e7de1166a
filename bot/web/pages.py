"""The pages for residents: the chat in each language, the privacy notice, the API's documentation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from bot import clock
from bot.web.api_docs import describe
from bot.web.headers import security_txt
from bot.web.page_texts import PAGE_LANGUAGES, page_texts
from bot.web.schemas import MAX_MESSAGE
from bot.web.services import Services


def _path(language: str) -> str:
    return "/" if language == PAGE_LANGUAGES[0] else f"/{language}"


def _privacy_path(language: str) -> str:
    return "/privacy" if language == PAGE_LANGUAGES[0] else f"/{language}/privacy"


def _other(language: str, path: Any) -> dict[str, str]:
    other = next(candidate for candidate in PAGE_LANGUAGES if candidate != language)
    return {"language": other, "path": path(other)}


def pages(services: Services) -> APIRouter:
    """Return the routes of the public pages."""
    router = APIRouter(include_in_schema=False)

    def chat(language: str) -> Any:
        async def show(request: Request) -> HTMLResponse:
            brand = await run_in_threadpool(lambda: services.brand)
            data = {
                "brand": brand,
                "max": MAX_MESSAGE,
                "texts": {code: _flat(page_texts(code)) for code in PAGE_LANGUAGES},
                "pages": [
                    {"language": code, "path": _path(code), "privacy": _privacy_path(code)} for code in PAGE_LANGUAGES
                ],
            }
            context = _context(language, brand, _path) | {"data": data, "privacy_path": _privacy_path(language)}
            return services.templates.TemplateResponse(request, "chat.html", context)

        return show

    def privacy(language: str) -> Any:
        async def show(request: Request) -> HTMLResponse:
            brand = await run_in_threadpool(lambda: services.brand)
            context = _context(language, brand, _privacy_path) | {"chat_path": _path(language)}
            return services.templates.TemplateResponse(request, "privacy.html", context)

        return show

    for language in PAGE_LANGUAGES:
        router.add_api_route(_path(language), chat(language), methods=["GET", "HEAD"])
        router.add_api_route(_privacy_path(language), privacy(language), methods=["GET", "HEAD"])

    @router.get("/api/docs")
    async def docs(request: Request) -> HTMLResponse:
        operations, schemas = describe(request.app.openapi())
        brand = await run_in_threadpool(lambda: services.brand)
        context: dict[str, Any] = {"t": page_texts("en"), "language": "en", "brand": brand}
        context |= {"operations": operations, "schemas": schemas}
        return services.templates.TemplateResponse(request, "api_docs.html", context)

    @router.get("/.well-known/security.txt")
    async def security() -> Response:
        site = services.settings.site_url
        contact = page_texts("desk")["security_contact"] or f"{site}/privacy#security"
        return PlainTextResponse(security_txt(contact, site, clock.now()))

    @router.get("/health/live")
    async def live() -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/health")
    async def health() -> Response:
        ready = await services.assistant.ready()
        body = {"status": "ok" if ready else "starting", "assistant": "ready" if ready else "not ready"}
        return JSONResponse(body, 200 if ready else 503)

    return router


def _context(language: str, brand: str, path: Any) -> dict[str, Any]:
    return {"t": page_texts(language), "language": language, "brand": brand, "other": _other(language, path)}


def _flat(texts: Any) -> dict[str, str]:
    """Return the texts that the script needs: all but the longer notices."""
    return {key: value for key, value in texts.items() if isinstance(value, str)}
