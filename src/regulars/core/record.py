"""Values as the decision record and the stored state keep them: JSON and nothing else.

Owns how a moment or an amount is written there, and read back. It must not decide what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any


def moment_text(moment: datetime) -> str:
    """An aware moment as RFC 3339 text in UTC."""
    return moment.astimezone(UTC).isoformat()


def parse_moment(value: Any) -> datetime | None:
    """A moment from RFC 3339 text (or one already); None for anything else, a time without an offset included."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    return None


def jsonable(value: Any) -> Any:
    """The value with moments as text, decimals as text, and mappings and sequences likewise inside."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    return str(value)
