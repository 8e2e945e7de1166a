"""What partners read, in Dutch: ``content/delivery.yml``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from bot.referral.delivery.parcel import KINDS, Kind
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

    @model_validator(mode="after")
    def _whole(self) -> Words:
        for name, group in (("mail", self.mail), ("tasks", self.tasks)):
            missing = [kind for kind in KINDS if kind not in group]
            if missing:
                raise ValueError(f"{name}: nothing for {', '.join(missing)}")
        texts = [text for mail in self.mail.values() for text in (mail.subject, *mail.lines)]
        texts += [text for task in self.tasks.values() for text in (task.subject, task.action)]
        for text in texts:
            try:
                text.format(reference="", need="")
            except (KeyError, IndexError, ValueError):
                raise ValueError(f"only {{reference}} and {{need}} can be filled in: {text}") from None
        return self


def read_words(path: Path) -> Words:
    """Read the file. Raises ``pydantic.ValidationError``, ``yaml.YAMLError`` or ``OSError``."""
    return Words.model_validate(yaml.safe_load(path.read_text("utf-8")))


@lru_cache(maxsize=1)
def delivery_words() -> Words:
    """Return the words of this installation (read once)."""
    return read_words(get_settings().content_dir / "delivery.yml")
