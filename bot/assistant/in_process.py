"""Actions in the same process: an action endpoint whose address is ``inprocess://<package>``.

Rasa calls custom actions over HTTP only. ``install()`` teaches its endpoint class one more kind of address, and gives
``RemoteAction`` a validator that is compiled once: as shipped, building and checking the JSON schema anew for every
action took 37 % of a turn. A plain ``http://`` address in ``endpoints.yml`` still goes to ``rasa run actions``.
"""

from __future__ import annotations

import importlib
import json
import logging
import pkgutil
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import rasa
from jsonschema import Draft7Validator, ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.utils.schemas.events import EVENT_SCHEMA
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

SCHEME = "inprocess://"

#: The actions that failed in the turn at hand; the channel starts it with an empty list. Rasa itself goes on without a
#: word when an action fails, and a resident would get no answer at all.
failed_actions: ContextVar[list[str] | None] = ContextVar("failed_actions", default=None)

logger = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def executor_of(package: str) -> ActionExecutor:
    """Return the executor with all actions of a package (read once).

    Raises ``ImportError`` when the package or one of its modules cannot be imported: a bot without its actions
    must not start talking.
    """
    _import_all(package)
    executor = ActionExecutor()
    executor.register_package(package)
    return executor


def _import_all(package: str) -> None:
    # The SDK ends the whole process when a module fails; importing first gives an ordinary error instead.
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{package}."):
        importlib.import_module(found.name)


async def run_action(package: str, call: dict[str, Any]) -> dict[str, Any]:
    """Run one action and return ``{"events", "responses"}``.

    Raises Rasa's ``ClientResponseError``, as an HTTP action server would: 400 when the action declines, 404 when
    there is no such action, 500 when it fails.
    """
    name = str(call.get("next_action"))
    try:
        result = await executor_of(package).run(call)
    except ActionExecutionRejection as rejection:
        body = {"error": rejection.message, "action_name": rejection.action_name}
        raise ClientResponseError(400, "rejected", json.dumps(body)) from rejection
    except ActionNotFoundException as missing:
        logger.error("There is no action '%s' in the package '%s'.", name, package)
        raise ClientResponseError(404, "not found", json.dumps({"action_name": name})) from missing
    except Exception as error:
        logger.exception("Action '%s' failed.", name)
        failed = failed_actions.get()
        if failed is not None:
            failed.append(name)
        raise ClientResponseError(500, "failed", json.dumps({"action_name": name})) from error
    return result or {"events": [], "responses": []}


def install() -> None:
    """Teach Rasa's classes about ``inprocess://`` and the compiled check. Calling it again changes nothing."""
    if getattr(EndpointConfig, "_knows_in_process", False):
        return
    over_http = EndpointConfig.request
    call_with_everything = RemoteAction._action_call_format

    async def request(self: EndpointConfig, method: str = "post", *args: Any, **kwargs: Any) -> Any:
        if (self.url or "").startswith(SCHEME):
            return await run_action(str(self.url).removeprefix(SCHEME), kwargs["json"])
        return await over_http(self, method, *args, **kwargs)

    def call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        if self.action_endpoint is not None and (self.action_endpoint.url or "").startswith(SCHEME):
            return slim_call(self.name(), tracker)
        call: dict[str, Any] = call_with_everything(self, tracker, domain)
        return call

    EndpointConfig.request = request
    EndpointConfig._knows_in_process = True
    RemoteAction._action_call_format = call_format
    RemoteAction._validate_action_result = lambda _self, result: check_result(result)


def slim_call(action: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return the call without the list of events and the domain, so that a long conversation stays cheap.

    Slots, the latest message with its parse data, the active loop and whether the bot is paused are all there.
    """
    state = tracker.current_state(EventVerbosity.NONE)
    message = tracker.latest_message
    return {
        "next_action": action,
        "sender_id": tracker.sender_id,
        "version": rasa.__version__,
        "domain": {},
        "tracker": {
            **state,
            "events": [],
            "latest_message": {
                **(state["latest_message"] or {}),
                "metadata": dict(message.metadata) if message else {},
                "message_id": message.message_id if message else None,
            },
        },
    }


@lru_cache(maxsize=1)
def _validators() -> tuple[Any, dict[str, Any]]:
    # Rasa's schema tries an event against all 23 kinds; each kind names its event, so one look-up does the same.
    answer = RemoteAction.action_response_format_spec()
    answer["properties"]["events"] = {"type": "array"}
    of_any_kind = {key: value for key, value in EVENT_SCHEMA.items() if key != "oneOf"}
    kinds = {kind["properties"]["event"]["const"]: {"allOf": [of_any_kind, kind]} for kind in EVENT_SCHEMA["oneOf"]}
    return Draft7Validator(answer), {name: Draft7Validator(schema) for name, schema in kinds.items()}


def check_result(result: Any) -> bool:
    """Return ``True`` when an action's answer has Rasa's form. Raises ``jsonschema.ValidationError`` otherwise."""
    answer, kinds = _validators()
    answer.validate(result)
    for event in result.get("events", ()):
        kind = kinds.get(str(event.get("event"))) if isinstance(event, dict) else None
        if kind is None:
            raise ValidationError(f"an action returned something that is not an event: {event!r:.200}")
        kind.validate(event)
    return True
