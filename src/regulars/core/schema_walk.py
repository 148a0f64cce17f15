"""The published schema beside data: which part of it speaks of which value, and where steps are named.

Owns following the schema's references and its if/then/else. It must not know verbs by name: what the schema says is all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from regulars.core.shape import json_schema
from regulars.core.source import Path

__all__ = ["Target", "allowed_keys", "is_target", "resolved", "short_key", "targets", "verb_of", "verbs"]

Schema = Mapping[str, Any]
_TARGET = "#/$defs/target"


class Target(NamedTuple):
    """A place where a step is named: by the value at the path or, `is_key`, by the key that the path ends with."""

    path: Path
    name: str
    is_key: bool = False


def resolved(schema: Schema) -> dict[str, Any]:
    """With its references followed; the outer words win, and `refs` names the references, the outermost first."""
    refs: list[str] = []
    merged: dict[str, Any] = dict(schema)
    while "$ref" in merged:
        ref = str(merged.pop("$ref"))
        refs.append(ref)
        inner: Any = json_schema()
        for part in ref.removeprefix("#/").split("/"):
            inner = inner[part]
        merged = {**inner, **merged}
    return {**merged, "refs": tuple(refs)}


def is_target(schema: Schema) -> bool:
    """Whether its values name steps."""
    return _TARGET in resolved(schema)["refs"]


def targets(data: Any, schema: Schema, path: Path = ()) -> Iterator[Target]:
    """Where in the data steps are named, and which."""
    found = resolved(schema)
    if _TARGET in found["refs"]:
        if isinstance(data, str):
            yield Target(path, data)
        return
    if "if" in found:
        is_it = {"object": Mapping, "array": list, "integer": int}.get(found["if"].get("type", ""), object)
        branch = found["then"] if isinstance(data, is_it) else found.get("else", {})
        yield from targets(data, branch, path)
        return
    if isinstance(data, Mapping):
        properties, more = found.get("properties", {}), found.get("additionalProperties")
        by_key = is_target(found.get("propertyNames", {}))
        for key, value in data.items():
            if by_key:
                yield Target((*path, key), str(key), is_key=True)
            inner = properties.get(key, more if isinstance(more, Mapping) else None)
            if inner is not None:
                yield from targets(value, inner, (*path, key))
    elif isinstance(data, list) and isinstance(found.get("items"), Mapping):
        for at, value in enumerate(data):
            yield from targets(value, found["items"], (*path, at))


def verbs() -> tuple[str, ...]:
    """The verbs of which a step has one, in the schema's order."""
    return tuple(str(one["required"][0]) for one in step_schema()["oneOf"])


def step_schema() -> dict[str, Any]:
    """What a step may be."""
    schema: dict[str, Any] = json_schema()["$defs"]["step"]
    return schema


def verb_of(step: Any) -> str:
    """The verb of a step's data; '' for none."""
    return next((verb for verb in verbs() if isinstance(step, Mapping) and verb in step), "")


def allowed_keys(verb: str) -> list[str]:
    """The keys that may stand in a step of that verb: its title, the verb, then the others in the schema's order."""
    schema = step_schema()
    beside = schema.get("dependentSchemas", {}).get(verb, {}).get("properties", {})
    barred = {key for key, inner in beside.items() if "not" in resolved(inner)} | (set(verbs()) - {verb})
    keys = [key for key in schema["properties"] if key not in barred]
    return sorted(keys, key=lambda key: (key != "title", key != verb))


def short_key(then: Schema, other: Schema) -> str | None:
    """Of a value that is a group of keys or one short value: the key that the short form stands for."""
    wanted = other.get("$ref")
    if wanted is None:
        return None
    return next((key for key, inner in then.get("properties", {}).items() if inner.get("$ref") == wanted), None)
