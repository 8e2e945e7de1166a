"""What partners read, in Dutch: ``content/delivery.yml``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from bot.referral.delivery.parcel import Kind
from bot.settings import get_settings


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MailWords(_Model):
    """A mail: ``{reference}`` and ``{need}`` may stand in all of it, the link below it has a text of its own."""

    subject: str
    lines: tuple[str, ...]


class TaskWords(_Model):
    """A task in the partner's system: ``{reference}`` and ``{need}`` may stand in it."""

    subject: str
    action: str


class Labels(_Model):
    """What stands before a value."""

    page: str
    contact: dict[str, str]
    appointment: str
    interpreter: str
    modes: dict[str, str]


class Words(_Model):
    """All of ``content/delivery.yml``."""

    link: str
    sender: str
    labels: Labels
    languages: dict[str, str]
    mail: dict[Kind, MailWords]
    tasks: dict[Kind, TaskWords]


def read_words(path: Path) -> Words:
    """Read the file. Raises ``pydantic.ValidationError``, ``yaml.YAMLError`` or ``OSError``."""
    return Words.model_validate(yaml.safe_load(path.read_text("utf-8")))


@lru_cache(maxsize=1)
def delivery_words() -> Words:
    """Return the words of this installation (read once)."""
    return read_words(get_settings().content_dir / "delivery.yml")
