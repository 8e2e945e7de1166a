"""The resident's page over real HTTP, on both databases: what is shown, what can be changed, and by whom never."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
import icalendar
import pytest
from sqlalchemy import func, select

from bot import clock
from bot.conversation import conversations
from bot.conversation.contacts import ContactDetails
from bot.conversation.safe_channels import unsafe_channels
from bot.referral import links, progress, proposals, transfer
from bot.referral.booking import referral_document
from bot.store.engine import transaction
from bot.store.tables import Appointment, Conversation, Link, Outbox, Referral, ReferralTransition, TimeProposal
from bot.web.resident_acts import ACTS
from tests.referral.cases import booked
from tests.web.conftest import Site
from tests.web.partner_helpers import referred, status_of
from tests.web.resident_helpers import OTHER, TIMED, UNTIMED, appointment, booked_appointment, kinds, resident_token

Make = Callable[..., Site]


@pytest.fixture
def site(make_site: Make, database_url: str) -> Site:
    """A running site, on SQLite and on PostgreSQL."""
    return make_site(database_url=database_url)


@pytest.fixture
def referral(site: Site) -> Referral:
    return referred(site.engine)


@pytest.fixture
def address(site: Site, referral: Referral) -> str:
    return f"/a/{resident_token(site.engine, referral)}"


def text_of(response: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def offered(site: Site, address: str, **query: str) -> list[str]:
    page = site.web.get(f"{address}/times", params=query)
    assert page.status_code == 200
    return [unescape(found) for found in re.findall(r'name="start" value="([^"]+)"', page.text)]


def stored(site: Site) -> list[Any]:
    """Return all that a visit could touch."""
    with transaction(site.engine) as session:
        return [
            *session.execute(select(Referral.id, Referral.status, Referral.payload).order_by(Referral.id)).all(),
            *session.execute(select(Appointment.id, Appointment.state, Appointment.sequence).order_by(Appointment.id)),
            *session.execute(select(ReferralTransition.id).order_by(ReferralTransition.id)).all(),
            *session.execute(select(Outbox.id).order_by(Outbox.id)).all(),
            *session.execute(select(Link.id, Link.revoked_at).order_by(Link.id)).all(),
            *session.execute(select(TimeProposal.id, TimeProposal.state).order_by(TimeProposal.id)).all(),
        ]


# --- what is seen -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "wish", "offers"),
    [
        (ContactDetails("Jan", "+31612345678"), "phone", True),
        (ContactDetails("Jan", "+31612345678", "jan@example.org"), "email", True),
        (ContactDetails("Jan", None, "jan@example.org"), "email", False),
        (ContactDetails("Jan"), "phone", False),
        (None, "walk_in", False),
    ],
)
def test_a_time_by_phone_is_for_who_can_be_called(
    site: Site, contact: ContactDetails | None, wish: str, offers: bool
) -> None:
    assert TIMED.appointment_modes == ("phone",)
    referral = referred(site.engine, timed=False, contact=contact, situation={"contact_channel": wish})
    address = f"/a/{resident_token(site.engine, referral)}"
    assert ("Een tijd kiezen" in text_of(site.web.get(address))) == offers
    if offers:
        assert "per telefoon" in text_of(site.web.get(f"{address}/times"))
    else:
        assert "Een tijd kiezen" not in text_of(site.web.get(f"{address}/times", follow_redirects=True))
        before = stored(site)
        start = (clock.now() + timedelta(days=7)).isoformat()
        assert site.web.post(f"{address}/choose", data={"start": start}).status_code in {409, 422}
        assert stored(site) == before
    reached = contact is not None and (contact.phone or contact.email)
    assert ("neemt contact met u op" in text_of(site.web.get(address))) == bool(reached)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("", ("Uw afspraak", "aangevraagd", "Leg klaar", "Uw kenmerk", "Afspraak afzeggen")),
        ("en", ("Your appointment", "requested", "Cancel the appointment")),
        ("../..", ("Uw afspraak",)),
    ],
)
def test_the_page_says_who_when_how_and_no_more(
    site: Site, referral: Referral, address: str, lang: str, words: tuple[str, ...]
) -> None:
    before = stored(site)
    response = site.web.get(address, params={"lang": lang})
    assert response.status_code == 200
    for word in (*words, TIMED.name, referral.reference):
        assert word in text_of(response), word
    for secret in ("Jan de Vries", "612345678", "jan@example.org", "Zeist", "31 januari", "WW", "benefit"):
        assert secret not in text_of(response).replace(referral.reference, ""), secret  # its letters are drawn
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in response.headers["x-robots-tag"]
    assert "set-cookie" not in response.headers
    assert stored(site) == before


def test_a_call_names_the_last_digits_only(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        session.get_one(Appointment, booked_appointment(site.engine, referral).id).mode = "phone"
    assert "eindigt op 678." in text_of(site.web.get(address))
    assert "5678" not in site.web.get(address).text


def test_opening_all_there_is_changes_nothing(site: Site, address: str) -> None:
    before = stored(site)
    for path in ("", "/times", "/times?part=evening", "/confirm", "/cancel", "/afspraak.ics"):
        for method in ("GET", "HEAD"):
            assert site.web.request(method, address + path).status_code == 200, (method, path)
    for act in ACTS:
        assert site.web.get(f"{address}/{act}").status_code in {200, 404}, act
    assert stored(site) == before


def test_the_calendar_file_is_the_appointments_and_follows_its_changes(
    site: Site, referral: Referral, address: str
) -> None:
    first = icalendar.Calendar.from_ical(site.web.get(f"{address}/afspraak.ics").content).walk("VEVENT")[0]
    start = offered(site, address)[0]
    site.web.post(f"{address}/confirm", data={"start": start})
    response = site.web.get(f"{address}/afspraak.ics")
    assert response.headers["content-type"].startswith("text/calendar")
    assert "attachment" in response.headers["content-disposition"]
    second = icalendar.Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert second["UID"] == first["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
    assert second["DTSTART"].dt == datetime.fromisoformat(start)
    assert str(second["URL"]).endswith(address)
    assert "Haal de afspraak uit uw agenda" not in text_of(site.web.get(address))
    site.web.post(f"{address}/cancel")
    assert "Haal de afspraak uit uw agenda" in text_of(site.web.get(address))
    calendar = icalendar.Calendar.from_ical(site.web.get(f"{address}/afspraak.ics").content)
    last = calendar.walk("VEVENT")[0]
    assert (str(calendar["METHOD"]), last["UID"], str(last["STATUS"])) == ("CANCEL", first["UID"], "CANCELLED")
    assert last["SEQUENCE"] > second["SEQUENCE"]
    assert last["DTSTART"].dt == second["DTSTART"].dt
    assert {event["ORGANIZER"] for event in (first, second, last)} == {first["ORGANIZER"]}


# --- what has been ----------------------------------------------------------------------------------------------------


@pytest.fixture
def over(site: Site, referral: Referral) -> datetime:
    """The appointment was yesterday."""
    with transaction(site.engine) as session:
        row = session.get_one(Appointment, booked_appointment(site.engine, referral).id)
        day = timedelta(days=(row.start_at - clock.now()).days + 2)
        row.start_at, row.end_at = row.start_at - day, row.end_at - day
        return row.start_at


@pytest.mark.parametrize(
    ("lang", "was", "new", "not_there"),
    [
        ("nl", "is voorbij", "Een nieuwe tijd kiezen", ("Zet in uw agenda", "Afspraak afzeggen", "U wordt gebeld")),
        ("en", "has passed", "Choose a new time", ("Add to your calendar", "Cancel the appointment", "will be called")),
    ],
)
def test_what_has_been_is_told_as_over_and_leads_on(
    site: Site, address: str, over: datetime, lang: str, was: str, new: str, not_there: tuple[str, ...]
) -> None:
    page = text_of(site.web.get(address, params={"lang": lang}))
    assert was in page
    assert new in page
    assert over.astimezone(clock.ZONE).strftime("%H:%M") in page
    assert [words for words in not_there if words in page] == []


def test_what_has_been_is_not_called_off_but_what_is_asked_can_be_stopped(
    site: Site, referral: Referral, address: str, over: datetime
) -> None:
    assert "Stoppen met deze aanvraag" in text_of(site.web.get(f"{address}/cancel"))
    site.web.post(f"{address}/cancel")
    assert status_of(site.engine, referral) == "cancelled"
    stood = booked_appointment(site.engine, referral)
    assert (stood.start_at, stood.sequence) == (over, 0)
    assert ("resident", "cancelled") not in kinds(site.engine, referral)
    assert "is voorbij" in text_of(site.web.get(address))


def test_who_was_not_reached_chooses_a_new_time(site: Site, referral: Referral, address: str, over: datetime) -> None:
    start = offered(site, address)[0]
    assert site.web.post(f"{address}/confirm", data={"start": start}).status_code == 303
    assert booked_appointment(site.engine, referral).start_at == datetime.fromisoformat(start)
    assert ("resident", "rescheduled") in kinds(site.engine, referral)
    assert "is voorbij" not in text_of(site.web.get(address))


def test_the_residents_own_appointment_is_not_called_somebody_elses(
    site: Site, referral: Referral, address: str
) -> None:
    start = booked_appointment(site.engine, referral).start_at
    second = referred(site.engine, need="job_search", conversation_id=referral.conversation_id, timed=False)
    other = f"/a/{resident_token(site.engine, second)}"
    free = [datetime.fromisoformat(found) for found in offered(site, other)]
    assert start not in free
    with transaction(site.engine) as session:  # between looking and choosing the first one moved
        row = session.get_one(Appointment, booked_appointment(site.engine, referral).id)
        length = row.end_at - row.start_at
        row.start_at, row.end_at = free[0] + length / 2, free[0] + length * 1.5
    answer = site.web.post(f"{other}/choose", data={"start": free[0].isoformat()})
    assert answer.status_code == 409
    assert "hebt u al een andere afspraak" in text_of(answer)


# --- another time -----------------------------------------------------------------------------------------------------


def test_a_time_is_chosen_held_and_confirmed(site: Site, referral: Referral, address: str) -> None:
    former = booked_appointment(site.engine, referral)
    times = offered(site, address)
    assert 3 <= len(times) <= 5
    assert former.start_at not in [datetime.fromisoformat(time) for time in times]
    chosen = site.web.post(f"{address}/choose", data={"start": times[1], "lang": "en"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, f"{address}/confirm?lang=en")
    assert "Is this your new time?" in site.web.get(chosen.headers["location"]).text
    assert booked_appointment(site.engine, referral).id == former.id  # nothing is dropped before the yes
    for _ in range(2):
        done = site.web.post(f"{address}/confirm", data={"start": times[1], "lang": "en"})
        assert (done.status_code, done.headers["location"]) == (303, f"{address}?lang=en&done=moved")
    now = booked_appointment(site.engine, referral)
    assert (now.start_at, now.sequence, now.mode) == (datetime.fromisoformat(times[1]), 1, former.mode)
    assert kinds(site.engine, referral)[2:] == [("partner", "rescheduled"), ("resident", "rescheduled")]
    assert "Your new time is fixed" in text_of(site.web.get(done.headers["location"]))


def test_choosing_again_holds_one_seat_and_going_back_gives_it_back(
    site: Site, referral: Referral, address: str
) -> None:
    first, second = offered(site, address)[:2]
    for start in (first, first, second):
        assert site.web.post(f"{address}/choose", data={"start": start}).status_code == 303
    with transaction(site.engine) as session:
        held = session.scalars(select(Appointment).where(Appointment.state == "held")).all()
        assert [one.start_at for one in held] == [datetime.fromisoformat(second)]
        assert timedelta(minutes=9) < held[0].held_until - clock.now() <= timedelta(minutes=10)  # type: ignore[operator]
    for _ in range(2):
        assert site.web.post(f"{address}/keep").status_code == 303
    with transaction(site.engine) as session:
        assert session.scalar(select(func.count()).where(Appointment.state == "held")) == 0
    assert "geen tijd die wij voor u vasthouden" in text_of(site.web.get(f"{address}/confirm"))


def test_other_times_are_later_and_evenings_are_evenings(site: Site, address: str) -> None:
    first = offered(site, address)
    page = site.web.get(f"{address}/times").text
    seen = list(first)
    for _ in range(4):
        other = unescape(re.search(r'href="([^"]+looks=[^"]+)"', page).group(1))  # type: ignore[union-attr]
        page = site.web.get(other).text
        following = re.findall(r'name="start" value="([^"]+)"', page)
        assert following
        assert not set(following) & set(seen)
        seen += following
    assert "Zulke tijden zijn er nu niet" in site.web.get(f"{address}/times?looks=999").text
    assert offered(site, address, looks="999") == first  # all were shown: from the first on
    mornings: dict[date, list[bool]] = defaultdict(list)
    for start in (datetime.fromisoformat(one).astimezone(clock.ZONE) for one in seen):
        mornings[start.date()].append(start.hour < 12)
    del mornings[min(mornings)]  # the first day may be half over
    halves = [set(day) for day in mornings.values() if len(day) > 1]
    assert len(halves) > 1
    assert all(day == {True, False} for day in halves)
    for odd in ("-1", "x", "9" * 59, "٣"):
        assert offered(site, address, looks=odd) == first
    evening = site.web.get(f"{address}/times", params={"part": "evening"})
    for start in offered(site, address, part="evening"):
        late = datetime.fromisoformat(start).astimezone(clock.ZONE).hour >= 17
        assert late or "Zulke tijden zijn er nu niet" in evening.text
    far = site.web.get(f"{address}/times", params={"after": "2099-01-01T00:00:00+00:00"})
    assert "Zulke tijden zijn er nu niet" in far.text


def test_a_taken_time_is_told_and_others_are_offered(site: Site, referral: Referral, address: str) -> None:
    start = offered(site, address)[0]
    former = booked_appointment(site.engine, referral)
    slot_start = datetime.fromisoformat(start).astimezone(UTC)
    with transaction(site.engine) as session:
        for seat in range(1, TIMED.seats + 1):
            other = conversations.create(session, "midden-utrecht", "nl", clock.now())[0].id
            session.add(
                Appointment(
                    partner_id=TIMED.id, start_at=slot_start, end_at=slot_start + (former.end_at - former.start_at),
                    seat=seat, mode="phone", state="booked", conversation_id=other, idempotency_key=f"taken-{seat}",
                    created_at=clock.now(),
                )
            )  # fmt: skip
    for act in ("choose", "confirm"):
        refused = site.web.post(f"{address}/{act}", data={"start": start})
        assert refused.status_code == 409
        assert "Die tijd is net bezet" in text_of(refused)
        assert 'name="start"' in refused.text
        assert start not in refused.text
    assert booked_appointment(site.engine, referral).id == former.id


@pytest.mark.parametrize(
    "start",
    [
        "",
        "nu",
        "2026-11-30T09:00:00",
        "\x00",
        "9" * 5000,
        "2026-11-30T09:00:00+99:00",
        "'; DROP TABLE referral;--",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_time_changes_nothing(site: Site, address: str, start: str) -> None:
    before = stored(site)
    for act in ("choose", "confirm"):
        assert site.web.post(f"{address}/{act}", data={"start": start}).status_code == 422
    assert site.web.get(f"{address}/times", params={"after": start}).status_code == 200
    assert stored(site) == before


def test_a_time_that_nobody_offers_cannot_be_had(site: Site, address: str) -> None:
    before = stored(site)
    night = datetime.combine(clock.today() + timedelta(days=9), datetime.min.time(), clock.ZONE) + timedelta(hours=3)
    ends = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00")
    far = (night, clock.now() - timedelta(days=1), clock.now() + timedelta(days=400))
    for start in (*ends, *(moment.isoformat() for moment in far)):
        for act in ("choose", "confirm"):
            response = site.web.post(f"{address}/{act}", data={"start": start})
            assert response.status_code == (422 if start in ends else 409)
    assert stored(site) == before


def test_two_browsers_at_once_leave_one_appointment(site: Site, referral: Referral, address: str) -> None:
    times = offered(site, address)
    for start in times[:2]:
        assert site.web.post(f"{address}/choose", data={"start": start}).status_code == 303
    gate, answers = threading.Barrier(6), []

    def change(start: str) -> None:
        with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as web:
            gate.wait()
            answers.append(web.post(f"{address}/confirm", data={"start": start}).status_code)

    threads = [threading.Thread(target=change, args=(times[number % 3],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {303, 409}
    assert 303 in answers
    with transaction(site.engine) as session:
        live = session.scalars(select(Appointment).where(Appointment.state == "booked")).all()
        assert len(live) == 1
        assert live[0].referral_id == referral.id
        assert live[0].start_at.isoformat() in {
            datetime.fromisoformat(time).astimezone(UTC).isoformat() for time in times[:3]
        }
    changed = [row for row in kinds(site.engine, referral) if row[1] == "rescheduled"]
    assert len(changed) == 2 * live[0].sequence


def test_a_referral_without_a_time_gets_one(site: Site) -> None:
    waiting = referred(site.engine, timed=False)
    address = f"/a/{resident_token(site.engine, waiting)}"
    assert "Uw aanvraag" in text_of(site.web.get(address))
    assert site.web.get(f"{address}/afspraak.ics").status_code == 404
    start = offered(site, address)[0]
    assert site.web.post(f"{address}/confirm", data={"start": start}).status_code == 303
    assert booked_appointment(site.engine, waiting).sequence == 0


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_cancelling_asks_first_and_says_what_else_is_possible(site: Site, referral: Referral, address: str) -> None:
    asked = text_of(site.web.get(f"{address}/cancel"))
    assert "Afspraak afzeggen?" in asked
    assert "Liever een andere tijd" in asked
    assert status_of(site.engine, referral) == "requested"
    for _ in range(2):
        assert site.web.post(f"{address}/cancel").status_code == 303
    assert status_of(site.engine, referral) == "cancelled"
    assert appointment(site.engine, referral) is None
    assert kinds(site.engine, referral)[2:] == [("partner", "cancelled"), ("resident", "cancelled")]
    page = site.web.get(address)
    assert "Wilt u toch hulp?" in text_of(page)
    assert 'href="/"' in page.text
    assert f'href="{address}/times' not in page.text
    for path in ("/times", "/cancel"):
        assert "gestopt" in text_of(site.web.get(address + path))
    before = stored(site)
    for act in ACTS:
        site.web.post(f"{address}/{act}", data={"start": "2030-01-07T10:00:00+01:00", "part": "morning", "time": "1"})
    assert stored(site) == before


def test_what_is_completed_cannot_be_cancelled(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        progress.accept(session, found, "partner:x", clock.now())
        progress.complete(session, found, "work", "partner:x", clock.now())
    assert site.web.post(f"{address}/cancel").status_code == 409
    assert status_of(site.engine, referral) == "completed"


def test_what_came_back_to_the_team_is_no_refusal(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        progress.send_back(session, session.get_one(Referral, referral.id), "no_place", "partner:x", clock.now())
    page = text_of(site.web.get(address))
    assert "zoekt verder" in page
    assert "geen plek" not in page
    assert site.web.get(f"{address}/times").status_code == 409


# --- proposals --------------------------------------------------------------------------------------------------------


def propose(site: Site, referral: Referral) -> list[int]:
    start = datetime.combine(clock.today() + timedelta(days=20), datetime.min.time(), clock.ZONE) + timedelta(hours=19)
    times = [
        proposals.ProposedTime(start + timedelta(days=day), start + timedelta(days=day, hours=1), "phone")
        for day in range(2)
    ]
    with transaction(site.engine) as session:
        found = session.get_one(Referral, referral.id)
        proposals.propose_times(session, found, times, clock.now())
        return [time.id for time in proposals.open_times(session, found, clock.now())]


def test_a_proposed_time_is_chosen_once(site: Site, referral: Referral, address: str) -> None:
    first, second = propose(site, referral)
    assert "stelt deze tijden voor" in text_of(site.web.get(address))
    for _ in range(2):
        assert site.web.post(f"{address}/proposed", data={"time": str(second)}).status_code == 303
    assert booked_appointment(site.engine, referral).sequence == 1
    assert status_of(site.engine, referral) == "accepted"
    assert site.web.post(f"{address}/proposed", data={"time": str(first)}).status_code == 409
    for wrong in ("", "-1", "1e9", "٣", "9" * 400, "999999999"):
        assert site.web.post(f"{address}/proposed", data={"time": wrong}).status_code in {409, 422}, wrong


def test_a_time_proposed_to_somebody_else_cannot_be_had(site: Site, referral: Referral) -> None:
    (theirs, _), mine = propose(site, referral), referred(site.engine)
    token = resident_token(site.engine, mine)
    assert site.web.post(f"/a/{token}/proposed", data={"time": str(theirs)}).status_code == 409
    assert booked_appointment(site.engine, mine).sequence == 0


def transfer_to(site: Site, referral: Referral) -> Referral:
    with transaction(site.engine) as session:
        old = session.get_one(Referral, referral.id)
        return transfer.propose(session, old, transfer.Destination(OTHER, OTHER.role), "desk:anna", clock.now())


def test_another_partner_gets_nothing_before_the_yes(site: Site, referral: Referral, address: str) -> None:
    draft = transfer_to(site, referral)
    page = site.web.get(address, params={"lang": "en"})
    assert f"May {OTHER.name} help you further?" in text_of(page)
    assert "Version of this consent: pagina-2026-11." in text_of(page)
    assert kinds(site.engine, draft) == [("resident", "transfer_proposed")]
    locations = set()
    for _ in range(2):
        answer = site.web.post(f"{address}/agree", data={"to": draft.reference, "lang": "en"})
        assert answer.status_code == 303
        locations.add(answer.headers["location"])
    assert len(locations) == 1
    assert OTHER.name in text_of(site.web.get(locations.pop()))
    assert status_of(site.engine, draft) == "requested"
    assert kinds(site.engine, draft)[1:] == [("partner", "requested"), ("resident", "requested")]
    with transaction(site.engine) as session:
        consent = session.get_one(Referral, draft.id).payload["consent"]
    assert (consent["version"], consent["partners"]) == ("pagina-2026-11", [OTHER.id])
    assert appointment(site.engine, referral) is not None  # the old place is kept until the new one is certain
    assert f"{OTHER.name} helpt u nu verder" not in text_of(site.web.get(address))
    with transaction(site.engine) as session:
        progress.accept(session, session.get_one(Referral, draft.id), f"partner:{OTHER.id}", clock.now())
    assert f"{OTHER.name} helpt u nu verder" in text_of(site.web.get(address))


def test_who_has_no_place_any_more_is_promised_none(site: Site, referral: Referral, address: str) -> None:
    draft = transfer_to(site, referral)
    assert "U houdt uw plek" in text_of(site.web.get(address))
    assert site.web.post(f"{address}/cancel").status_code == 303
    assert "U houdt uw plek" not in text_of(site.web.get(address))
    answer = site.web.post(f"{address}/agree", data={"to": draft.reference})
    assert "oude plek" not in text_of(site.web.get(answer.headers["location"]))


def test_a_no_leaves_everything_as_it_is(site: Site, referral: Referral, address: str) -> None:
    draft = transfer_to(site, referral)
    for _ in range(2):
        assert site.web.post(f"{address}/decline", data={"to": draft.reference}).status_code == 303
    assert (status_of(site.engine, draft), status_of(site.engine, referral)) == ("cancelled", "requested")
    assert site.web.post(f"{address}/agree", data={"to": draft.reference}).status_code == 409


def test_a_proposal_to_somebody_else_is_not_answered_here(site: Site, referral: Referral) -> None:
    draft, mine = transfer_to(site, referral), referred(site.engine)
    token = resident_token(site.engine, mine)
    for to in (draft.reference, referral.reference, mine.reference, "", "\x00" * 8, "x" * 4000):
        for act in ("agree", "decline"):
            assert site.web.post(f"/a/{token}/{act}", data={"to": to}).status_code == 422, to
    assert status_of(site.engine, draft) == "draft"


# --- a call, and silence ----------------------------------------------------------------------------------------------


def test_a_part_of_the_day_goes_into_what_the_partner_reads(site: Site) -> None:
    waiting = booked(site.engine, clock.now(), UNTIMED, timed=False)
    address = f"/a/{resident_token(site.engine, waiting)}"
    assert "Wanneer wilt u gebeld worden?" in text_of(site.web.get(address))
    summaries = []
    for part in ("morning", "evening", "evening", "none"):
        assert site.web.post(f"{address}/call-back", data={"part": part}).status_code == 303
        with transaction(site.engine) as session:
            row = session.get_one(Referral, waiting.id)
            summaries.append(referral_document(row, None, with_contact=False)["summary"])
    told = "Contract stopt op 31 januari."
    evening = f"{told}; bellen: liefst 's avonds"
    assert summaries == [f"{told}; bellen: liefst 's ochtends", evening, evening, told]
    assert ("partner", "rescheduled") in kinds(site.engine, waiting)
    assert ("resident", "rescheduled") not in kinds(site.engine, waiting)
    before = stored(site)
    for wrong in ("", "night", "x" * 5000, "\x00"):
        assert site.web.post(f"{address}/call-back", data={"part": wrong}).status_code == 422
    assert stored(site) == before


def test_who_has_a_time_is_not_called_at_another(site: Site, address: str) -> None:
    assert site.web.post(f"{address}/call-back", data={"part": "morning"}).status_code == 409
    assert "Wanneer wilt u gebeld worden?" not in site.web.get(address).text


def test_who_is_listened_to_gets_nothing_more_and_no_partner_reads_the_number(
    site: Site, referral: Referral, address: str
) -> None:
    assert "Leest of luistert iemand mee?" in site.web.get(address).text
    for _ in range(2):
        assert site.web.post(f"{address}/unsafe").status_code == 303
    page = site.web.get(address)
    assert "Wij sturen u niets meer." in text_of(page)
    with transaction(site.engine) as session:
        row = session.get_one(Referral, referral.id)
        assert unsafe_channels(session, row.conversation_id) == {"phone", "email"}
        assert referral_document(row, None, with_contact=True)["contact"] == {"name": "Jan de Vries"}


# --- who may not ------------------------------------------------------------------------------------------------------


def requests(site: Site, token: str) -> list[int]:
    address = f"/a/{quote(token, safe='')}"
    codes = [
        site.web.get(address + path).status_code for path in ("", "/times", "/confirm", "/cancel", "/afspraak.ics")
    ]
    return codes + [
        site.web.post(f"{address}/{act}", data={"start": "2030-01-07T10:00:00+01:00", "time": "1"}).status_code
        for act in ACTS
        if act not in {"agree", "decline", "call-back"}
    ]


def test_no_other_token_opens_anything(site: Site, referral: Referral) -> None:
    token, before = resident_token(site.engine, referral), stored(site)
    with transaction(site.engine) as session:
        partners = links.link_for(session, session.get_one(Referral, referral.id), "partner", clock.now())
    before = stored(site)
    for wrong in ("x", token[:-1], token + "A", token.swapcase(), partners, "%00", "é", "A" * 3000, "{{7*7}}"):
        assert set(requests(site, wrong)) == {404}, wrong
    assert "Deze link werkt niet" in text_of(site.web.get("/a/x"))
    assert "This link does not work" in text_of(site.web.get("/a/x?lang=en"))
    assert stored(site) == before


def test_an_expired_or_revoked_link_says_what_to_do(site: Site, referral: Referral) -> None:
    token = resident_token(site.engine, referral)
    with transaction(site.engine) as session:
        link = session.scalars(select(Link)).one()
        link.expires_at = clock.now() - timedelta(seconds=1)
    assert set(requests(site, token)) == {410}
    assert "Deze link is verlopen" in text_of(site.web.get(f"/a/{token}"))
    with transaction(site.engine) as session:
        row = session.get_one(Referral, referral.id)
        row.payload = {**row.payload, "language": "tr"}  # of the interpreter
        session.get_one(Conversation, row.conversation_id).language = "en"
    for path in (f"/a/{token}", f"/a/{token}/times", f"/a/{token}/afspraak.ics"):
        assert "This link has expired" in text_of(site.web.get(path))
    assert "This link has expired" in text_of(site.web.post(f"/a/{token}/cancel"))
    new = resident_token(site.engine, referral)
    with transaction(site.engine) as session:
        links.revoke(session, session.get_one(Referral, referral.id), "resident", clock.now())
    assert set(requests(site, new)) == {410}
    assert status_of(site.engine, referral) == "requested"


def test_after_erasing_the_link_opens_nothing(site: Site, referral: Referral, address: str) -> None:
    with transaction(site.engine) as session:
        conversations.erase(session, referral.conversation_id)
    assert site.web.get(address).status_code == 404
    assert "gewist" in text_of(site.web.get(address))
    assert site.web.post(f"{address}/cancel").status_code == 404


def test_what_was_written_is_text_and_nothing_else(site: Site, referral: Referral, address: str) -> None:
    evil = "<script>alert(1)</script>{{7*7}}"
    draft = transfer_to(site, referral)
    with transaction(site.engine) as session:
        row = session.get_one(Referral, draft.id)
        row.payload, row.partner_name = {**row.payload, "summary": evil}, evil
    assert "<script>alert" not in site.web.get(address).text
    assert "{{7*7}}" in unescape(site.web.get(address).text)


def test_too_many_visits_wait_and_a_huge_form_is_refused(make_site: Make) -> None:
    site = make_site(messages_per_minute=3)
    codes = [site.web.get("/a/x").status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]
    assert site.web.post("/a/x/cancel", content=b"a" * 70_000).status_code == 413


def test_an_unknown_form_is_not_found(site: Site, address: str) -> None:
    assert site.web.post(f"{address}/everything").status_code == 404
    assert site.web.get(f"{address}/everything").status_code == 404
