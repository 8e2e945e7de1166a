"""What all records of Open Referral HSDS 3.1 share, and the small ones: terms, languages, phones.

Fields that HSDS does not have are refused, so that a typing error does not silently drop a phone number.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _no_empty(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty: leave the field out instead")
    return value


Text = Annotated[str, BeforeValidator(_no_empty)]


class TaxonomyTerm(BaseModel):
    """A term of a taxonomy; ``code`` is what we read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    code: Text | None = None
    name: Text
    description: Text
    taxonomy: Text | None = None


class Attribute(BaseModel):
    """A term that holds for a record, with a value where it needs one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    link_id: UUID | None = None
    taxonomy_term_id: UUID | None = None
    link_type: Text | None = None
    link_entity: Text | None = None
    value: Text | None = None
    taxonomy_term: TaxonomyTerm | None = None
    metadata: list[dict[str, Any]] = Field(default_factory=list)


class Record(BaseModel):
    """A record with an id; ours carries roles and settings in its ``attributes``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    attributes: list[Attribute] = Field(default_factory=list)
    metadata: list[dict[str, Any]] = Field(default_factory=list)


class Language(Record):
    """A language in which a service is given."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    phone_id: UUID | None = None
    name: Text | None = None
    code: Text | None = None
    note: Text | None = None


class Phone(Record):
    """A number, as it is said and dialled."""

    location_id: UUID | None = None
    service_id: UUID | None = None
    organization_id: UUID | None = None
    contact_id: UUID | None = None
    service_at_location_id: UUID | None = None
    number: Text
    extension: int | None = None
    type: Text | None = None
    description: Text | None = None
    languages: list[Language] = Field(default_factory=list)
