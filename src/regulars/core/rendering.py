"""Values as YAML text, as an owner would write them: plain where that can be read back, else in quotes.

Owns the writing of values; where they go into a text is `edit`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

__all__ = ["WIDTH", "entry_lines", "inline", "is_plain", "key_text", "literal_lines", "step_lines", "text_of"]

WIDTH = 110
"""Longer than this a value gets lines of its own."""
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=]|-(?=[^\s,\[\]{}])|=(?=\S)")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_AS_LITERAL = re.compile(r"\S[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]*")


def is_plain(text: str, *, in_flow: bool) -> bool:
    """Whether the text can stand without quotes and is read back as the same text."""
    if not _PLAIN.match(text) or text != text.strip() or "\n" in text or "\t" in text or _UNPRINTABLE.search(text):
        return False
    if in_flow and re.search(r"[,\[\]{}]", text):
        return False
    try:
        read = YAML(typ="safe", pure=True).load(StringIO(f"[{text}]" if in_flow else f"k: {text}\n"))
    except (YAMLError, ValueError):
        return False
    return bool(read == ([text] if in_flow else {"k": text}))


def text_of(text: str, *, in_flow: bool, style: str = "") -> str:
    """A text on one line; `style`: the quotes that it had."""
    if style == "'" and "\n" not in text and not _UNPRINTABLE.search(text):
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and is_plain(text, in_flow=in_flow):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def inline(value: Any, *, in_flow: bool = False) -> str:
    """A value on one line; mappings and lists in braces and brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(k)}: {inline(v, in_flow=True)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(v, in_flow=True) for v in value) + "]"
    if value is None:
        return "null" if in_flow else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text_of(value, in_flow=in_flow) if isinstance(value, str) else str(value)


def key_text(key: Any) -> str:
    """A key."""
    return text_of(key, in_flow=True) if isinstance(key, str) else str(key)


def literal_lines(text: str, indent: int) -> list[str] | None:
    """The lines of a text of several lines, the mark first; None for one that can't be written so."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    if (
        ends > 1
        or "\n" not in body
        or not _AS_LITERAL.fullmatch(body)
        or any(ln != ln.rstrip() for ln in body.split("\n"))
    ):
        return None
    return ["|" if ends else "|-", *(" " * indent + ln if ln else "" for ln in body.split("\n"))]


def entry_lines(key: str, value: Any, indent: int) -> list[str]:
    """`key: value` at that indent: on one line if it is short, else each part on its own."""
    return _lines(" " * indent + key_text(key) + ":", value, indent)


def step_lines(name: str, step: Mapping[str, Any], indent: int) -> list[str]:
    """A step, a line a key."""
    return [
        " " * indent + key_text(name) + ":",
        *(line for key, value in step.items() for line in entry_lines(key, value, indent + 2)),
    ]


def _lines(head: str, value: Any, indent: int) -> list[str]:
    one = head + " " + inline(value)
    if isinstance(value, str):
        literal = literal_lines(value, indent + 2)
        return [head + " " + literal[0], *literal[1:]] if literal else [one.rstrip()]
    if len(one) <= WIDTH and not _has_lines(value):
        return [one.rstrip()]
    if isinstance(value, Mapping) and value:
        return [head, *(line for k, v in value.items() for line in entry_lines(str(k), v, indent + 2))]
    if isinstance(value, list) and value:
        return [head, *(line for v in value for line in _item_lines(v, indent + 2))]
    return [one.rstrip()]


def _item_lines(value: Any, indent: int) -> list[str]:
    return [" " * indent + "- " + inline(value)]


def _has_lines(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_lines(v) for v in value.values())
    if isinstance(value, list):
        return any(_has_lines(v) for v in value)
    return isinstance(value, str) and "\n" in value
