"""Contact details: what is accepted, what is read from a sentence, and that the vault keeps its secret."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from bot.conversation import conversations
from bot.conversation.contacts import (
    ContactDetails,
    ContactError,
    check_contact,
    contact_from_text,
    contact_kinds,
    load_contact,
    save_contact,
)
from bot.conversation.conversations import ConversationNotFound
from bot.store.engine import transaction
from bot.store.tables import Contact


@pytest.mark.parametrize(
    ("form", "details"),
    [
        ({"name": " Jan  de Vries ", "phone": "06 12345678"}, ("Jan de Vries", "+31612345678", None)),
        ({"name": "Олена", "phone": "+380 67 123 45 67", "email": ""}, ("Олена", "+380671234567", None)),
        ({"name": "J. O'Neill-Smit", "phone": None, "email": "Jan@Example.ORG"},
         ("J. O'Neill-Smit", None, "Jan@example.org")),
        ({"name": "X", "phone": "0031 6 12 34 56 78", "email": "x@voorbeeld.nl"},
         ("X", "+31612345678", "x@voorbeeld.nl")),
        ({"name": "Jan\u200b", "phone": "06\u200e12345678"}, ("Jan", "+31612345678", None)),
    ],
)  # fmt: skip
def test_a_good_form(form: dict[str, object], details: tuple[str, str | None, str | None]) -> None:
    assert check_contact(form) == ContactDetails(*details)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"name": "name_missing", "contact": "nothing_given"}),
        ({"name": " ", "phone": "  "}, {"name": "name_missing", "contact": "nothing_given"}),
        ({"name": "Jan"}, {"contact": "nothing_given"}),
        ({"phone": "0612345678"}, {"name": "name_missing"}),
        ({"name": "a" * 101, "phone": "0612345678"}, {"name": "name_too_long"}),
        ({"name": "111222333", "phone": "0612345678"}, {"name": "name_invalid"}),
        ({"name": "<script>", "phone": "0612345678"}, {"name": "name_invalid"}),
        ({"name": "jan@example.org", "phone": "0612345678"}, {"name": "name_invalid"}),
        ({"name": ["Jan"], "phone": "0612345678"}, {"name": "name_invalid"}),
        ({"name": "Jan", "phone": "12345"}, {"phone": "phone_invalid"}),
        ({"name": "Jan", "phone": "112"}, {"phone": "phone_invalid"}),
        ({"name": "Jan", "phone": "0900-1234567"}, {"phone": "phone_invalid"}),
        ({"name": "Jan", "phone": "geen"}, {"phone": "phone_invalid"}),
        ({"name": "Jan", "phone": "1" * 50}, {"phone": "phone_too_long"}),
        ({"name": "Jan", "phone": 612345678}, {"phone": "phone_invalid"}),
        ({"name": "Jan", "email": "jan@"}, {"email": "email_invalid"}),
        ({"name": "Jan", "email": "jan@localhost"}, {"email": "email_invalid"}),
        ({"name": "José", "email": "josé@exämple.nl"}, {"email": "email_invalid"}),
        ({"name": "Jan", "email": "a@b.nl\r\nBcc: c@d.nl"}, {"email": "email_invalid"}),
        ({"name": "Jan", "email": "a" * 300 + "@b.nl"}, {"email": "email_too_long"}),
        ({"name": "Jan", "phone": "0612345678", "bsn": "111222333"}, {"bsn": "unexpected"}),
        ({"name": "", "phone": "1", "email": "x", "y": 1},
         {"name": "name_missing", "phone": "phone_invalid", "email": "email_invalid", "y": "unexpected"}),
    ],
)  # fmt: skip
def test_a_bad_form_says_all_that_is_wrong(form: dict[str, object], fields: dict[str, str]) -> None:
    with pytest.raises(ContactError) as error:
        check_contact(form)
    assert error.value.fields == fields


@given(
    st.dictionaries(
        st.text(max_size=10) | st.sampled_from(["name", "phone", "email"]), st.none() | st.text() | st.integers()
    )
)
def test_no_form_breaks_it(form: dict[str, object]) -> None:
    with contextlib.suppress(ContactError):
        details = check_contact(form)
        assert details.name
        assert details.phone or details.email


@pytest.mark.parametrize(
    ("text", "language", "details"),
    [
        ("Jan de Vries 06 12345678", "nl", ("Jan de Vries", "+31612345678", None)),
        ("my name is Olena, olena@example.org", "en", ("Olena", None, "olena@example.org")),
        ("Ik heet fatima el amrani en mijn nummer is 0612345678", "nl", ("fatima el amrani", "+31612345678", None)),
        ("06-12345678", "nl", (None, "+31612345678", None)),
        ("bel me maar op 06 12 34 56 78 graag", "nl", (None, "+31612345678", None)),
        ("Jan de Vries", "nl", ("Jan de Vries", None, None)),
        ("Olena Kovalenko, +380671234567, olena@example.org", "en",
         ("Olena Kovalenko", "+380671234567", "olena@example.org")),
        ("Mijn naam is Piet. Tel: 030-2345678", "nl", ("Piet", "+31302345678", None)),
        ("Anna van den Berg - anna@voorbeeld.nl", "nl", ("Anna van den Berg", None, "anna@voorbeeld.nl")),
    ],
)  # fmt: skip
def test_details_are_read_from_an_answer(text: str, language: str, details: tuple[str | None, ...]) -> None:
    assert contact_from_text(text, language) == ContactDetails(*details)


@pytest.mark.parametrize(
    "text",
    ["", "dat zeg ik liever niet", "nee", "111222333", "NL91ABNA0417164300", "jan@", "12345", "😀", "weet ik niet"],
)
def test_an_answer_without_details(text: str) -> None:
    assert contact_from_text(text) is None


@given(st.text(max_size=200))
def test_no_answer_breaks_it(text: str) -> None:
    contact_from_text(text, "nl")


@pytest.fixture
def conversation_id(database: Engine, now: datetime) -> str:
    with transaction(database) as session:
        return conversations.create(session, "midden-utrecht", "nl", now)[0].id


def test_details_are_kept_encrypted_and_come_together(database: Engine, conversation_id: str, now: datetime) -> None:
    with transaction(database) as session:
        assert load_contact(session, conversation_id) is None
        assert contact_kinds(session, conversation_id) == ()
        save_contact(session, conversation_id, ContactDetails(phone="+31612345678"), now)
        save_contact(session, conversation_id, ContactDetails(name="Jan", phone="+31687654321"), now + timedelta(1))
    with transaction(database) as session:
        assert load_contact(session, conversation_id) == ContactDetails("Jan", "+31687654321")
        assert contact_kinds(session, conversation_id) == ("name", "phone")
        row = session.scalars(select(Contact)).one()
        assert b"31687654321" not in row.ciphertext
        assert row.updated_at == now + timedelta(1)


def test_nothing_is_kept_of_a_conversation_that_is_gone(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        with pytest.raises(ConversationNotFound):
            save_contact(session, "gone", ContactDetails(name="Jan"), now)
        assert session.scalars(select(Contact)).all() == []
