"""A place at an event and the answer on research, as the site and the desk show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.conversation import research
from bot.referral.sign_ups import sign_up
from bot.store.engine import transaction
from tests.events import make_event
from tests.web.chat_helpers import is_problem
from tests.web.conftest import Site, bearer
from tests.web.desk_helpers import Desk, handed_off

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_the_calendar_file_of_a_place_is_for_whoever_has_it(site: Site) -> None:
    mine, other = site.start(), site.start()
    with transaction(site.engine) as session:
        reference = sign_up(session, make_event(), mine["id"], NOW).reference
    path = f"/referrals/{reference}/calendar.ics"
    file = site.web.get(f"/api/conversations/{mine['id']}{path}", headers=bearer(mine))
    assert file.status_code == 200
    assert "20270114T130000" in file.text
    is_problem(site.web.get(f"/api/conversations/{other['id']}{path}", headers=bearer(other)), 404, "not-found")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [(None, "geen antwoord, dus geen toestemming"), (True, "bewoner stemde toe"), (False, "bewoner wil het niet")],
)
def test_staff_see_the_place_and_the_answer(
    site: Site, desk_of: Callable[[str], Desk], answer: bool | None, shown: str
) -> None:
    chat = handed_off(site)
    with transaction(site.engine) as session:
        event = make_event(title={"nl": "<b>Markt</b>", "en": "x"})
        reference = sign_up(session, event, chat["id"], NOW).reference
        if answer is not None:
            research.record(session, chat["id"], answer, NOW)
    page = desk_of("viewer").web.get(f"/desk/conversations/{chat['id']}").text
    assert f"Onderzoek: {shown}" in page
    assert reference in page
    assert "&lt;b&gt;Markt" in page
    assert "14-01-2027 13:00" in page
