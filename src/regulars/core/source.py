"""The owner's text as YAML data, with the place of every key and value.

Owns the limits of what is read (size, depth, no anchors or tags) and the positions. It must not know what a scheme is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent, ScalarEvent

from regulars.core.problems import ERROR, Problem

MAX_BYTES = 256_000
MAX_NODES = 20_000
MAX_DEPTH = 12

Path = tuple[str | int, ...]


class Unreadable(Exception):
    """The text can't be read as YAML; it holds the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence())
        self.problem = problem


class Source:
    """A text, its data (mappings, lists, scalars) and where each of them stands."""

    def __init__(self, text: str | bytes, file: str) -> None:
        """Raises Unreadable."""
        self.file = file
        self.text = self._decoded(text)
        self._guard()
        self.data: Any = self._load()

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path`; with `key`, of its key. Where there is no such node, of the
        nearest one around it."""
        node: Any = self.data
        line, column = 0, 0
        for depth, part in enumerate(path):
            if isinstance(node, Mapping) and part in node:
                last = depth == len(path) - 1
                line, column = node.lc.key(part) if key and last else _value_place(node, part)  # type: ignore[attr-defined]
                node = node[part]
            elif isinstance(node, Sequence) and not isinstance(node, str) and isinstance(part, int):
                if part >= len(node):
                    break
                line, column = node.lc.item(part)  # type: ignore[attr-defined]
                node = node[part]
            else:
                break
        return line + 1, column + 1

    def problem(
        self,
        path: Path,
        code: str,
        *,
        at_key: bool = False,
        shift: int = 0,
        severity: str = ERROR,
        did_you_mean: str | None = None,
        **params: Any,
    ) -> Problem:
        """A problem at that path (or at its key), `shift` columns further on. The parameter `key` is the path's own."""
        line, column = self.place(path, key=at_key)
        if shift and self.text.split("\n")[line - 1][column - 1 : column] in ("'", '"'):
            shift += 1
        step = str(path[1]) if len(path) > 1 and path[0] == "steps" else None
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        return Problem(self.file, line, column + shift, step, code, severity, {"key": key, **params}, did_you_mean)

    def _decoded(self, text: str | bytes) -> str:
        size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_BYTES:
            raise self._unreadable(1, 1, "too_large", found=f"{size} B", limit=f"{MAX_BYTES} B")
        if isinstance(text, str):
            return text.removeprefix("\ufeff")
        try:
            return text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise self._unreadable(line, 1, "not_text") from None

    def _guard(self) -> None:
        """Read the events first: they cost nothing, while a bomb of aliases is only dangerous once it is built."""
        depth = nodes = 0
        try:
            for event in _yaml().parse(StringIO(self.text)):
                nodes += isinstance(event, NodeEvent)
                depth += isinstance(event, CollectionStartEvent)
                depth -= isinstance(event, CollectionEndEvent)
                if _is_forbidden(event):
                    raise self._unreadable(*_mark(event.start_mark), "yaml_alias")
                if depth > MAX_DEPTH:
                    raise self._unreadable(*_mark(event.start_mark), "too_deep", limit=MAX_DEPTH)
                if nodes > MAX_NODES:
                    raise self._unreadable(*_mark(event.start_mark), "too_large", found=nodes, limit=MAX_NODES)
        except (YAMLError, ValueError, RecursionError) as error:
            raise self._syntax(error) from None

    def _load(self) -> Any:
        try:
            return _yaml().load(StringIO(self.text))
        except DuplicateKeyError as error:
            line, column = _mark(error.problem_mark)
            key = self.text.split("\n")[line - 1][column - 1 :].partition(":")[0].strip()
            raise self._unreadable(line, column, "double_key", key=key) from None
        except (YAMLError, ValueError, RecursionError) as error:
            raise self._syntax(error) from None

    def _syntax(self, error: Exception) -> Unreadable:
        if isinstance(error, MarkedYAMLError):
            return self._unreadable(*_mark(error.problem_mark), "yaml_syntax", detail=error.problem or error.context)
        return self._unreadable(1, 1, "yaml_syntax", detail=str(error).split("\n")[0] or type(error).__name__)

    def _unreadable(self, line: int, column: int, code: str, **params: Any) -> Unreadable:
        return Unreadable(Problem(self.file, line, column, None, code, params=params))


class _Plain(RoundTripConstructor):
    """Days and moments stay the text that was written; what they mean is said where they are used."""


_Plain.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Constructor = _Plain
    yaml.preserve_quotes = True
    return yaml


def _value_place(node: Any, part: str | int) -> tuple[int, int]:
    line, column = node.lc.value(part)
    return int(line), int(column)


def _is_forbidden(event: Event) -> bool:
    if isinstance(event, AliasEvent):
        return True
    if isinstance(event, ScalarEvent | CollectionStartEvent):
        return event.anchor is not None or (event.tag is not None and not _is_plain_tag(event))
    return False


def _is_plain_tag(event: Any) -> bool:
    # ruamel gives the plain non-specific tag of quoted scalars as None or '!'; a written tag has more to it.
    return str(event.tag) in ("None", "!", "")


def _mark(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
