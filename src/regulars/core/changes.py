"""What differs between two versions of a scheme, field by field, in the owner's own values.

Owns finding the differences: steps added, removed and renamed, fields changed, and roads that lead elsewhere although
their own words are the same. The words for a reader are the screens'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.core.leading import with_keys
from regulars.core.roads import Way, ways
from regulars.core.scheme import Scheme, Step
from regulars.core.source import Source

ADDED, REMOVED, RENAMED, CHANGED = "added", "removed", "renamed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `step` is None in the head of the file; `path` leads from the step (or the head) to the field and is
    empty when the whole step came, went or got another name (`before` and `after` are the names then). A field that
    wasn't there before has no `before`, one that is gone no `after`."""

    kind: str
    step: str | None
    path: tuple[str, ...] = ()
    before: str | None = None
    after: str | None = None


def changes(before: Scheme, after: Scheme) -> list[Change]:
    """All differences: the head's first, then by step in the order of the new text, what is gone last."""
    old, new = _data(before), _data(after)
    found = list(_fields(None, _head(old), _head(new)))
    old_steps, new_steps = old["steps"], new["steps"]
    renamed = _renamed(old_steps, new_steps)
    was = {new_name: old_name for old_name, new_name in renamed.items()}
    for name in new_steps:
        if name in was:
            found.append(Change(RENAMED, name, (), was[name], name))
        elif name not in old_steps:
            found.append(Change(ADDED, name, (), None, name))
        else:
            differing = list(_fields(name, with_keys(old_steps[name], renamed), new_steps[name]))
            differing += _roads(name, before.steps[name], after.steps[name], {c.path for c in differing})
            found += [c for c in differing if c.before is None or renamed.get(c.before) != c.after]
    gone = [name for name in old_steps if name not in new_steps and name not in renamed]
    return found + [Change(REMOVED, name, (), name, None) for name in gone]


def _data(scheme: Scheme) -> dict[str, Any]:
    data = Source(scheme.text, "").data
    return {**data, "steps": {str(name): step for name, step in data["steps"].items()}}


def _head(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in ("steps", "scheme")}


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Old name → new name of the steps that are the same but for their name."""
    found: dict[str, str] = {}
    for name, step in old.items():
        if name not in new:
            same = [n for n, other in new.items() if n not in old and n not in found.values() and other == step]
            if same:
                found[name] = same[0]
    return found


def _fields(step: str | None, old: Any, new: Any) -> Iterator[Change]:
    before, after = dict(_leaves(old)), dict(_leaves(new))
    for path in [*after, *(p for p in before if p not in after)]:
        if before.get(path) != after.get(path):
            yield Change(CHANGED, step, path, before.get(path), after.get(path))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    """A value as its owner may write it, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return ", ".join(_text(inner) for inner in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split())


_PATHS = {"yes": ("yes",), "no": ("no",), "then": ("then",), "event": ("then",), "timeout": ("on_timeout",)}


def _path_of(way: Way) -> tuple[str, ...]:
    if way.kind == "share":
        return ("split", way.to)
    return _PATHS.get(way.kind) or ("answers" if way.kind == "answer" else "outcomes", way.name)


def _roads(name: str, old: Step, new: Step, written: set[tuple[str, ...]]) -> Iterator[Change]:
    """Roads that lead elsewhere and that no changed field of the step tells of: the step after it is another now."""
    before = {_path_of(way): way.to for way in ways(old)}
    for way in ways(new):
        path = _path_of(way)
        if any(other[: len(path)] == path for other in written) or path not in before:
            continue
        if before[path] != way.to:
            yield Change(CHANGED, name, path, before[path], way.to)


__all__ = ["ADDED", "CHANGED", "REMOVED", "RENAMED", "Change", "changes"]
