"""The smallest change of a text that makes its data other data: only what differs is written anew.

Owns how values are replaced, added and taken out within a text whose places are known. Comments and lines that no change
touches stay as they are, since they are never written. It must not know what a scheme is.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from regulars.core import rendering
from regulars.core.spans import Entry, Span

__all__ = ["Rewriter", "arranged", "same"]


def arranged(old: Any, new: Any) -> Any:
    """`new` with its keys in the order of `old`; a key that is new stands after the one before it in `new`."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    order = [key for key in old if key in new]
    before = None
    for key in new:
        if key not in old:
            order.insert(0 if before is None else order.index(before) + 1, key)
        before = key
    return {key: arranged(old[key], new[key]) if key in old else new[key] for key in order}


class Rewriter:
    """Collects the changes of one text; `result` applies them all."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[tuple[int, int, str]] = []

    def result(self) -> str:
        """The text with all changes. Raises ValueError where two of them meet."""
        out, at, before = [], 0, ""
        for start, end, new in sorted(self.edits, key=lambda e: e[:2]):
            if start < at and (before or new):
                raise ValueError("two changes of one place")
            # two lines that go may both take the break between them
            out += [self.text[at:start], new]
            at, before = max(at, end), new
        return "".join([*out, self.text[at:]])

    def text_at(self, span: tuple[int, int], style: str, new: str, *, in_flow: bool) -> None:
        """A text, which stood there in these quotes."""
        self.edits.append((*span, rendering.text_of(new, in_flow=in_flow, style=style)))

    def value(self, entry: Entry, old: Any, new: Any, *, in_flow: bool) -> None:
        """The value of a key."""
        if not self._within(entry.value, old, new):
            self._replace(entry, new, in_flow=in_flow)

    def mapping(self, span: Span, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """All that differs between two mappings, of which some keys are the same and in the same order."""
        in_flow = not span.is_block
        kept = [key for key in span.entries if key in new]
        for key in kept:
            self.value(span.entries[key], old[key], new[key], in_flow=in_flow)
        before: str | None = None
        for key in new:
            if key in span.entries:
                before = key
            elif before is None:
                self._first(span.entries[kept[0]], key, new[key], in_flow=in_flow)
            else:
                self._after(span.entries[before], key, new[key], in_flow=in_flow)
        gone = [entry for key, entry in span.entries.items() if key not in new]
        for entry in gone:
            self._take_out(entry.start, entry.end, in_flow=in_flow)

    def _within(self, span: Span, old: Any, new: Any) -> bool:
        """Whether the change could be made inside of the value, which stays."""
        if same(old, new):
            return True
        if not self._is_simple(span):
            return False
        if isinstance(old, Mapping) and isinstance(new, Mapping) and span.is_mapping:
            kept = [key for key in old if key in new]
            if not kept or kept != [key for key in new if key in old]:
                return False
            first = next(iter(span.entries.values()))
            if span.is_block and kept[0] != next(iter(old)) and self._before(first.start).strip():
                return False  # the dash of a list stands before it
            self.mapping(span, old, new)
            return True
        if isinstance(old, list) and isinstance(new, list) and span.items and new:
            self._list(span, old, new)
            return True
        return False

    def _is_simple(self, span: Span) -> bool:
        """Whether each part of a block begins its line (but for the dash of a list)."""
        if not span.is_block:
            return True
        starts = [e.start for e in span.entries.values()][1:] or [i.start for i in span.items]
        return all(not self._before(at).strip(" -") for at in starts)

    def _list(self, span: Span, old: list[Any], new: list[Any]) -> None:
        """Items at the beginning and the end that are the same stay; those between are paired, the rest comes or goes."""
        first = sum(1 for _ in takewhile(lambda pair: same(*pair), zip(old, new, strict=False)))
        room = min(len(old), len(new)) - first
        pairs = zip(reversed(old), reversed(new), strict=False)
        last = min(room, sum(1 for _ in takewhile(lambda pair: same(*pair), pairs)))
        shared = room - last
        in_flow = not span.is_block
        for at in range(first, first + shared):
            if not self._within(span.items[at], old[at], new[at]):
                item = span.items[at]
                self.edits.append((item.start, item.end, _inline(item, new[at], in_flow=in_flow)))
        at = first + shared
        for item in span.items[at : len(old) - last]:
            self._take_out(item.start, item.end, in_flow=in_flow)
        for value in new[at : len(new) - last]:
            self._add_item(span, at, value, in_flow=in_flow)

    def _add_item(self, span: Span, at: int, value: Any, *, in_flow: bool) -> None:
        said = rendering.inline(value, in_flow=in_flow)
        if at:
            end = span.items[at - 1].end
            if in_flow:
                self._insert(end, ", " + said)
            else:
                dash = self._before(span.items[at - 1].start).index("-")
                self._insert(self._line_end(end), self.newline + " " * dash + "- " + said)
        else:
            start = span.items[0].start
            dash = 0 if in_flow else self._before(start).index("-")
            self._insert(start, said + (", " if in_flow else self.newline + " " * dash + "- "))

    def _replace(self, entry: Entry, new: Any, *, in_flow: bool) -> None:
        """Another value after the key; a remark that stands in the key's line stays there."""
        span = entry.value
        after = self.text.find(":", entry.key_end) + 1
        if span.start == span.end:  # nothing is written: the place is that after the colon
            self.edits.append((after, after, _led(rendering.inline(new, in_flow=in_flow))))
            return
        indent = self._column(entry.start)
        lines = [] if in_flow else rendering.entry_lines("k", new, indent)
        if (in_flow or len(lines) == 1) and not span.is_block and span.style not in ("|", ">"):
            said = _inline(span, new, in_flow=in_flow)
            start = span.start if said else after
            self.edits.append((start, span.end, said))
            return
        if span.style == "|" and isinstance(new, str) and (literal := rendering.literal_lines(new, indent + 2)):
            lines = ["k: " + literal[0], *literal[1:]]
        line_end = min(self._line_end(after), span.end)
        first = self.text[after:line_end]
        remark = first[first.index("#") :] if "#" in first and (span.is_block or span.style in ("|", ">")) else ""
        head = lines[0].strip().removeprefix("k:") + (f"  {remark}" if remark else "")
        self.edits.append((after, span.end, self.newline.join([head, *lines[1:]])))

    def _after(self, entry: Entry, key: str, value: Any, *, in_flow: bool) -> None:
        if in_flow:
            self._insert(entry.end, f", {rendering.key_text(key)}: {rendering.inline(value, in_flow=True)}")
            return
        lines = rendering.entry_lines(key, value, self._column(entry.start))
        self._insert(self._line_end(entry.end), "".join(self.newline + line for line in lines))

    def _first(self, entry: Entry, key: str, value: Any, *, in_flow: bool) -> None:
        if in_flow:
            self._insert(entry.start, f"{rendering.key_text(key)}: {rendering.inline(value, in_flow=True)}, ")
            return
        column = self._column(entry.start)
        lines = rendering.entry_lines(key, value, column)
        self._insert(entry.start, self.newline.join(lines).lstrip(" ") + self.newline + " " * column)

    def _take_out(self, start: int, end: int, *, in_flow: bool) -> None:
        if in_flow:
            self._take_out_of_flow(start, end)
            return
        begin, line_end = start - len(self._before(start)), self._line_end(end)
        if begin == 0:
            self.edits.append((0, self.text.find("\n", line_end) + 1 or len(self.text), ""))
            return
        # The break before the lines goes with them: at their end, others may be put in.
        broken = 2 if self.text.startswith("\r\n", begin - 2) else 1
        self.edits.append((begin - broken, line_end, ""))

    def _take_out_of_flow(self, start: int, end: int) -> None:
        """With the comma after it; the last one with the comma before it, unless lines lie between."""
        rest = self.text[end:]
        gap = len(rest) - len(rest.lstrip(" \t"))
        if rest[gap : gap + 1] == ",":
            after = end + gap + 1
            self.edits.append((start, after + len(self.text[after:]) - len(self.text[after:].lstrip(" \t")), ""))
            return
        before = self.text[:start].rstrip(" \t")
        self.edits.append((len(before) - 1 if before.endswith(",") else start, end, ""))

    def _insert(self, at: int, said: str) -> None:
        self.edits.append((at, at, said))

    def _before(self, at: int) -> str:
        """What stands in the line before that place."""
        return self.text[self.text.rfind("\n", 0, at) + 1 : at]

    def _column(self, at: int) -> int:
        return len(self._before(at))

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > at and self.text[end - 1] == "\r" else end


def _inline(span: Span, new: Any, *, in_flow: bool) -> str:
    """The value on one line; a text in the quotes that it had."""
    if not isinstance(new, str) or span.style in ("flow", "block", "|", ">"):
        return rendering.inline(new, in_flow=in_flow)
    return rendering.text_of(new, in_flow=in_flow, style=span.style)


def _led(said: str) -> str:
    return f" {said}" if said else ""


def same(old: Any, new: Any) -> bool:
    """Equal in value, kind and order."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return list(old) == list(new) and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    return isinstance(old, bool) is isinstance(new, bool) and bool(old == new)
