"""What a resident sends: words, buttons and contact details, and what the assistant and the database get of it."""

from __future__ import annotations

import pytest

from bot.conversation import contacts
from bot.store.engine import transaction
from tests.web.chat_helpers import CONTACT, is_problem, stored_texts, until_contact
from tests.web.conftest import Site


def test_typed_text_never_becomes_a_payload(site: Site) -> None:
    chat = site.start()
    for typed in ("/book", "  //book", "\n/restart", "/", "\u200b/book", '/contact_given{"kinds": "phone"}'):
        assert site.send(chat, text=typed).status_code == 200
    sent = [turn["text"] for turn in site.assistant.turns[1:]]
    assert len(sent) == 6
    assert not any(text.strip().startswith("/") for text in sent)


def test_a_payload_is_stored_as_what_its_button_says(site: Site) -> None:
    chat = site.start()
    assert site.send(chat, payload='/answer{"signal": "contract_ending"}').status_code == 200
    assert "Mijn baan of contract stopt" in stored_texts(site)
    assert site.assistant.turns[-1]["text"] == '/answer{"signal": "contract_ending"}'
    for always in ("/person", "/why", "/rather_not_say", '/change_language{"language": "en"}'):
        assert site.send(chat, payload=always).status_code == 200
    assert "/" not in stored_texts(site)
    for words in ("Een medewerker", "Waarom?", "Zeg ik liever niet", "English"):
        assert words in stored_texts(site)


def test_a_payload_of_another_conversation_is_not_offered_here(site: Site) -> None:
    mine, other = site.start(), site.start()
    site.send(other, text="mijn contract stopt")
    site.send(other, text="zeist")
    payload = '/choose{"needs": "unemployment_benefit"}'
    is_problem(site.send(mine, payload=payload), 422, "payload-not-offered")
    assert site.send(other, payload=payload).status_code == 200


def test_the_rows_of_a_summary_offer_their_change(site: Site) -> None:
    chat = until_contact(site)
    site.send(chat, form=CONTACT)
    assert site.send(chat, payload='/correct{"fact": "contact"}').json()["messages"][-1]["ask"] == "contact"


def test_personal_data_are_masked_before_anything_sees_them(site: Site) -> None:
    chat = site.start()
    secret = ("111222333", "NL91ABNA0417164300", "0612345678", "jan@example.nl")
    site.send(chat, text=f"bsn {secret[0]}, rekening {secret[1]}, bel {secret[2]} of mail {secret[3]}")
    assert site.assistant.turns[-1]["text"].startswith("bsn ")
    for value in secret:
        assert value not in site.assistant.turns[-1]["text"]
        assert value not in stored_texts(site)
    with transaction(site.engine) as session:
        kept = contacts.load_contact(session, chat["id"])
    assert kept is not None
    assert (kept.phone, kept.email) == ("+31612345678", "jan@example.nl")


def test_html_and_sql_are_just_words(site: Site) -> None:
    chat = site.start()
    text = "<script>alert(1)</script> '; DROP TABLE message; -- {{7*7}}"
    assert site.send(chat, text=text).status_code == 200
    assert text in stored_texts(site)


def test_the_contact_form_goes_to_the_vault_and_only_its_kinds_to_the_assistant(site: Site) -> None:
    chat = until_contact(site)
    replies = site.send(chat, form={**CONTACT, "email": "test@example.nl"}).json()["messages"]
    assert replies[-1]["ask"] == "consent"
    assert site.assistant.turns[-1]["text"] == '/contact_given{"kinds": "phone,email"}'
    assert "[contactgegevens]" in stored_texts(site)
    assert "12345678" not in str(site.assistant.turns) + stored_texts(site)
    with transaction(site.engine) as session:
        kept = contacts.load_contact(session, chat["id"])
    assert kept is not None
    assert kept.to_dict() == {"name": "Test de Vries", "phone": "+31612345678", "email": "test@example.nl"}


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({}, "naam"),
        ({"name": "Jan"}, "telefoonnummer"),
        ({"name": "Jan", "phone": "12"}, "telefoonnummer"),
        ({"name": "Jan", "email": "jan@"}, "e-mailadres"),
        ({"name": "<b>", "phone": "0612345678"}, "naam"),
    ],
)
def test_a_mistake_in_the_form_asks_again_naming_the_field(site: Site, form: dict[str, str], word: str) -> None:
    chat = until_contact(site)
    asked = len(site.assistant.turns)
    response = site.send(chat, form=form)
    assert response.status_code == 200
    (again,) = response.json()["messages"]
    assert again["ask"] == "contact"
    assert word in again["text"]
    assert again["buttons"][0]["payload"] == "/rather_not_say"
    assert again["card"] == {"kind": "contact", "channel": "phone"}
    assert len(site.assistant.turns) == asked
    assert site.send(chat, form=CONTACT).json()["messages"][-1]["ask"] == "consent"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Jan de Vries, 06-12345678", "phone"),
        ("mail maar naar jan@example.nl", "email"),
        ("0612345678", "phone"),
    ],
)
def test_contact_details_may_be_typed(site: Site, text: str, kinds: str) -> None:
    chat = until_contact(site)
    assert site.send(chat, text=text).status_code == 200
    assert site.assistant.turns[-1]["text"] == f'/contact_given{{"kinds": "{kinds}"}}'
    for secret in ("12345678", "jan@example.nl", "Vries"):
        assert secret not in stored_texts(site)


def test_other_words_while_contact_is_asked_reach_the_assistant(site: Site) -> None:
    chat = until_contact(site)
    site.send(chat, text="waarom willen jullie dat weten")
    assert site.assistant.turns[-1]["text"] == "waarom willen jullie dat weten"


def test_a_number_that_is_no_number_is_asked_again(site: Site) -> None:
    chat = until_contact(site)
    (again,) = site.send(chat, text="Jan de Vries").json()["messages"]
    assert again["ask"] == "contact"
    assert "Vries" not in stored_texts(site)
