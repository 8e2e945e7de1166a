"""Logging in and out of the desk. Every refusal looks the same: it never says which part was wrong."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot import clock
from bot.store.engine import transaction
from bot.web.desk_session import FormText, LoginNeeded, Sending, Sessions
from bot.web.desk_view import page, record
from bot.web.page_texts import page_texts
from bot.web.staff import check_login

router = APIRouter(prefix="/desk", include_in_schema=False)


@router.get("/login")
def login_form(request: Request) -> Response:
    """Show the login form."""
    expired = "expired" in request.query_params
    return _login_page(request, 200, "login_expired" if expired else "")


@router.post("/login")
def login(request: Request, username: FormText = "", password: FormText = "", csrf: FormText = "") -> Response:
    """Check a login and begin a session."""
    if not _sessions(request).login_token_fits(request, csrf):
        return _login_page(request, 403, "form_expired")
    with transaction(request.app.state.services.engine) as session:
        staff = check_login(session, username[:60], password[:200], clock.now())
    if staff is None:
        return _login_page(request, 403, "login_failed")
    response = RedirectResponse("/desk", 303)
    _sessions(request).begin(response, staff)
    return response


@router.post("/logout")
def logout(request: Request, member: Sending) -> Response:
    """End the session."""
    record(request, member, "logout")
    response = RedirectResponse("/desk/login", 303)
    _sessions(request).end(response, member)
    return response


def answer_login_needed(request: Request, error: Exception) -> Response:
    """Send somebody without a session to the login page (HTMX follows ``HX-Redirect``)."""
    assert isinstance(error, LoginNeeded)  # noqa: S101 - registered for this type only
    address = "/desk/login?expired=1" if request.cookies else "/desk/login"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _login_page(request: Request, status: int, message: str) -> Response:
    with_cookie = Response()
    token = _sessions(request).login_token(request, with_cookie)
    response = page(request, "login", status, csrf=token, message=page_texts("desk").get(message, ""))
    response.raw_headers += [header for header in with_cookie.raw_headers if header[0] == b"set-cookie"]
    return response


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.desk_sessions
    return sessions
