"""For whom help is asked: both sides, in two languages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.facts import find_facts
from bot.assistant.negation import plain
from bot.assistant.on_behalf import on_behalf


def asked_for(text: str) -> str | None:
    found = on_behalf(plain(text))
    return found[0] if found else None


RELATIVE = [
    "Ik vraag dit voor mijn moeder",
    "voor mijn moeder",
    "Ik zoek hulp voor mijn broer, hij heeft schulden",
    "mijn zoon is 19 en zit thuis zonder werk",
    "Mijn zoon is 19 en weet niet wat hij wil",
    "mijn dochter van 22 heeft geen diploma en zoekt een opleiding",
    "Kunt u mijn vader helpen? Hij wordt ontslagen",
    "een cursus Nederlands voor mijn vrouw graag",
    "ik schrijf namens mijn schoonvader, hij kan niet goed lezen",
    "Het gaat om mijn zus. Ze krijgt geen uitkering",
    "ik wil mijn zoon aanmelden voor praktijkleren",
    "mijn broertje is zijn baan kwijt",
    "Mijn oudste zoon zoekt een leerplek bij een bedrijf",
    "ik ben zijn moeder, mijn zoon heeft schulden",
    "niet voor mijzelf maar ik zoek werk voor mijn dochter",
    "ik heb een vraag over mijn man, zijn contract loopt af",
    "mn moeder spreekt geen nederlands, waar kan ze les krijgen",
    "geen hulp voor mijn zoon gevonden bij de gemeente",
    "I am asking for my mother",
    "I need a language course for my mother, she has no Dutch",
    "my son is 19 and does nothing all day",
    "My daughter is 22, she has no income",
    "Can you help my brother? He lost his job",
    "on behalf of my father: his contract ends in May",
    "it's about my sister, she needs help with letters",
    "looking for a job for my nephew",
    "my husband wants to learn Dutch",
    "I'd like to sign up my son for the training",
    "my mother in law is unemployed",
    "my stepbrother is unemployed, I just want to help him",
    "mijn kleinkind zoekt een opleiding",
    "a question about my dad: can he get help with debts",
]
CLIENT = [
    "Ik ben hulpverlener en vraag dit voor iemand",
    "ik ben jobcoach en zoek een werkplek voor een cliënt",
    "Namens een cliënt van mij: welke partner helpt bij schulden?",
    "mijn cliënt heeft geen inkomen",
    "ik wil een cliënt aanmelden",
    "Ik ben wijkverpleegkundige. Ik zoek hulp voor iemand die ik help",
    "I am asking this for a client of mine",
    "help for a client of mine please",
    "I'm a social worker and I'm asking for someone I support",
    "I want to refer a client",
    "my client is unemployed and has debts",
]
OTHER = [
    "ik vraag het voor mijn buurman",
    "ik vraag dit voor iemand anders",
    "Kunnen jullie een vriend van mij helpen",
    "het gaat om een kennis, die is ontslagen",
    "ik zoek info voor een collega van me",
    "een vriendin van mij is haar baan kwijt",
    "I'm asking for a friend",
    "it is for someone else, I am asking for them",
    "can you help my neighbour? he is in debt",
    "this is for somebody else",
    "a friend of mine lost his job",
]
OWN = [
    "Mijn man en ik zoeken werk",
    "mijn man en ik hebben schulden",
    "ik zorg voor mijn moeder en kan daardoor minder werken",
    "ik ben mantelzorger voor mijn man",
    "mijn baas heeft mij ontslagen",
    "Mijn baas zoekt een andere boekhouder",
    "ik werk voor mijn vader",
    "ik ben gevlucht voor mijn man",
    "ik zoek opvang voor mijn dochter zodat ik kan werken",
    "ik woon bij mijn moeder, zonder werk en zonder uitkering",
    "mijn vrouw heeft geen werk en ik ben ook ontslagen",
    "ik ben jobcoach en ben mijn baan kwijt",
    "mijn klanten zijn weg",
    "ik wil voor mezelf beginnen",
    "ik heb hulp nodig bij mijn schulden",
    "door mijn ex heb ik schulden",
    "van mijn man mag ik niet werken",
    "ik zoek een baan net als mijn broer",
    "ik vraag dit niet voor mijn moeder",
    "mijn dochter is 3 en ik zoek parttime werk",
    "het gaat over mijn man, hij slaat mij",
    "bijstand afgewezen omdat mijn man te veel verdient",
    "ik heb een vraag over mijn contract",
    "",
    "My husband and I are looking for work",
    "I care for my mother and can't work full time",
    "I work for my father",
    "my boss fired me",
    "my clients stopped paying me",
    "my client ended the contract, I am a freelancer",
    "I need childcare for my son",
    "my wife lost her job and I have debts",
    "I look after my mother, looking for evening work",
    "me and my brother are looking for a job",
    "my business partner and I split up",
    "I fled from Ukraine with my son and would like to work",
    "I live with my parents, no income",
    "it is not for my mother",
    "I would like to start for myself",
    "I am a social worker and I lost my job",
    "we are looking for someone who can drive a truck",
    "wij hebben een werkplek voor iemand met een beperking",
    "my one man business needs help",
    "ik vraag iets voor een ander onderwerp",
    "My friend lost his job but he's fine, I just want to know what this chat is",
    "mijn vriend is zijn baan kwijt maar het gaat goed, ik wil alleen weten wat deze chat is",
]
SELF = [
    "nee, het gaat om mijzelf",
    "het is voor mezelf",
    "voor mijzelf",
    "nee niet voor een ander, ik zoek zelf werk",
    "ik vraag het voor mezelf",
    "niet voor mijn moeder maar voor mijzelf",
    "no, it's about me",
    "it is for myself",
    "for myself",
    "I am asking for myself",
    "not for my brother but for myself",
]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        *((text, "relative") for text in RELATIVE),
        *((text, "client") for text in CLIENT),
        *((text, "other") for text in OTHER),
        *((text, "self") for text in SELF),
        *((text, None) for text in OWN),
    ],
)
def test_for_whom(text: str, who: str | None) -> None:
    assert asked_for(text) == who


def test_there_are_enough_of_both() -> None:
    assert len(RELATIVE + CLIENT + OTHER) >= 50
    assert len(OWN) >= 40


def test_it_is_one_of_the_facts_of_a_message_with_its_place() -> None:
    text = "Hé, ik vraag dit voor mijn moeder. Ze is ontslagen."
    [found] = [item for item in find_facts(text) if item.name == "on_behalf"]
    assert found.value == "relative"
    assert text[found.start : found.end].endswith("voor mijn moeder")


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    found = on_behalf(plain(text))
    assert found is None or 0 <= found[1] < found[2] <= len(text)


@pytest.mark.parametrize(
    "piece",
    ["ik zoek hulp en vraag en ", "mijn zoon ", "voor mijn ", "help me help mijn zoon kunt u ", "(19) ", "is 19 "],
)
def test_a_huge_text_is_quick(piece: str) -> None:
    text = (piece * 400)[:2000]
    on_behalf(text)
    start = time.process_time()
    on_behalf(text)
    assert time.process_time() - start < 0.3
