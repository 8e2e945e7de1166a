"""Texts to translators and back: nothing lost, nothing half done, every fault named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.content_check import check_texts
from bot.texts import Texts
from bot.texts_exchange import ExchangeError, export_texts, import_texts

CONTENT = Path(__file__).parents[2] / "content"
NL = """# Een gesprek.

utter_thanks: Graag gedaan.
say_place:  # gezegd na een twijfel
  text: Bedoelt u {value}?
  buttons:
    - {title: 'Ja', payload: /affirm}
    - {title: Iets anders, payload: '/answer{"signal": "other"}'}
button: {'yes': 'Ja, {value}'}
"""
EN = """# A conversation.

utter_thanks: You are welcome.
say_place:  # said after a doubt
  text: Do you mean {value}?
  buttons:
    - {title: 'Yes', payload: /affirm}
    - {title: Something else, payload: '/answer{"signal": "other"}'}
button: {'yes': 'Yes, {value}'}
"""


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """The project's own texts."""
    shutil.copytree(CONTENT / "texts", tmp_path / "texts")
    return tmp_path


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A few texts."""
    for language, written in {"nl": NL, "en": EN}.items():
        (tmp_path / "texts" / language).mkdir(parents=True)
        (tmp_path / "texts" / language / "conversation.yml").write_text(written, "utf-8")
    return tmp_path


def po(content: Path, language: str = "en", old: str = "", new: str = "") -> Path:
    made = export_texts(content, language).decode("utf-8")
    assert old in made
    path = content / f"{language}.po"
    path.write_text(made.replace(old, new, 1) if old else made, "utf-8")
    return path


def everything(content: Path) -> dict[str, str]:
    return {str(path.relative_to(content)): path.read_text("utf-8") for path in content.rglob("*.yml")}


def test_every_text_and_button_is_in_the_table(whole: Path) -> None:
    catalog = read_po(po(whole).open("rb"), locale="en")
    texts = Texts.load(whole / "texts")
    buttons = sum(len(texts.entry(key, "nl").get("buttons", ())) for key in texts.keys("nl"))
    assert len(catalog) == len(texts.keys("nl")) + buttons
    assert all(message.string for message in catalog if message.id)


def test_out_and_in_again_changes_nothing(whole: Path) -> None:
    before = everything(whole)
    result = import_texts(whole, "en", po(whole))
    assert (result.changed, result.missing) == ((), 0)
    assert everything(whole) == before


def test_one_new_wording_touches_one_file_and_keeps_its_comments(content: Path) -> None:
    before = everything(content)
    result = import_texts(content, "en", po(content, old='msgstr "You are welcome."', new='msgstr "Gladly."'))
    assert result.changed == ("utter_thanks",)
    after = everything(content)
    assert [name for name in before if before[name] != after[name]] == ["texts/en/conversation.yml"]
    assert before["texts/en/conversation.yml"].splitlines()[0] == after["texts/en/conversation.yml"].splitlines()[0]
    assert check_texts(content) == []
    assert Texts.load(content / "texts").get("utter_thanks", "en") == "Gladly."
    assert import_texts(content, "en", content / "en.po").changed == ()  # the same once more


def test_a_new_language_gets_the_same_texts_buttons_and_payloads(content: Path) -> None:
    made = export_texts(content, "uk").decode("utf-8")
    assert 'msgstr "' in made
    catalog = read_po(po(content, "uk").open("rb"), locale="uk")
    for message in catalog:
        if message.id:
            message.string = message.id  # a stand-in for the translator: the words are not what is tested
    from babel.messages.pofile import write_po

    with (content / "uk.po").open("wb") as out:
        write_po(out, catalog)
    result = import_texts(content, "uk", content / "uk.po")
    assert result.missing == 0
    assert check_texts(content) == []
    assert Texts.load(content / "texts").languages == ("en", "nl", "uk")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('msgctxt "utter_thanks"', 'msgctxt "utter_thank"', "utter_thank: there is no text of this name"),
        ('msgid "Graag gedaan."', 'msgid "Graag"', "utter_thanks: the Dutch text has changed"),
        ("{value}?", "{waarde}?", "must have {value}"),
        ("{value}?", "{value?", "must have {value}"),
    ],
)
def test_a_fault_is_named_and_nothing_is_written(content: Path, old: str, new: str, told: str) -> None:
    made = export_texts(content, "en").decode("utf-8")
    place = made.rindex(old) if old.startswith("{") else made.index(old)
    path = content / "en.po"
    changed = made[:place] + made[place:].replace(old, new, 1)
    path.write_text(changed.replace('msgstr "You are welcome."', 'msgstr "Gladly."'), "utf-8")
    before = everything(content)
    with pytest.raises(ExchangeError, match=told.replace("{", r"\{").replace("}", r"\}")):
        import_texts(content, "en", path)
    assert everything(content) == before


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00\x01", b"hello", b"x" * 5_000_001, b'msgid "a\nmsgstr'])
def test_what_is_no_po_file(content: Path, raw: bytes) -> None:
    path = content / "bad.po"
    path.write_bytes(raw)
    with pytest.raises(ExchangeError):
        import_texts(content, "en", path)


@pytest.mark.parametrize("language", ["", "nl", "../etc", "english", "e" * 3000])
def test_what_is_no_language(content: Path, language: str) -> None:
    with pytest.raises(ExchangeError):
        import_texts(content, language, content / "absent.po")


def test_a_file_that_is_not_there(content: Path) -> None:
    with pytest.raises(ExchangeError, match="No such file"):
        import_texts(content, "en", content / "absent.po")
