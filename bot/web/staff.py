"""Staff accounts: creating one, and checking a login with lock-out (BIO2: strong passwords, limited attempts)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot import clock
from bot.store.engine import transaction
from bot.store.tables import Audit, Staff

#: viewer reads conversations; staff also speaks with residents and sees contact details; admin also reads the audit.
ROLES = ("viewer", "staff", "admin")
MAX_FAILURES = 5
LOCK_MINUTES = 15

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no look-alikes: people type this over


class StaffExists(ValueError):
    """There is a staff member with this name already."""


def create_staff(username: str, role: str = "staff", engine: Engine | None = None) -> str:
    """Create a staff member and return the password, which is shown once and stored only as a hash.

    Raises ``ValueError`` for an unknown role or an empty name, ``StaffExists`` when the name is taken.
    """
    name = username.strip().lower()
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}: {', '.join(ROLES)}")
    if not name or len(name) > 60:
        raise ValueError("a username has 1 to 60 characters")
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    now = clock.now()
    with transaction(engine) as session:
        if session.scalar(select(Staff).where(Staff.username == name)) is not None:
            raise StaffExists(f"there is a staff member {name!r} already")
        session.add(Staff(username=name, password_hash=_hasher.hash(password), role=role, created_at=now))
        session.add(Audit(actor="command line", action="create_staff", subject=name, at=now))
    return password


def check_login(session: Session, username: str, password: str, now: datetime) -> Staff | None:
    """Return the staff member, or ``None`` for any reason: the caller never learns which one.

    Counts failures: after ``MAX_FAILURES`` the account is locked for ``LOCK_MINUTES``. The time spent does not depend
    on whether the name exists.
    """
    name = username.strip().lower()
    staff = session.scalar(select(Staff).where(Staff.username == name))
    fits = _fits(staff.password_hash if staff else _NOBODY, password)
    if staff is None:
        _audit(session, "unknown", "login_failed", None, now)
        return None
    if not staff.active or (staff.locked_until is not None and staff.locked_until > now):
        _audit(session, staff.username, "login_refused", None, now)
        return None
    if not fits:
        staff.failed_logins += 1
        if staff.failed_logins >= MAX_FAILURES:
            staff.locked_until, staff.failed_logins = now + timedelta(minutes=LOCK_MINUTES), 0
        _audit(session, staff.username, "login_failed", None, now)
        return None
    staff.failed_logins, staff.locked_until = 0, None
    _audit(session, staff.username, "login", None, now)
    return staff


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _audit(session: Session, actor: str, action: str, subject: str | None, now: datetime) -> None:
    session.add(Audit(actor=actor, action=action, subject=subject, at=now))
