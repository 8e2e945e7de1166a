"""Silence of other people's start-up noise, so that a person who starts Doorwijzer sees our lines.

Import this module before Rasa where that can be done; it sets environment variables that are read once.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "SANIC_NO_UVLOOP_WARNING": "1",
    "OMP_NUM_THREADS": "1",  # measured: a second thread is slower as soon as two residents write at once
}
#: Deprecations are for whoever wrote the code; those of ``bot`` and ``actions`` still show.
_DEPRECATIONS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
#: Said at every start, whatever the project looks like.
_ALWAYS_SAID = ("Slot auto-fill has been removed", "pkg_resources is deprecated")
_NOT_OURS = ("site-packages", "<frozen", "lib/python")
_CHATTY_LOGGERS = ("absl", "apscheduler", "matplotlib", "pymongo", "rasa_sdk.executor", "tensorflow", "tzlocal")


def set_environment() -> None:
    """Set the variables that keep TensorFlow and Rasa quiet; what is set already stays."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def hush() -> None:
    """Silence deprecations and chatter of old libraries in this process, and Rasa's reports to its makers."""
    set_environment()
    if not getattr(warnings.showwarning, "knows_whose", False):
        warnings.showwarning = _only_ours(warnings.showwarning)
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    _stop_error_reports()


def _only_ours(show: Callable[..., None]) -> Callable[..., None]:
    # Not a filter: several of these libraries put filters of their own before ours while they are imported.
    def show_warning(message: Any, category: type[Warning], filename: str, *rest: Any, **named: Any) -> None:
        deprecation = issubclass(category, _DEPRECATIONS) and any(part in filename for part in _NOT_OURS)
        if not deprecation and not str(message).startswith(_ALWAYS_SAID):
            show(message, category, filename, *rest, **named)

    show_warning.knows_whose = True  # type: ignore[attr-defined]
    return show_warning


def _stop_error_reports() -> None:
    # ``rasa`` on the command line sets up its makers' error reports before it reads our variables. Nothing of a
    # resident's words may leave this machine, so the reporter loses its address.
    sentry = sys.modules.get("sentry_sdk")
    if sentry is not None:
        sentry.Hub.current.bind_client(None)
