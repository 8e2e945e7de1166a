"""A tiny Rasa project of its own, trained once with the real pipeline, so that these tests need no other room."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
import yaml

import bot.assistant  # noqa: F401 - silences old libraries and installs the in-process actions
from bot.settings import ROOT

ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.events import ConversationPaused, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

class Understand(Action):
    def name(self):
        return "action_take_in"

    async def run(self, dispatcher, tracker, domain):
        if "crash" in tracker.latest_message["text"]:
            raise RuntimeError("as a test wants")
        if "reject" in tracker.latest_message["text"]:
            raise ActionExecutionRejection(self.name(), "not now")
        assert tracker.events == [] and domain == {}
        count = (tracker.get_slot("count") or 0) + 1
        events = [SlotSet("count", count), SlotSet("heard", tracker.latest_message.get("signals"))]
        for item in tracker.latest_message["entities"]:
            if item["entity"] == "municipality":
                events.append(SlotSet("municipality", item["value"]))
        region = tracker.latest_message["metadata"].get("region")
        return [*events, SlotSet("region", region)]

class Next(Action):
    def name(self):
        return "action_reply"

    def run(self, dispatcher, tracker, domain):
        state = {"situation": {"municipality": tracker.get_slot("municipality")}, "count": tracker.get_slot("count")}
        dispatcher.utter_message(
            text="Waar woont u?",
            buttons=[{"title": "Zeg ik niet", "payload": "/deny"}],
            ask="municipality", card={"kind": "test"}, lang="nl", state=state,
        )
        return [SlotSet("asking", "municipality")]

class Pause(Action):
    def name(self):
        return "action_pause"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(response="utter_person", name="Zeist")
        return [ConversationPaused()]
"""

TELL = {
    "debts": """ik heb schulden; ik kan mijn rekeningen niet betalen; i have debts; de deurwaarder komt morgen;
    achterstand met de huur; i owe money to the bank; schulden bij de belasting; i cannot pay my bills;
    veel schulden en aanmaningen; a bailiff came to my door; mijn rekeningen stapelen zich op; debts everywhere;
    ik heb betalingsachterstanden; i am behind on my rent""",
    "contract_ending": """mijn contract loopt af; mijn contract stopt eind januari; my contract ends in march;
    my contract will not be renewed; jaarcontract niet verlengd; mijn tijdelijke contract eindigt; contract ends soon;
    het contract wordt niet verlengd; my temporary contract expires; contract stopt volgende maand;
    they are not extending my contract; mijn baan stopt want het contract is op; my contract is running out;
    mijn contract houdt op""",
    "suicidal_crisis": """ik wil niet meer leven; ik zie het niet meer zitten; i want to die; i want to end my life;
    ik wil dood; het leven hoeft niet meer voor mij; i do not want to live anymore; ik maak er een eind aan;
    i am thinking of suicide; ik denk aan zelfmoord; ik wil er niet meer zijn; i wish i was dead;
    ik heb geen zin meer in het leven; i cannot go on living""",
    "debts contract_ending": """mijn contract stopt en ik heb schulden; my contract ends and i have debts;
    schulden en een contract dat afloopt; contract niet verlengd en veel schulden; debts and my contract expires""",
    "": """ik heb geen schulden; i have no debts; ik heb nergens schulden; no debts here; ik woon in utrecht;
    i live in zeist; ik ben 40 jaar; mijn contract is niet afgelopen; schulden heb ik niet; i am 30; liever een mail;
    bel mij maar; ik heb een vast contract; i do not have any debts; nee hoor, geen schulden; without debts;
    wij hebben geen schulden; gelukkig heb ik geen schulden; geen enkele schuld; zonder schulden""",
}
OTHER = {
    "affirm": "ja; yes; klopt; dat klopt; that is right; correct ja; yes please; ja graag; inderdaad; sure",
    "deny": "nee; no; klopt niet; dat klopt niet; that is wrong; nope; nee hoor; not right; niet waar; no thanks",
    "greet": "hoi; hallo; hello; hi there; goedemorgen; good morning; dag; hey; goedendag; good evening",
    "person": """ik wil een mens spreken; i want to talk to a person; mag ik een medewerker; a human please;
    kan ik iemand spreken; talk to someone real; medewerker graag; verbind mij door; speak to staff; echt iemand""",
}


@dataclass(frozen=True)
class Project:
    """Where the tiny project and its trained model are."""

    folder: Path
    model: Path


def _phrases(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split(";")]


def _nlu() -> dict[str, object]:
    tell = [
        {"text": phrase, **({"metadata": {"signals": signals.split()}} if signals else {})}
        for signals, phrases in TELL.items()
        for phrase in _phrases(phrases)
    ]
    others = [
        {"intent": intent, "examples": "".join(f"- {phrase}\n" for phrase in _phrases(phrases))}
        for intent, phrases in OTHER.items()
    ]
    return {"version": "3.1", "nlu": [{"intent": "tell", "examples": tell}, *others]}


def _domain() -> dict[str, object]:
    slot = {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
    return {
        "version": "3.1",
        "session_config": {"session_expiration_time": 0, "carry_over_slots_to_new_session": True},
        "intents": [*OTHER, "tell", "safety", "answer"],
        "entities": ["municipality", "date", "age_group", "contact_channel", "language", "work_status"],
        "slots": {name: dict(slot) for name in
                  ("language", "count", "heard", "municipality", "region", "asking")},
        "actions": ["action_take_in", "action_reply", "action_pause", "action_next"],
    }  # fmt: skip


def _rules() -> dict[str, object]:
    def rule(intent: str, *actions: str) -> dict[str, object]:
        return {"rule": intent, "steps": [{"intent": intent}, *({"action": action} for action in actions)]}

    telling = [rule(intent, "action_take_in", "action_reply")
               for intent in ("tell", "answer", "affirm", "deny", "nlu_fallback", "safety")]  # fmt: skip
    return {
        "version": "3.1",
        "rules": [*telling, rule("greet", "utter_welcome"), rule("person", "action_pause")],
    }


def write_texts(content: Path) -> None:
    """Write a small content folder."""
    buttons = [{"title": "Zeist", "payload": '/answer{"municipality": "Zeist"}'}]
    nl = {
        "utter_welcome": {"text": "Goedendag.", "buttons": buttons},
        "utter_person": "Ik haal een medewerker uit {name}.",
        "button": {"yes": "Ja"},
    }
    en = {
        "utter_welcome": {"text": "Good day.", "buttons": buttons},
        "utter_person": "I call a colleague from {name}.",
        "button": {"yes": "Yes"},
    }
    for language, texts in {"nl": nl, "en": en}.items():
        path = content / "texts" / language / "all.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(texts, allow_unicode=True), "utf-8")


@pytest.fixture(scope="session", autouse=True)
def _quiet_structlog() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny project, trained with the pipeline of this checkout's ``config.yml``."""
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("project")
    write_texts(folder / "content")
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    config["importers"][1]["content"] = str(folder / "content")
    for name, data in {"config": config, "domain": _domain(), "nlu": _nlu(), "rules": _rules()}.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    package = folder / "tiny_actions"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "steps.py").write_text(ACTIONS)
    sys.path.insert(0, str(folder))
    files = [str(folder / "nlu.yml"), str(folder / "rules.yml")]
    result = train(str(folder / "domain.yml"), str(folder / "config.yml"), files, str(folder / "models"))
    return Project(folder, Path(result.model))


@pytest.fixture
def agent(project: Project, tmp_path: Path) -> SimpleNamespace:
    """A loaded agent with a database of its own: ``.agent``, ``.store``."""
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    from bot.assistant.lock_store import ConversationLockStore
    from bot.assistant.tracker_store import ConversationTrackerStore

    store = ConversationTrackerStore(host=f"sqlite:///{tmp_path / 'events.db'}")
    loaded = Agent.load(
        str(project.model),
        tracker_store=store,
        lock_store=ConversationLockStore(),
        action_endpoint=EndpointConfig(url="inprocess://tiny_actions"),
    )
    return SimpleNamespace(agent=loaded, store=store)
