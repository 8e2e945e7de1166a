"""Places that somebody lives near, comes from, or that do not fit what is said of them: these are asked."""

import time

import pytest

from bot.directory.municipalities import find_municipality, get_municipalities
from bot.directory.place_fit import Fit, PlaceFit, Province

NEAR = {
    "Utrecht": [
        "net buiten Utrecht", "buiten Utrecht", "near Utrecht", "I live near Utrecht", "op een kwartier van Utrecht",
        "ik kom oorspronkelijk uit Utrecht", "I am originally from Utrecht", "10 minutes from Utrecht",
        "in de buurt van Utrecht", "ik woon net buiten Utrcht",
    ],
    "Houten": ["vlakbij Houten", "ik woon dichtbij Houten"],
    "Woerden": ["een dorpje bij Woerden"],
    "Zeist": ["5 km van Zeist", "close to Zeist"],
    "Oosterhout": ["Oosterhout bij Nijmegen", "ik woon in Oosterhout bij Nijmegen", "Oosterhout, Limburg"],
    "Overbetuwe": ["Oosterhout Gelderland", "ik woon in Oosterhout (Gelderland)"],
    "Zwijndrecht": ["Zwijndrecht bij Antwerpen", "ik woon in Zwijndrecht bij Antwerpen"],
    "Amsterdam": ["A'dam", "ik woon in A’dam"],
}  # fmt: skip
SURE = {
    "Zeist": ["I live with friends in Zeist", "ik woon in Zeist bij mijn ouders", "zijst", "ik kom uit Zeist"],
    "Rotterdam": ["R'dam"],
    "Groningen": ["Grunn", "ik woon in Grunn"],
    "Oosterhout": ["Oosterhout Noord-Brabant", "Oosterhout bij Breda", "Oosterhout (NB)"],
    "Bunnik": ["ik woon in Bunnik vlakbij Utrecht", "Bunnik, bij Utrecht"],
    "Wijk bij Duurstede": ["Wijk bij Duurstede"],
}
ASKED = [(text, name, False) for name, texts in NEAR.items() for text in texts]
TAKEN = [(text, name, True) for name, texts in SURE.items() for text in texts]


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(("text", "name", "sure"), [*ASKED, *TAKEN])
def test_what_is_not_certain_is_asked(text: str, name: str, sure: bool, asked: bool) -> None:
    match = find_municipality(text, asked=asked)
    assert match is not None
    assert (match.name, match.sure) == (name, sure)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("Zeist, en mijn laatste dag is 31 januari", True),
        ("Zeist and my last day of work is in January", True),
        ("Ik woon tussen Zeist en Utrecht en mijn laatste dag is eind januari", False),
        ("bij Zeist, en mijn laatste dag is 31 januari", False),
        ("mijn baas zit geloof ik ergens anders, Zeist misschien", False),
    ],
)
def test_a_place_at_the_start_of_the_answer_is_the_answer(text: str, sure: bool) -> None:
    match = find_municipality(text, asked=True)
    assert match is not None
    assert (match.name, match.sure) == ("Zeist", sure)


def test_every_region_lies_in_a_province() -> None:
    fit = get_municipalities()._fit
    assert set(fit._of_region) == set(get_municipalities().region_names)


def test_names_are_compared_in_any_form() -> None:
    provinces = {
        "a": Province(names=("Zuid-A",), regions=frozenset({"x"})),
        "b": Province(names=(), regions=frozenset({"y"})),
    }
    fit = Fit(nearby=frozenset({"bij"}), towns_abroad=frozenset({"Gent"}), provinces=provinces)
    places = PlaceFit(fit, {"dorp": "Dorp", "stad": "Stad"}.get, {"Dorp": "y", "Stad": "x"})
    for text in ("Dorp zuid a", "DORP, Zuid-A", "dorp bij Gent", "dorp gent", "dorp bij stad", "dorp in Zuid-A"):
        assert places.is_doubted(text, "Dorp"), text
    for text in ("Dorp", "Stad Zuid-A", "dorp bij nergens", "gent dorp", "", "dorp stad"):
        assert not places.is_doubted(text, "Dorp"), text


def test_a_huge_text_is_quick() -> None:
    text = "ik woon in Zeist bij Utrecht " * 70
    find_municipality(text, asked=True)
    start = time.process_time()
    find_municipality(text, asked=True)
    assert time.process_time() - start < 0.3
