"""The shape of a scheme, judged by the published JSON Schema, every error with its line.

Owns the translation of the validator's errors into problems. It must not know what the words mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

from regulars.core.problems import Problem, nearest
from regulars.core.source import Path, Source

VERBS = (
    "send",
    "call",
    "task",
    "wait",
    "wait_for",
    "if",
    "split",
    "ask",
    "tag",
    "set",
    "enrol",
    "webhook",
    "points",
    "code",
    "end",
)

_TYPES = {
    "object": ("a group of keys", "набор ключей"),
    "array": ("a list", "список"),
    "string": ("a text", "текст"),
    "number": ("a number", "число"),
    "integer": ("a whole number", "целое число"),
    "null": ("nothing", "пусто"),
    "boolean": ("true or false", "true или false"),
}


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """The published JSON Schema (Draft 2020-12)."""
    text = files("regulars.core").joinpath("scheme.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


SPOILING = frozenset({"not_a_scheme", "wrong_type", "key_missing", "verb_missing", "tell_without_call"})
"""The errors of shape after which the thing at their path can't be built; the others leave it readable."""


def shape_problems(source: Source) -> list[tuple[Path, Problem]]:
    """All errors of shape, each with the path of what it is about."""
    if not isinstance(source.data, Mapping) or not {"scheme", "steps"} & set(source.data):
        return [((), source.problem((), "not_a_scheme"))]
    found: dict[tuple[Any, ...], tuple[Path, Problem]] = {}
    for error in _validator().iter_errors(source.data):
        for path, problem in _translate(source, error):
            found.setdefault((path, problem.code), (path, problem))
    return list(found.values())


def _translate(source: Source, error: ValidationError) -> Iterator[tuple[Path, Problem]]:
    path: Path = tuple(error.absolute_path)
    yield from _HANDLERS[str(error.validator)](source, path, error)


Found = Iterator[tuple[Path, Problem]]


def _unknown_keys(source: Source, path: Path, error: ValidationError) -> Found:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key not in known:
            at = (*path, key)
            yield (
                at,
                source.problem(
                    at, "key_unknown", at_key=True, known=", ".join(known), did_you_mean=nearest(str(key), known)
                ),
            )


def _missing_key(source: Source, path: Path, error: ValidationError) -> Found:
    for name in error.validator_value:
        if name not in error.instance:
            at = (*path, name)
            yield at, source.problem(at, "key_missing")


def _key_not_here(source: Source, path: Path, error: ValidationError) -> Found:
    verb = next((str(part) for part in error.absolute_schema_path if part in VERBS), "")
    yield path, source.problem(path, "key_not_here", at_key=True, verb=verb)


def _wrong_type(source: Source, path: Path, error: ValidationError) -> Found:
    if "propertyNames" in error.absolute_schema_path:
        yield from _bad_name(source, path, error)
        return
    wanted = error.validator_value if isinstance(error.validator_value, str) else error.validator_value[0]
    english, russian = _TYPES[wanted]
    yield (
        path,
        source.problem(path, "wrong_type", expected=english, expected_ru=russian, found=_shown(error.instance)),
    )


def _not_one_of(source: Source, path: Path, error: ValidationError) -> Found:
    known = [str(value) for value in error.validator_value]
    value = _shown(error.instance)
    yield (
        path,
        source.problem(path, "not_one_of", found=value, known=", ".join(known), did_you_mean=nearest(value, known)),
    )


def _bad_name(source: Source, path: Path, error: ValidationError) -> Found:
    # For a key's name the instance is the key itself, and the path that of the mapping around it.
    is_key = "propertyNames" in error.absolute_schema_path
    at = (*path, error.instance) if is_key else path
    yield at, source.problem(at, "bad_name", at_key=is_key, found=_shown(error.instance))


def _too_few(source: Source, path: Path, error: ValidationError) -> Found:
    yield path, source.problem(path, "too_few", at_key=True)


def _too_many(source: Source, path: Path, error: ValidationError) -> Found:
    yield path, source.problem(path, "too_many", at_key=True, limit=error.validator_value)


def _out_of_range(source: Source, path: Path, error: ValidationError) -> Found:
    low, high = error.schema.get("minimum"), error.schema.get("maximum")
    yield path, source.problem(path, "out_of_range", found=_shown(error.instance), low=low, high=high)


def _verbs(source: Source, path: Path, error: ValidationError) -> Found:
    if not isinstance(error.instance, Mapping):
        return
    verbs = [verb for verb in VERBS if verb in error.instance]
    if len(verbs) > 1:
        yield path, source.problem(path, "verbs_two", at_key=True, found=", ".join(verbs))
    elif "tell" in error.instance:
        yield path, source.problem((*path, "tell"), "tell_without_call", at_key=True)
    else:
        yield path, source.problem(path, "verb_missing", at_key=True, known=", ".join(VERBS))


def _shown(value: Any) -> str:
    """A value as it is quoted in an error: short, on one line."""
    text = "{…}" if isinstance(value, Mapping) else "[…]" if isinstance(value, list) else " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


_HANDLERS = {
    "additionalProperties": _unknown_keys,
    "required": _missing_key,
    "not": _key_not_here,
    "type": _wrong_type,
    "enum": _not_one_of,
    "pattern": _bad_name,
    "minProperties": _too_few,
    "minItems": _too_few,
    "minLength": _too_few,
    "maxProperties": _too_many,
    "maxItems": _too_many,
    "maxLength": _too_many,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "oneOf": _verbs,
}
