"""A partner's own calendar: what its staff put there, and what happens when the server does not behave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.referral.calendars.caldav import CalDav
from bot.referral.calendars.caldav_client import CalDavClient
from bot.referral.calendars.caldav_events import name_of
from bot.referral.calendars.port import CalendarUnavailable, SeatTaken, Slot
from tests.referral.calendars.conftest import PASSWORD, USER, Outside, _visit
from tests.referral.calendars.test_contract import first, times
from tests.referral.conftest import make_partner

PARTNER = make_partner(seats=2)
ALL = ["10:00", "11:00", "13:00", "14:00", "15:00", "16:00", "18:00", "19:00"]


@pytest.fixture
def client(outside: Outside) -> Iterator[CalDavClient]:
    with CalDavClient(outside.url, USER, PASSWORD) as client:
        yield client


@pytest.fixture
def calendar(client: CalDavClient) -> CalDav:
    return CalDav(PARTNER, client, "house")


@pytest.mark.parametrize(
    ("lines", "free"),
    [
        (["DTSTART:20261126T100000Z", "DTEND:20261126T103000Z"], ["10:00", *ALL[2:]]),
        (["DTSTART;TZID=Europe/Amsterdam:20261126T093000", "DURATION:PT1H30M"], ALL[1:]),
        (["DTSTART;VALUE=DATE:20261126"], []),
        (["DTSTART;VALUE=DATE:20261125", "DTEND;VALUE=DATE:20261128"], []),
        (["DTSTART:20261105T100000Z", "DTEND:20261105T110000Z", "RRULE:FREQ=WEEKLY"], ["10:00", *ALL[2:]]),
        (["DTSTART:20261126T100000Z", "DTEND:20261126T103000Z", "TRANSP:TRANSPARENT"], ALL),
        (["DTSTART:20261126T100000Z", "DTEND:20261126T103000Z", "STATUS:CANCELLED"], ALL),
        (["DTSTART:20261126T100000Z", "DTEND:20261126T110000Z", "STATUS:TENTATIVE"], ["10:00", *ALL[2:]]),
        (["DTSTART:20261126T110000Z", "DTEND:20261126T120000Z"], ALL),  # noon to one: their lunch
    ],
    ids=["a meeting", "with a zone", "a day off", "days off", "every week", "free", "cancelled", "perhaps", "lunch"],
)
def test_what_the_partners_staff_plan_takes_the_time(
    calendar: CalDav, outside: Outside, now: datetime, lines: list[str], free: list[str]
) -> None:
    outside.put(*lines)
    assert times(calendar, now) == free
    taken = set(ALL) - set(free)
    for clock in taken:
        start = datetime.fromisoformat(f"2026-11-26T{clock}:00+01:00")
        with pytest.raises(SeatTaken):
            calendar.create(Slot(start, start + timedelta(hours=1), "phone"), _visit(), now)
    assert all(not name.startswith("doorwijzer") for name in outside.files())  # nothing was left behind


def test_our_event_says_when_and_how_and_nothing_about_the_person(
    calendar: CalDav, outside: Outside, now: datetime
) -> None:
    visit = _visit()
    placed = calendar.create(first(calendar, now), visit, now)
    assert placed.id == "doorwijzer-20261126T090000Z-1.ics"
    text = outside.files()[placed.id]
    properties = {line.split(":")[0].split(";")[0] for line in text.splitlines()}
    assert properties == {
        "BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS", "TRANSP",
        "CATEGORIES", "LOCATION", "X-DOORWIJZER-HOUSE", "X-DOORWIJZER-KEY",
    }  # fmt: skip
    assert f"SUMMARY:Doorwijzer {visit.reference}" in text
    assert visit.conversation_id not in text


def test_many_at_once_get_no_more_than_the_seats(outside: Outside, now: datetime) -> None:
    """Also of two installations that know nothing of each other: the name of the file is the seat."""
    with CalDavClient(outside.url, USER, PASSWORD) as client:
        slot = first(CalDav(PARTNER, client, "a"), now)
    ready = threading.Barrier(12)

    def run(number: int) -> str:
        with CalDavClient(outside.url, USER, PASSWORD) as client:
            calendar = CalDav(PARTNER, client, "ab"[number % 2])
            ready.wait()
            try:
                return calendar.create(slot, _visit(), now).id
            except SeatTaken:
                return "taken"

    with ThreadPoolExecutor(12) as pool:
        results = sorted(pool.map(run, range(12)))
    assert results == [name_of(slot.start, 1), name_of(slot.start, 2), *["taken"] * 10]
    assert sorted(outside.files()) == results[:2]


def test_the_same_click_twice_at_once_is_one_event(outside: Outside, now: datetime) -> None:
    visit, ready = _visit(), threading.Barrier(4)

    def run(_: int) -> str:
        with CalDavClient(outside.url, USER, PASSWORD) as client:
            calendar = CalDav(make_partner(seats=4), client, "house")
            slot = first(calendar, now)
            ready.wait()
            return calendar.create(slot, visit, now).id

    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(run, range(4)))
    assert len(names) == 1
    assert set(outside.files()) == names


def test_who_writes_while_we_do_was_first(
    calendar: CalDav, client: CalDavClient, outside: Outside, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, add = first(calendar, now), client.add

    def add_late(name: str, data: bytes) -> bool:
        outside.put("DTSTART:20261126T090000Z", "DTEND:20261126T093000Z")
        return add(name, data)

    monkeypatch.setattr(client, "add", add_late)
    with pytest.raises(SeatTaken):
        calendar.create(slot, _visit(), now)
    assert list(outside.files()) == ["own-0.ics"]


def test_an_event_of_ours_that_staff_deleted_is_gone(calendar: CalDav, outside: Outside, now: datetime) -> None:
    placed = calendar.create(first(calendar, now), _visit(), now)
    outside.take_away(placed.id)
    assert not calendar.cancel(placed.id, now)
    assert times(calendar, now) == ALL


def test_we_never_delete_what_is_not_ours(client: CalDavClient, outside: Outside, now: datetime) -> None:
    other = CalDav(PARTNER, client, "another house")
    placed = other.create(first(other, now), _visit(), now)
    outside.put("DTSTART:20261126T100000Z", "DTEND:20261126T103000Z", name="doorwijzer-by-hand")
    ours = CalDav(PARTNER, client, "house")
    assert not ours.cancel(placed.id, now)
    assert not ours.cancel("doorwijzer-by-hand.ics", now)
    assert ours.own_events(now) == []
    assert len(outside.files()) == 2


def test_a_version_that_was_changed_meanwhile_is_not_deleted(client: CalDavClient, outside: Outside) -> None:
    outside.put("DTSTART:20261126T100000Z", "DTEND:20261126T103000Z", name="x")
    before = client.get("x.ics")
    assert before is not None
    outside.put("DTSTART:20261126T120000Z", "DTEND:20261126T123000Z", name="x")
    assert not client.delete("x.ics", before.etag)
    assert client.get("x.ics") is not None


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("", ""), ("somebody", PASSWORD)])
def test_without_the_right_password_nothing_is_known(outside: Outside, now: datetime, user: str, password: str) -> None:
    with CalDavClient(outside.url, user, password) as client, pytest.raises(CalendarUnavailable) as error:
        CalDav(PARTNER, client, "house").dates(*_what(client), now)
    assert outside.url not in str(error.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/cal/", "http://[", "ftp://x/", "nowhere"])
def test_nobody_there(now: datetime, address: str) -> None:
    with CalDavClient(address, USER, PASSWORD) as client, pytest.raises(CalendarUnavailable):
        CalDav(PARTNER, client, "house").dates(*_what(client), now)


def _what(client: CalDavClient):  # type: ignore[no-untyped-def]
    calendar = CalDav(PARTNER, client, "house")
    product = calendar.products()[0]
    return product, calendar.locations(product)[0]


def _event(*lines: str) -> str:
    body = "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])
    return (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/x.ics</href><propstat>'
        f"<prop><getetag>1</getetag><C:calendar-data>{body}</C:calendar-data></prop></propstat></response></multistatus>"
    )


@pytest.fixture
def strange() -> Iterator[HTTPServer]:
    """A server that answers what a test says."""

    class Handler(BaseHTTPRequestHandler):
        def do_REPORT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = self.server.answer  # type: ignore[attr-defined]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"oops"),
        (301, b""),
        (200, b"<html>"),
        (207, b"no xml"),
        (207, b""),
        (207, b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'),
        (207, b"<x>" + b"a" * 6_000_000 + b"</x>"),
        (207, _event("DTSTART:20261105T100000Z", "DTEND:20261105T110000Z", "RRULE:FREQ=DAILY").encode()),
    ],
    ids=["500", "elsewhere", "no report", "no xml", "empty", "entities", "huge", "does not expand"],
)
def test_an_answer_that_says_nothing_sure_frees_nothing(
    strange: HTTPServer, now: datetime, status: int, body: bytes
) -> None:
    strange.answer = status, body  # type: ignore[attr-defined]
    address = f"http://127.0.0.1:{strange.server_port}"
    with CalDavClient(address, USER, PASSWORD) as client, pytest.raises(CalendarUnavailable):
        CalDav(PARTNER, client, "house").dates(*_what(client), now)


@pytest.mark.parametrize(
    "body",
    [
        "<x/>",
        _event("SUMMARY:without a time"),
        _event("DTSTART:20261126T100000Z"),
        _event("DTSTART:20261126T100000Z", "DTEND:20261126T090000Z"),
        _event("DTSTART:yesterday"),
        _event().replace("END:VEVENT", ""),
    ],
)
def test_an_event_without_a_time_takes_none(strange: HTTPServer, now: datetime, body: str) -> None:
    strange.answer = 207, body.encode()  # type: ignore[attr-defined]
    with CalDavClient(f"http://127.0.0.1:{strange.server_port}", USER, PASSWORD) as client:
        assert times(CalDav(PARTNER, client, "house"), now) == ALL


def test_a_time_without_a_zone_is_one_on_the_wall_here(strange: HTTPServer, now: datetime) -> None:
    strange.answer = 207, _event("DTSTART:20261126T100000", "DTEND:20261126T110000").encode()  # type: ignore[attr-defined]
    with CalDavClient(f"http://127.0.0.1:{strange.server_port}", USER, PASSWORD) as client:
        assert times(CalDav(PARTNER, client, "house"), now) == ALL[1:]


def test_names_are_in_universal_time() -> None:
    twice = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]  # both are 02:00 on the wall
    assert len({name_of(moment, 1) for moment in twice}) == 2
