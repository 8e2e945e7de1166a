"""The desk over real HTTP: who may do what, forms, reading that is recorded, and the work itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot import clock
from bot.conversation import contacts, handoffs
from bot.conversation.contacts import ContactDetails
from bot.referral.sign_ups import sign_up
from bot.store.engine import transaction
from bot.store.tables import Conversation, Handoff, Message
from bot.web.staff import ROLES
from tests.events import make_event
from tests.web.conftest import Site
from tests.web.desk_helpers import NOW, Desk, audited, handed_off, token_in

# --- who may do what -------------------------------------------------------------------------------------------------

ROUTES = [
    ("GET", "/desk", "viewer", 200),
    ("GET", "/desk/queue", "viewer", 200),
    ("GET", "/desk/conversations/{id}", "viewer", 200),
    ("GET", "/desk/conversations/{id}/transcript", "viewer", 200),
    ("POST", "/desk/conversations/{id}/contact", "staff", 200),
    ("POST", "/desk/conversations/{id}/claim", "staff", 303),
    ("POST", "/desk/conversations/{id}/reply", "staff", 422),
    ("POST", "/desk/conversations/{id}/hand-back", "staff", 303),
    ("POST", "/desk/conversations/{id}/close", "staff", 303),
    ("GET", "/desk/events", "viewer", 200),
    ("GET", "/desk/events/{event}", "viewer", 200),
    ("POST", "/desk/events/{event}/contact", "staff", 200),
    ("GET", "/desk/audit", "admin", 200),
]


def test_role_by_route(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat, event = handed_off(site), make_event()
    with transaction(site.engine) as session:
        sign_up(session, event, chat["id"], NOW)
    members = {role: desk_of(role) for role in ROLES}
    for method, path, needed, status in ROUTES:
        address = path.format(id=chat["id"], event=event.id)
        anonymous = httpx.request(method, site.url + address, trust_env=False)
        assert (anonymous.status_code, anonymous.headers["location"]) == (303, "/desk/login"), address
        for role, desk in members.items():
            response = desk.web.get(address) if method == "GET" else desk.post(address)
            allowed = ROLES.index(role) >= ROLES.index(needed)
            assert response.status_code == (status if allowed else 403), (role, address)


def test_all_routes_of_the_desk_are_in_the_matrix(site: Site) -> None:
    from bot.web import desk, desk_events, desk_login

    listed = {(method, path.format(id="{conversation_id}", event="{event_id}")) for method, path, _, _ in ROUTES}
    found = {
        (method, route.path)
        for router in (desk.router, desk_events.router, desk_login.router)
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert found - listed == {("GET", "/desk/login"), ("POST", "/desk/login"), ("POST", "/desk/logout")}


def test_every_form_needs_the_token_of_its_own_session(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    anna, other = desk_of("admin"), desk_of("staff")
    theirs = token_in(other.web.get("/desk").text)
    for method, path, _, _ in [*ROUTES, ("POST", "/desk/logout", "", 0)]:
        if method == "POST":
            for csrf in ("", "wrong", theirs):
                assert anna.post(path.format(id=chat["id"], event="x"), csrf=csrf).status_code == 403, path
    with transaction(site.engine) as session:
        assert session.scalars(select(Handoff.state)).one() == "waiting"


def test_only_handed_off_conversations_can_be_opened(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = site.start()
    desk = desk_of("admin")
    for conversation_id in (chat["id"], "x" * 22, "%2e%2e", "é"):
        assert desk.web.get(f"/desk/conversations/{conversation_id}").status_code == 404
        assert desk.post(f"/desk/conversations/{conversation_id}/contact").status_code == 404


# --- the work --------------------------------------------------------------------------------------------------------


def test_the_queue_puts_safety_first_and_the_longest_wait_next(site: Site, desk_of: Callable[[str], Desk]) -> None:
    first, second = handed_off(site), handed_off(site)
    urgent = handed_off(site, "safety", "suicidal_crisis")
    with transaction(site.engine) as session:
        handoffs.set_wish(session, second["id"], "call_back")
        for chat, minutes in ((first, 90), (second, 200), (urgent, 1)):
            handoff = handoffs.open_of(session, chat["id"])
            assert handoff is not None
            handoff.created_at = clock.now() - timedelta(minutes=minutes)
    page = desk_of("viewer").web.get("/desk").text
    positions = [page.index(chat["id"]) for chat in (urgent, second, first)]
    assert positions == sorted(positions)
    for word in ("denkt aan zelfdoding", "WW, Schuldhulp", "1 u 30", "3 u 20", "wil teruggebeld worden", "Nederlands"):
        assert word in page


def test_the_page_shows_what_was_understood_and_why(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    page = desk_of("viewer").web.get(f"/desk/conversations/{chat['id']}").text
    for word in (
        "contract loopt af",
        "94%",
        "vertelt iets",
        "93%",
        "Gemeente: Zeist",
        "omdat uw contract stopt op 31 januari 2027",
        "www.uwv.nl",
        "31-01-2027",
        "werk stopt binnenkort",
    ):
        assert word in page


def test_what_a_resident_wrote_is_never_markup(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = site.start()
    site.send(chat, text="<script>alert(1)</script><img src=x onerror=alert(1)>")
    with transaction(site.engine) as session:
        handoffs.request(session, chat["id"], "asked", None, NOW)
        session.get_one(Conversation, chat["id"]).state = {
            "needs": [{"id": "<b>x</b>", "because": ["<i>"], "source": "javascript:alert(1)", "role": "uwv"}]
        }
    page = desk_of("staff").web.get(f"/desk/conversations/{chat['id']}").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>x</b>" not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_reading_is_recorded_and_contact_details_apart(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    with transaction(site.engine) as session:
        contacts.save_contact(session, chat["id"], ContactDetails("Test de Vries", "+31612345678"), NOW)
    desk = desk_of("staff")
    page = desk.web.get(f"/desk/conversations/{chat['id']}").text
    assert "+31612345678" not in page
    assert ("staff-1", "read_conversation", chat["id"]) in audited(site)
    assert "read_contact" not in [action for _, action, _ in audited(site)]
    assert "+31612345678" in desk.post(f"/desk/conversations/{chat['id']}/contact").text
    assert ("staff-1", "read_contact", chat["id"]) in audited(site)
    assert "contactgegevens gezien" in desk_of("admin").web.get("/desk/audit").text


def test_the_transcript_comes_anew_only_when_there_is_something_new(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    desk = desk_of("viewer")
    page = desk.web.get(f"/desk/conversations/{chat['id']}").text
    address = re.search(r'hx-get="([^"]*transcript[^"]*)"', page)
    assert address
    reads = len(audited(site))
    assert desk.web.get(address.group(1)).status_code == 204
    assert len(audited(site)) == reads
    site.send(chat, text="is daar iemand?")
    fresh = desk.web.get(address.group(1))
    assert (fresh.status_code, "is daar iemand?" in fresh.text) == (200, True)
    assert len(audited(site)) == reads + 1


def test_claim_answer_and_hand_back_twice(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    desk = desk_of("staff")
    address = f"/desk/conversations/{chat['id']}"
    for _ in range(2):
        assert desk.post(f"{address}/claim").status_code == 303
        assert site.state(chat)["handoff"]["state"] == "claimed"
        assert site.send(chat, text="bent u een mens?").json() == {"messages": []}
        assert desk.post(f"{address}/reply", text="  Ja, ik ben Anna.\r\n<b>Dag</b>  ").status_code == 303
        with transaction(site.engine) as session:
            last = session.scalars(
                select(Message).where(Message.conversation_id == chat["id"]).order_by(Message.seq.desc())
            ).first()
        assert last is not None
        assert (last.sender, last.text) == ("staff", "Ja, ik ben Anna.\n<b>Dag</b>")
        assert desk.post(f"{address}/hand-back").status_code == 303
        assert site.assistant.turns[-1]["text"] == "/resume"
        assert site.state(chat)["handoff"] is None
        assert site.send(chat, text="hallo").json()["messages"]
        with transaction(site.engine) as session:
            handoffs.request(session, chat["id"], "asked", None, NOW)
    actions = [action for actor, action, _ in audited(site) if actor == "staff-1"]
    for action in ("claim", "reply", "hand_back"):
        assert actions.count(action) == 2


def test_one_of_two_gets_it(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    anna, bert = desk_of("staff"), desk_of("admin")
    address = f"/desk/conversations/{chat['id']}"
    anna.post(f"{address}/claim")
    assert "notice=gone" in bert.post(f"{address}/claim").headers["location"]
    assert "staff-1 heeft dit gesprek al opgepakt" in bert.web.get(address).text
    refused = bert.post(f"{address}/reply", text="een lang antwoord")
    assert refused.status_code == 422
    assert "een lang antwoord" in refused.text  # what was typed is not lost
    for action in ("hand-back", "close"):
        assert "notice=gone" in bert.post(f"{address}/{action}").headers["location"]
    assert site.state(chat)["handoff"]["state"] == "claimed"


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_an_answer_that_is_none_is_not_sent(site: Site, desk_of: Callable[[str], Desk], text: str) -> None:
    chat = handed_off(site)
    desk = desk_of("staff")
    desk.post(f"/desk/conversations/{chat['id']}/claim")
    assert desk.post(f"/desk/conversations/{chat['id']}/reply", text=text).status_code == 422
    with transaction(site.engine) as session:
        assert not session.scalars(select(Message).where(Message.sender == "staff")).all()


def test_without_the_assistant_the_conversation_stays_with_staff(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    desk = desk_of("staff")
    desk.post(f"/desk/conversations/{chat['id']}/claim")
    site.assistant.down = True
    response = desk.post(f"/desk/conversations/{chat['id']}/hand-back")
    assert "notice=hand_back_down" in response.headers["location"]
    assert site.state(chat)["handoff"]["state"] == "claimed"
    assert "Het gesprek blijft bij u" in desk.web.get(response.headers["location"]).text


def test_closing_tells_the_resident_and_the_assistant_is_there_again(
    site: Site, desk_of: Callable[[str], Desk]
) -> None:
    chat = handed_off(site)
    desk = desk_of("staff")
    address = f"/desk/conversations/{chat['id']}"
    desk.post(f"{address}/claim")
    assert desk.post(f"{address}/close").status_code == 303
    assert "Dit gesprek is afgerond" in desk.web.get(address).text
    replies = site.send(chat, text="nog een vraag").json()["messages"]
    assert replies[0]["text"].startswith("U spreekt weer")


def test_an_erased_conversation_is_gone_from_the_desk(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    desk = desk_of("staff")
    desk.post(f"/desk/conversations/{chat['id']}/claim")
    site.web.delete(f"/api/conversations/{chat['id']}", headers={"Authorization": f"Bearer {chat['token']}"})
    assert chat["id"] not in desk.web.get("/desk").text
    for action in ("claim", "hand-back", "close"):
        assert "notice=gone" in desk.post(f"/desk/conversations/{chat['id']}/{action}").headers["location"]
    assert desk.web.get(f"/desk/conversations/{chat['id']}").status_code == 404
