"""A small assistant that plays the turn protocol over real HTTP, by a script instead of a model.

It knows one short conversation (situation, municipality, choice, time, contact, summary, confirmation), a hand-off, and
a few words that make it misbehave: ``crash``, ``garbage``, ``slow``.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

WORDS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("scripted_words.yml").read_text("utf-8"))

TIMES = ("2026-12-01T09:00:00+01:00", "2026-12-01T13:30:00+01:00")


@dataclass
class ScriptedAssistant:
    """The assistant's memory, and switches for tests. ``turns`` holds every request it got."""

    secret: str
    turns: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    delay: float = 0.0
    on_turn: Any = None
    states: defaultdict[str, dict[str, Any]] = field(
        default_factory=lambda: defaultdict(lambda: {"language": "nl", "asking": None, "situation": {}, "signals": []})
    )

    def app(self) -> Starlette:
        routes = [
            Route("/webhooks/doorwijzer/turn", self._turn, methods=["POST"]),
            Route("/webhooks/doorwijzer/ready", self._ready),
        ]
        return Starlette(routes=routes)

    async def _ready(self, _: Request) -> Response:
        return JSONResponse({"ready": not self.down}, 503 if self.down else 200)

    async def _turn(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.secret}":
            return JSONResponse({}, 401)
        turn = await request.json()
        self.turns.append(turn)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.down:
            return JSONResponse({}, 503)
        text = turn["text"]
        if text == "garbage":
            return PlainTextResponse("<html>not a turn</html>")
        if text == "slow":
            await asyncio.sleep(5)
        if self.on_turn is not None:
            self.on_turn(turn)
        state = self.states[turn["conversation_id"]]
        messages, understood = self._answer(turn, state)
        return JSONResponse({"messages": messages, "state": state, "understood": understood})

    def _answer(self, turn: dict[str, Any], state: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        text = turn["text"]
        if text.startswith("/start") and turn["language"]:
            state["language"] = turn["language"]
        if "change_language" in text:
            state["language"] = "en" if '"en"' in text else "nl"
        words = WORDS[state["language"]]
        lang = state["language"]

        def say(key: str, ask: str | None = None, buttons: Any = (), card: Any = None) -> dict[str, Any]:
            if ask:
                state["asking"] = ask
            offered = [{"title": title, "payload": payload} for title, payload in buttons]
            return {"text": words[key], "lang": lang, "buttons": offered, "ask": ask, "card": card}

        def situation() -> dict[str, Any]:
            return say(
                "situation",
                "situation",
                [
                    (words["ends"], '/answer{"signal": "contract_ending"}'),
                    (words["less"], '/answer{"signal": "self_employed_less_work"}'),
                ],
            )

        def contact() -> dict[str, Any]:
            card = {"kind": "contact", "channel": "phone"}
            return say("contact", "contact", [(words["skip"], "/rather_not_say")], card)

        understood: dict[str, Any] = {
            "intent": {"name": "tell", "confidence": 0.93},
            "signals": [],
            "entities": [],
            "language": lang,
        }
        if text.startswith("/start"):
            return [say("welcome"), situation()], understood
        if "contract" in text:
            state["signals"] = [{"id": "contract_ending", "confidence": 0.94}, {"id": "debts", "confidence": 0.71}]
            understood["signals"] = state["signals"]
            return [say("municipality", "municipality", [(words["skip"], "/rather_not_say")])], understood
        if "eist" in text or text == "/rather_not_say":
            state["situation"] = {"municipality": "Zeist", "work_status": "end_in_sight", "end_date": "2027-01-31"}
            understood["entities"] = [{"entity": "municipality", "value": "Zeist"}]
            state["needs"] = _needs(lang)
            buttons = [
                (words["both"], '/choose{"needs": "unemployment_benefit,debt_help"}'),
                (words["one"], '/choose{"needs": "unemployment_benefit"}'),
            ]
            return [say("needs", "choice", buttons)], understood
        if text.startswith('/choose{"needs"'):
            return [say("time", "time", [(_when(time), f'/choose{{"time": "{time}"}}') for time in TIMES])], understood
        if text.startswith('/choose{"time"') or text == '/correct{"fact": "contact"}':
            return [contact()], understood
        if text.startswith("/contact_given"):
            rows = [{"label": a, "value": b, "change": f'/correct{{"fact": "{c}"}}'} for a, b, c in words["rows"]]
            buttons = [(words["yes"], "/book"), (words["no"], "/deny")]
            return [say("consent", "consent", buttons, {"kind": "summary", "rows": rows})], understood
        if text == "/book":
            state["asking"] = None
            card = {
                "kind": "confirmation",
                "reference": "K7MT4RWX",
                "partner": "UWV Midden-Utrecht",
                "start": TIMES[0],
                "mode": "in_person",
                "location": "Catharijnesingel 55, Utrecht",
                "bring": "brieven die hierover gaan",
                "link": "https://doorwijzer.example/a/WyJyZXNpZGVudCJd.k1",
            }
            return [say("booked", card=card)], understood
        if "change_language" in text:
            return [say("language"), situation()], understood
        wishes = [
            (words["wait"], '/handoff_choice{"wish": "wait"}'),
            (words["call"], '/handoff_choice{"wish": "call_back"}'),
        ]
        if "zitten" in text or "live" in text:
            understood["signals"] = [{"id": "suicidal_crisis", "confidence": 0.97}]
            understood["intent"] = {"name": "safety", "confidence": 0.97}
            card = {"kind": "safety", "signal": "suicidal_crisis"}
            return [say("safety", card=card), say("person", "handoff", wishes)], understood
        if text == "/person":
            return [say("person", "handoff", wishes)], understood
        if "tot ziens" in text:
            return [say("goodbye", buttons=[(words["later"], "/save_for_later")])], understood
        if text == "/save_for_later":
            return [say("saved", card={"kind": "resume_code"})], understood
        if text == "/come_back":
            return [say("welcome_back"), say("municipality", "municipality")], understood
        if text == "/resume":
            state["asking"] = None
            return [say("back"), situation()], understood
        return [say("again"), situation()], understood


def _when(iso: str) -> str:
    return f"dinsdag 1 december om {iso[11:16]} uur"


def _needs(lang: str) -> list[dict[str, Any]]:
    dutch = lang == "nl"
    return [
        {
            "id": "unemployment_benefit",
            "because": ["omdat uw contract stopt op 31 januari 2027" if dutch else "because your contract ends"],
            "facts": ["contract_ending"],
            "role": "uwv",
            "partner": "UWV Midden-Utrecht",
            "source": "https://www.uwv.nl/particulieren/werkloos",
            "checked": "2026-11-22",
            "urgent": False,
        },
        {
            "id": "debt_help",
            "because": ["omdat u schulden hebt" if dutch else "because you have debts"],
            "facts": ["debts"],
            "role": "municipality_debt_help",
            "partner": "Gemeente Zeist, schuldhulp",
            "source": "Wet gemeentelijke schuldhulpverlening",
            "checked": "2026-11-22",
            "urgent": False,
        },
    ]
