"""How telephony programs write numbers and times, read leniently: what is odd is None, and nothing here raises.

Pure. Owns the shapes that several vendors share; must not know any of them by name.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

__all__ = ["Said", "encode", "local_moment", "number", "seconds", "text", "unix_moment"]

_DIGITS = re.compile(r"[0-9]{8,15}")
_encode = msgspec.json.Encoder().encode

Said = dict[str, Any]


def encode(item: Said) -> bytes:
    """A fact about a call as JSON, without the fields that say nothing."""
    return _encode({name: value for name, value in item.items() if value is not None and value != ""})


def text(value: Any, longest: int = 200) -> str | None:
    """A text that says something, or a whole number as text."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    said = (
        str(value).encode("utf-8", "replace").decode().strip() if isinstance(value, str) or abs(value) < 10**30 else ""
    )
    return said if 0 < len(said) <= longest and said.isprintable() else None


def number(value: Any) -> str | None:
    """A telephone number with its +; digits alone are meant with the code of their country. None for a hidden one."""
    said = text(value, 60)
    if said is None:
        return None
    bare = re.sub(r"[\s().-]", "", said)
    if _DIGITS.fullmatch(bare.removeprefix("+")):
        return f"+{bare.removeprefix('+')}"
    return None


def seconds(value: Any) -> int | None:
    """So many whole seconds of at most a day."""
    try:
        found = int(float(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and 0 <= found <= 24 * 3600 else None


def unix_moment(value: Any) -> str | None:
    """Seconds since 1970, as a number or as text; 0 says that it never was."""
    try:
        at = datetime.fromtimestamp(float(value), UTC) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
    return at.isoformat() if at is not None and 1971 <= at.year <= 2200 else None


def local_moment(value: Any, zone: Any, *, less: int = 0) -> str | None:
    """A time by the clock of the vendor's account, `less` seconds before it; without a zone it is taken for UTC."""
    said = text(value, 40)
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
        known = ZoneInfo(zone) if isinstance(zone, str) and zone else UTC
        at = at if at.tzinfo is not None else at.replace(tzinfo=known)
        at = at.astimezone(UTC) - timedelta(seconds=less)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return None
    return at.isoformat() if 1971 <= at.year <= 2200 else None
