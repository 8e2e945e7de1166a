"""Checks ``content/events.yml``: what is over, what is offered to nobody, what names something that does not exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from babel import Locale

from bot import clock
from bot.directory.check import Finding
from bot.directory.events import Event, Events, EventsInvalid
from bot.directory.municipalities import Municipalities, MunicipalityTableError
from bot.directory.partners import Directory, DirectoryError, UnknownRegion
from bot.intake.decisions import DecisionsInvalid, DecisionTable
from bot.intake.situation import SIGNALS

_LANGUAGES = frozenset(Locale("en").languages)


@dataclass(frozen=True)
class _Known:
    """What an event may name."""

    directory: Directory
    towns: Collection[str]
    needs: Collection[str]
    text_languages: Collection[str]


def check_events(content_dir: Path, now: datetime | None = None) -> list[Finding]:
    """Return all faults in ``events.yml``; an empty list when all is well. Nothing is raised for a broken file.

    ``now`` (default: the present moment) decides which events are over.
    """
    try:
        events = Events.load(content_dir)
        known = _read(content_dir)
    except (EventsInvalid, DirectoryError, MunicipalityTableError, DecisionsInvalid) as error:
        return [Finding("events", str(error))]
    except (OSError, yaml.YAMLError) as error:
        return [Finding("events", f"cannot be checked: {error}")]
    ids = Counter(event.id for event in events.all)
    findings = [Finding(event_id, "this id is used twice") for event_id, count in ids.items() if count > 1]
    moment = now or clock.now()
    return findings + [Finding(event.id, fault) for event in events.all for fault in _faults(event, known, moment)]


def _read(content_dir: Path) -> _Known:
    table = DecisionTable.parse(yaml.safe_load((content_dir / "decisions.yml").read_text("utf-8")))
    return _Known(
        Directory.load(content_dir / "regions"),
        Municipalities.load(content_dir).names,
        {row.need for row in (*table.rows, table.default_row)},
        sorted(folder.name for folder in (content_dir / "texts").iterdir() if folder.is_dir()),
    )


def _faults(event: Event, known: _Known, now: datetime) -> Iterator[str]:
    if event.end <= now:
        yield "is over: take it out"
    yield from _unknown_names(event, known)
    for need in event.for_needs:
        if need not in known.needs:
            yield f"names the need {need!r}, which does not exist"
    for signal in event.for_signals:
        if signal not in SIGNALS:
            yield f"names the signal {signal!r}, which does not exist"
    for language in event.languages:
        if language not in _LANGUAGES:
            yield f"has the language code {language!r}, which is no ISO 639 code"
    for name, words in (("title", event.title), ("description", event.description)):
        for language in known.text_languages:
            if not words.get(language, "").strip():
                yield f"has no {name} in {language}"
    if event.checked > now.astimezone(clock.ZONE).date():
        yield "was checked on a day to come"


def _unknown_names(event: Event, known: _Known) -> Iterator[str]:
    if event.place.municipality not in known.towns:
        yield f"takes place in {event.place.municipality!r}, which is no municipality"
    try:
        region = known.directory.region(event.region)
    except UnknownRegion:
        yield f"is in the region {event.region!r}, which does not exist"
        return
    if not region.served:
        yield f"is in the region {event.region!r}, which is not served here"
    elif event.organiser not in {partner.id for partner in known.directory.all_partners(event.region)}:
        yield f"is organised by {event.organiser!r}, which is no partner of this region"
