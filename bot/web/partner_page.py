"""A partner's page, opened by a signed link without an account: see one referral, and say how it goes on.

Opening it changes nothing, for mail programs open links by themselves; everything that is looked at or done is recorded
(``audit``). There is no session, so no form can be sent in somebody's name: who has the link may act, nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.checkpoints import checkpoint
from bot.referral.links import LinkInvalid, open_link
from bot.referral.progress import partner_actor
from bot.referral.state_machine import IllegalTransition
from bot.store.engine import transaction
from bot.store.tables import Audit, Referral
from bot.web import partner_acts
from bot.web.limits import RateLimit
from bot.web.page_texts import PAGE_LANGUAGES
from bot.web.partner_acts import LONGEST_FIELD, Filled, Unclear
from bot.web.partner_view import Shown, language_of, referral_page, words
from bot.web.problems import Problem, too_many
from bot.web.services import Services

#: How a link that opens nothing is answered: gone is what was there once.
_STATUS = {"unknown": 404, "expired": 410, "revoked": 410}
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}
#: How long an appointment takes where the partner is in the directory no more.
_MINUTES = 30


def partner_pages(services: Services) -> APIRouter:
    """Return the routes under ``/p``."""
    router = APIRouter(prefix="/p", include_in_schema=False)
    limit = RateLimit(services.settings.messages_per_minute)

    def visit(request: Request, token: str, lang: str) -> _Visit:
        wait = limit.retry_after(request.client.host if request.client else "unknown")
        if wait is not None:
            raise too_many(wait)
        return _Visit(services, request, token, language_of(lang))

    @router.get("/{token}")
    @router.head("/{token}")
    def show(request: Request, token: str, lang: str = "", done: str = "") -> HTMLResponse:
        # A program that asks for the head alone, to see whether the link works, has read nothing.
        action = None if request.method == "HEAD" else "partner_read"
        return visit(request, token, lang).show(action, Shown(done=done))

    @router.post("/{token}/{act}")
    async def act(request: Request, token: str, act: str) -> Response:
        if act != "contact" and act not in partner_acts.ACTS:
            raise Problem(404, "not-found", "There is no such form.")
        fields = {name: str(value)[:LONGEST_FIELD] for name, value in (await request.form()).items()}
        visitor = visit(request, token, fields.get("lang", ""))
        if act == "contact":
            return await run_in_threadpool(visitor.show, "partner_contact", Shown(with_contact=True))
        return await run_in_threadpool(visitor.act, act, fields)

    return router


@dataclass(frozen=True)
class _Visit:
    """Somebody who opened an address of this page."""

    services: Services
    request: Request
    token: str
    language: str

    def show(self, action: str | None, shown: Shown, status: int = 200) -> HTMLResponse:
        """Return the page of the referral and record ``action``, if any; or why the link opens nothing."""
        now = clock.now()
        try:
            with transaction(self.services.engine) as session:
                referral = open_link(session, self.token, "partner", now)
                page = referral_page(session, referral, self.language, now, shown)
                if action is not None:
                    _record(session, referral, action, now)
        except LinkInvalid as closed:
            return self._page("closed", _STATUS[closed.reason], reason=closed.reason)
        return self._page("referral", status, r=page, address=f"/p/{self.token}")

    def act(self, act: str, fields: dict[str, str]) -> Response:
        """Make a move and go back to the page; where it cannot be made, show the page and say why."""
        checkpoint("partner's answer received")
        now, wrong = clock.now(), words(self.language)["wrong"]
        try:
            with transaction(self.services.engine) as session:
                referral = open_link(session, self.token, "partner", now)
                filled = Filled(fields, self._minutes(referral), now)
                if partner_acts.do(session, referral, act, filled):
                    _record(session, referral, f"partner_{act}", now)
        except LinkInvalid as closed:
            return self._page("closed", _STATUS[closed.reason], reason=closed.reason)
        except Unclear as unclear:
            return self.show("partner_read", Shown(wrong[unclear.key], is_wrong=True, typed=fields), 422)
        except IllegalTransition:
            return self.show("partner_read", Shown(wrong["changed"], is_wrong=True), 409)
        checkpoint("partner's answer stored")
        return RedirectResponse(f"/p/{self.token}?lang={self.language}&done={act}", 303, _PRIVATE)

    def _page(self, name: str, status: int, **context: object) -> HTMLResponse:
        other = next(code for code in PAGE_LANGUAGES if code != self.language)
        shared = {
            "t": words(self.language),
            "language": self.language,
            "brand": self.services.brand,
            "other": {"language": other, "path": f"/p/{quote(self.token)}?lang={other}"},
        }
        return self.services.templates.TemplateResponse(
            self.request, f"partner/{name}.html", shared | context, status, _PRIVATE
        )

    def _minutes(self, referral: Referral) -> int:
        partner = self.services.directory.listed(referral.region, referral.partner_id)
        return partner.slot_minutes if partner else _MINUTES


def _record(session: Session, referral: Referral, action: str, now: datetime) -> None:
    session.add(Audit(actor=partner_actor(referral.partner_id), action=action, subject=referral.reference, at=now))
