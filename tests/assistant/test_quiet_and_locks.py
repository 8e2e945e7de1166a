"""Silence of others, and one turn at a time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import warnings

import pytest

from bot.assistant.lock_store import KEY_PREFIX, ConversationLockStore
from bot.quiet import hush
from bot.settings import ROOT, get_settings


def test_importing_the_package_says_nothing_and_reports_to_nobody() -> None:
    code = (
        "import os, sentry_sdk, warnings; sentry_sdk.init('https://key@reports.example/1'); "
        "warnings.simplefilter('default'); import bot.assistant; "
        "assert sentry_sdk.Hub.current.client is None; print(os.environ['RASA_TELEMETRY_ENABLED'])"
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("RASA_", "TF_", "PYTHONW"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "false"
    assert "Deprecat" not in done.stderr


def test_our_own_deprecations_still_show(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(warnings, "showwarning", lambda message, *_, **__: shown.append(str(message)))
    hush()
    warnings.showwarning("ours", DeprecationWarning, str(ROOT / "bot" / "texts.py"), 1)
    warnings.showwarning("theirs", DeprecationWarning, "/x/site-packages/rasa/a.py", 1)
    warnings.showwarning("a real warning", UserWarning, "/x/site-packages/rasa/a.py", 1)
    assert shown == ["ours", "a real warning"]


async def test_one_turn_at_a_time() -> None:
    store = ConversationLockStore()
    order: list[str] = []

    async def turn(name: str) -> None:
        async with store.lock("c1", wait_time_in_seconds=0.01):
            order.append(f"{name} begins")
            await asyncio.sleep(0.02)
            order.append(f"{name} ends")

    await asyncio.gather(turn("a"), turn("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]
    assert store.get_lock("c1") is None


def test_redis_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "redis_url", "redis://:pass@127.0.0.1:6399/3")
    store = ConversationLockStore()._store
    assert store.red.connection_pool.connection_kwargs["db"] == 3
    assert store.key_prefix == KEY_PREFIX
