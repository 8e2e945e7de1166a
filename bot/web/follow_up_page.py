"""The page of the question afterwards (``/f/{token}``): one question, an answer, and «stop asking».

The link in the message opens it, without an account. Opening changes nothing: mail programs open links by themselves.
``/f/{token}/stop`` is also what a mail program calls for its own button (one-click unsubscribe, RFC 8058).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from bot import clock
from bot.referral import follow_up
from bot.referral.links import LinkInvalid, languages_of, open_link
from bot.store.engine import transaction
from bot.web.page_texts import PAGE_LANGUAGES, page_texts, resident_language
from bot.web.services import Services

_HEADERS = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
_STATUS = {"unknown": 404, "expired": 410, "revoked": 410}
Language = Annotated[str, Query(alias="lang", max_length=20)]


def follow_up_pages(services: Services) -> APIRouter:
    """Return the routes of the question afterwards."""
    router = APIRouter(prefix="/f", include_in_schema=False)

    def page(request: Request, token: str, language: str, **more: Any) -> HTMLResponse:
        status = more.pop("status", 200)
        path = f"/f/{token}" if "gone" not in more else "/"
        other = next(code for code in PAGE_LANGUAGES if code != language)
        context = {
            "t": page_texts(language),
            "words": page_texts(f"follow-up.{language}"),
            "language": language,
            "brand": services.brand,
            "other": {"language": other, "path": f"{path}?lang={other}"} if "gone" not in more else None,
            "path": path,
            "chat_path": "/" if language == PAGE_LANGUAGES[0] else f"/{language}",
            "answers": follow_up.ANSWERS,
            **more,
        }
        return services.templates.TemplateResponse(request, "follow_up.html", context, status, _HEADERS)

    def gone(request: Request, asked: str, error: LinkInvalid) -> HTMLResponse:
        language = resident_language(asked, error.languages)
        return page(request, "", language, gone=error.reason, status=_STATUS[error.reason])

    @router.get("/{token}")
    @router.head("/{token}")
    def ask(request: Request, token: str, lang: Language = "") -> HTMLResponse:
        try:
            with transaction(services.engine) as session:
                referral = open_link(session, token, "follow_up", clock.now())
                language = resident_language(lang, languages_of(session, referral))
                stopped = follow_up.is_stopped(session, referral.conversation_id)
        except LinkInvalid as error:
            return gone(request, lang, error)
        return page(request, token, language, state="stopped" if stopped else "ask")

    @router.post("/{token}")
    def answer(
        request: Request, token: str, lang: Language = "", answer: Annotated[str, Form(max_length=40)] = ""
    ) -> HTMLResponse:
        try:
            with transaction(services.engine) as session:
                now = clock.now()
                referral = open_link(session, token, "follow_up", now)
                language = resident_language(lang, languages_of(session, referral))
                if answer not in follow_up.ANSWERS:
                    return page(request, token, language, state="ask", wrong=True, status=422)
                follow_up.answer(session, referral, answer, now)
        except LinkInvalid as error:
            return gone(request, lang, error)
        except follow_up.NotAsked:
            return gone(request, lang, LinkInvalid("unknown", (language,)))
        return page(request, token, language, state="thanks", offer=answer in follow_up.WANTS_HELP)

    @router.post("/{token}/stop")
    def stop(request: Request, token: str, lang: Language = "") -> HTMLResponse:
        try:
            with transaction(services.engine) as session:
                now = clock.now()
                referral = open_link(session, token, "follow_up", now)
                language = resident_language(lang, languages_of(session, referral))
                follow_up.stop(session, referral, now)
        except LinkInvalid as error:
            return gone(request, lang, error)
        return page(request, token, language, state="stopped")

    return router
