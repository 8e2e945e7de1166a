"""Every text with every real value in it: names of partners and regions, reasons, days, places."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path

import pytest
import yaml
from babel.dates import format_date, format_datetime

from actions.speech import inside
from bot.clock import ZONE
from bot.directory.events import Events
from bot.directory.partners import Directory
from bot.intake.decisions import DecisionTable
from bot.intake.situation import FACTS, SIGNALS
from bot.referral.rules import referral_rules
from bot.texts import Texts
from tests.events import event_data, write_events
from tests.wording import faults

CONTENT = Path(__file__).parents[2] / "content"
TEXTS = Texts.load(CONTENT / "texts")
DIRECTORY = Directory.load(CONTENT / "regions")
TABLE = DecisionTable.parse(yaml.safe_load((CONTENT / "decisions.yml").read_text("utf-8")))
DAY = datetime(2027, 1, 31, 9, 30, tzinfo=ZONE)
SERVED = [region for region in DIRECTORY.regions if region.served]
PARTNERS = [partner for region in SERVED for partner in DIRECTORY.all_partners(region.id)]


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def group(language: str, prefix: str) -> list[str]:
    """The texts of a group, those with a placeholder filled in too."""
    keys = sorted(key for key in TEXTS.keys(language) if key.startswith(prefix))
    return [words for key in keys for words in rendered(language, key)]


def values(language: str, name: str, key: str) -> list[str]:
    """All that can stand in a placeholder, in real words."""
    when = format_datetime(DAY, TEXTS.get("format.time", language), locale=language)
    day = format_date(DAY, TEXTS.get("format.date", language), locale=language)
    match name:
        case "value" if key.startswith("fact.") and FACTS.get(fact := key.removeprefix("fact.").split("_employer")[0]):
            return [TEXTS.get(f"value.{value}", language) for value in FACTS[fact] or ()]
        case "value" if "municipality" in key:
            return ["Zeist", "'s-Gravenhage", "Utrechtse Heuvelrug"]
        case "value" | "checked" | "until":
            return [day]
        case "when":
            at = TEXTS.get("format.on", language, when=when)
            ends_a_clause = key.startswith(("say_desk", "say_call", "say_answer"))
            return [at, TEXTS.get("format.soon", language)] if ends_a_clause else [when]
        case "partner" | "chain":
            return sorted({partner.name for partner in PARTNERS} | {region.brand for region in DIRECTORY.regions})
        case "ways":
            either = TEXTS.get("format.or", language)
            there = TEXTS.get("meeting.in_person", language, location="Rooseveltlaan 148, Bergen op Zoom")
            called, seen = TEXTS.get("meeting.phone", language), TEXTS.get("meeting.video", language)
            return [called, there, seen, f"{called} {either} {there}"]
        case "region":
            return [region.place for region in DIRECTORY.regions]
        case "brand" | "website":
            return [getattr(region, name) for region in DIRECTORY.regions]
        case "role":
            own = [partner.descriptions.get(language, "").removesuffix(".") for partner in PARTNERS]
            return [*group(language, "role."), *group(language, "role_for."), *filter(None, own)]
        case "need":
            return group(language, "need.")
        case "because":
            return group(language, "because")
        case "reasons" | "things" if key != "say_explain_because":
            return [*group(language, "signal."), *group(language, "signal_on."), *group(language, "fact.")]
        case "reasons":
            return group(language, "say_explain_need")
        case "needs":
            return group(language, "say_advice_need")
        case "meaning":
            return group(language, "meaning.")
        case "why":
            return group(language, "why.")
        case "source":
            return [*group(language, "source."), *(row.source for row in TABLE.rows)]
        case "hours":
            return [words for key in ("say_desk_open", "say_desk_closed") for words in rendered(language, key)]
        case "desk":
            return group(language, "say_answer_desk")
        case "how":
            return [words for prefix in ("say_booked_", "say_requested_") for words in group(language, prefix)]
        case "waiting":
            return group(language, "say_chain_waiting")
        case "hint":
            return group(language, "hint.")
        case "language":
            return group(language, "language.")
        case "places":
            return [*group(language, "say_event_places"), *group(language, "say_event_open")]
        case "summary":
            return [f"{inside(label)}: x" for label in group(language, "label.")]
        case "summaries":
            return [*group(language, "say_consent_line"), *group(language, "say_consent_shared")]
        case "part":
            return [TEXTS.get(f"value.{part}", language) for part in referral_rules().call_back]
        case "options":
            return group(language, "say_partner_option")
        case _:
            return {
                "about": ["Een proef."], "event": ["Testmarkt"], "place": ["Zaal, Zeist"], "number": ["1", "12"],
                "municipality": ["Zeist", "'s-Gravenhage"], "reference": ["K7MN2P4Q"], "languages": ["Nederlands"],
                "location": ["Slotlaan 1, Zeist"], "time": ["6 weken"], "digits": ["678"],
                "times": ["maandag 23 november van 09:00 tot 12:00 uur"],
                "day": ["maandag 23 november"], "opens": ["09:00"], "closes": ["12:00"],
                "link": ["https://doorwijzer.example/a/WyJyZXNpZGVudCJd.k1"],
            }[name]  # fmt: skip


def rendered(language: str, key: str) -> Iterator[str]:
    """A text as often as its longest row of values, the shorter ones over and over."""
    entry = TEXTS.entry(key, language)
    texts = [str(entry["text"]).strip(), *(str(button["title"]) for button in entry.get("buttons", ()))]
    for text in texts:
        rows = {name: values(language, name, key) for name in sorted(names_in(text))}
        assert all(rows.values()), rows
        count = max(map(len, rows.values()), default=1)
        for row in islice(zip(*map(cycle, rows.values()), strict=False), count) if rows else [()]:
            yield text.format(**dict(zip(rows, row, strict=True)))


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("key", sorted(key for key in TEXTS.keys("nl") if not key.startswith("format.")))
def test_no_text_reads_wrongly_with_real_values(language, key):
    found = [words for words in rendered(language, key) if faults(words)]
    assert found == [], faults(found[0])


def test_a_region_called_regio_is_not_named_twice():
    assert DIRECTORY.region("regio-zwolle").place == "Zwolle"
    assert [region.place for region in DIRECTORY.regions if region.place != region.name] == ["Zwolle"]


def test_what_partners_and_pages_say_reads_well():
    said = [words for partner in PARTNERS for words in partner.descriptions.values()]
    pages = [yaml.safe_load((CONTENT / "pages" / f"{page}.yml").read_text("utf-8")) for page in ("nl", "en", "desk")]
    said += [
        words for page in pages for words in page.values() if isinstance(words, str) and words and "{" not in words
    ]
    assert len(said) > len(SIGNALS)
    assert [words for words in said if faults(words)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Bij UWV.  Uw code is", "Goed .", "Goed ,dan", "de regio Regio Zwolle", "Kijk bij None.", "Dat is {value}.",
        "your dutch: a little", "uw nederlands: goed", "They will read it Monday 3 May", "Ja..", "Wat?.", "a ,b", "Ja ",
    ],
)  # fmt: skip
def test_a_fault_is_seen(text):
    assert faults(text)


@pytest.mark.parametrize(
    "text", ["Uw code is X7.", "om 09:00 uur, Zeist.", "a, b en c: d. E", "3,5 uur; 's avonds", ""]
)
def test_what_is_right_is_left_alone(text):
    assert faults(text) == []


def test_the_example_event_reads_well(tmp_path):
    (event,) = Events.load(write_events(tmp_path, event_data())).all
    assert [faults(event.called(language)) + faults(event.described(language)) for language in ("nl", "en")] == [[], []]
