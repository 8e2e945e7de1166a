"""Places in sentences written by somebody who did not know the finder.

A row of ``municipalities.csv`` is right when the expected municipality (one of those between ``|``) is found for sure,
or is among those that are asked; and when nothing is found where nothing is expected. A wrong one that is taken
without asking is never allowed.
"""

from __future__ import annotations

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.directory.municipalities import MunicipalityMatch, find_municipality, get_municipalities

RIGHT = 0.97
PATH = Path(__file__).with_name("municipalities.csv")

Row = dict[str, str]


def rows() -> list[Row]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(row: Row) -> MunicipalityMatch | None:
    return find_municipality(row["text"], asked=row["asked"] == "yes")


def expected(row: Row) -> set[str]:
    return {name for name in row["municipality"].split("|") if name}


def is_right(row: Row) -> bool:
    match = found(row)
    if match is None:
        return not expected(row)
    return not expected(row).isdisjoint({match.name} if match.sure else {match.name, *match.alternatives})


def is_taken_wrongly(row: Row) -> bool:
    match = found(row)
    return match is not None and match.sure and match.name not in expected(row)


def shown(row: Row) -> str:
    return f"{row['text']!r} (asked: {row['asked']}): expected {row['municipality'] or 'nothing'}, found {found(row)}"


def test_enough_municipalities_are_right() -> None:
    wrong = [shown(row) for row in rows() if not is_right(row)]
    print(f"{len(rows()) - len(wrong)} of {len(rows())} right", *wrong, sep="\n")
    assert len(wrong) <= (1 - RIGHT) * len(rows()), wrong


def test_no_wrong_municipality_is_taken_without_asking() -> None:
    assert [shown(row) for row in rows() if is_taken_wrongly(row)] == []


NAMES = get_municipalities().names
WORDS = ["ik", "woon", "in", "niet", "mijn", "zus", "woont", "bij", "Breda", "Bergen", "op", "Zoom", "from", "moved",
         "Wijk", "houten", "de", "Utrecht", "3511", "mevrouw", "van", ",", "in Norway", "maar", "werk"]  # fmt: skip


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join)), st.booleans())
def test_any_text_is_read_without_error(text: str, asked: bool) -> None:
    match = find_municipality(text, asked=asked)
    if match is not None:
        assert {match.name, *match.alternatives} <= set(NAMES)
        assert match.name not in match.alternatives
        assert not (match.sure and match.alternatives)


@given(st.sampled_from(NAMES))
def test_every_name_in_a_plain_sentence_is_found(name: str) -> None:
    match = find_municipality(f"Ik woon in {name}.")
    assert match is not None
    assert name in {match.name, *match.alternatives}


@given(st.sampled_from(NAMES))
def test_what_is_said_of_somebody_else_is_never_taken(name: str) -> None:
    match = find_municipality(f"Mijn ouders wonen in {name}.")
    assert match is None or not match.sure
