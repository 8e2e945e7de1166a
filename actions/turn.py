"""One turn of the conversation: what the slots hold, what this message said, and what is said back.

A step (``actions.step``) changes the turn and speaks; what changed goes back into the slots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.house import decision_table, faq
from bot import clock
from bot.intake.course import Plan
from bot.intake.decisions import Need
from bot.intake.situation import FACTS, SIGNALS, Situation
from bot.settings import get_settings
from bot.texts import Button, get_texts

DEFAULT_LANGUAGE = "nl"
#: Intents that only say what the text tells; with nothing understood they count as a miss.
TELLING = frozenset({"tell", "answer", "nlu_fallback"})
#: After this many messages in a row that gave nothing, a person is offered (domain, section 7).
MISSES_BEFORE_PERSON = 2
#: After this many messages in a row that brought nothing further («no», «hello», something else altogether), too.
IDLE_BEFORE_PERSON = 3
#: A person answers these at once; no appointment is made for them.
STAFF_ONLY = frozenset({"complaint_handling"})
#: So many guesses are offered, with «something else» and «a person» beside them.
MOST_CANDIDATES = 3


class Turn:
    """The state of the conversation while one message is handled.

    ``heard`` names signals and facts understood since something was last said about them; ``changed`` those that
    replaced an earlier answer; ``missed`` counts messages in a row that gave nothing; ``proposals`` are
    values that wait for a yes, one for each fact; ``ask_again`` a fact the resident wants to change;
    ``trail`` the questions answered, in order;
    ``told`` notes and safety numbers already shown; ``notes`` texts to say before the next question; ``shown`` the
    times last offered (ISO); ``answered`` the question this message answered. ``candidates`` are signals the resident
    may have meant; ``unconfirmed`` is what a message in another language gave (signal or fact: confidence or value) and
    waits for a yes, empty when it gave nothing; ``other_language`` the language it was in, until the resident surely
    writes in one of ours; ``interpreter`` the one an
    interpreter is asked for; ``strengths`` what they like and are good at, in their words; ``on_behalf`` for whom help
    is asked, when not for the writer (``relative``, ``client``, ``other``); ``insults`` counts rude messages in a row;
    ``taken_back`` names signals that were said not to be so; ``idle`` counts messages in a row that brought nothing
    further though they were understood;
    ``event`` an event that was chosen and is not settled yet; ``shown_events`` those last offered; ``signed_up`` the
    events with a place, and its reference; ``research`` None, ``asked``, ``yes`` or ``no``; ``call_time``
    the part of the day in which to be called (``any``: no preference). Not kept: ``understood``
    says whether this message gave anything, ``foreign_finds`` holds what it gave in another language.
    """

    MEMORY = (
        "heard", "changed", "missed", "proposals", "ask_again", "trail", "told", "notes", "shown", "answered",
        "candidates", "unconfirmed", "other_language", "interpreter", "strengths", "on_behalf", "insults",
        "event", "shown_events", "signed_up", "research", "call_time", "taken_back", "idle", "access",
    )  # fmt: skip

    def __init__(self, tracker: Tracker, dispatcher: CollectingDispatcher) -> None:
        slots, message = tracker.slots, tracker.latest_message or {}
        self.dispatcher = dispatcher
        self.conversation_id = str(tracker.sender_id)
        self.intent = str((message.get("intent") or {}).get("name") or "")
        self.entities: list[dict[str, Any]] = list(message.get("entities") or ())
        self.found_signals = {
            str(item["id"]): float(item["confidence"])
            for item in message.get("signals") or ()
            if item.get("id") in SIGNALS
        }
        guesses = (item.get("id") for item in message.get("likely") or ())
        self.likely = [name for name in guesses if name in SIGNALS][:MOST_CANDIDATES]
        if self.likely and not self.is_foreign:  # not sure enough to go on with: it is asked; foreign finds always are
            self.found_signals = {}
        self.denied = [str(name) for name in message.get("denied") or () if name in SIGNALS]
        self.parse: Mapping[str, Any] = message
        self.region = str(slots.get("region") or get_settings().region)
        self.language = str(slots.get("language") or DEFAULT_LANGUAGE)
        self.language_chosen = bool(slots.get("language_chosen"))
        self.asking: str | None = slots.get("asking")
        self.situation = Situation(
            dict(slots.get("signals") or {}),
            {name: str(slots[name]) for name in FACTS if slots.get(name) is not None},
            frozenset(slots.get("unsaid") or ()),
        )
        self.plan = Plan.from_dict(slots.get("plan"))
        self.contact_kinds: list[str] = list(slots.get("contact_kinds") or ())
        self._recall(dict(slots.get("memory") or {}))
        if message.get("other_answer") and not self.speaks_other:  # a word of ours too, then: «tak»
            ranking: Sequence[Mapping[str, Any]] = message.get("intent_ranking") or ()
            self.intent = str(ranking[0]["name"]) if ranking else self.intent
        self.understood = False
        self.foreign_finds: dict[str, Any] = {}
        self.entities = [item for item in self.entities if self._counts(item)]
        self._before = self._slots()

    def _recall(self, memory: Mapping[str, Any]) -> None:
        self.heard: list[str] = list(memory.get("heard", ()))
        self.changed: list[str] = list(memory.get("changed", ()))
        self.missed = int(memory.get("missed", 0))
        self.proposals: dict[str, dict[str, Any]] = dict(memory.get("proposals", {}))
        self.ask_again: str | None = memory.get("ask_again")
        self.trail: list[str] = list(memory.get("trail", ()))
        self.told: list[str] = list(memory.get("told", ()))
        self.notes: list[str] = list(memory.get("notes", ()))
        self.shown: list[str] = list(memory.get("shown", ()))
        self.answered: str | None = memory.get("answered")
        self.candidates: list[str] = list(memory.get("candidates", ()))
        self.unconfirmed: dict[str, Any] | None = memory.get("unconfirmed")
        self.other_language: str | None = memory.get("other_language")
        self.interpreter: str | None = memory.get("interpreter")
        self.strengths: str | None = memory.get("strengths")
        self.on_behalf: str | None = memory.get("on_behalf")
        self.insults = int(memory.get("insults", 0))
        self.event: str | None = memory.get("event")
        self.shown_events: list[str] = list(memory.get("shown_events", ()))
        self.signed_up: dict[str, str] = dict(memory.get("signed_up", {}))
        self.research: str | None = memory.get("research")
        self.call_time: str | None = memory.get("call_time")
        self.taken_back: list[str] = list(memory.get("taken_back", ()))
        self.idle = int(memory.get("idle", 0))
        self.access: str | None = memory.get("access")

    def _counts(self, item: Mapping[str, Any]) -> bool:
        """Return whether what was read says something here.

        What is said of another person counts when help is asked for that person; what an employer has to offer when
        an employer speaks; how to be reached when that is asked, or plainly wished. Buttons count always.
        """
        if item.get("of_another"):
            return self.on_behalf is not None
        if item.get("extractor") != "FactFinder":
            return True
        if item.get("entity") == "offer":
            employer = "employer_offers_places"
            return self.asking == "offer" or employer in self.found_signals or employer in self.situation.signals
        if item.get("entity") == "contact_channel":
            asked = item.get("asked") or ("contact_channel", "contact")
            return bool(item.get("wished")) or self.asking in asked
        return True

    # --- what this message said ------------------------------------------------------------------------------------

    def entity(self, name: str) -> Any | None:
        """Return the value of the last entity of this name, or ``None``."""
        found = self.entities_named(name)
        return found[-1]["value"] if found else None

    def entities_named(self, name: str) -> list[dict[str, Any]]:
        """Return all entities of this name, in the order of the text."""
        return [item for item in self.entities if item.get("entity") == name and item.get("value") is not None]

    def typed(self, key: str) -> bool:
        """Return whether the message is this text, as one types the words of a button."""
        return _bare(str(self.parse.get("text") or "")) == _bare(self.text(key))

    @property
    def is_foreign(self) -> bool:
        """Whether this message is in a language that the assistant does not speak."""
        return self.entity("other_language") is not None

    @property
    def foreign_language(self) -> object:
        """The language of a foreign message; one that is too brief to tell it from another is in the one we know."""
        found = self.entities_named("other_language")[-1:]
        if not found or (found[0].get("brief") and self.other_language is not None):
            return self.other_language
        return found[0]["value"]

    @property
    def speaks_other(self) -> bool:
        """Whether the resident writes, or wrote before, in a language that the assistant does not speak."""
        return self.is_foreign or self.other_language is not None

    @property
    def is_aside(self) -> bool:
        """Whether the message is a question of its own, so that its words are no answer to the open one."""
        return self.intent in faq().intents

    @property
    def proposal(self) -> dict[str, Any] | None:
        """The value that a yes would mean: of the fact that is asked, else the first that waits."""
        if self.asking is not None and self.asking in FACTS:
            return self.proposals.get(self.asking)
        return next(iter(self.proposals.values()), None)

    # --- what follows from the state -------------------------------------------------------------------------------

    @property
    def lost(self) -> bool:
        """Whether so many messages in a row gave nothing that a person is to be offered."""
        return self.missed >= MISSES_BEFORE_PERSON or self.idle >= IDLE_BEFORE_PERSON

    def needs(self) -> list[Need]:
        """Return the needs of the present situation, safety first."""
        return decision_table().needs(self.situation, clock.today())

    def open_needs(self) -> list[Need]:
        """Return the needs that a partner's desk can take: all but safety, and what only our own staff answer."""
        return [need for need in self.needs() if need.rank != "safety" and need.id not in STAFF_ONLY]

    def current_need(self) -> Need | None:
        """Return the need that is being arranged."""
        return next((need for need in self.needs() if need.id == self.plan.current), None)

    def needs_to_send(self) -> list[Need]:
        """Return the needs that the next consent is about, in the order in which they were chosen."""
        known = {need.id: need for need in self.open_needs()}
        return [known[name] for name in self.plan.to_send if name in known]

    # --- speaking --------------------------------------------------------------------------------------------------

    def text(self, key: str, /, **values: object) -> str:
        """Return a text in the conversation's language."""
        return get_texts().get(key, self.language, **values)

    def button(self, key: str, payload: str, /, **values: object) -> Button:
        """Return a button with a shared title (``button.<key>``)."""
        return Button(self.text(f"button.{key}", **values), payload)

    def say(
        self,
        key: str,
        /,
        *,
        ask: str | None = None,
        buttons: Sequence[Button] | None = None,
        card: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        """Say a text; with ``ask`` it is a question and becomes the open one.

        ``buttons`` replace those of the text; ``card`` is structured data beside the text, never instead of it.
        """
        offered = get_texts().buttons(key, self.language) if buttons is None else buttons
        self.say_text(self.text(key, **values), ask=ask, buttons=offered, card=card)

    def say_text(
        self,
        text: str,
        *,
        ask: str | None = None,
        buttons: Sequence[Button] = (),
        card: Mapping[str, Any] | None = None,
    ) -> None:
        """Say words that were put together from texts."""
        if ask is not None:
            self.asking = ask
        self.dispatcher.utter_message(
            text=text,
            buttons=[{"title": item.title, "payload": item.payload} for item in buttons],
            ask=ask,
            card=card,
            lang=self.language,
        )

    # --- writing back ----------------------------------------------------------------------------------------------

    def events(self) -> list[dict[str, Any]]:
        """Return a ``SlotSet`` for every slot this step changed."""
        after = self._slots()
        return [SlotSet(name, value) for name, value in after.items() if value != self._before[name]]

    def _slots(self) -> dict[str, Any]:
        facts: dict[str, Any] = {name: self.situation.facts.get(name) for name in FACTS}
        return {
            **facts,
            "region": self.region,
            "language": self.language,
            "language_chosen": self.language_chosen,
            "asking": self.asking,
            "signals": dict(self.situation.signals),
            "unsaid": sorted(self.situation.unsaid),
            "plan": self.plan.to_dict(),
            "contact_kinds": list(self.contact_kinds),
            "memory": {name: _copy(getattr(self, name)) for name in self.MEMORY},
        }


def _bare(words: str) -> str:
    return words.strip(" .!?\n").casefold()


def _copy(value: Any) -> Any:
    return copy(value) if isinstance(value, list | dict) else value
