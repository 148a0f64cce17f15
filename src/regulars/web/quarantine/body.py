"""A body from outside drawn in numbered lines, with what is wrong in it marked.

Owns what is shown of a long one: a window around the first mark. It draws whatever came; only whole JSON is laid out
in lines, and only when it came in one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from regulars.base.errors import Problem
from regulars.base.json_text import error_at, laid_out, line_of, places

__all__ = ["Drawn", "Found", "Line", "Part", "Readable", "draw", "find", "readable"]

LONGEST_LINE = 160
WINDOW = 12
MOST_LINES = 120
CUT = 240
_FORM = re.compile(r"[\w.%+\[\]*-]{1,200}=[^\s<>{}\"]*(?:&|$)")
_TOKENS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*"?)|(?P<number>-?\b\d[\d.eE+-]*|\b(?:true|false|null)\b)'
)
_COLOURS = {"key": "y-k", "text": "y-s", "number": "y-n"}


@dataclass(frozen=True, slots=True)
class Readable:
    """A body as text. `kind`: 'json', 'form' (its pairs, decoded) or 'text'; `is_exact`: a form field would not spoil it.

    `is_laid_out`: it came in one line and was given more.
    """

    text: str
    kind: str
    is_exact: bool
    is_laid_out: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A problem with its place in the text. `line` 0: nowhere; `value`: what stands there; `is_missing`: nothing does."""

    code: str
    pointer: str
    detail: str
    line: int
    value: str
    is_missing: bool
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: its class, its text, and whether it is what is wrong."""

    css: str
    text: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`number` from 1."""

    number: int
    parts: Sequence[Part]
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """`hidden_before`, `hidden_after`: lines left out."""

    lines: Sequence[Line]
    hidden_before: int
    hidden_after: int


def readable(body: bytes, most: int) -> Readable:
    """The body as text, of a huge one the first `most` bytes."""
    if len(body) > most:
        return Readable(body[:most].decode(errors="replace"), "text", False, False)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Readable(body.decode(errors="replace"), "text", False, False)
    is_exact = "\x00" not in text
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        if max(map(len, text.split("\n"))) > LONGEST_LINE and (nicer := laid_out(text)) is not None:
            return Readable(nicer, "json", is_exact, True)
        return Readable(text, "json", is_exact, False)
    if _FORM.match(text):
        pairs = "\n".join(f"{name} = {value}" for name, value in parse_qsl(text, keep_blank_values=True))
        return Readable(pairs or text, "form", is_exact, False)
    return Readable(text, "text", is_exact, False)


def find(text: str, problem: Problem) -> Found:
    """Where in the text a problem stands."""
    marks: list[tuple[int, int]] = []
    value, is_missing = "", False
    if problem.code == "not_json":
        at = error_at(text)
        marks = [] if at is None else [(at, at + 1)]
    elif problem.code == "not_utf8":
        at = text.find("\ufffd")
        marks = [] if at < 0 else [(at, at + 1)]
    elif problem.pointer:
        found = places(text, problem.pointer)
        is_missing = bool(found) and found[-1].is_parent
        # of an object or a list only its bracket is underlined, not all that stands in it
        marks = [(p.start, p.start + 1 if text[p.start] in "[{" else p.end) for p in found]
        if found and not is_missing:
            value = text[found[-1].start : found[-1].end]
    line = line_of(text, marks[0][0]) if marks else 0
    short = value if len(value) <= 80 else value[:79] + "…"
    return Found(problem.code, problem.pointer, problem.detail, line, " ".join(short.split()), is_missing, tuple(marks))


def draw(text: str, found: Sequence[Found], whole: bool) -> Drawn:
    """The lines, all of them or those around the first mark."""
    marks = sorted({mark for one in found for mark in one.marks})
    lines = text.split("\n")
    first, last = 0, len(lines)
    if not whole and len(lines) > MOST_LINES:
        centre = line_of(text, marks[0][0]) - 1 if marks else 0
        first = max(0, centre - WINDOW)
        last = min(len(lines), first + 2 * WINDOW + 1)
    at = sum(len(line) + 1 for line in lines[:first])
    out = []
    for number, line in enumerate(lines[first:last], first + 1):
        inside = [(max(a - at, 0), min(b - at, len(line))) for a, b in marks if a < at + len(line) + 1 and b > at]
        begins = any(at <= a <= at + len(line) for a, _ in marks)
        out.append(Line(number, _parts(line.rstrip("\r"), inside), begins))
        at += len(line) + 1
    return Drawn(out, first, len(lines) - last)


def _parts(line: str, marks: Sequence[tuple[int, int]]) -> list[Part]:
    """The line in pieces that have one colour and are marked as a whole or not."""
    line, marks = _cut(line, marks)
    css = [""] * len(line)
    for token in _TOKENS.finditer(line):
        css[token.start() : token.end()] = [_COLOURS[str(token.lastgroup)]] * (token.end() - token.start())
    wrong = [False] * len(line)
    for a, b in marks:
        wrong[a:b] = [True] * (min(b, len(line)) - a)
    parts: list[Part] = []
    start = 0
    for i in range(1, len(line) + 1):
        if i == len(line) or (css[i], wrong[i]) != (css[start], wrong[start]):
            parts.append(Part(css[start], line[start:i], wrong[start]))
            start = i
    return parts


def _cut(line: str, marks: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """A very long line is shown around its mark alone."""
    if len(line) <= 2 * CUT:
        return line, list(marks)
    begin = max(0, (marks[0][0] if marks else 0) - CUT // 2)
    end = min(len(line), begin + 2 * CUT)
    before, after = "… " if begin else "", " …" if end < len(line) else ""
    move = len(before) - begin
    kept = [(max(a, begin) + move, min(b, end) + move) for a, b in marks if a < end and b > begin]
    return before + line[begin:end] + after, kept
