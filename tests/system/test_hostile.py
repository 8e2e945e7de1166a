"""Wrong, hostile, huge, empty and repeated input against the running system; afterwards every row and log is read."""

import re
import threading
from pathlib import Path

import pytest
import yaml
from sqlalchemy import MetaData, create_engine, select

from tests.system.chat import Chat, book

pytestmark = pytest.mark.system
ATTACKS = yaml.safe_load((Path(__file__).parents[1] / "attacks" / "attacks.yml").read_text("utf-8"))


def text_of(attack) -> str:
    if "repeat" in attack:
        word, count = attack["repeat"]
        return word * count
    return attack["text"]


def everything_stored(system, conversation_id: str) -> str:
    """All rows of all tables that belong to one conversation, as one text."""
    engine = create_engine(system.database_url)
    tables = MetaData()
    tables.reflect(engine)
    found = []
    with engine.connect() as connection:
        for table in tables.tables.values():
            key = next((name for name in ("conversation_id", "sender_id") if name in table.c), None)
            if key is None and table.name != "conversation":
                continue
            column = table.c[key] if key else table.c.id
            found += [str(tuple(row)) for row in connection.execute(select(table).where(column == conversation_id))]
    engine.dispose()
    return "\n".join(found)


def logs(system) -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in Path(system.var_dir).rglob("*.log"))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_hostile_input_changes_nothing_it_should_not_and_leaves_no_trace(system, attack):
    chat = Chat(system.base_url)
    answer = chat.post({"text": text_of(attack), "client_id": "attack"})
    assert answer.status_code in {200, 413, 422}, answer.text
    if answer.status_code != 200:
        assert answer.headers["content-type"].startswith("application/problem+json")
    state = chat.state()
    assert state["referrals"] == []
    trace = everything_stored(system, chat.id) + answer.text * (answer.status_code == 200)
    for secret in attack["must_not_contain_after"]:
        assert secret not in trace, attack["what"]
        if re.search(r"\d{6}", secret):
            assert secret not in logs(system)
    for kept in attack.get("must_contain_after", ()):
        assert kept in trace, attack["what"]
    # the conversation goes on
    assert chat.post({"text": "mijn contract loopt af", "client_id": "after"}).status_code == 200


def test_2001_characters_change_nothing(system):
    chat = Chat(system.base_url)
    before = everything_stored(system, chat.id)
    assert chat.post({"text": "a" * 2001}).status_code == 422
    assert everything_stored(system, chat.id) == before


def test_a_bsn_and_an_iban_are_nowhere_afterwards(system):
    chat = Chat(system.base_url)
    chat.say("mijn bsn is 111222333 en mijn rekening NL91ABNA0417164300, mijn contract stopt")
    trace = everything_stored(system, chat.id) + chat.words + logs(system)
    for secret in ("111222333", "NL91ABNA0417164300", "0417164300"):
        assert secret not in trace
    assert chat.state()["needs"]


def test_contact_details_are_only_in_the_vault(system):
    chat = Chat(system.base_url)
    chat.say("mijn contract stopt, ik woon in Utrecht, bel me op 06 12345678 of mail jan.jansen@example.org")
    book(chat)
    trace = everything_stored(system, chat.id) + logs(system)
    for secret in ("12345678", "jan.jansen", "Test Bewoner"):
        assert secret not in trace


def test_another_conversations_token_opens_nothing(system):
    mine, other = Chat(system.base_url), Chat(system.base_url)
    other.http.headers["Authorization"] = f"Bearer {mine.token}"
    for answer in (
        other.post({"text": "hallo"}),
        other.http.get(f"/api/conversations/{other.id}"),
        other.http.get(f"/api/conversations/{other.id}/events"),
        other.http.delete(f"/api/conversations/{other.id}"),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_two_clicks_on_confirm_book_once(system):
    chat = Chat(system.base_url)
    chat.say("mijn contract stopt, ik woon in Utrecht")
    for _ in range(8):
        if chat.asked == "consent":
            break
        {
            "end_date": lambda: chat.send("/dont_know"),
            "partner": lambda: chat.send(chat.messages[-1]["buttons"][0]["payload"]),
            "contact_channel": lambda: chat.press("Bel"),
            "time": lambda: chat.send(chat.messages[-1]["buttons"][0]["payload"]),
            "contact": lambda: chat.fill_in(name="Test", phone="0612345678"),
        }[chat.asked]()
    answers = []
    clicks = [
        threading.Thread(target=lambda name=name: answers.append(chat.post({"payload": "/book", "client_id": name})))
        for name in ("click-1", "click-2", "click-1")
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    (referral,) = chat.state()["referrals"]
    assert all(referral["reference"] in answer.text for answer in answers)


def test_the_same_message_sent_twice_is_one_message(system):
    chat = Chat(system.base_url)
    first = chat.post({"text": "ik heb schulden", "client_id": "once"}).json()
    second = chat.post({"text": "ik heb schulden", "client_id": "once"}).json()
    assert first == second


def test_erased_means_gone_from_every_table(system):
    chat = Chat(system.base_url)
    chat.say("mijn contract stopt, ik woon in Utrecht")
    book(chat)
    assert everything_stored(system, chat.id)
    assert chat.http.delete(f"/api/conversations/{chat.id}").status_code == 204
    assert everything_stored(system, chat.id) == ""
    assert chat.http.get(f"/api/conversations/{chat.id}").status_code == 404


def test_a_lost_connection_in_the_middle_of_an_answer_loses_nothing(system):
    import httpx

    chat = Chat(system.base_url)
    with pytest.raises(httpx.TimeoutException):
        chat.http.post(
            f"/api/conversations/{chat.id}/messages",
            json={"text": "ik ben zzp'er zonder opdrachten", "client_id": "lost"},
            timeout=httpx.Timeout(5, read=0.001),
        )
    again = chat.post({"text": "ik ben zzp'er zonder opdrachten", "client_id": "lost"})
    assert again.status_code == 200
    assert again.json()["messages"]
    seqs, texts = [], []
    with chat.http.stream("GET", f"/api/conversations/{chat.id}/events", headers={"Last-Event-ID": "0"}) as stream:
        for line in stream.iter_lines():
            if line.startswith("id:"):
                seqs.append(int(line[3:]))
            if line.startswith("data:"):
                texts.append(line)
            if seqs and seqs[-1] == again.json()["messages"][-1]["seq"] and len(texts) == len(seqs):
                break
    assert seqs == list(range(1, len(seqs) + 1))
    assert sum("zonder opdrachten" in text for text in texts) == 1
