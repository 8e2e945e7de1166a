"""Coming back with a code: one code, one use, one week, and nothing that a stranger learns from trying."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.conversation import conversations, resumption
from bot.conversation.conversations import ConversationNotFound
from bot.conversation.masking import mask
from bot.conversation.resumption import VALID_FOR, CodeNotFound
from bot.referral.reference import ALPHABET
from bot.settings import get_settings
from bot.store.engine import transaction
from bot.store.tables import ResumeCode

A_MONTH = timedelta(days=30)


def _left(database: Engine, now: datetime) -> tuple[str, str, str]:
    """A conversation that somebody left: its id, its token, its code."""
    with transaction(database) as session:
        conversation, token = conversations.create(session, "midden-utrecht", "nl", now)
        return conversation.id, token, resumption.new_code(session, conversation.id, now).code


def _use(database: Engine, code: str, now: datetime) -> tuple[str, str]:
    with transaction(database) as session:
        conversation, token = resumption.use(session, code, now)
        return conversation.id, token


def _codes(database: Engine) -> int:
    with transaction(database) as session:
        return session.scalar(select(func.count()).select_from(ResumeCode)) or 0


def test_a_code_is_hard_to_guess_easy_to_read_and_not_stored(database: Engine, now: datetime) -> None:
    codes = {_left(database, now)[2] for _ in range(20)}
    assert len(codes) == 20
    assert all([len(part) for part in code.split("-")] == [4, 4, 4] for code in codes)
    assert all(set(code) <= {*ALPHABET, "-"} for code in codes)
    assert resumption.LENGTH * math.log2(len(ALPHABET)) >= 50
    with transaction(database) as session:
        stored = " ".join(session.scalars(select(ResumeCode.code_hash)))
        assert all(code not in stored and code.replace("-", "") not in stored for code in codes)
        assert set(session.scalars(select(ResumeCode.valid_until))) == {now + timedelta(days=7)}


def test_a_code_opens_its_conversation_once_and_shuts_out_the_former_device(database: Engine, now: datetime) -> None:
    conversation_id, former, code = _left(database, now)
    opened, token = _use(database, code, now)
    assert opened == conversation_id
    with transaction(database) as session:
        assert conversations.authorise(session, conversation_id, token).id == conversation_id
        with pytest.raises(ConversationNotFound):
            conversations.authorise(session, conversation_id, former)
    with pytest.raises(CodeNotFound):
        _use(database, code, now)
    with transaction(database) as session:  # the second try did not touch the token
        assert conversations.authorise(session, conversation_id, token)


@pytest.mark.parametrize("spelled", [str.lower, str.upper, lambda code: code.replace("-", ""),
                                     lambda code: f"  {code.replace('-', ' ')}\n",
                                     lambda code: " - ".join(code.replace("-", ""))])  # fmt: skip
def test_a_code_may_be_typed_as_people_type(database: Engine, now: datetime, spelled) -> None:  # type: ignore[no-untyped-def]
    conversation_id, _, code = _left(database, now)
    assert _use(database, spelled(code), now)[0] == conversation_id


def test_what_is_no_code_opens_nothing_and_uses_nothing_up(database: Engine, now: datetime) -> None:
    conversation_id, _, code = _left(database, now)
    other = next(letter for letter in ALPHABET if letter != code[0])
    hostile = [
        "", " ", "-", code[:-1], code + "3", other + code[1:], code[::-1] + "X", "A" * 12, "%" * 12, "_" * 12,
        "' OR 1=1 --", "\x00" * 12, "\ud800" * 12, "３４６７９ＣＤＦＨＪＫＭ", "ß" * 6, "ı" * 12,
        code * 1000, "X" * 1_000_000, conversation_id, resumption._hash(code.replace("-", "")),
    ]  # fmt: skip
    for wrong in hostile:
        with transaction(database) as session, pytest.raises(CodeNotFound):
            resumption.use(session, wrong, now)
    assert _use(database, code, now)[0] == conversation_id


def test_a_code_works_for_a_week(database: Engine, now: datetime) -> None:
    conversation_id, _, code = _left(database, now)
    for late in (VALID_FOR, VALID_FOR + timedelta(days=1)):
        with pytest.raises(CodeNotFound):
            _use(database, code, now + late)
    assert _use(database, code, now + VALID_FOR - timedelta(seconds=1))[0] == conversation_id


def test_a_new_code_replaces_the_old_one_of_this_conversation_only(database: Engine, now: datetime) -> None:
    conversation_id, _, first = _left(database, now)
    other, _, other_code = _left(database, now)
    with transaction(database) as session:
        second = resumption.new_code(session, conversation_id, now).code
    assert _codes(database) == 2
    with pytest.raises(CodeNotFound):
        _use(database, first, now)
    assert _use(database, second, now)[0] == conversation_id
    assert _use(database, other_code, now)[0] == other


def test_of_several_at_once_one_gets_in(database: Engine, now: datetime) -> None:
    conversation_id, _, code = _left(database, now)

    def enter(_: int) -> str | None:
        try:
            return _use(database, code, now)[1]
        except CodeNotFound:
            return None

    with ThreadPoolExecutor(6) as pool:
        (token,) = [token for token in pool.map(enter, range(6)) if token is not None]
    with transaction(database) as session:
        assert conversations.authorise(session, conversation_id, token)


def test_several_new_codes_at_once_leave_one(database: Engine, now: datetime) -> None:
    conversation_id, _, _ = _left(database, now)

    def make(_: int) -> str:
        with transaction(database) as session:
            return resumption.new_code(session, conversation_id, now).code

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(make, range(6)))
    assert _codes(database) == 1
    live = 0
    for code in codes:
        with transaction(database) as session:
            try:
                resumption.find(session, code, now)
            except CodeNotFound:
                continue
            live += 1
    assert live == 1


def test_an_erased_or_purged_conversation_has_no_code(database: Engine, now: datetime) -> None:
    erased, _, code = _left(database, now)
    with transaction(database) as session:
        conversations.erase(session, erased)
    assert _codes(database) == 0
    with pytest.raises(CodeNotFound):
        _use(database, code, now)
    with transaction(database) as session, pytest.raises(ConversationNotFound):
        resumption.new_code(session, erased, now)

    _left(database, now - A_MONTH - timedelta(days=1))
    with transaction(database) as session:
        assert conversations.purge(session, now - A_MONTH) == 1
    assert _codes(database) == 0


def test_codes_whose_time_is_over_do_not_stay(database: Engine, now: datetime) -> None:
    kept, _, code = _left(database, now)
    _left(database, now - VALID_FOR)
    with transaction(database) as session:
        assert resumption.purge(session, now) == 1
        assert resumption.purge(session, now) == 0
    _left(database, now - VALID_FOR)
    with transaction(database) as session:  # also without a purge: making a code sweeps
        resumption.new_code(session, conversations.create(session, "midden-utrecht", None, now)[0].id, now)
    assert _codes(database) == 2
    assert _use(database, code, now)[0] == kept


def test_a_code_typed_into_the_conversation_is_not_kept(database: Engine, now: datetime) -> None:
    for code in ("3473-KNPD-9T3F", "3473-9346-X934", "KNPD-TFXW-3473", *(_left(database, now)[2] for _ in range(20))):
        for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", "")):
            assert mask(f"mijn code is {typed}, wat nu", "nl").text == "mijn code is [code], wat nu"
    for kept in (
        "mijn code is K7MT4RWX",
        "de trein van 3476",
        "word word word",
        "3467-9346-7934x",
        "ik werkte er van 3467 tot 9346, 7934",
        "krcht DRFM",
    ):
        assert mask(kept, "nl").text == kept


def test_a_stolen_hash_is_of_no_use_without_the_key(database: Engine, now: datetime, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    _, _, code = _left(database, now)
    monkeypatch.setenv("DOORWIJZER_SECRET_KEY", "another key")
    get_settings.cache_clear()
    try:
        with pytest.raises(CodeNotFound):
            _use(database, code, now)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    _use(database, code, now)
