"""What all actions share and read once: the decision table, the directory, the answers to questions aside."""

from __future__ import annotations

import logging
from functools import lru_cache

import yaml

from bot.directory.events import Events, EventsInvalid
from bot.directory.partners import Directory
from bot.intake.decisions import DecisionTable
from bot.intake.faq import Faq
from bot.settings import get_settings


@lru_cache(maxsize=1)
def decision_table() -> DecisionTable:
    """Return the decision table. Raises ``DecisionsInvalid`` when the file is faulty."""
    return DecisionTable.parse(yaml.safe_load((get_settings().content_dir / "decisions.yml").read_text("utf-8")))


@lru_cache(maxsize=1)
def directory() -> Directory:
    """Return the directory of all regions."""
    return Directory.load(get_settings().content_dir / "regions")


@lru_cache(maxsize=1)
def faq() -> Faq:
    """Return the answers to questions aside. Raises ``FaqInvalid`` when the file is faulty."""
    return Faq.parse(yaml.safe_load((get_settings().content_dir / "answers.yml").read_text("utf-8")))


@lru_cache(maxsize=1)
def events() -> Events:
    """Return the known events. A faulty file is logged and counts as none: help goes on without it."""
    try:
        return Events.load(get_settings().content_dir)
    except EventsInvalid as error:
        logging.getLogger(__name__).error("no events are offered: %s", error)
        return Events()
