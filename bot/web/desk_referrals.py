"""The desk's pages of referrals: what is overdue, what came back, what could not be delivered, and one referral.

As everywhere at the desk, reading is recorded too (``audit``).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.referral.booking import document_for_partner
from bot.referral.delivery import desk as by_phone
from bot.store.tables import Referral
from bot.web import desk_referral_acts, desk_referral_data
from bot.web.desk_referral_acts import ACTS, NOTICES, Asked
from bot.web.desk_session import Acting, Member, Somebody
from bot.web.desk_view import page, read, services_of
from bot.web.page_texts import page_texts
from bot.web.problems import Problem

router = APIRouter(prefix="/desk/referrals", include_in_schema=False)
_LONGEST_FIELD = 120


@router.get("")
def listing(request: Request, member: Somebody, show: str = "open", notice: str = "") -> HTMLResponse:
    """Show the referrals under one filter, and above them what waits for somebody at the desk."""
    now = clock.now()
    found = read(
        request,
        member,
        "read_referrals",
        lambda session: {
            "rows": desk_referral_data.listing(session, show, now),
            "total": desk_referral_data.count(session, show, now),
            "letters": desk_referral_data.letters(session),
            "calls": desk_referral_data.to_pass_on(session),
            "calls_total": by_phone.count_to_pass_on(session),
        },
    )
    filters = desk_referral_data.filters()
    chosen = show if show in filters else "open"
    return page(
        request,
        "referrals",
        member=member,
        here="referrals",
        filters=filters,
        chosen=chosen,
        notice=_words(notice),
        **found,
    )


@router.get("/{reference}")
def one(request: Request, member: Somebody, reference: str, notice: str = "") -> HTMLResponse:
    """Show one referral."""
    return _page(request, member, reference, notice=_words(notice))


@router.post("/{reference}/contact")
def contact(request: Request, member: Acting, reference: str) -> HTMLResponse:
    """Show the contact details that belong to a referral; recorded apart from reading it."""

    def details(session: Session) -> dict[str, str]:
        return document_for_partner(session, _known(session, reference), with_contact=True)["contact"] or {}

    shown = read(request, member, "read_contact", details, subject=reference)
    return _page(request, member, reference, contact=shown)


@router.post("/{reference}/renew-link")
def renew_link(request: Request, member: Acting, reference: str) -> HTMLResponse:
    """End the partner's link and show a new one."""
    try:
        new = desk_referral_acts.renew_link(services_of(request).engine, reference, _asked(request, member, {}))
    except LookupError:
        raise _unknown() from None
    return _page(request, member, reference, new_link=new)


@router.post("/letters/{row_id}/{act}")
def letter(request: Request, member: Acting, row_id: int, act: str) -> Response:
    """Send something again, give it up, or note that it was passed on by phone."""
    acts = {
        "try-again": desk_referral_acts.try_again,
        "close": desk_referral_acts.close_letter,
        "passed-on": desk_referral_acts.passed_on,
    }
    if act not in acts or not 0 < row_id < 2**31:
        raise _unknown()
    notice = acts[act](services_of(request).engine, row_id, _asked(request, member, {}))
    return RedirectResponse(f"/desk/referrals?notice={notice or 'referral_done'}", 303)


async def _fields(request: Request) -> dict[str, str]:
    return {name: str(value)[:_LONGEST_FIELD] for name, value in (await request.form()).items()}


@router.post("/{reference}/{act}")
async def act(
    request: Request, member: Acting, reference: str, act: str, fields: Annotated[dict[str, str], Depends(_fields)]
) -> Response:
    """Do something with a referral."""
    if act not in ACTS:
        raise _unknown()
    asked = _asked(request, member, fields)
    try:
        notice = await run_in_threadpool(desk_referral_acts.do, services_of(request).engine, reference, act, asked)
    except LookupError:
        raise _unknown() from None
    return RedirectResponse(f"/desk/referrals/{reference}?notice={notice or 'referral_done'}", 303)


def _page(request: Request, member: Member, reference: str, **context: Any) -> HTMLResponse:
    directory = services_of(request).directory

    def find(session: Session) -> dict[str, Any]:
        return desk_referral_data.case(session, _known(session, reference), directory, clock.now())

    found = read(request, member, "read_referral", find, subject=reference)
    return page(request, "referral", member=member, here="referrals", r=found, **{"notice": "", **context})


def _known(session: Session, reference: str) -> Referral:
    referral = desk_referral_data.find(session, reference)
    if referral is None:
        raise _unknown()
    return referral


def _asked(request: Request, member: Member, fields: dict[str, str]) -> Asked:
    return Asked(member, services_of(request).directory, clock.now(), fields)


def _unknown() -> Problem:
    return Problem(404, "not-found", "There is no such referral.")


def _words(notice: str) -> str:
    return str(page_texts("desk")[notice]) if notice in NOTICES else ""
