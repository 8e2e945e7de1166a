"""Which part of a message is about its writer, and about now."""

from __future__ import annotations

import pytest

from bot.assistant.own_part import own_part


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mijn buurvrouw heeft een deurwaarder aan de deur, ik zoek een baan", "ik zoek een baan"),
        ("My cousin lost his job but I want a course", "i want a course"),
        ("vroeger had ik een winkel, nu zoek ik werk", "nu zoek ik werk"),
        ("had debts years ago, all paid now", "all paid now"),
        ("mijn zwager zit in de ww; ik wil alleen weten wie jullie zijn", "ik wil alleen weten wie jullie zijn"),
    ],
)
def test_what_is_told_aside_is_left_out(text: str, left: str) -> None:
    assert own_part(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "ik heb schulden en geen werk",
        "mijn collega en ik zijn ontslagen, wat nu",
        "me and my cousin lost our jobs, what can we do",
        "mijn broer is ontslagen, kan hij hier terecht",  # it is he who needs help
        "ik zoek hulp voor mijn zus, ze heeft schulden",
        "een kennis vertelde van een open avond, daar wil ik heen",  # who told of it does not matter
        "my neighbour was fired",  # there is no other part
        "mijn agenda is leeg, in januari was die vroeger al vol",
        "mijn man heeft schulden, ik zoek werk",  # of one household
        "",
        "...",
        "😀" * 500,
        "mijn buurman, " * 300,
        "\x00",
    ],
)
def test_what_is_about_the_writer_or_the_one_to_help_stays(text: str) -> None:
    assert own_part(text) is None
