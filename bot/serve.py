"""``doorwijzer serve``: the assistant and the site under one supervisor, and the first login of the desk."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.settings import ROOT, Settings
from bot.setup import STEPS, SetupError, prepare_database
from bot.supervisor import PortBusy, Service, Supervisor, free_port, port_is_free
from bot.training import Model, quiet_environment

Report = Callable[[str], None]

FIRST_LOGIN = "admin"
LOG_BYTES = 5_000_000


def serve(settings: Settings, say: Report = print) -> None:
    """Run everything until Ctrl-C or SIGTERM.

    Raises ``PortBusy``, ``SetupError`` (no model, no database) or ``ServiceFailed``.
    """
    from bot.referral.delivery.check import check_secrets  # noqa: PLC0415 - so that `--help` answers at once

    started = time.monotonic()
    if not port_is_free(settings.port, settings.host):
        raise PortBusy(
            f"port {settings.port} is in use: stop the program that uses it, or choose another, "
            f"for example PORT={settings.port + 1} make run"
        )
    model = Model(settings.models_dir)
    if not model.archive.is_file():
        raise SetupError("there is no trained model yet: run 'doorwijzer train' (or 'make run') first")
    prepare_database(settings, lambda _line: None)
    login = first_login(settings)
    assistant_port = settings.assistant_port if port_is_free(settings.assistant_port) else free_port()
    supervisor = Supervisor(
        _services(settings, model, assistant_port),
        environment={**quiet_environment(), "DOORWIJZER_ASSISTANT_PORT": str(assistant_port)},
        report=lambda line: say(f"! {line}"),
        on_ready=lambda: _welcome(settings, login, time.monotonic() - started, say),
        folder=ROOT,
    )
    for fault in check_secrets(settings.content_dir):
        say(f"! {fault}")
    say(f"[{STEPS}/{STEPS}] starting the assistant and the site …")
    supervisor.run_until_signal()
    say("stopped")


def run_web(settings: Settings) -> None:
    """Run the site in this process until it is told to stop, and the jobs in a thread of it."""
    import uvicorn  # noqa: PLC0415 - only this process needs it

    from bot.conversation.masking import mask_logs  # noqa: PLC0415
    from bot.jobs.schedule import rounds  # noqa: PLC0415
    from bot.jobs.worker import Worker  # noqa: PLC0415
    from bot.web.app import create_app  # noqa: PLC0415

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    mask_logs()
    app = create_app(settings)
    services = app.state.services
    worker = Worker(services.engine, rounds(services.engine, settings, services.directory))
    worker.start()
    uvicorn.run(
        app,
        log_config=None,  # the root's handlers, with their mask
        host=settings.host,
        port=settings.port,
        access_log=False,  # who chats when is nobody's business
        server_header=False,
        ws="none",  # the site has none, and Rasa needs an older library than uvicorn's support expects
        timeout_graceful_shutdown=1,  # open event streams would hold the end up
    )
    worker.stop()


def first_login(settings: Settings) -> tuple[str, str] | None:
    """Create the desk's first login when nobody may open it yet; return name and password, or ``None``."""
    from sqlalchemy import select  # noqa: PLC0415

    from bot.store.engine import make_engine, transaction  # noqa: PLC0415
    from bot.store.tables import Staff  # noqa: PLC0415

    with transaction(make_engine(settings.database)) as session:
        if session.scalar(select(Staff.id).limit(1)) is not None:
            return None
    return FIRST_LOGIN, add_staff(settings, FIRST_LOGIN, "admin")


def add_staff(settings: Settings, name: str, role: str) -> str:
    """Add a person to the desk and return the password. Raises ``SetupError`` when the name is taken or not fit."""
    from bot.store.engine import make_engine  # noqa: PLC0415
    from bot.web.staff import create_staff  # noqa: PLC0415

    try:
        return create_staff(name, role, make_engine(settings.database))
    except ValueError as error:
        raise SetupError(str(error)) from error


def _services(settings: Settings, model: Model, assistant_port: int) -> list[Service]:
    logs = settings.var_dir / "log"
    logs.mkdir(parents=True, exist_ok=True)
    for name in ("assistant", "web"):
        _roll(logs / f"{name}.log")
    assistant = [
        sys.executable, "-m", "bot.lean_rasa", "run", "--interface", "127.0.0.1", "--port", str(assistant_port),
        "--model", str(model.archive), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
    ]  # fmt: skip
    return [
        Service("the assistant", assistant, f"http://127.0.0.1:{assistant_port}/", logs / "assistant.log"),
        Service(
            "the site",
            [sys.executable, "-m", "bot.cli", "web"],
            f"http://{_reachable(settings.host)}:{settings.port}/",
            logs / "web.log",
        ),
    ]


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound


def _roll(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        os.replace(log, log.with_suffix(".1.log"))


def _welcome(settings: Settings, login: tuple[str, str] | None, seconds: float, say: Report) -> None:
    address = settings.public_url.rstrip("/") or f"http://{_reachable(settings.host)}:{settings.port}"
    say(f"[{STEPS}/{STEPS}] ready ({seconds:.0f} s)\n")
    say(f"  site and chat   {address}/")
    say(f"  desk            {address}/desk")
    if login is not None:
        say(f"  first login     {login[0]}   password {login[1]}   (shown once)")
    say("\n  Ctrl-C ends everything.")
