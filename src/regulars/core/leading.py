"""The names of steps within a step, as data and as they stand in the text, and other names in their place.

Owns what becomes of a split whose ways lead to one and the same step: their shares add up. It must not judge where a road
leads, nor change anything else of a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.core.build_deeds import permille
from regulars.core.laid import EditRefused
from regulars.core.rewriting import Rewriter
from regulars.core.schema_walk import step_schema, targets
from regulars.core.source import Path
from regulars.core.spans import Span, is_in_flow, span_of
from regulars.core.splitting import share_text

__all__ = ["led_on", "put_roads", "redirected", "with_keys", "with_roads"]

Names = Mapping[str, str]
"""By the name of a step the name that takes its place."""


def redirected(steps: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The steps with other names in their roads. Raises EditRefused."""
    return {name: with_roads(step, names) for name, step in steps.items()}


def with_roads(step: Any, names: Names) -> Any:
    """A step's data with other names in its roads. Raises EditRefused('one_way') where a split would have one way left."""
    step = with_keys(step, names)
    for found in targets(step, step_schema()):
        if not found.is_key and found.name in names:
            step = _with(step, found.path, names[found.name])
    return step


def with_keys(step: Any, names: Names) -> Any:
    """The same where keys name the steps, and only there."""
    for path in _keyed(step, names):
        step = _with(step, path, _ways(_at(step, path), names))
    return step


def led_on(step: Any, roads: Sequence[str], names: Names) -> tuple[str, ...]:
    """Where the roads of that step lead once its names are others."""
    keyed = [path for path in _keyed(step, names) if any(names.get(key) in _at(step, path) for key in _at(step, path))]
    if keyed:  # two ways become one, in the place of the one that was there
        return tuple(_ways(_at(step, keyed[0]), names))
    return tuple(names.get(to, to) for to in roads)


def put_roads(rewriter: Rewriter, span: Span, step: Any, names: Names) -> None:
    """Other names in a step's roads, as they stand in the text."""
    for path in _keyed(step, names):
        _put_keys(rewriter, span, path, _at(step, path), names)
    for found in targets(step, step_schema()):
        place = span_of(span, found.path)
        if not found.is_key and found.name in names and place is not None:
            in_flow = is_in_flow(span, found.path)
            rewriter.text_at((place.start, place.end), place.style, names[found.name], in_flow=in_flow)


def _put_keys(rewriter: Rewriter, span: Span, path: Path, old: Mapping[str, Any], names: Names) -> None:
    whole = span_of(span, path)
    assert whole is not None
    new, in_flow = _ways(old, names), not whole.is_block
    merged = {key for key in old if key in names and names[key] in old}
    for key in old.keys() & names.keys() - merged:
        entry = whole.entries[key]
        rewriter.text_at((entry.start, entry.key_end), entry.key_style, names[key], in_flow=in_flow)
    if merged:
        kept = {key: new[names.get(key, key)] for key in old if key not in merged}
        rewriter.mapping(whole, old, kept)


def _ways(ways: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The ways of a split under other names. One that leads where another does already is added to that."""
    made = {names.get(key, key): share for key, share in ways.items() if names.get(key) not in ways}
    for key, share in ways.items():
        if names.get(key) in ways:
            made[names[key]] = _sum(made[names[key]], share)
    if len(made) < min(2, len(ways)):
        raise EditRefused("one_way")
    return made


def _sum(*shares: Any) -> str:
    found = [permille(str(share)) for share in shares]
    if min(found) < 0:
        raise EditRefused("unreadable")
    return share_text(sum(found))


def _keyed(step: Any, names: Names) -> list[Path]:
    """The paths of what names such a step by a key."""
    found = (one for one in targets(step, step_schema()) if one.is_key and one.name in names)
    return list(dict.fromkeys(one.path[:-1] for one in found))


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _with(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    key = path[0]
    if isinstance(data, list):
        return [_with(v, path[1:], value) if at == key else v for at, v in enumerate(data)]
    return {k: _with(v, path[1:], value) if k == key else v for k, v in data.items()}
