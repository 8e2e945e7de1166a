"""Who is at the desk: the signed session cookie, the form token (CSRF), and what each role may do.

The cookie holds no more than a staff id and two random values; it is HttpOnly, SameSite=Strict, and Secure on https. A
session ends after ``SESSION_HOURS``, at logout, when the password changes, or when the account is switched off.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import Engine

from bot.settings import Settings
from bot.store.engine import transaction
from bot.store.tables import Staff
from bot.web.problems import Problem
from bot.web.staff import ROLES

COOKIE = "doorwijzer_desk"
LOGIN_COOKIE = "doorwijzer_desk_login"
SESSION_HOURS = 8
LOGIN_MINUTES = 30


class LoginNeeded(Exception):
    """Nobody is logged in, or not any more."""


@dataclass(frozen=True)
class Member:
    """The staff member who sends this request."""

    id: int
    name: str
    role: str
    csrf: str
    session: str

    def may(self, role: str) -> bool:
        """Return whether this member has at least ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Sessions:
    """Gives out, reads and ends the desk's sessions."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._engine = engine
        self._https = settings.site_url.startswith("https://")
        secret = settings.secret("desk").hex()
        self._sessions = URLSafeTimedSerializer(secret, salt="session")
        self._logins = URLSafeTimedSerializer(secret, salt="login")
        self._ended: set[str] = set()

    def begin(self, response: Response, staff: Staff) -> None:
        """Log a staff member in."""
        value = {
            "staff": staff.id,
            "csrf": secrets.token_urlsafe(24),
            "session": secrets.token_urlsafe(12),
            "mark": _mark(staff),
        }
        self._set(response, COOKIE, self._sessions.dumps(value), SESSION_HOURS * 3600)
        response.delete_cookie(LOGIN_COOKIE, path="/desk")

    def end(self, response: Response, member: Member) -> None:
        """Log a member out: the cookie goes, and a copy of it is worth nothing (in this process)."""
        self._ended.add(member.session)
        response.delete_cookie(COOKIE, path="/desk")

    def member(self, request: Request) -> Member:
        """Return who sends this request. Raises ``LoginNeeded``."""
        value = self._load(self._sessions, request.cookies.get(COOKIE), SESSION_HOURS * 3600)
        if not isinstance(value, dict) or value["session"] in self._ended:
            raise LoginNeeded
        with transaction(self._engine) as session:
            staff = session.get(Staff, value["staff"])
            if staff is None or not staff.active or staff.role not in ROLES or value["mark"] != _mark(staff):
                raise LoginNeeded
            return Member(staff.id, staff.username, staff.role, value["csrf"], value["session"])

    def login_token(self, request: Request, response: Response) -> str:
        """Return the form token of the login page and set the cookie it must match."""
        token = self._load(self._logins, request.cookies.get(LOGIN_COOKIE), LOGIN_MINUTES * 60)
        if not isinstance(token, str):
            token = secrets.token_urlsafe(24)
        self._set(response, LOGIN_COOKIE, self._logins.dumps(token), LOGIN_MINUTES * 60)
        return token

    def login_token_fits(self, request: Request, given: str) -> bool:
        """Return whether the login form came from our own page."""
        token = self._load(self._logins, request.cookies.get(LOGIN_COOKIE), LOGIN_MINUTES * 60)
        return isinstance(token, str) and hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/desk", httponly=True, samesite="strict", secure=self._https
        )

    @staticmethod
    def _load(serializer: URLSafeTimedSerializer, value: str | None, seconds: int) -> Any:
        try:
            return serializer.loads(value, max_age=seconds) if value else None
        except BadSignature:
            return None


FormText = Annotated[str, Form()]


def logged_in(request: Request) -> Member:
    """Return who sends this request. Raises ``LoginNeeded``."""
    sessions: Sessions = request.app.state.desk_sessions
    return sessions.member(request)


Somebody = Annotated[Member, Depends(logged_in)]


def sending(member: Somebody, csrf: FormText = "") -> Member:
    """Return who sends this form. Raises ``LoginNeeded``, or ``Problem`` 403 without this session's form token."""
    if not hmac.compare_digest(member.csrf.encode(), csrf.encode("utf-8", "replace")):
        raise Problem(403, "form-token", "The form does not belong to this session.")
    return member


Sending = Annotated[Member, Depends(sending)]


def acting(member: Sending) -> Member:
    """Return who acts in a conversation: at least the role ``staff``. Raises as ``sending``, and 403 for the role."""
    check_role(member, "staff")
    return member


Acting = Annotated[Member, Depends(acting)]


def auditing(member: Somebody) -> Member:
    """Return who reads the audit: the role ``admin``. Raises ``LoginNeeded``, or ``Problem`` 403."""
    check_role(member, "admin")
    return member


Auditing = Annotated[Member, Depends(auditing)]


def check_role(member: Member, role: str) -> None:
    """Raise ``Problem`` 403 unless the member has at least ``role``."""
    if not member.may(role):
        raise Problem(403, "role", f"This needs the role {role}.")


def _mark(staff: Staff) -> str:
    # changes with the password, so old sessions end; says nothing about the password
    return sha256(staff.password_hash.encode()).hexdigest()[:16]
