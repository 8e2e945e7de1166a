"""The desk's pages of referrals: who may do what, what is recorded, and what each act brings about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import conversations
from bot.referral import follow_up, outbox, progress, transfer
from bot.referral.state_machine import history
from bot.store.engine import transaction
from bot.store.tables import Audit, FollowUp, Outbox, Referral
from bot.web import desk_referral_data
from bot.web.desk_referral_acts import ACTS
from bot.web.desk_referral_data import filters
from bot.web.page_texts import page_texts
from bot.web.staff import ROLES
from tests.web.conftest import Site
from tests.web.desk_helpers import Desk, audited, token_in
from tests.web.partner_helpers import DIRECTORY, UWV, referred, status_of, token_of

PERSONAL = ("Jan de Vries", "612345678", "jan@example.org")
ELSEWHERE = DIRECTORY.partners("midden-utrecht", "education")[0]

ROUTES = [
    ("GET", "/desk/referrals", "viewer", 200),
    ("GET", "/desk/referrals/{ref}", "viewer", 200),
    ("POST", "/desk/referrals/{ref}/contact", "staff", 200),
    ("POST", "/desk/referrals/{ref}/renew-link", "staff", 200),
    ("POST", "/desk/referrals/letters/{row}/try-again", "staff", 303),
    ("POST", "/desk/referrals/letters/{row}/close", "staff", 303),
    ("POST", "/desk/referrals/letters/{row}/passed-on", "staff", 303),
    *(("POST", f"/desk/referrals/{{ref}}/{act}", "staff", 303) for act in ACTS),
]


@pytest.fixture
def referral(site: Site) -> Referral:
    return referred(site.engine)


@pytest.fixture
def anna(desk_of: Callable[[str], Desk]) -> Desk:
    return desk_of("staff")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def sent_back(site: Site, referral: Referral) -> None:
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        progress.send_back(session, found, "not_ours", f"partner:{UWV.id}", clock.now(), suggested_role="education")


# --- who may do what -------------------------------------------------------------------------------------------------


def test_role_by_route(site: Site, desk_of: Callable[[str], Desk], referral: Referral) -> None:
    members = {role: desk_of(role) for role in ROLES}
    for method, path, needed, status in ROUTES:
        address = path.format(ref=referral.reference, row=1)
        anonymous = httpx.request(method, site.url + address, trust_env=False)
        assert (anonymous.status_code, anonymous.headers["location"]) == (303, "/desk/login"), address
        for role, desk in members.items():
            response = desk.web.get(address) if method == "GET" else desk.post(address)
            allowed = ROLES.index(role) >= ROLES.index(needed)
            assert response.status_code == (status if allowed else 403), (role, address)


def test_all_routes_are_in_the_matrix() -> None:
    from bot.web import desk_referrals

    found = {(method, route.path) for route in desk_referrals.router.routes for method in route.methods}  # type: ignore[attr-defined]
    assert found == {
        ("GET", "/desk/referrals"),
        ("GET", "/desk/referrals/{reference}"),
        ("POST", "/desk/referrals/{reference}/contact"),
        ("POST", "/desk/referrals/{reference}/renew-link"),
        ("POST", "/desk/referrals/letters/{row_id}/{act}"),
        ("POST", "/desk/referrals/{reference}/{act}"),
    }


def test_every_form_needs_the_token_of_its_own_session(
    site: Site, desk_of: Callable[[str], Desk], referral: Referral
) -> None:
    anna, theirs = desk_of("admin"), token_in(desk_of("staff").web.get("/desk").text)
    for method, path, _, _ in ROUTES:
        if method == "POST":
            for csrf in ("", "wrong", theirs):
                assert anna.post(path.format(ref=referral.reference, row=1), csrf=csrf).status_code == 403, path
    assert status_of(site.engine, referral) == "requested"


def test_what_does_not_exist_is_not_found(anna: Desk, referral: Referral) -> None:
    for reference in ("77777777", "x", "é", "%2e%2e", "a" * 3000):
        assert anna.web.get(f"/desk/referrals/{reference}").status_code == 404
        for act in (*ACTS, "contact", "renew-link"):
            assert anna.post(f"/desk/referrals/{reference}/{act}").status_code == 404, (reference, act)
    for path in (f"{referral.reference}/nonsense", "letters/99999999999999999999/try-again", "letters/1/nonsense"):
        assert anna.post(f"/desk/referrals/{path}").status_code == 404


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered(site: Site, anna: Desk, referral: Referral) -> None:
    back, ended = (referred(site.engine, need=need, timed=False) for need in ("job_search", "training"))
    sent_back(site, back)
    with transaction(site.engine) as session:
        progress.give_up(session, session.get_one(Referral, ended.id), "resident", clock.now())
        session.get_one(Referral, referral.id).due_at = clock.now() - timedelta(hours=1)
        session.add(FollowUp(referral_id=back.id, wave="two_weeks", asked_at=clock.now(), answer="no_help"))
    expected = {
        "open": {referral, back}, "overdue": {referral}, "came_back": {back}, "wants_help": {back},
        "cancelled": {ended}, "requested": {referral}, "rejected": {back}, "completed": set(),
        "nonsense": {referral, back},
    }  # fmt: skip
    for show, wanted in expected.items():
        page = anna.web.get("/desk/referrals", params={"show": show}).text
        listed = set(re.findall(r'href="/desk/referrals/(\w+)"', page))
        assert listed == {one.reference for one in wanted}, show
        assert not any(secret in page for secret in PERSONAL)
    assert set(filters()) == set(page_texts("desk")["filters"])


def test_a_list_that_is_cut_off_says_so(
    site: Site, anna: Desk, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    for need in ("job_search", "training", "debt_help"):
        referred(site.engine, need=need, timed=False)
    sent_back(site, referral)
    for rows, show, says in (
        (3, "open", "Lopend 3 van 4 "),
        (4, "open", "Lopend 4 "),
        (2, "requested", "Aangevraagd 2 van 3 "),
        (2, "came_back", "Teruggekomen 1 "),
        (2, "nonsense", "Lopend 2 van 4 "),
    ):
        monkeypatch.setattr(desk_referral_data, "ROWS", rows)
        page = anna.web.get("/desk/referrals", params={"show": show}).text
        (title,) = re.findall(r'<h2 id="list-title">(.*?)</h2>', page)
        assert text_of(title).strip() == says.strip()


def test_one_referral_shows_what_happened_and_reading_is_recorded(site: Site, anna: Desk, referral: Referral) -> None:
    sent_back(site, referral)
    shown = anna.web.get(f"/desk/referrals/{referral.reference}").text
    for words in (
        "teruggekomen bij het team", "hoort bij een andere partner", "beter bij: onderwijs", f"partner {UWV.id}",
        "bewoner", "Aan zet: balie", "uw contract stopt op 31 januari", "Zeist", "verwijzing",
    ):  # fmt: skip
        assert words in text_of(shown), words
    assert not any(secret in shown for secret in PERSONAL)
    assert ("staff-1", "read_referral", referral.reference) in audited(site)
    contact = anna.post(f"/desk/referrals/{referral.reference}/contact").text
    assert all(secret in contact for secret in PERSONAL)
    assert ("staff-1", "read_contact", referral.reference) in audited(site)


# --- acting ----------------------------------------------------------------------------------------------------------


def test_what_came_back_is_passed_on_with_consent_and_the_old_place_stays_until_it_is_certain(
    site: Site, anna: Desk, referral: Referral
) -> None:
    sent_back(site, referral)
    address = f"/desk/referrals/{referral.reference}"
    for act, data in (("take-up", {}), ("transfer", {"partner": ELSEWHERE.id})):
        response = anna.post(f"{address}/{act}", **data)
        assert "Vastgelegd." in text_of(anna.web.get(response.headers["location"]).text)
    with transaction(site.engine) as session:
        draft = transfer.proposals_of(session, session.get_one(Referral, referral.id))[0]
    assert draft.reference in anna.web.get(address).text
    assert ELSEWHERE.name in text_of(anna.web.get(f"/desk/referrals/{draft.reference}").text)
    for _ in range(2):
        anna.post(f"/desk/referrals/{draft.reference}/consent")
    assert (status_of(site.engine, draft), status_of(site.engine, referral)) == ("requested", "needs_review")
    with transaction(site.engine) as session:
        found = session.get_one(Referral, draft.id)
        assert found.payload["consent"]["version"] == page_texts("desk")["consent_version"]
        assert found.payload["consent"]["partners"] == [ELSEWHERE.id]
        assert history(session, found)[-1].actor == "desk:staff-1"
        progress.accept(session, found, f"partner:{ELSEWHERE.id}", clock.now())
    assert status_of(site.engine, referral) == "cancelled"
    recorded = [action for _, action, _ in audited(site)]
    assert [recorded.count(f"referral_{act}") for act in ("take_up", "transfer")] == [1, 1]


def test_a_resident_who_says_no_stays_where_they_are(site: Site, anna: Desk, referral: Referral) -> None:
    anna.post(f"/desk/referrals/{referral.reference}/transfer", partner=ELSEWHERE.id)
    with transaction(site.engine) as session:
        draft = transfer.proposals_of(session, session.get_one(Referral, referral.id))[0]
    anna.post(f"/desk/referrals/{draft.reference}/decline")
    assert (status_of(site.engine, draft), status_of(site.engine, referral)) == ("cancelled", "requested")


@pytest.mark.parametrize(
    ("act", "data", "notice"),
    [
        ("take-up", {}, "referral_changed"),
        ("ask-again", {}, "referral_done"),  # it is asked already: nothing to do
        ("outcome", {"outcome": "work"}, "referral_changed"),
        ("outcome", {"outcome": "x" * 500}, "referral_choose"),
        ("transfer", {"partner": "nobody"}, "referral_choose"),
        ("transfer", {"partner": UWV.id}, "referral_choose"),
        ("decline", {}, "referral_changed"),
    ],
)
def test_what_cannot_be_done_says_so_and_changes_nothing(
    site: Site, anna: Desk, referral: Referral, act: str, data: dict[str, str], notice: str
) -> None:
    response = anna.post(f"/desk/referrals/{referral.reference}/{act}", **data)
    assert response.headers["location"].endswith(f"notice={notice}")
    assert page_texts("desk")[notice] in text_of(anna.web.get(response.headers["location"]).text)
    with transaction(site.engine) as session:
        assert [one.status for one in session.scalars(select(Referral))] == ["requested"]
        assert len(history(session, session.get_one(Referral, referral.id))) == 1


def test_the_outcome_and_the_end(site: Site, anna: Desk, referral: Referral) -> None:
    with transaction(site.engine) as session:
        progress.accept(session, session.get_one(Referral, referral.id), "partner:x", clock.now())
    anna.post(f"/desk/referrals/{referral.reference}/outcome", outcome="lost_sight_of")
    assert status_of(site.engine, referral) == "completed"
    other = referred(site.engine, need="job_search", timed=False)
    anna.post(f"/desk/referrals/{other.reference}/cancel")
    assert status_of(site.engine, other) == "cancelled"


def test_who_still_wants_help_is_taken_up_and_leaves_the_list(site: Site, anna: Desk, referral: Referral) -> None:
    address = f"/desk/referrals/{referral.reference}"
    assert "Vraag achteraf" not in anna.web.get(address).text
    assert anna.post(f"{address}/help-taken-up").headers["location"].endswith("referral_changed")
    with transaction(site.engine) as session:
        at = clock.now().replace(year=2026, month=11, day=20, hour=11, minute=5)
        for wave, answer in (("two_weeks", "waiting"), ("three_months", "no_help")):
            row = FollowUp(referral_id=referral.id, wave=wave, asked_at=at, answer=answer, answered_at=at)
            session.add(row)
            at += timedelta(days=80)

    def listed() -> bool:
        return referral.reference in anna.web.get("/desk/referrals", params={"show": "wants_help"}).text

    page = anna.web.get(address).text
    for words in ("na 2 weken Ik wacht nog 20-11-2026", "na 3 maanden Ik kreeg geen hulp 08-02-2027"):
        assert words in text_of(page)
    assert page.count(f'action="{address}/help-taken-up"') == 1
    assert listed()
    for notice in ("referral_done", "referral_changed"):
        assert anna.post(f"{address}/help-taken-up").headers["location"].endswith(notice)
    assert not listed()
    assert "door staff-1" in text_of(anna.web.get(address).text)
    assert audited(site).count(("staff-1", "referral_help_taken_up", referral.reference)) == 1
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        follow_up.answer(session, found, "no_help", clock.now())
    assert not listed(), "the same answer once more is nothing new"
    with transaction(site.engine) as session:
        follow_up.answer(session, session.get_one(Referral, referral.id), "waiting", clock.now())
    assert listed(), "another answer is new"


# --- what a partner says by phone ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "data", "status", "reason", "role"),
    [
        ("accept", {}, "accepted", None, None),
        ("begin", {}, "in_progress", None, None),
        ("unreached", {}, "failed", "not_reached", None),
        ("back", {"reason": "not_ours", "role": "kvk"}, "rejected", "not_ours", "kvk"),
        ("back", {"reason": "not_ours", "role": "unknown"}, "rejected", "not_ours", None),
        ("back", {"reason": "no_place", "role": ""}, "rejected", "no_place", None),
    ],
)
def test_what_the_partner_says_by_phone_is_the_partners_move_noted_by_the_desk(
    site: Site,
    anna: Desk,
    referral: Referral,
    act: str,
    data: dict[str, str],
    status: str,
    reason: str | None,
    role: str | None,
) -> None:
    assert "Door de telefoon gehoord" in anna.web.get(f"/desk/referrals/{referral.reference}").text
    response = anna.post(f"/desk/referrals/{referral.reference}/{act}", **data)
    assert response.headers["location"].endswith("notice=referral_done")
    anna.post(f"/desk/referrals/{referral.reference}/{act}", **data)
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        steps = history(session, found)
        assert (found.status, len(steps)) == (status, 2)
        assert (steps[-1].actor, steps[-1].reason, steps[-1].suggested_role) == ("desk:staff-1", reason, role)
    assert ("staff-1", f"referral_{act}", referral.reference) in audited(site)


def test_from_the_phone_call_to_the_outcome(site: Site, anna: Desk, referral: Referral) -> None:
    address = f"/desk/referrals/{referral.reference}"
    offered = {"accept", "begin", "hold", "unreached", "back"}

    def shown() -> set[str]:
        return offered & set(re.findall(rf'action="{address}/([a-z-]+)"', anna.web.get(address).text))

    assert shown() == offered - {"hold"}
    for act, status in (("accept", "accepted"), ("hold", "on_hold"), ("begin", "in_progress")):
        anna.post(f"{address}/{act}")
        assert status_of(site.engine, referral) == status
    assert shown() == offered - {"accept", "begin"}
    anna.post(f"{address}/outcome", outcome="training")
    assert status_of(site.engine, referral) == "completed"
    assert shown() == set()


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        ({}, "referral_choose"),
        ({"reason": "geen zin"}, "referral_choose"),
        ({"reason": "not_reached"}, "referral_choose"),
        ({"reason": "not_ours"}, "referral_whose"),
        ({"reason": "not_ours", "role": "de koning"}, "referral_no_role"),
        ({"reason": "not_ours", "role": "uwv"}, "referral_no_role"),
        ({"reason": "no_place", "role": "crisis_line"}, "referral_no_role"),
        ({"reason": "no_place", "role": "x" * 500}, "referral_no_role"),
    ],
)
def test_what_cannot_be_meant_on_the_phone_is_asked_again(
    site: Site, anna: Desk, referral: Referral, data: dict[str, str], notice: str
) -> None:
    response = anna.post(f"/desk/referrals/{referral.reference}/back", **data)
    assert response.headers["location"].endswith(f"notice={notice}")
    assert page_texts("desk")[notice] in text_of(anna.web.get(response.headers["location"]).text)
    assert status_of(site.engine, referral) == "requested"


def test_the_desk_names_neither_who_has_it_nor_who_is_called_day_and_night(anna: Desk, referral: Referral) -> None:
    page = anna.web.get(f"/desk/referrals/{referral.reference}").text
    (form,) = re.findall(r'<select[^>]+id="role".*?</select>', page, re.DOTALL)
    offered = set(re.findall(r'value="(\w+)"', form))
    assert {"unknown", "kvk", "education"} <= offered
    assert not offered & {"uwv", "crisis_line", "safe_home"}


def test_a_link_is_withdrawn_and_renewed(site: Site, anna: Desk, referral: Referral) -> None:
    old = f"/p/{token_of(site.engine, referral)}"
    page = anna.post(f"/desk/referrals/{referral.reference}/renew-link").text
    new = re.search(r"<code class=\"address\">http://[^/]+(/p/[^<]+)</code>", page)
    assert new is not None
    assert [site.web.get(address).status_code for address in (old, new.group(1))] == [410, 200]
    assert new.group(1) not in anna.web.get(f"/desk/referrals/{referral.reference}").text
    anna.post(f"/desk/referrals/{referral.reference}/revoke-link")
    assert site.web.get(new.group(1)).status_code == 410


def test_what_goes_by_phone_stays_on_the_list_until_somebody_called(site: Site, anna: Desk, referral: Referral) -> None:
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.progress = {"with": "desk"}
        outbox.delivered(session, row.id, clock.now())
    assert "Telefonisch door te geven" in anna.web.get("/desk/referrals").text
    for _ in range(2):
        assert anna.post(f"/desk/referrals/letters/{row.id}/passed-on").status_code == 303
    assert "Telefonisch door te geven" not in anna.web.get("/desk/referrals").text
    assert "telefonisch doorgegeven" in anna.web.get(f"/desk/referrals/{referral.reference}").text
    assert [action for _, action, _ in audited(site)].count("referral_passed_on") == 1
    with transaction(site.engine) as session:
        assert session.get_one(Outbox, row.id).progress["passed_on_by"] == "staff-1"


def test_what_was_told_long_ago_never_hides_what_was_not(
    site: Site, anna: Desk, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_referral_data, "ROWS", 3)
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.progress, row.state = {"with": "desk", "passed_on_at": "2026-11-01T10:00:00+00:00"}, "delivered"
        for number in range(8):
            told = {"passed_on_by": "anna", "passed_on_at": "2026-11-01T10:00:00+00:00"} if number < 4 else {}
            entry = outbox.Entry("rescheduled", "partner", str(number))
            later = outbox.enqueue(session, session.get_one(Referral, referral.id), entry, clock.now())
            later.progress, later.state = {"with": "desk", **told}, "delivered"
    shown = text_of(anna.web.get("/desk/referrals").text)
    assert "Telefonisch door te geven 3 van 4" in shown
    assert shown.count("Doorgegeven") == 3


def test_a_withdrawal_is_told_by_phone_too_by_its_reference_alone(site: Site, anna: Desk, referral: Referral) -> None:
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.progress, row.state, row.kind, row.referral_id = {"with": "desk"}, "delivered", "withdrawn", None
        session.flush()
        row_id = row.id
        conversations.erase(session, referral.conversation_id)
    page = anna.web.get("/desk/referrals").text
    assert f"{referral.reference} {UWV.id} gewist" in text_of(page)
    assert f"/desk/referrals/{referral.reference}" not in page
    assert anna.post(f"/desk/referrals/letters/{row_id}/passed-on").headers["location"].endswith("referral_done")


def test_a_dead_letter_is_shown_and_tried_again(site: Site, anna: Desk, referral: Referral) -> None:
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.state, row.attempts, row.last_error = "dead", 16, "550 <no such user>"
    page = anna.web.get("/desk/referrals").text
    assert "550 &lt;no such user&gt;" in page
    assert referral.reference in page
    for notice in ("referral_done", "referral_changed"):
        response = anna.post(f"/desk/referrals/letters/{row.id}/try-again")
        assert response.headers["location"] == f"/desk/referrals?notice={notice}"
    with transaction(site.engine) as session:
        assert (session.get_one(Outbox, row.id).state, session.get_one(Outbox, row.id).attempts) == ("pending", 0)
        tried = session.scalars(select(Audit).where(Audit.action == "referral_retry")).all()
        assert [one.subject for one in tried] == [referral.reference]


def test_a_dead_letter_is_closed_and_what_waits_behind_it_goes(site: Site, anna: Desk, referral: Referral) -> None:
    now = clock.now()
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
        row.state, row.attempts, row.last_error = "dead", 16, "550 no such user"
        found = session.get_one(Referral, referral.id)
        later = outbox.enqueue(session, found, outbox.Entry("rescheduled", "partner", "1"), now)
        session.flush()
        assert later.id not in {one.id for one in outbox.claim(session, now)}
    page = anna.web.get("/desk/referrals").text
    letters = page[page.index("letters-title") : page.index("list-title")]
    assert f'href="/desk/referrals/{referral.reference}"' in letters
    assert "Afsluiten" in letters
    for notice in ("referral_done", "referral_changed"):
        response = anna.post(f"/desk/referrals/letters/{row.id}/close")
        assert response.headers["location"] == f"/desk/referrals?notice={notice}"
    assert "Niet bezorgd" not in anna.web.get("/desk/referrals").text
    with transaction(site.engine) as session:
        closed = session.get_one(Outbox, row.id)
        assert (closed.state, closed.last_error) == ("dropped", "closed by staff-1: 550 no such user")
        assert later.id in {one.id for one in outbox.claim(session, clock.now())}
    assert audited(site).count(("staff-1", "referral_close_letter", referral.reference)) == 1


def test_what_is_no_dead_letter_cannot_be_closed(site: Site, anna: Desk, referral: Referral) -> None:
    with transaction(site.engine) as session:
        row = session.scalars(select(Outbox).where(Outbox.recipient == "partner")).one()
    assert anna.post(f"/desk/referrals/letters/{row.id}/close").headers["location"].endswith("referral_changed")
    with transaction(site.engine) as session:
        assert session.get_one(Outbox, row.id).state == "pending"


def test_every_act_that_is_recorded_has_words() -> None:
    words = page_texts("desk")["actions"]
    named = {f"referral_{act.replace('-', '_')}" for act in (*ACTS, "renew-link", "passed-on", "retry", "close-letter")}
    assert named <= set(words)
