"""The three regions that are served: who is named there, what is said of the chain, and what is not known."""

from __future__ import annotations

import csv
import dataclasses
import re

import pytest

from bot.directory.hsds_records import ROLES
from bot.directory.municipalities import find_municipality, region_of
from bot.directory.partners import Directory
from bot.directory.regions import UnknownRegion, read_region
from bot.settings import ROOT

REGIONS = ROOT / "content" / "regions"
SERVED = {"midden-utrecht": 14, "drechtsteden": 7, "west-brabant": 14}


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory.load(REGIONS)


def test_three_regions_are_served(directory: Directory) -> None:
    served = {region.id: len(region.municipalities) for region in directory.regions if region.served}
    assert served == SERVED


@pytest.mark.parametrize("region", SERVED)
def test_every_role_has_somebody_or_goes_to_the_desk_on_purpose(directory: Directory, region: str) -> None:
    on_purpose = set(read_region(REGIONS / region / "region.yml").desk_roles)
    for role in ROLES - on_purpose:
        for town in directory.region(region).municipalities:
            first = directory.partners(region, role, town)[0]
            # the route in Midden-Utrecht is the city's; elsewhere the desk takes its place
            assert role in first.roles or (role, region) == ("inclusion_chain", "midden-utrecht"), (role, town)


@pytest.mark.parametrize(
    ("region", "role", "town", "ids"),
    [
        ("drechtsteden", "rmt_desk", "Dordrecht", ["kickstart-drechtsteden", "werkbank-drechtsteden"]),
        ("drechtsteden", "municipality_income", "Sliedrecht", ["sociale-dienst-drechtsteden-inkomen"]),
        ("drechtsteden", "municipality_income", None, ["sociale-dienst-drechtsteden-inkomen"]),
        (
            "drechtsteden", "municipality_debt_help", "Papendrecht",
            ["sociale-dienst-drechtsteden-schuldhulp", "geldfit"],
        ),
        ("drechtsteden", "municipality_housing", "Zwijndrecht", ["gemeente-zwijndrecht-wonen"]),
        ("drechtsteden", "education", "Dordrecht", ["roc-da-vinci-college"]),
        ("drechtsteden", "uwv", "Dordrecht", ["uwv-drechtsteden"]),
        ("drechtsteden", "sbb", "Dordrecht", ["sbb"]),
        ("drechtsteden", "union_career", "Dordrecht", ["fnv", "cnv"]),
        (
            "drechtsteden", "employer_desk", "Dordrecht",
            ["baanbrekend-drechtsteden", "werkgevers-drechtsteden", "smart-delta-drechtsteden"],
        ),
        ("drechtsteden", "immigration_lawyer", "Dordrecht", ["kickstart-drechtsteden"]),
        ("west-brabant", "municipality_income", "Zundert", ["werkplein-hart-van-west-brabant"]),
        ("west-brabant", "municipality_income", "Moerdijk", ["werkplein-hart-van-west-brabant"]),
        ("west-brabant", "municipality_income", "Woensdrecht", ["isd-brabantse-wal"]),
        ("west-brabant", "municipality_income", "Altena", ["gemeente-altena-inkomen"]),
        ("west-brabant", "municipality_income", "Breda", ["gemeente-breda-inkomen"]),
        ("west-brabant", "municipality_debt_help", "Rucphen", ["gemeente-rucphen-schuldhulp", "geldfit"]),
        ("west-brabant", "sheltered_work_company", "Breda", ["wvs"]),
        ("west-brabant", "inclusion_chain", "Roosendaal", ["wvs"]),
        ("west-brabant", "employer_desk", "Breda", ["wsp-west-brabant", "metwerk"]),
        ("west-brabant", "education", "Breda", ["curio"]),
        ("west-brabant", "rmt_desk", "Bergen op Zoom", ["rmt-west-brabant"]),
    ],
)  # fmt: skip
def test_who_helps(directory: Directory, region: str, role: str, town: str | None, ids: list[str]) -> None:
    assert [partner.id for partner in directory.partners(region, role, town)] == ids


def test_the_last_resort_is_a_partner_of_its_own_region(directory: Directory) -> None:
    assert {name: directory.region(name).last_resort for name in SERVED} == {
        "midden-utrecht": "midden-utrecht-werkt-door",
        "drechtsteden": "kickstart-drechtsteden",
        "west-brabant": "wvs",
    }
    for name in SERVED:
        last = directory.partner(name, directory.region(name).last_resort or "")
        assert last.schedule is not None
        assert last.municipalities == ()


@pytest.mark.parametrize("region", SERVED)
def test_nothing_of_a_partner_of_a_region_is_claimed_as_checked(directory: Directory, region: str) -> None:
    own = [partner for partner in directory.all_partners(region) if not partner.national]
    for partner in own:
        assert not partner.assured, partner.id
        assert (partner.note or "").startswith("Nog niet bevestigd: "), partner.id
        assert partner.phones == (), partner.id  # no number of any of them was published
        assert set(partner.descriptions) == {"nl", "en"}, partner.id
        assert partner.schedule is None or not partner.schedule.assured, partner.id
    assert {partner.id: partner.location for partner in own if partner.location} == (
        {"isd-brabantse-wal": "Rooseveltlaan 148, Bergen op Zoom"} if region == "west-brabant" else {}
    )


def test_the_own_centre_of_brabantse_wal_is_not_the_desk_of_the_region(directory: Directory) -> None:
    desks = directory.partners("west-brabant", "rmt_desk", "Bergen op Zoom")
    assert all("Brabantse Wal" not in desk.name for desk in desks)
    assert "Werkcentrum" not in directory.region("west-brabant").brand


def test_no_partner_id_is_used_in_two_regions(directory: Directory) -> None:
    # the seats of a calendar are counted by this id
    ids = [partner.id for name in SERVED for partner in directory.all_partners(name) if not partner.national]
    assert len(ids) == len(set(ids))


def test_who_can_be_walked_in_on(directory: Directory) -> None:
    for region in SERVED:
        [point] = directory.partners(region, "language_point")
        assert point.modes == ("phone", "walk_in")
        assert point.appointment_mode == "phone"


# --- the chain -------------------------------------------------------------------------------------------------------


def test_the_chain_has_four_phases_and_25_places(directory: Directory) -> None:
    chain = directory.chain("midden-utrecht")
    assert chain is not None
    assert [phase.id for phase in chain.phases] == [
        "inflow_assessment", "personal_development", "vocational_training", "placement",
    ]  # fmt: skip
    assert all(set(phase.names) == {"nl", "en"} for phase in chain.phases)
    assert chain.places == 25
    assert [member.name for member in chain.members] == [
        "Gemeente Utrecht", "i-did", "Compass", "The Colour Kitchen", "Hogeschool Utrecht", "Universiteit Utrecht",
    ]  # fmt: skip


def test_the_chain_is_entered_through_the_municipality_and_its_waiting_time_is_not_known(directory: Directory) -> None:
    chain = directory.chain("midden-utrecht")
    assert chain is not None
    assert chain.waiting_time is None
    assert directory.partners("midden-utrecht", chain.entry_role, "Utrecht")[0].id == "gemeente-utrecht-inkomen"
    assert "werkmatchers van de gemeente Utrecht" in (chain.entry or "")
    partner = directory.partner("midden-utrecht", chain.partner)
    assert partner.schedule is None  # nobody books a place past the municipality
    assert "via de gemeente" in partner.descriptions["nl"]
    assert "wachttijd" in partner.descriptions["nl"]
    assert "through the municipality" in partner.descriptions["en"]
    assert "waiting time" in partner.descriptions["en"]
    assert "wachttijd is niet bekend" in (partner.note or "")


def test_regions_without_a_chain_have_none(directory: Directory) -> None:
    assert [region.id for region in directory.regions if directory.chain(region.id)] == ["midden-utrecht"]
    with pytest.raises(UnknownRegion):
        directory.chain("atlantis")


# --- the rest of the country -----------------------------------------------------------------------------------------


def _towns() -> list[str]:
    with (ROOT / "content" / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return [row["municipality"] for row in csv.DictReader(file)]


def test_every_municipality_leads_to_a_desk_with_a_name_and_a_website(directory: Directory) -> None:
    towns = _towns()
    assert len(towns) == len(set(towns)) == 341
    for town in towns:
        region = directory.region(region_of(town))
        assert town in region.municipalities
        assert len(region.brand) > 3
        assert "{" not in region.brand
        assert region.website.startswith("https://")
        first = directory.partners(region.id, "rmt_desk", town)[0]
        assert first.name == region.brand


def test_a_handed_over_region_has_one_desk_of_its_own_and_the_national_partners(directory: Directory) -> None:
    handed_over = [region for region in directory.regions if not region.served]
    assert len(handed_over) == 32
    for region in handed_over:
        own = [partner for partner in directory.all_partners(region.id) if not partner.national]
        assert [(desk.name, desk.website) for desk in own] == [(region.brand, region.website)]
        assert not own[0].assured
        assert directory.partners(region.id, "crisis_line")[0].id == "113"


def test_baarle_nassau_and_alphen_chaam_are_not_west_brabant() -> None:
    for text in ("Baarle-Nassau", "Alphen-Chaam"):
        match = find_municipality(text, asked=True)
        assert match is not None
        assert match.region == "midden-brabant"


# --- equals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", SERVED)
def test_all_partners_of_the_team_stand_in_one_directory(directory: Directory, region: str) -> None:
    """UWV, both unions, municipalities, education, SBB and employers: one list, each with a role of its own."""
    ids = {partner.id for partner in directory.all_partners(region)}
    assert ids >= {"fnv", "cnv", "sbb"}
    roles = {role for partner in directory.all_partners(region) for role in partner.roles}
    assert roles >= {"uwv", "union_career", "municipality_income", "education", "sbb", "employer_desk", "rmt_desk"}


def test_no_partner_has_a_rank_of_its_own(directory: Directory) -> None:
    """The role asked for and the place decide who comes first; nothing in a record can."""
    fields = {field.name for field in dataclasses.fields(directory.all_partners("midden-utrecht")[0])}
    assert not {name for name in fields if re.search("rank|prior|prefer|weight|score", name)}
    for region in SERVED:
        for role in ("uwv", "education", "sbb", "union_career", "rmt_desk"):
            town = directory.region(region).municipalities[0]
            assert {role} <= set(directory.partners(region, role, town)[0].roles), (region, role)
