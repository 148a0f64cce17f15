"""JSON as outsiders send it, read strictly: what a lenient parser would guess is refused with a pointer and a reason.

Refused: other than UTF-8, NaN and Infinity, −0, numbers beyond 10^±30 or longer than 30 digits, duplicate keys, lone
surrogates, the character NUL, more than 64 levels. Numbers with a point become Decimal, never float.
A body that is certainly clean takes msgspec's road; any doubt takes the slow one, which finds the place.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from regulars.base.errors import BadItem

__all__ = ["MAX_DEPTH", "decode", "pointer_to", "split_batch"]

MAX_DEPTH = 64
_MAX_DIGITS = 30
_fast = msgspec.json.Decoder(float_hook=Decimal)
_raw_items = msgspec.json.Decoder(list[msgspec.Raw])
# Any of these sends a body down the slow road. A doubled backslash would spoil the counting of quotes.
_DOUBTS = (b"\\u0000", b"\\ud", b"\\uD", b"\\\\", b":-0", b": -0", b"[-0", b",-0", b", -0")


def decode(body: bytes) -> Any:
    """Plain data out of a body. Raises BadItem."""
    if not any(doubt in body for doubt in _DOUBTS):
        try:
            plain = _fast.decode(body)
            # Each key and each text has two quotes; a key that stands twice leaves quotes that nobody owns.
            if 2 * _quoted(plain, 0) == body.count(b'"') - body.count(b'\\"'):
                return plain
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ArithmeticError, ValueError):
            pass  # the slow road says what and where
    return _decode_slowly(body)


def split_batch(body: bytes, limit: int | None = None) -> list[bytes]:
    """The items of a batch, a JSON array or one JSON value a line, each as its own bytes, not yet judged.

    Raises BadItem('not_json') when it is neither, BadItem('too_many') past `limit`.
    """
    start = body[:64].lstrip()[:1]
    if start == b"[":
        try:
            items = [bytes(item) for item in _raw_items.decode(body)]
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            _decode_slowly(body)
            raise BadItem("not_json", "", "is not a JSON array") from None
    else:
        items = [line for line in (line.strip() for line in body.split(b"\n")) if line]
    if limit is not None and len(items) > limit:
        raise BadItem("too_many", "", f"holds {len(items)} items; at most {limit} are taken at once")
    return items


def pointer_to(parent: str, step: str | int) -> str:
    """The JSON pointer of a member or an element of what `parent` points to."""
    if isinstance(step, int):
        return f"{parent}/{step}"
    return f"{parent}/{step.replace('~', '~0').replace('/', '~1')}"


def _quoted(value: Any, depth: int) -> int:
    """How many keys and texts stand in it; raises ValueError on what the slow road must judge."""
    if depth > MAX_DEPTH:
        raise ValueError
    kind = type(value)
    if kind is dict:
        count = len(value)
        for inner in value.values():
            inner_kind = type(inner)
            if inner_kind is str:
                count += 1
            elif inner_kind is dict or inner_kind is list or inner_kind is Decimal or inner_kind is int:
                count += _quoted(inner, depth + 1)
        return count
    if kind is list:
        return sum(_quoted(inner, depth + 1) for inner in value)
    if kind is str:
        return 1
    if (kind is Decimal or kind is int) and (not -(10**18) < value < 10**18 or (value == 0 and kind is Decimal)):
        raise ValueError
    return 0


class _Doubled(dict[str, Any]):
    """An object in which a key stands more than once; `key` is the first such."""

    key: str


class _BadNumber:
    def __init__(self, detail: str) -> None:
        self.detail = detail


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    doubled = _Doubled(plain)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
            break
        seen.add(key)
    return doubled


def _integer(text: str) -> int | _BadNumber:
    if len(text) > _MAX_DIGITS:
        return _BadNumber(f"is a number of {len(text)} digits; at most {_MAX_DIGITS} are taken")
    return _BadNumber("is minus zero") if text == "-0" else int(text)


def _fraction(text: str) -> Decimal | _BadNumber:
    if len(text) > _MAX_DIGITS + 10:
        return _BadNumber(f"is a number of {len(text)} characters")
    value = Decimal(text)
    if value == 0:
        return _BadNumber("is minus zero") if value.is_signed() else Decimal(0)
    if abs(value.adjusted()) > _MAX_DIGITS:
        return _BadNumber("is a number out of all bounds")
    return value


def _decode_slowly(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadItem("not_utf8", "", f"is not UTF-8 (byte {error.start})") from None
    try:
        plain = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=lambda name: _BadNumber(f"is {name}, which is no JSON number"),
        )
    except RecursionError:
        raise BadItem("too_deep", "", f"is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise BadItem("not_json", "", f"is not JSON ({error.msg.lower()}, {at})") from None
    for pointer, value, depth in _walk(plain):
        _judge(pointer, value, depth)
    return plain


def _walk(plain: Any) -> Iterator[tuple[str, Any, int]]:
    waiting: list[tuple[str, Any, int]] = [("", plain, 0)]
    while waiting:
        pointer, value, depth = waiting.pop()
        yield pointer, value, depth
        if isinstance(value, dict):
            waiting += [(pointer_to(pointer, key), inner, depth + 1) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{i}", inner, depth + 1) for i, inner in reversed(list(enumerate(value)))]


def _judge(pointer: str, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadItem("too_deep", "", f"is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, _BadNumber):
        raise BadItem("bad_number", pointer, value.detail)
    if isinstance(value, _Doubled):
        raise BadItem("duplicate_key", pointer_to(pointer, value.key), "stands twice in one object")
    if isinstance(value, str):
        _judge_text(pointer, value)
    if isinstance(value, dict):
        for key in value:
            _judge_text(pointer, key)


def _judge_text(pointer: str, text: str) -> None:
    if "\x00" in text:
        raise BadItem("bad_text", pointer, "holds the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadItem("bad_text", pointer, "holds half a character (a lone surrogate)") from None
