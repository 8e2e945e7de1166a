"""A resident's page of one referral (``/a/{token}``), opened by a signed link without an account.

It shows what was agreed and lets the resident change it. Opening it changes nothing, for mail programs open links by
themselves. There is no session: who has the link may act, and the link is in the address of every form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot import clock
from bot.referral import links
from bot.referral.appointments import AlreadyBusy, SeatTaken, booked_for
from bot.referral.calendar_file import calendar_file
from bot.referral.calendars.port import CalendarUnavailable, Slot
from bot.referral.free_times import EVERY, few
from bot.referral.links import LinkInvalid
from bot.referral.notices.words import Words
from bot.referral.rescheduling import NotChangeable
from bot.referral.state_machine import IllegalTransition
from bot.store.engine import transaction
from bot.web import resident_acts
from bot.web.limits import RateLimit
from bot.web.page_texts import PAGE_LANGUAGES, resident_language
from bot.web.problems import Problem, too_many
from bot.web.resident_acts import LONGEST_FIELD, Unclear, Visit, moment_of
from bot.web.resident_view import clock_time, page_of, to_take_out, words
from bot.web.services import Services

#: How a link that opens nothing is answered: gone is what was there once.
_STATUS = {"unknown": 404, "expired": 410, "revoked": 410}
_PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
VIEWS = ("times", "confirm", "cancel")
CALENDAR_FILE = "afspraak.ics"
_LONGEST_COUNT = 3
#: What a form was answered with when it could not be done, and where one goes on.
_REFUSED: dict[type[Exception], tuple[str, int, str]] = {
    SeatTaken: ("taken", 409, "times"),
    AlreadyBusy: ("own", 409, "times"),
    CalendarUnavailable: ("unavailable", 503, ""),
    NotChangeable: ("changed", 409, ""),
    IllegalTransition: ("changed", 409, ""),
    Unclear: ("unclear", 422, ""),
}


def resident_pages(services: Services) -> APIRouter:
    """Return the routes under ``/a``."""
    router = APIRouter(prefix="/a", include_in_schema=False)
    limit = RateLimit(services.settings.messages_per_minute)

    def page(request: Request, token: str, fields: dict[str, str]) -> _Page:
        wait = limit.retry_after(request.client.host if request.client else "unknown")
        if wait is not None:
            raise too_many(wait)
        return _Page(services, request, token, {name: value[:LONGEST_FIELD] for name, value in fields.items()})

    @router.api_route("/{token}", methods=["GET", "HEAD"])
    def show(request: Request, token: str) -> Response:
        return page(request, token, dict(request.query_params)).show("")

    @router.api_route(f"/{{token}}/{CALENDAR_FILE}", methods=["GET", "HEAD"])
    def calendar(request: Request, token: str) -> Response:
        return page(request, token, dict(request.query_params)).calendar()

    @router.api_route("/{token}/{view}", methods=["GET", "HEAD"])
    def show_view(request: Request, token: str, view: str) -> Response:
        if view not in VIEWS:
            raise Problem(404, "not-found", "There is no such page.")
        return page(request, token, dict(request.query_params)).show(view)

    @router.post("/{token}/{act}")
    async def act(request: Request, token: str, act: str) -> Response:
        if act not in resident_acts.ACTS:
            raise Problem(404, "not-found", "There is no such form.")
        fields = {name: str(value) for name, value in (await request.form()).items()}
        return await run_in_threadpool(page(request, token, fields).act, act)

    return router


@dataclass(frozen=True)
class _Page:
    """One request for this page; ``fields`` are those of the address or of the form."""

    services: Services
    request: Request
    token: str
    fields: dict[str, str]

    def show(self, view: str, notice: str = "", status: int = 200) -> Response:
        """Return a view of the referral, or why the link opens nothing; ``notice`` says why a form was refused."""
        now, asked = clock.now(), self.fields.get("lang", "")
        try:
            with transaction(self.services.engine) as session:
                referral = links.open_link(session, self.token, "resident", now)
                language = resident_language(asked, links.languages_of(session, referral))
                page = page_of(session, referral, self.services.directory, language, now)
                kept = resident_acts.held(session, referral, now) if view == "confirm" else None
            more: dict[str, Any] = {}
            if kept is not None:
                more = {"start": kept.start_at.isoformat(), "new": Words(language).moment(kept.start_at)}
                more["until"] = clock_time(kept.held_until or now)
            elif view == "confirm":  # the time to decide is over, or it was confirmed already
                view, notice = "", notice or "released"
            if view == "times":
                more = self._times(page, language)
            if view == "cancel" and not page["can_stop"]:
                view = ""
        except LinkInvalid as closed:
            return self._closed(closed)
        except NotChangeable:
            return self.show("", "changed", 409)
        t = words(language)
        said, told = self.fields.get("done", ""), t["wrong"].get(notice, "")
        more |= {"notice": told or t["done"].get(said, ""), "is_wrong": bool(told)}
        return self._answer(view or "appointment", language, status, r=page, **more)

    def calendar(self) -> Response:
        """Return the appointment as a file for the own calendar; of one that was called off, what takes it out."""
        now, asked = clock.now(), self.fields.get("lang", "")
        try:
            with transaction(self.services.engine) as session:
                referral = links.open_link(session, self.token, "resident", now)
                appointment = booked_for(session, referral.id) or to_take_out(session, referral, now)
                language = resident_language(asked, links.languages_of(session, referral))
                if appointment is None:
                    return self._answer("closed", language, 404, reason="no_appointment")
                address = links.address(self.token, "resident", self.services.settings)
                label = Words(language)("label.change")
                sender = self.services.settings.mail_from
                told = {"description": f"{label}: {address}", "url": address, "organizer": sender}
                file = calendar_file(referral, appointment, **told, now=now)
        except LinkInvalid as closed:
            return self._closed(closed)
        headers = _PRIVATE | {"Content-Disposition": f'attachment; filename="{CALENDAR_FILE}"'}
        return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)

    def act(self, act: str) -> Response:
        """Do what a form asks and go back to the page; where it cannot be done, show the page and say why."""
        language = resident_language(self.fields.get("lang", ""))
        visit = Visit(self.services, self.token, clock.now(), self.fields, language)
        try:
            done = resident_acts.ACTS[act](visit)
        except LinkInvalid as closed:
            return self._closed(closed)
        except LookupError:  # erased between two steps
            return self._answer("closed", language, 404, reason="unknown")
        except tuple(_REFUSED) as refused:
            notice, status, view = _REFUSED[type(refused)]
            return self.show(view, notice, status)
        base = f"/a/{quote(done.token or self.token, safe='')}{'/' if done.view else ''}{done.view}"
        return RedirectResponse(f"{base}?lang={language}{'&done=' if done.say else ''}{done.say}", 303, _PRIVATE)

    def _times(self, page: dict[str, Any], language: str) -> dict[str, Any]:
        """Look for times; where none are left in the evening, or later, the first ones are shown."""
        part = self.fields.get("part", "any")
        after = moment_of(self.fields.get("after", ""))
        visit = Visit(self.services, self.token, clock.now(), self.fields, language)
        part = part if part in resident_acts.PARTS else "any"
        looks = self.fields.get("looks", "")
        before = int(looks) if looks.isascii() and looks.isdecimal() and len(looks) <= _LONGEST_COUNT else 0
        found = _look(resident_acts.times(visit, part, after, EVERY), before)
        none_left = not found and (part != "any" or after is not None or before > 0)
        if none_left:
            part, found = "any", resident_acts.times(visit)
        phrases = Words(language)
        return {
            "times": [
                (slot.start.isoformat(), f"{phrases.moment(slot.start)}, {words(language)['modes'][slot.mode]}")
                for slot in found
            ],
            "none_left": none_left,
            "part": part,
            "looks": 1 if none_left else before + 1,
        }

    def _closed(self, closed: LinkInvalid) -> HTMLResponse:
        language = resident_language(self.fields.get("lang", ""), closed.languages)
        return self._answer("closed", language, _STATUS[closed.reason], reason=closed.reason)

    def _answer(self, name: str, language: str, status: int, **context: object) -> HTMLResponse:
        other = next(code for code in PAGE_LANGUAGES if code != language)
        address = f"/a/{quote(self.token, safe='')}"
        view = f"/{name}" if name in VIEWS else ""
        shared = {
            "t": words(language),
            "language": language,
            "brand": self.services.brand,
            "other": {"language": other, "path": f"{address}{view}?lang={other}"},
            "address": address,
            "chat_path": "/" if language == PAGE_LANGUAGES[0] else f"/{language}",
        }
        template = f"appointment/{name}.html"
        return self.services.templates.TemplateResponse(self.request, template, shared | context, status, _PRIVATE)


def _look(free: Sequence[Slot], before: int) -> list[Slot]:
    """Return the few times that follow on those of ``before`` looks: asking on and on shows every time once."""
    seen: list[datetime] = []
    for _ in range(before):
        page = few(free, resident_acts.TIMES_SHOWN, seen=seen)
        if not page:
            break
        seen += [slot.start for slot in page]
    return few(free, resident_acts.TIMES_SHOWN, seen=seen)
