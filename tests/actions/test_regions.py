"""A conversation that is opened in a region is led there, with the partners of that region."""

import pytest
from sqlalchemy import select

from bot.store import tables
from tests.actions.driver import Conversation


def open_in(region: str) -> Conversation:
    talk = Conversation()
    talk.hear("start", language="nl", region=region)
    return talk


@pytest.mark.parametrize(
    ("region", "brand", "town", "first"),
    [
        ("west-brabant", "Regionaal Mobiliteitsteam West-Brabant", "Roosendaal", "Werkplein Hart van West-Brabant"),
        ("west-brabant", "Regionaal Mobiliteitsteam West-Brabant", "Steenbergen", "ISD Brabantse Wal"),
        ("drechtsteden", "KICKSTART Drechtsteden", "Sliedrecht", "Sociale Dienst Drechtsteden"),
    ],
)
def test_the_region_of_the_conversation_is_where_it_books(house, region, brand, town, first):
    talk = open_in(region)
    assert f"computerprogramma van {brand}" in talk.words
    talk.hear("tell", "self_employed_less_work", municipality=town)
    assert talk.state["needs"][0]["partner"] == first
    assert "hoort bij de regio" not in talk.words


def test_a_resident_of_another_served_region_is_handed_over_with_its_website(house):
    talk = open_in("midden-utrecht")
    talk.hear("tell", "debts", municipality="Dordrecht")
    assert "Dordrecht hoort bij de regio Drechtsteden" in talk.words
    assert "KICKSTART Drechtsteden" in talk.words
    assert "https://werkcentrum.nl" in talk.words
    with house() as session:
        assert session.scalars(select(tables.Referral)).all() == []


def test_a_region_without_partners_here_leads_to_its_own_desk_and_never_to_another_region(house):
    talk = open_in("achterhoek")
    talk.hear("tell", "looking_for_work", municipality="Aalten")
    assert "Werkcentrum Achterhoek" in talk.words
    talk.hear("tell", municipality="Breda")
    assert "Utrecht" not in talk.words
