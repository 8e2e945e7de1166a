"""Actions in this process, and the check of what they return."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import jsonschema
import pytest
from aiohttp import web
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.assistant.in_process import check_result, executor_of, failed_actions, install, run_action

ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

class Good(Action):
    def name(self): return "action_good"
    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="dag", ask="x")
        return [SlotSet("seen", {"events": len(tracker.events), "slots": tracker.slots,
                                 "signals": tracker.latest_message.get("signals"),
                                 "region": tracker.latest_message["metadata"]["region"]})]

class Declines(Action):
    def name(self): return "action_declines"
    def run(self, dispatcher, tracker, domain): raise ActionExecutionRejection(self.name(), "no")

class Breaks(Action):
    def name(self): return "action_breaks"
    def run(self, dispatcher, tracker, domain): raise ZeroDivisionError("by zero")
"""
DOMAIN = Domain.from_dict({"slots": {"place": {"type": "any", "mappings": [{"type": "custom"}]}}})


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"acts_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    (tmp_path / name / "things.py").write_text(ACTIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def tracker() -> DialogueStateTracker:
    parse = {"text": "hoi", "intent": {"name": "tell", "confidence": 1.0}, "entities": [], "signals": [{"id": "debts"}]}
    said = UserUttered("hoi", parse["intent"], [], parse, metadata={"region": "utrecht"})
    return DialogueStateTracker.from_events("c1", [said, SlotSet("place", "Zeist")], DOMAIN.slots)


async def run(name: str, url: str) -> list[object]:
    action = RemoteAction(name, EndpointConfig(url=url))
    return await action.run(CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker(), DOMAIN)


async def test_runs_with_a_slim_tracker(package: str) -> None:
    message, seen = await run("action_good", f"inprocess://{package}")
    assert (message.text, message.metadata["ask"]) == ("dag", "x")
    assert seen.value == {
        "events": 0,
        "slots": {"place": "Zeist", "session_started_metadata": None},
        "signals": [{"id": "debts"}],
        "region": "utrecht",
    }


async def test_a_declining_action_is_rasas_rejection(package: str) -> None:
    with pytest.raises(ActionExecutionRejection):
        await run("action_declines", f"inprocess://{package}")


async def test_a_failing_action_is_logged_and_counted(package: str, caplog: pytest.LogCaptureFixture) -> None:
    failed: list[str] = []
    failed_actions.set(failed)
    with pytest.raises(RasaException):
        await run("action_breaks", f"inprocess://{package}")
    assert failed == ["action_breaks"]
    assert "action_breaks" in caplog.text
    assert "by zero" in caplog.text


async def test_an_unknown_action_is_an_error(package: str) -> None:
    with pytest.raises(RasaException):
        await run("action_nowhere", f"inprocess://{package}")


async def test_many_turns_at_once(package: str) -> None:
    results = await asyncio.gather(*(run("action_good", f"inprocess://{package}") for _ in range(50)))
    assert all(len(result) == 2 for result in results)
    assert executor_of(package) is executor_of(package)


async def test_a_package_that_does_not_import_is_an_error_not_the_end_of_the_process(tmp_path: Path) -> None:
    (tmp_path / "broken_acts").mkdir()
    (tmp_path / "broken_acts" / "__init__.py").write_text("import nothing_like_this")
    sys.path.insert(0, str(tmp_path))
    try:
        with pytest.raises(ImportError):
            executor_of("broken_acts")
    finally:
        sys.path.remove(str(tmp_path))


async def test_plain_http_still_works() -> None:
    calls = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(await request.json())
        return web.json_response({"events": [{"event": "slot", "name": "place", "value": "X"}], "responses": []})

    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        [event] = await run("action_anything", f"http://127.0.0.1:{port}/webhook")
    finally:
        await runner.cleanup()
    assert event.value == "X"
    assert calls[0]["tracker"]["events"], "an action server elsewhere gets the whole tracker"


def test_installing_twice_changes_nothing() -> None:
    before = EndpointConfig.request
    install()
    assert EndpointConfig.request is before


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"events": [], "responses": []},
        {"events": [{"event": "slot", "name": "a", "value": None, "timestamp": None}], "responses": [{"text": "x"}]},
        {"events": [{"event": "pause"}, {"event": "bot", "text": "x"}]},
    ],
)
def test_good_results(result: object) -> None:
    assert check_result(result)
    jsonschema.validate(result, RemoteAction.action_response_format_spec())  # Rasa's own check agrees


@pytest.mark.parametrize(
    "result",
    [
        None, "x", [], {"events": {}}, {"events": [1]}, {"events": [{"event": "nonsense"}]}, {"events": [{}]},
        {"events": [{"event": "slot", "name": "a"}]}, {"events": [{"event": 7}]}, {"responses": ["x"]},
        {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": "now"}]},
    ],
)  # fmt: skip
def test_bad_results(result: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check_result(result)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(result, RemoteAction.action_response_format_spec())


async def test_an_error_body_is_json(package: str) -> None:
    with pytest.raises(Exception, match="action_breaks") as caught:
        await run_action(package, {"next_action": "action_breaks", "tracker": {"sender_id": "x"}})
    assert json.loads(caught.value.text) == {"action_name": "action_breaks"}
