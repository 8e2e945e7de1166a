"""``doorwijzer doctor``: checks an installation and says, for everything that is wrong, what to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import re
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot import clock, content_check, faq_check
from bot.referral.delivery.check import check_secrets
from bot.settings import ROOT, Settings
from bot.setup import LANGUAGE_MODEL
from bot.store.engine import make_engine
from bot.store.migrate import check_schema
from bot.supervisor import port_is_free
from bot.training import Model

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+))?")
_EMBEDDER_FLAGS = ("avx2", "fma")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``advice`` says what to do when it is not in order."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def examine(settings: Settings, root: Path = ROOT) -> list[Check]:
    """Look at everything an installation needs. Never raises: what cannot be looked at is not in order."""
    looks: Sequence[tuple[str, Callable[[], Check]]] = (
        ("Python", _python),
        ("packages", lambda: packages(root / "requirements.lock")),
        ("processor", _processor),
        ("language model", _language_model),
        ("front end", lambda: _front_end(root)),
        ("secret key", lambda: secret_key(settings)),
        ("database", lambda: database(settings)),
        ("model", lambda: _model(settings, root)),
        ("site port", lambda: _port("site port", settings.port, settings.host, "PORT")),
        ("texts", lambda: _content("texts", content_check.check_texts(settings.content_dir))),
        ("answers", lambda: _content("answers", faq_check.check_answers(settings.content_dir, clock.today()))),
        ("decisions", lambda: _content("decisions", content_check.check_decisions(settings.content_dir))),
        ("directory", lambda: _content("directory", content_check.check_directory(settings.content_dir))),
        ("events", lambda: _content("events", content_check.check_events(settings.content_dir))),
        ("referral", lambda: _content("referral", content_check.check_referral_rules(settings.content_dir))),
        ("delivery", lambda: delivery(settings)),
    )
    return [_safely(name, look) for name, look in looks]


def print_checks(checks: Sequence[Check], *, as_json: bool = False) -> None:
    """Print one line a check, or JSON: ``{"ok", "checks": [{"name", "ok", "found", "advice"}]}``."""
    if as_json:
        print(json.dumps({"ok": all(c.ok for c in checks), "checks": [asdict(c) for c in checks]}, ensure_ascii=False))
        return
    for check in checks:
        advice = f" → {check.advice}" if check.advice and not check.ok else ""
        print(f"{'✓' if check.ok else '✗'} {check.name}: {check.found}{advice}")


def packages(lock: Path) -> Check:
    """Compare what is installed with the lock file (packages for other systems are left out)."""
    from packaging.markers import Marker  # noqa: PLC0415 - only this check needs it

    missing, other = [], []
    count = 0
    for line in lock.read_text("utf-8").splitlines():
        pinned = _PINNED.match(line)
        if pinned is None or (pinned[3] and not Marker(pinned[3].strip()).evaluate()):
            continue
        count += 1
        try:
            version = importlib.metadata.version(pinned[1])
        except importlib.metadata.PackageNotFoundError:
            missing.append(pinned[1])
        else:
            if version != pinned[2]:
                other.append(f"{pinned[1]} {version} (locked: {pinned[2]})")
    faults = [f"missing: {', '.join(missing)}"] * bool(missing) + other
    return Check("packages", not faults, "; ".join(faults) or f"{count}, as locked", "run 'make run'")


def secret_key(settings: Settings) -> Check:
    """Check that the secret key is there and that only its owner can read the file."""
    if settings.secret_key is not None:
        long_enough = len(settings.secret_key.get_secret_value()) >= 32
        found = "from the environment" if long_enough else "DOORWIJZER_SECRET_KEY is shorter than 32 characters"
        return Check("secret key", long_enough, found, "set a longer one; contact details depend on it")
    path = settings.var_dir / "secret.key"
    if not path.exists():
        return Check("secret key", True, "none yet; made at the first start")
    mode = stat.S_IMODE(path.stat().st_mode)
    return Check("secret key", mode & 0o077 == 0, f"{path}, mode {mode:o}", f"chmod 600 {path}")


def database(settings: Settings) -> Check:
    """Check that the database answers and is at the newest step of the migrations."""
    engine = make_engine(settings.database)
    shown = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return Check("database", False, f"{shown}: not there yet", "run 'doorwijzer migrate'")
    try:
        fault = check_schema(engine)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Check("database", False, f"{shown}: {reason}", "check DOORWIJZER_DATABASE_URL")
    finally:
        engine.dispose()
    return Check("database", fault is None, fault or shown, "run 'doorwijzer migrate'")


def delivery(settings: Settings) -> Check:
    """Check that the environment holds every secret that a region's ``delivery.yml`` names."""
    faults = check_secrets(settings.content_dir)
    found = "; ".join(faults) or "every secret that delivery.yml names is there"
    return Check("delivery", not faults, found, "set the variable; until then nothing reaches this partner")


def _safely(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # a check must not hide the others
        return Check(name, False, f"could not be checked: {type(error).__name__}: {error}", "run 'make run'")


def _python() -> Check:
    version = platform.python_version()
    return Check("Python", sys.version_info[:2] == (3, 11), version, "Doorwijzer needs Python 3.11: run 'make run'")


def _processor() -> Check:
    """Say which embeddings run: without AVX2 and FMA (x86-64) it is the fallback, which is in order too."""
    machine = platform.machine()
    if machine not in {"x86_64", "AMD64"}:
        return Check("processor", True, f"{machine}: sentence embeddings run")
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.exists() else []
    lacking = [flag for flag in _EMBEDDER_FLAGS if flag not in flags]
    found = f"no {', '.join(lacking)}: the fallback embeddings are used" if lacking else "sentence embeddings run"
    return Check("processor", True, f"{machine}, {found}")


def _language_model() -> Check:
    there = importlib.util.find_spec(LANGUAGE_MODEL) is not None
    found = f"{LANGUAGE_MODEL}" if there else f"no {LANGUAGE_MODEL}: the blank Dutch pipeline is used"
    return Check("language model", True, found)


def _front_end(root: Path) -> Check:
    if not (root / "package.json").is_file():
        return Check("front end", True, "nothing to install")
    there = (root / "node_modules" / ".doorwijzer").is_file()
    return Check("front end", there, "installed" if there else "not installed", "run 'make run'")


def _model(settings: Settings, root: Path) -> Check:
    model = Model(settings.models_dir)
    if not model.archive.is_file():
        return Check("model", False, "not trained", "run 'doorwijzer train'")
    fresh = model.is_fresh(root)
    found = f"{model.archive.name}{'' if fresh else ' is older than the training data, texts or packages'}"
    return Check("model", fresh, found, "run 'doorwijzer train'")


def _port(name: str, port: int, host: str, variable: str) -> Check:
    free = port_is_free(port, host)
    found = f"{port} is free" if free else f"{port} is in use"
    return Check(name, free, found, f"stop what uses it (Doorwijzer itself?), or set {variable}")


def _content(name: str, findings: Sequence[str]) -> Check:
    found = "in order" if not findings else f"{len(findings)} finding(s), first: {findings[0]}"
    return Check(name, not findings, found, f"run 'doorwijzer {name} check'")
