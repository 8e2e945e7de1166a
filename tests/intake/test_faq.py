"""The answers to questions aside: complete, dated, and silent once they have ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.faq import Answer, Faq, FaqInvalid

DAY = date(2026, 11, 22)
PLAIN = {"intent": "ask_ww", "theme": "income", "source": "ww", "checked": DAY}


def answer(**values: Any) -> dict[str, Any]:
    return {"answers": {"ww": {**PLAIN, **values}}}


def test_an_answer_is_found_by_its_intent() -> None:
    faq = Faq.parse(answer())
    assert faq.of("ask_ww")[0] == "ww"
    assert faq.intents == {"ask_ww"}
    with pytest.raises(KeyError):
        faq.of("tell")


def test_it_may_be_said_up_to_its_last_day() -> None:
    dated = Answer.model_validate({**PLAIN, "valid_until": date(2027, 3, 4)})
    assert dated.holds(date(2027, 3, 4))
    assert not dated.holds(date(2027, 3, 5))


@given(st.dates())
def test_without_a_last_day_it_always_holds(today: date) -> None:
    assert Answer.model_validate(PLAIN).holds(today)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"source": None}, "needs a source"),
        ({"source": ""}, "at least 1 character"),
        ({"intent": "tell"}, "should match pattern"),
        ({"theme": "weather"}, "Input should be"),
        ({"checked": "gisteren"}, "valid date"),
        ({"checked": None}, "valid date"),
        ({"valid_until": DAY - timedelta(days=1)}, "ended before it was checked"),
        ({"text": "WW is …"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_not_in_order_is_named_with_its_place(values: dict[str, Any], told: str) -> None:
    with pytest.raises(FaqInvalid, match=r"answers\.ww") as fault:
        Faq.parse(answer(**values))
    assert told in str(fault.value)


def test_small_talk_alone_needs_no_source() -> None:
    assert Faq.parse(answer(theme="small_talk", source=None)).of("ask_ww")[1].source is None


def test_one_intent_has_one_answer() -> None:
    with pytest.raises(FaqInvalid, match="more than one answer for: ask_ww"):
        Faq.parse({"answers": {"ww": PLAIN, "benefit": PLAIN}})


@pytest.mark.parametrize("data", [None, [], "", 3, {}, {"answers": {}}, {"answers": None}, {"answers": {"ww": []}}])
def test_no_list_at_all(data: Any) -> None:
    with pytest.raises(FaqInvalid):
        Faq.parse(data)
