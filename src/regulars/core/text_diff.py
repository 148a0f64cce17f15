"""Two texts side by side: which lines are the same, gone, new or changed, and which words of a changed line.

Owns finding that, and the folding of long stretches that are the same. How it looks is the screens'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Line", "Row", "folded", "side_by_side"]

SAME, GONE, NEW, CHANGED, FOLD = "same", "gone", "new", "changed", "fold"
AROUND = 3
"""So many lines that are the same stand around each change."""
LIKE = 0.4
"""Below this likeness two lines are one gone and one new, without marks in them."""
_WORDS = re.compile(r"\s+|[\w-]+|[^\w\s]")

Pieces = tuple[tuple[bool, str], ...]
"""A line in parts: whether the part differs, and its text."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one text: its number from 1, and its parts."""

    number: int
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Row:
    """A row of both: `kind` is 'same', 'gone', 'new', 'changed', or 'fold' for `count` lines that are left out."""

    kind: str
    before: Line | None
    after: Line | None
    count: int = 0


def side_by_side(before: str, after: str) -> list[Row]:
    """Every line of both, paired."""
    old, new = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [Row(SAME, _whole(a + n, old), _whole(c + n, new)) for n in range(b - a)]
        else:
            rows += _differing(old, new, range(a, b), range(c, d))
    return rows


def folded(rows: Sequence[Row]) -> list[Row]:
    """Without the lines that are far from any change; what is left out is counted."""
    near = {at + by for at, row in enumerate(rows) if row.kind != SAME for by in range(-AROUND, AROUND + 1)}
    found: list[Row] = []
    for at, row in enumerate(rows):
        if at in near:
            found.append(row)
        elif found and found[-1].kind == FOLD:
            found[-1] = Row(FOLD, None, None, found[-1].count + 1)
        else:
            found.append(Row(FOLD, None, None, 1))
    return found


def _differing(old: Sequence[str], new: Sequence[str], olds: range, news: range) -> Iterator[Row]:
    """Lines that are alike are paired in their order; the rest is gone or new."""
    at = news.start
    for a in olds:
        like = next((c for c in range(at, news.stop) if _likeness(old[a], new[c]) >= LIKE), None)
        if like is None:
            yield Row(GONE, _whole(a, old), None)
            continue
        for c in range(at, like):
            yield Row(NEW, None, _whole(c, new))
        left, right = _marked(old[a], new[like])
        yield Row(CHANGED, Line(a + 1, left), Line(like + 1, right))
        at = like + 1
    for c in range(at, news.stop):
        yield Row(NEW, None, _whole(c, new))


def _likeness(one: str, other: str) -> float:
    a, b = one.strip(), other.strip()
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= LIKE and (a or b) else 0.0


def _marked(before: str, after: str) -> tuple[Pieces, Pieces]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if b > a:
            left.append((tag != "equal", "".join(old[a:b])))
        if d > c:
            right.append((tag != "equal", "".join(new[c:d])))
    return tuple(left), tuple(right)


def _whole(at: int, lines: Sequence[str]) -> Line:
    return Line(at + 1, ((False, lines[at]),))
