"""JSON as a person reads it: where in the text a pointer points, and the same text laid out in lines.

Owns positions only: it reads leniently whatever came, never judges it (strict_json does) and changes no literal. Text
that is no JSON has no places. Positions count characters from 0.
"""

import re
from dataclasses import dataclass
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

__all__ = ["Place", "error_at", "laid_out", "line_of", "places"]

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_SCALAR = re.compile(r"[^\s,:\[\]{}\"]+")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INNER = re.compile(r'[^"\[\]{}]*')


@dataclass(frozen=True, slots=True)
class Place:
    """A value in the text, `start` to `end`; `key_start`: where its key begins (the value itself in a list).

    `is_parent`: what was asked for isn't there; this is the object or list in which it is missing.
    """

    key_start: int
    start: int
    end: int
    is_parent: bool = False


class _Broken(ValueError):
    """The text ends or goes on otherwise than JSON does; `at` is where."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def places(text: str, pointer: str) -> list[Place]:
    """Where an RFC 6901 pointer points: one place, or several when the key stands in its object more than once.

    What is missing gives the nearest object or list that should hold it. Empty when the text isn't JSON that far.
    """
    steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    try:
        found = Place(_skip(text, 0), _skip(text, 0), _end(text, _skip(text, 0)))
        for i, step in enumerate(steps):
            inside = _members(text, found.start, step)
            if not inside:
                return [Place(found.key_start, found.start, found.end, True)]
            if i == len(steps) - 1:
                return inside
            found = inside[-1]  # of two, readers take the last
    except _Broken:
        return []
    return [found]


def error_at(text: str) -> int | None:
    """Where the text stops being JSON; None when it is JSON from end to end."""
    try:
        start = _skip(text, 0)
        after = _skip(text, _end(text, start, strictly=True))
    except _Broken as broken:
        return min(broken.at, max(len(text) - 1, 0))
    return None if after == len(text) else after


def laid_out(text: str, indent: int = 2) -> str | None:
    """The same JSON, a member a line; every literal stands as it came. None when it isn't JSON."""
    if error_at(text) is not None:
        return None
    out: list[str] = []
    depth = 0
    before = ""
    for found in _PIECE.finditer(text.lstrip("\ufeff")):
        piece = found[0]
        if piece in "]}":
            depth -= 1
            if before not in ("[", "{"):
                out.append("\n" + " " * (indent * depth))
        elif before in ("[", "{", ","):
            out.append("\n" + " " * (indent * depth))
        out.append(": " if piece == ":" else piece)
        if piece in "[{":
            depth += 1
        before = piece
    return "".join(out)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _at(text: str, at: int) -> str:
    if at >= len(text):
        raise _Broken(at)
    return text[at]


def _string(text: str, at: int) -> tuple[str, int]:
    """The text that begins with a quote here, and where it ends."""
    if _at(text, at) != '"':
        raise _Broken(at)
    try:
        value, end = scanstring(text, at + 1, False)
    except JSONDecodeError as error:
        raise _Broken(at if error.msg.startswith("Unterminated") else error.pos) from None
    return str(value), int(end)


def _scalar(text: str, at: int, strictly: bool) -> int:
    found = _SCALAR.match(text, at)
    if found is None or (strictly and not _is_scalar(found[0])):
        raise _Broken(at)
    return found.end()


_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|NaN|-?Infinity", re.ASCII)


def _is_scalar(word: str) -> bool:
    return _NUMBER.fullmatch(word) is not None


def _end(text: str, at: int, strictly: bool = False) -> int:
    """Where the value ends that begins here. Strictly: everything inside must be in its order."""
    first = _at(text, at)
    if first == '"':
        return _string(text, at)[1]
    if first not in "[{":
        return _scalar(text, at, strictly)
    return _end_strictly(text, at) if strictly else _end_loosely(text, at)


def _end_loosely(text: str, at: int) -> int:
    """By counting brackets alone: a value that is passed over need not be right inside."""
    depth = 0
    while True:
        found = _INNER.match(text, at)
        at = found.end() if found else at
        mark = _at(text, at)
        if mark == '"':
            at = _string(text, at)[1]
            continue
        depth += 1 if mark in "[{" else -1
        at += 1
        if depth == 0:
            return at


def _end_strictly(text: str, at: int) -> int:
    """A walk with a stack of its own, so that no depth of nesting is an error of ours."""
    open_: list[str] = []
    wants_value, may_close = True, False
    while True:
        at = _skip(text, at)
        mark = _at(text, at)
        if may_close and open_ and mark == ("}" if open_[-1] == "{" else "]"):
            open_.pop()
            at += 1
            if not open_:
                return at
            wants_value, may_close = False, True
            continue
        if not wants_value:
            if mark != ",":
                raise _Broken(at)
            at = _skip(text, at + 1)
            wants_value, may_close = True, False
            continue
        if open_ and open_[-1] == "{":
            at = _skip(text, _string(text, at)[1])
            if _at(text, at) != ":":
                raise _Broken(at)
            at = _skip(text, at + 1)
            mark = _at(text, at)
        if mark in "[{":
            open_.append(mark)
            at += 1
            wants_value, may_close = True, True
            continue
        at = _string(text, at)[1] if mark == '"' else _scalar(text, at, True)
        wants_value, may_close = False, True


def _members(text: str, at: int, step: str) -> list[Place]:
    """The members of that name in the object, or the element of that number in the list, that begins here."""
    mark = text[at]
    if mark not in "[{":
        return []
    is_object = mark == "{"
    found: list[Place] = []
    n = 0
    at = _skip(text, at + 1)
    while _at(text, at) not in "]}":
        key_start = at
        name = str(n)
        if is_object:
            name, at = _string(text, at)
            at = _skip(text, at)
            if _at(text, at) != ":":
                raise _Broken(at)
            at = _skip(text, at + 1)
        end = _end(text, at)
        if name == step:
            found.append(Place(key_start, at, end))
            if not is_object:
                break
        n += 1
        at = _skip(text, end)
        if _at(text, at) == ",":
            at = _skip(text, at + 1)
        elif text[at] not in "]}":
            raise _Broken(at)
    return found


def line_of(text: str, at: int) -> int:
    """The line of a position, from 1."""
    return text.count("\n", 0, at) + 1
