"""Pages of lists: opaque cursors, ids and limits as the API takes them. Plain data in, plain data out."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from regulars.api.problems import Problem, not_found

__all__ = ["LIMIT", "MOST", "after_id", "after_moment", "cut", "number", "our_id"]

LIMIT = 50
MOST = 200
Row = TypeVar("Row")

_encode = msgspec.json.Encoder().encode


def number(text: str, what: str) -> int:
    """One of our ids out of an address; what is none can't be found."""
    found = our_id(text)
    if found is None:
        raise not_found(what)
    return found


def our_id(text: str) -> int | None:
    """The id in a text, None when it can be none of ours (ids are bigint)."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    found = int(text)
    return found if found < 1 << 63 else None


def cut(rows: Sequence[Row], limit: int, place: Callable[[Row], list[Any]]) -> tuple[Sequence[Row], str | None]:
    """The page and the cursor of the next one; `rows` were asked for with `limit + 1`."""
    if len(rows) <= limit:
        return rows, None
    last = place(rows[limit - 1])
    plain = [v.isoformat() if isinstance(v, datetime) else str(v) for v in last]
    return rows[:limit], base64.urlsafe_b64encode(_encode(plain)).decode().rstrip("=")


def after_id(cursor: str | None) -> int | None:
    """The id at which the page before ended."""
    if cursor is None:
        return None
    (found,) = _read(cursor, 1)
    return _int(found)


def after_moment(cursor: str | None) -> tuple[datetime, int] | None:
    """The (moment, id) at which the page before ended."""
    if cursor is None:
        return None
    moment, found = _read(cursor, 2)
    try:
        return datetime.fromisoformat(moment), _int(found)
    except ValueError as error:
        raise _wrong() from error


def _read(cursor: str, parts: int) -> list[str]:
    try:
        plain = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeError) as error:
        raise _wrong() from error
    if len(plain) != parts:
        raise _wrong()
    return plain


def _int(text: str) -> int:
    found = our_id(text)
    if found is None:
        raise _wrong()
    return found


def _wrong() -> Problem:
    return Problem.field("/cursor", "is not one that a list gave")
