"""What all tables share: the base class, times in UTC, indexes with a condition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, LargeBinary, TypeDecorator, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC in every database (SQLite has no time zones of its own)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into naive UTC. Raises ``ValueError`` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored UTC time its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}


def conversation_key(index: bool = True) -> Mapped[str]:
    """Return the column that ties a row to its conversation, with which it goes."""
    return mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=index)


def unique_while(name: str, condition: str, *columns: str) -> Index:
    """Return a unique index over the rows that meet ``condition``: what no check before an insert can guarantee."""
    return Index(name, *columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))
