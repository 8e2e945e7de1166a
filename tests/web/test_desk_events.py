"""What the desk shows of events and of the chain to a job: who comes, who agreed, what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from bot.conversation import contacts, conversations
from bot.conversation.contacts import ContactDetails
from bot.directory.events import Events
from bot.referral import sign_ups
from bot.store.engine import transaction
from bot.store.tables import Contact, Conversation
from bot.web.services import Services
from tests.events import make_event
from tests.web.conftest import Site
from tests.web.desk_helpers import NOW, Desk, audited, handed_off

EVENT = make_event()
PATH = f"/desk/events/{EVENT.id}"


def signed_up(site: Site, name: str, *, agreed: bool) -> str:
    """Sign somebody up whose name and number are known; return the conversation's id."""
    chat = site.start()
    with transaction(site.engine) as session:
        contacts.save_contact(session, chat["id"], ContactDetails(name, "+31612345678"), NOW)
        sign_ups.sign_up(session, EVENT, chat["id"], NOW, contact_agreed=agreed)
    return str(chat["id"])


def reads(site: Site) -> list[tuple[str, str | None]]:
    return [(action, subject) for _, action, subject in audited(site) if action.startswith("read_")]


def test_the_list_names_the_events_with_sign_ups_and_the_known_ones(
    site: Site, desk_of: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = make_event(id="walk-in", places=None, sign_up_until=..., title={"nl": "<i>Inloop</i>"})
    monkeypatch.setattr(Services, "events", Events([make_event(places=7), free]))
    signed_up(site, "Ada Bewoner", agreed=True)
    with transaction(site.engine) as session:  # this one is no longer in the file
        conversations.ensure(session, "gone-1", "midden-utrecht", NOW)
        gone = make_event(id="gone-fair", title={"nl": "Oude markt"}, start="2027-01-10T13:00", end="2027-01-10T14:00",
                          sign_up_until="2027-01-09T12:00")  # fmt: skip
        sign_ups.sign_up(session, gone, "gone-1", NOW)
    desk = desk_of("viewer")
    page = desk.web.get("/desk/events").text
    assert page.index("Oude markt") < page.index("Testmarkt")
    assert "1 van 7" in page
    assert "zonder aanmelding" in page
    assert "&lt;i&gt;Inloop" in page
    assert "Ada" not in page
    assert reads(site) == [("read_events", None)]
    assert desk.web.get("/desk/events/gone-fair").status_code == 200


def test_without_events_it_says_so(site: Site, desk_of: Callable[[str], Desk]) -> None:
    assert "Er is nu geen bijeenkomst bekend." in desk_of("viewer").web.get("/desk/events").text


@pytest.mark.parametrize("event_id", ["nope", "x" * 3000, "%27%3B--", "..%2Faudit"])
def test_an_event_nobody_knows_is_not_found(site: Site, desk_of: Callable[[str], Desk], event_id: str) -> None:
    assert desk_of("viewer").web.get(f"/desk/events/{event_id}").status_code == 404


def test_names_are_shown_on_demand_of_those_who_agreed_and_each_is_recorded(
    site: Site, desk_of: Callable[[str], Desk]
) -> None:
    yes, no = signed_up(site, "Ada Bewoner", agreed=True), signed_up(site, "Bo Bewoner", agreed=False)
    desk = desk_of("staff")
    before = desk.web.get(PATH).text
    assert "Ada" not in before
    assert "Mag voor deze bijeenkomst" in before
    after = desk.post(f"{PATH}/contact").text
    assert "Ada Bewoner, +31612345678" in after
    assert "Bo" not in after
    assert "Geen toestemming voor deze bijeenkomst." in after
    recorded = [entry for entry in reads(site) if entry[0] != "read_queue"]
    assert recorded == [("read_attendees", EVENT.id), ("read_contact", yes), ("read_attendees", EVENT.id)]
    assert ("read_contact", no) not in recorded


def test_a_viewer_sees_no_names_and_no_button(site: Site, desk_of: Callable[[str], Desk]) -> None:
    signed_up(site, "Ada Bewoner", agreed=True)
    desk = desk_of("viewer")
    assert "Toon contactgegevens" not in desk.web.get(PATH).text
    refused = desk.post(f"{PATH}/contact")
    assert refused.status_code == 403
    assert "Ada" not in refused.text


def test_only_a_conversation_that_was_handed_off_can_be_opened_from_the_list(
    site: Site, desk_of: Callable[[str], Desk]
) -> None:
    alone = signed_up(site, "Ada Bewoner", agreed=True)
    chat = handed_off(site)
    with transaction(site.engine) as session:
        sign_ups.sign_up(session, EVENT, chat["id"], NOW)
    page = desk_of("viewer").web.get(PATH).text
    assert f"/desk/conversations/{chat['id']}" in page
    assert alone not in page


def test_who_gave_the_place_back_or_erased_everything_is_not_on_the_list(
    site: Site, desk_of: Callable[[str], Desk]
) -> None:
    back, erased, kept = (signed_up(site, name, agreed=True) for name in ("Ada Een", "Bo Twee", "Cas Drie"))
    with transaction(site.engine) as session:
        sign_ups.cancel(session, sign_ups.sign_ups_of(session, back)[0])
        session.execute(delete(Conversation).where(Conversation.id == erased))
        session.execute(delete(Contact).where(Contact.conversation_id == kept))
    page = desk_of("staff").post(f"{PATH}/contact").text
    assert "Niet meer bewaard." in page
    assert page.count("<tr>") == 2, "the head, and the one who still comes"


def test_the_conversation_leads_to_the_list(site: Site, desk_of: Callable[[str], Desk]) -> None:
    chat = handed_off(site)
    desk = desk_of("viewer")
    assert "Aanmeldingen" not in desk.web.get(f"/desk/conversations/{chat['id']}").text
    with transaction(site.engine) as session:
        sign_ups.sign_up(session, EVENT, chat["id"], NOW + timedelta(minutes=1))
    page = desk.web.get(f"/desk/conversations/{chat['id']}").text
    assert "Aanmeldingen" in page
    assert f'href="{PATH}"' in page
    assert "Testzaal, Zeist" in page


# --- the chain --------------------------------------------------------------------------------------------------------


def with_needs(site: Site, region: str, *needs: dict[str, Any]) -> str:
    chat = handed_off(site)
    with transaction(site.engine) as session:
        found = session.get_one(Conversation, chat["id"])
        found.region, found.state = region, {**(found.state or {}), "needs": list(needs)}
    return f"/desk/conversations/{chat['id']}"


def test_a_need_that_goes_through_the_chain_shows_it(site: Site, desk_of: Callable[[str], Desk]) -> None:
    path = with_needs(site, "midden-utrecht", {"id": "job_search", "chain": True}, {"id": "debt_help", "chain": False})
    page = desk_of("viewer").web.get(path).text
    section = page[page.index("Route naar een baan") : page.index("Situatie</h3>")]
    assert "Utrechtse Inclusiecoalitie" in section
    assert section.index("Instroom en assessment") < section.index("Plaatsing")
    assert "25 in totaal; hoeveel nu vrij zijn, is hier niet bekend" in section
    assert "niet bekend</dd>" in section, "the waiting time"
    assert "Werk zoeken" in section
    assert "Schuldhulp" not in section


@pytest.mark.parametrize(
    ("region", "need"),
    [
        ("midden-utrecht", {"id": "job_search"}),
        ("midden-utrecht", {"id": "job_search", "chain": False}),
        ("west-brabant", {"id": "job_search", "chain": True}),
        ("nowhere", {"id": "job_search", "chain": True}),
    ],
)
def test_otherwise_there_is_none(site: Site, desk_of: Callable[[str], Desk], region: str, need: dict[str, Any]) -> None:
    response = desk_of("viewer").web.get(with_needs(site, region, need))
    assert response.status_code == 200
    assert "Route naar een baan" not in response.text
