"""The reference: readable, and a slip of the pen is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.referral.reference import ALPHABET, is_reference, new_reference


def test_a_reference_has_eight_characters_without_look_alikes_or_vowels() -> None:
    references = {new_reference() for _ in range(500)}
    assert len(references) == 500
    for reference in references:
        assert len(reference) == 8
        assert is_reference(reference)
        assert not set(reference) & set("0O1IL2Z5S8BAEU")


def test_it_may_be_written_in_any_usual_way() -> None:
    reference = new_reference()
    assert is_reference(f" {reference[:4].lower()}-{reference[4:]} ")


@given(st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, other: str) -> None:
    reference = new_reference()
    wrong = reference[:place] + other + reference[place + 1 :]
    assert is_reference(wrong) == (wrong == reference)


@given(st.integers(0, 7), st.integers(0, 7))
def test_two_characters_that_changed_places_are_noticed(one: int, two: int) -> None:
    reference = new_reference()
    wrong = list(reference)
    wrong[one], wrong[two] = wrong[two], wrong[one]
    assert is_reference("".join(wrong)) == ("".join(wrong) == reference)


@pytest.mark.parametrize("text", ["", "1234", "ABCDEFGH", "3" * 9, "\x00" * 8, "🙂" * 8, "3" * 10_000])
def test_what_is_no_reference(text: str) -> None:
    assert not is_reference(text)
