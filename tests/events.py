"""An event for tests. No test uses a real one: none is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.directory.events import Event


def event_data(**changes: Any) -> dict[str, Any]:
    """Return an event as it stands in the file; a change to ``...`` leaves the field out."""
    data: dict[str, Any] = {
        "id": "test-fair",
        "region": "midden-utrecht",
        "kind": "job_fair",
        "title": {"nl": "Testmarkt", "en": "Test fair"},
        "description": {"nl": "Een proef.", "en": "A trial."},
        "languages": ["nl", "uk"],
        "start": "2027-01-14T13:00",
        "end": "2027-01-14T16:00",
        "place": {"name": "Testzaal", "municipality": "Zeist"},
        "for_needs": ["job_search"],
        "for_signals": ["wants_retraining"],
        "places": 7,
        "sign_up_until": "2027-01-13T12:00",
        "organiser": "midden-utrecht-werkt-door",
        "source": "a test",
        "checked": "2026-11-22",
    }
    return {name: value for name, value in (data | changes).items() if value is not ...}


def make_event(**changes: Any) -> Event:
    """Return an event."""
    return Event.model_validate(event_data(**changes))


def write_events(folder: Path, *events: dict[str, Any]) -> Path:
    """Write ``events.yml`` into a content folder; return the folder."""
    (folder / "events.yml").write_text(yaml.safe_dump({"events": list(events)}, allow_unicode=True), "utf-8")
    return folder
