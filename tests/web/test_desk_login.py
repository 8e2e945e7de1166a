"""Logging in at the desk: sessions, lock-out, constant answers, accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot import clock
from bot.store.engine import transaction
from bot.store.tables import Staff
from bot.web.staff import LOCK_MINUTES, StaffExists, check_login, create_staff
from tests.web.conftest import Site
from tests.web.desk_helpers import Desk, audited


def test_login_sets_a_strict_cookie_and_logout_ends_the_session(site: Site) -> None:
    password = create_staff("Anna", "staff", site.engine)
    desk = Desk(site)
    response = desk.login(" ANNA ", password)
    assert (response.status_code, response.headers["location"]) == (303, "/desk")
    cookie = next(value for value in response.headers.get_list("set-cookie") if value.startswith("doorwijzer_desk="))
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert desk.web.get("/desk").status_code == 200
    copy = dict(desk.web.cookies)
    assert desk.post("/desk/logout").status_code == 303
    assert desk.web.get("/desk").headers["location"].startswith("/desk/login")
    again = httpx.get(f"{site.url}/desk", cookies=copy, trust_env=False)
    assert again.status_code == 303


def test_every_refusal_looks_the_same(site: Site) -> None:
    password = create_staff("anna", "staff", site.engine)
    create_staff("gone", "staff", site.engine)
    with transaction(site.engine) as session:
        session.scalars(select(Staff).where(Staff.username == "gone")).one().active = False
    answers = set()
    for name, given in (("anna", "wrong"), ("nobody", "x"), ("gone", "x"), ("", ""), ("anna", "x" * 5000)):
        response = Desk(site).login(name, given)
        assert response.status_code == 403
        answers.add(re.sub(r'value="[^"]*"', "", response.text))
    assert len(answers) == 1
    assert password not in str(answers)


def test_five_failures_lock_for_a_quarter_of_an_hour(site: Site) -> None:
    password = create_staff("anna", "staff", site.engine)
    desk = Desk(site)
    for _ in range(5):
        assert desk.login("anna", "wrong").status_code == 403
    assert desk.login("anna", password).status_code == 403
    now = clock.now()
    with transaction(site.engine) as session:
        assert check_login(session, "anna", password, now + timedelta(minutes=LOCK_MINUTES - 1)) is None
        assert check_login(session, "anna", password, now + timedelta(minutes=LOCK_MINUTES + 1)) is not None
    assert [action for _, action, _ in audited(site)].count("login_failed") == 5


def test_a_login_form_from_elsewhere_is_refused(site: Site) -> None:
    password = create_staff("anna", "staff", site.engine)
    for csrf in ("", "x", "é"):
        desk = Desk(site)
        desk.web.get("/desk/login")
        response = desk.web.post("/desk/login", data={"username": "anna", "password": password, "csrf": csrf})
        assert response.status_code == 403
        assert desk.web.get("/desk").status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "eyJzdGFmZiI6MX0.aaa.bbb"])
def test_a_forged_session_is_no_session(site: Site, cookie: str) -> None:
    response = httpx.get(f"{site.url}/desk", cookies={"doorwijzer_desk": cookie}, trust_env=False)
    assert response.status_code == 303


def test_a_new_password_or_a_closed_account_ends_the_session(site: Site, desk_of: Callable[[str], Desk]) -> None:
    staff, admin = desk_of("staff"), desk_of("admin")
    with transaction(site.engine) as session:
        session.scalars(select(Staff).where(Staff.username == "staff-1")).one().active = False
        session.scalars(select(Staff).where(Staff.username == "admin-1")).one().password_hash = "another"
    assert staff.web.get("/desk").status_code == 303
    assert admin.web.get("/desk").status_code == 303
    refreshed = staff.web.get("/desk/queue", headers={"hx-request": "true"})
    assert (refreshed.status_code, refreshed.headers["hx-redirect"]) == (401, "/desk/login?expired=1")


def test_accounts_have_a_free_name_and_a_known_role(site: Site) -> None:
    password = create_staff("anna", "staff", site.engine)
    assert len(password) > 20
    with pytest.raises(StaffExists):
        create_staff("Anna ", "staff", site.engine)
    for name, role in (("x", "boss"), ("", "staff"), ("x" * 61, "staff")):
        with pytest.raises(ValueError, match=r"role|username"):
            create_staff(name, role, site.engine)
    with transaction(site.engine) as session:
        assert password not in session.scalars(select(Staff.password_hash)).one()
