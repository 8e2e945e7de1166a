"""Reading persona files (the form is contract: design, section 4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from bot.evaluation.reading import InputError, read_text
from bot.intake.situation import SAFETY_SIGNALS, check_fact


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # YAML reads 2027-01-31 as a date


class Contact(BaseModel):
    """What the resident fills in; empty fields are not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    phone: str | None = None
    email: str | None = None


class Expectation(BaseModel):
    """Where the conversation has to end. What is not given is not checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: tuple[str, ...] = ()
    not_needs: tuple[str, ...] = ()
    first_role: str | None = None
    safety: str | None = None
    booked: bool | None = None
    handoff: bool | None = None
    max_turns: int | None = Field(None, ge=1)

    @field_validator("safety")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value is not None and value not in SAFETY_SIGNALS:
            raise ValueError(f"unknown safety signal {value!r}: {', '.join(SAFETY_SIGNALS)}")
        return value

    @property
    def checks_safety(self) -> bool:
        """Whether ``safety`` was given; ``null`` means: none may be seen."""
        return "safety" in self.model_fields_set


class Persona(BaseModel):
    """One simulated resident.

    ``row`` names the row of the domain's table that it stands for, ``mood`` how it writes, ``behaviour`` what makes it
    harder to help (``behaviour.py``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    language: str = Field(pattern="^[a-z]{2}$")
    opening: str = Field(min_length=1)
    facts: dict[str, Annotated[str, BeforeValidator(_iso)]] = Field(default_factory=dict)
    says: dict[str, Annotated[str, BeforeValidator(_iso)]] = Field(default_factory=dict)
    contact: Contact = Contact()
    book: bool = True
    region: str | None = None
    mood: Literal["plain", "messy", "mixed"] = "plain"
    row: str | None = None
    behaviour: tuple[Literal["changes_mind", "off_topic", "typos", "useless_twice"], ...] = ()
    expect: Expectation = Expectation()

    @field_validator("facts")
    @classmethod
    def _facts_exist(cls, facts: dict[str, str]) -> dict[str, str]:
        for name, value in facts.items():
            check_fact(name, value)
        return facts


def read_personas(path: Path) -> list[Persona]:
    """Return the personas of a file. Raises ``InputError`` naming the line."""
    source = read_text(path)
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
        data = yaml.safe_load(source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{path}, line {line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date that does not exist
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from None
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode) or not data:
        raise InputError(f"{path}, line 1: must be a list of personas")
    lines = [item.start_mark.line + 1 for item in node.value]
    personas = [_persona(item, f"{path}, line {line}") for item, line in zip(data, lines, strict=True)]
    seen: dict[str, int] = {}
    for persona, line in zip(personas, lines, strict=True):
        if persona.id in seen:
            raise InputError(f"{path}, line {line}: the id {persona.id} stands on line {seen[persona.id]} too")
        seen[persona.id] = line
    return personas


def _persona(item: Any, place: str) -> Persona:
    try:
        return Persona.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{place}: {where}: {message}" if where else f"{place}: {message}") from None
