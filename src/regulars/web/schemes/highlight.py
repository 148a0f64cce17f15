"""A scheme's text with its words in colour, line by line, for whoever only reads it.

Owns a rough sense of YAML: keys, quoted texts, numbers and durations, comments. The editor has its own.
"""

import re
from collections.abc import Iterator

__all__ = ["lines"]

_PIECES = re.compile(
    r"""(?P<comment>(?:^|(?<=\s))\#.*$)
      | (?P<key>(?<![\w"'])[A-Za-z_][\w-]*(?=:(?:\s|$)))
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')
      | (?P<number>(?<![\w.-])\d[\d.,]*(?:[smhdw%])?(?![\w-]))""",
    re.VERBOSE,
)
_CLASSES = {"comment": "y-c", "key": "y-k", "string": "y-s", "number": "y-n"}


def lines(text: str) -> list[list[tuple[str, str]]]:
    """Each line as pieces of (class, text); '' for what has no colour."""
    return [list(_pieces(line)) for line in text.splitlines()]


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in _PIECES.finditer(line):
        if found.start() > at:
            yield "", line[at : found.start()]
        yield _CLASSES[found.lastgroup or ""], found[0]
        at = found.end()
    if at < len(line):
        yield "", line[at:]
