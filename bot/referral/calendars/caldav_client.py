"""The few requests of CalDAV (RFC 4791) that a calendar of appointments needs.

By our own hand: the package ``caldav`` brings ``urllib3-future`` along, which overwrites ``urllib3`` for the whole
environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import httpx

from bot.referral.calendars.port import CalendarUnavailable

#: Somebody waits for the answer: longer than this and there are other ways.
TIMEOUT = httpx.Timeout(5.0)
#: An answer larger than this is no calendar of appointments.
MOST_BYTES = 5_000_000
_CALENDAR_DATA = "{urn:ietf:params:xml:ns:caldav}calendar-data"
_ETAG, _HREF, _RESPONSE = "{DAV:}getetag", "{DAV:}href", "{DAV:}response"
_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
  <D:prop><D:getetag/><C:calendar-data><C:expand start="{first}" end="{last}"/></C:calendar-data></D:prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
    <C:time-range start="{first}" end="{last}"/>
  </C:comp-filter></C:comp-filter></C:filter>
</C:calendar-query>"""


@dataclass(frozen=True)
class CalendarObject:
    """One file of a calendar: its name, its version, and what it says (iCalendar)."""

    name: str
    etag: str
    data: str


class CalDavClient:
    """One calendar on a server. Use it in a ``with`` block.

    Every method raises ``CalendarUnavailable`` when the server does not answer, or refuses us; the message never holds
    the address, which may be a secret of the partner's, nor what the server said.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/") + "/"
        self._http = httpx.Client(auth=(user, password), timeout=TIMEOUT, follow_redirects=False)

    def __enter__(self) -> CalDavClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def add(self, name: str, data: bytes) -> bool:
        """Write a file that must not exist yet; return whether it did not."""
        answer = self._send("PUT", name, data, {"If-None-Match": "*", "Content-Type": "text/calendar; charset=utf-8"})
        # 409: an event with the same UID stands there under another name
        return _expect(answer, _DONE, {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT})

    def get(self, name: str) -> CalendarObject | None:
        """Return a file, or ``None`` when there is none."""
        answer = self._send("GET", name)
        if not _expect(answer, {HTTPStatus.OK}, {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}):
            return None
        return CalendarObject(name, answer.headers.get("ETag", ""), answer.text)

    def delete(self, name: str, etag: str) -> bool:
        """Delete a file that is still as it was read; return whether it was."""
        answer = self._send("DELETE", name, headers={"If-Match": etag} if etag else {})
        gone = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED}
        return _expect(answer, _DONE, gone)

    def events_between(self, first: datetime, last: datetime) -> list[CalendarObject]:
        """Return the files with events in a stretch of time, each time of a repeated event by itself."""
        span = {name: f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for name, moment in (("first", first), ("last", last))}
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        answer = self._send("REPORT", "", _QUERY.format(**span).encode(), headers)
        _expect(answer, {HTTPStatus.MULTI_STATUS}, set())
        return list(_objects(answer.text))

    def _send(
        self, method: str, name: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            with self._http.stream(method, self._url + name, content=content, headers=headers) as answer:
                received = bytearray()
                for part in answer.iter_bytes():
                    received += part
                    if len(received) > MOST_BYTES:
                        raise CalendarUnavailable("the calendar's answer is too large")
                return httpx.Response(
                    answer.status_code,
                    headers={"ETag": answer.headers.get("ETag", "")},
                    content=bytes(received),
                    default_encoding="utf-8",
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CalendarUnavailable(f"the calendar does not answer ({type(error).__name__})") from None


_DONE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})


def _expect(answer: httpx.Response, good: frozenset[int] | set[HTTPStatus], no: set[HTTPStatus]) -> bool:
    if answer.status_code in good:
        return True
    if answer.status_code in no:
        return False
    raise CalendarUnavailable(f"the calendar answers {answer.status_code}")


def _objects(xml: str) -> Iterator[CalendarObject]:
    if "<!DOCTYPE" in xml:  # entities that unfold without end
        raise CalendarUnavailable("the calendar's answer is no plain XML")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - without a DTD there is nothing to unfold
    except ElementTree.ParseError:
        raise CalendarUnavailable("the calendar's answer is no XML") from None
    for response in root.iter(_RESPONSE):
        data = response.find(f".//{_CALENDAR_DATA}")
        if data is not None and data.text:
            path = urlsplit(response.findtext(_HREF, "")).path
            yield CalendarObject(unquote(path.rsplit("/", 1)[-1]), response.findtext(f".//{_ETAG}", ""), data.text)
