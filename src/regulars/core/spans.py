"""A scheme's text as nodes with their exact places: where each key and value begins and ends, and how it is written.

Owns the places, as offsets into the text. A block's end is that of its last value: comments and blank lines after it belong
to nobody. It must not change the text, and it must not know what a scheme is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from regulars.core.source import Path

__all__ = ["Entry", "Span", "is_in_flow", "path_at", "span_of", "spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """A value. `style`: '' plain, quotes, '|' or '>' for a text, 'flow' or 'block' for what holds others; `entries` of a
    mapping by key, `items` of a list; a value that isn't written (`key:`) has no length."""

    start: int
    end: int
    style: str
    entries: dict[str, Entry] = field(default_factory=dict)
    items: tuple[Span, ...] = ()
    is_mapping: bool = False

    @property
    def is_block(self) -> bool:
        """Whether it holds others, a line each."""
        return self.style == "block"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key (`start` to `key_end`) with its value; `end` is the value's."""

    start: int
    key_end: int
    key_style: str
    value: Span

    @property
    def end(self) -> int:
        """Where the value ends; the key, where none is written."""
        return max(self.value.end, self.key_end)


def spans(text: str) -> tuple[Span, Any]:
    """The places of the whole text, and its data. Raises ValueError for what can't be read; guard against bombs before
    (`Source`)."""
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(StringIO(text))
        if node is None:
            raise ValueError("an empty text")
        return _span(text, node), yaml.constructor.construct_document(node)
    except YAMLError as error:
        raise ValueError(str(error)) from None


def span_of(whole: Span, path: Path) -> Span | None:
    """The value at that path; None where there is none."""
    at: Span | None = whole
    for part in path:
        if at is None:
            return None
        if isinstance(part, int):
            at = at.items[part] if part < len(at.items) else None
        else:
            entry = at.entries.get(part)
            at = entry.value if entry else None
    return at


def is_in_flow(whole: Span, path: Path) -> bool:
    """Whether the value at that path stands within braces or brackets."""
    around = (span_of(whole, path[:depth]) for depth in range(len(path)))
    return any(span is not None and not span.is_block for span in around)


def _span(text: str, node: Any) -> Span:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, ScalarNode):
        return Span(start, _text_end(text, node), node.style or "")
    style = "flow" if node.flow_style else "block"
    if isinstance(node, MappingNode):
        entries = dict(_entries(text, node))
        last = max((e.end for e in entries.values()), default=end)
        return Span(start, end if style == "flow" else last, style, entries, is_mapping=True)
    assert isinstance(node, SequenceNode)
    items = tuple(_span(text, item) for item in node.value)
    last = max((i.end for i in items), default=end)
    return Span(start, end if style == "flow" else last, style, items=items)


def _entries(text: str, node: MappingNode) -> Iterator[tuple[str, Entry]]:
    for key, value in node.value:
        end = int(key.end_mark.index)
        at = _span(text, value)
        if (
            at.start == at.end
        ):  # nothing is written, and the parser's place may be lines below: it is that after the colon
            colon = text.find(":", end)
            place = colon + 1 if 0 <= colon < at.start and not text[end:colon].strip() else end
            at = Span(place, place, "")
        yield str(key.value), Entry(int(key.start_mark.index), end, key.style or "", at)


def _text_end(text: str, node: ScalarNode) -> int:
    """Where a text ends; one of several lines ends with its last, unless the empty ones after it are its own (`|+`)."""
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if node.style not in ("|", ">"):
        return end
    head, _, _ = text[start:end].partition("\n")
    if "+" in head.partition("#")[0]:
        return end - 1 if text[start:end].endswith("\n") else end
    return start + len(text[start:end].rstrip(" \r\n"))


def path_at(whole: Span, offset: int) -> Path:
    """What stands at that place of the text: the path of the smallest value around it, its key included."""
    path: list[str | int] = []
    at = whole
    while True:
        parts: list[tuple[str | int, int, int, Span]] = [
            *((key, e.start, e.end, e.value) for key, e in at.entries.items()),
            *((n, i.start, i.end, i) for n, i in enumerate(at.items)),
        ]
        inner = next((p for p in parts if p[1] <= offset <= p[2]), None)
        if inner is None:
            return tuple(path)
        path.append(inner[0])
        at = inner[3]
