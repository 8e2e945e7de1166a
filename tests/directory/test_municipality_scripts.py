"""Towns of the regions we serve, as they are written in Cyrillic and in Arabic."""

import pytest

from bot.directory.municipalities import find_municipality


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("Утрехт", "Utrecht"),
        ("утрехт", "Utrecht"),
        ("я живу в Утрехте", "Utrecht"),
        ("Я живу в Утрехті", "Utrecht"),
        ("أوتريخت", "Utrecht"),
        ("أسكن في أوتريخت", "Utrecht"),
        ("Зейст", "Zeist"),
        ("Хаутен", "Houten"),
        ("Ньивегейн", "Nieuwegein"),
        ("Дордрехт", "Dordrecht"),
        ("Бреда", "Breda"),
    ],
)
def test_a_town_in_another_script_is_found(text, municipality):
    match = find_municipality(text, asked=True)
    assert match is not None
    assert (match.name, match.sure) == (municipality, True)


@pytest.mark.parametrize("text", ["улица", "чоловік", "أنا", "я шукаю роботу", "У", "أ" * 5000])
def test_other_words_in_these_scripts_are_no_town(text):
    assert find_municipality(text, asked=True) is None
