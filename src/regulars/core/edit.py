"""Changes of a scheme's text as they are made on its picture: a step's fields, a step more or less, its place, its name.

Owns what each change does to the text and to the roads. What it doesn't touch stays byte for byte, and a result that
doesn't read as it should is refused rather than returned. It must not judge whether the scheme makes sense: that is `read`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from regulars.core import rendering
from regulars.core.build import Builder
from regulars.core.known import Known
from regulars.core.laid import EditRefused, Laid, laid
from regulars.core.leading import led_on, put_roads, redirected, with_roads
from regulars.core.rewriting import Rewriter, arranged, same
from regulars.core.roads import ways
from regulars.core.schema_walk import step_schema, targets
from regulars.core.scheme import END
from regulars.core.shape import SPOILING, shape_problems
from regulars.core.source import Path, Source, Unreadable
from regulars.core.spans import span_of

__all__ = [
    "EditRefused",
    "delete_step",
    "insert_step",
    "leads_on",
    "move_step",
    "rename_step",
    "roads",
    "roads_led_otherwise",
    "set_head",
    "set_step",
]

Roads = dict[str, tuple[str, ...]]


def set_step(text: str, name: str, step: Mapping[str, Any]) -> str:
    """The step's data becomes `step`; what is the same stays as it is written. Raises EditRefused."""
    found = laid(text)
    old = found.step(name)
    new = arranged(old, step)
    return _rewritten(found, ("steps", name), old, new, {**found.data, "steps": {**found.steps, name: new}})


def set_head(text: str, head: Mapping[str, Any]) -> str:
    """Everything but the steps becomes `head`. Raises EditRefused."""
    found = laid(text)
    new = arranged(found.data, {**{k: v for k, v in head.items() if k != "steps"}, "steps": found.steps})
    rewriter = Rewriter(found.text)
    if same(found.data, new):
        return found.text
    if not [key for key in found.data if key in new and key != "steps"]:
        raise EditRefused("written_otherwise")
    return _applied(rewriter, lambda: rewriter.mapping(found.whole, found.data, new), new)


def rename_step(text: str, old: str, new: str) -> str:
    """Another name; every road that names it follows. Raises EditRefused."""
    found = laid(text)
    found.step(old)
    if new == old:
        return found.text
    if new in found.steps or new == END:
        raise EditRefused("name_taken")
    steps = redirected(found.steps, {old: new})
    expected = {**found.data, "steps": {new if name == old else name: step for name, step in steps.items()}}
    rewriter = Rewriter(found.text)
    span = span_of(found.whole, ("steps",))
    assert span is not None

    def change() -> None:
        entry = span.entries[old]
        rewriter.text_at((entry.start, entry.key_end), entry.key_style, new, in_flow=not span.is_block)
        for name, step in found.steps.items():
            put_roads(rewriter, span.entries[name].value, step, {old: new})

    return _applied(rewriter, change, expected)


def move_step(text: str, name: str, by: int) -> str:
    """So many places down the file (up: negative). A step that names no successor goes on to its new neighbour; roads that
    name their step stay. Raises EditRefused: 'no_move' at the ends of the file."""
    found = laid(text)
    found.step(name)
    order = list(found.steps)
    for _ in range(abs(by)):
        at = order.index(name)
        other = at + (1 if by > 0 else -1)
        if not 0 <= other < len(order):
            raise EditRefused("no_move")
        upper = order[min(at, other)]
        order[at], order[other] = order[other], order[at]
        expected = {**found.data, "steps": {n: found.steps[n] for n in order}}
        found = laid(_verified(found.blocks().swapped(upper), expected), is_ours=True)
    return found.text


def insert_step(
    text: str, name: str, step: Mapping[str, Any], after: str | None, between: tuple[str, str] | None = None
) -> str:
    """A step more: in the file after the step `after` (None: the first). All roads stay, but for the one `between` two
    steps (or a step and 'end'), which leads through it. Raises EditRefused."""
    found = laid(text)
    if name in found.steps or name == END:
        raise EditRefused("name_taken")
    if between is None:
        return _placed(found, name, step, after)
    tail, head = between
    wanted = roads(found.text)
    if head not in wanted.get(tail, ()):
        raise EditRefused("roads")
    wanted[tail] = tuple(name if to == head else to for to in wanted[tail])
    order = list(found.steps)
    places = [tail, *([_before(order, head)] if head in order else []), order[-1]]
    found_so: list[str] = []
    for place in dict.fromkeys(p for p in places if p is not None):
        try:
            led = _led_through(_placed(found, name, step, place), tail, head, name)
            made = _settled(led, wanted | {name: _new_roads(led, name, step, head)})
        except EditRefused:
            continue
        if made == led:
            return made
        found_so.append(made)
    if not found_so:
        raise EditRefused("roads")
    return min(found_so, key=len)  # the fewest words more to keep the other roads


def delete_step(text: str, name: str, to: str | None = None) -> str:
    """A step less; the roads that led to it go on to `to` (without it: where it led to itself). Of a split the way there
    joins the one that leads to `to` already, with both their shares. Raises EditRefused: 'one_way' where it would be the
    only one."""
    found = laid(text)
    found.step(name)
    if len(found.steps) == 1:
        raise EditRefused("last_step")
    before = roads(found.text)
    to = leads_on(found.text, name) if to is None else to
    if to == name or (to != END and to not in found.steps):
        raise EditRefused("no_step")
    rest = {n: step for n, step in found.steps.items() if n != name}
    expected = {**found.data, "steps": rest}
    made = laid(_verified(found.blocks().without(name), expected), is_ours=True)
    wanted = {n: led_on(step, before[n], {name: to}) for n, step in rest.items()}
    return _settled(_led_on(made, list(rest), {name: to}), wanted)


def leads_on(text: str, name: str) -> str:
    """Where a step leads to by its main way, for whoever is led past it. Raises EditRefused."""
    led = roads(text)
    if name not in led:
        raise EditRefused("no_step")
    return next((to for to in led[name] if to != name), END)


@lru_cache(maxsize=32)
def _roads(text: str) -> Roads:
    try:
        source = Source(text, "")
        if any(problem.code in SPOILING for _, problem in shape_problems(source)):
            raise EditRefused("unreadable")
    except Unreadable:
        raise EditRefused("unreadable") from None
    builder = Builder(source, Known())
    builder.head()
    return {str(name): tuple(way.to for way in ways(builder.step(name))) for name in source.data["steps"]}


def roads(text: str) -> Roads:
    """Where each way out of each step leads, in the order of `ways`; whether all make sense together isn't asked. Raises
    EditRefused('unreadable')."""
    return dict(_roads(text))


def roads_led_otherwise(before: str, after: str) -> list[tuple[str, str, str]]:
    """Which roads lead elsewhere in the other text of the same steps, each once: the step, where to before, where to now.
    First the entry, its step '', if everybody enters elsewhere. Raises EditRefused('unreadable')."""
    was, now = roads(before), roads(after)
    found = [("", next(iter(was)), next(iter(now)))]
    for name, led in was.items():
        found += [(name, old, new) for old, new in zip(led, now[name], strict=True)]
    return [road for road in dict.fromkeys(found) if road[1] != road[2]]


def _before(order: Sequence[str], name: str) -> str | None:
    at = order.index(name)
    return order[at - 1] if at else None


def _placed(found: Laid, name: str, step: Mapping[str, Any], after: str | None) -> str:
    """A new step's lines after those of another."""
    order = list(found.steps)
    if after is not None and after not in order:
        raise EditRefused("no_step")
    at = 0 if after is None else order.index(after) + 1
    order.insert(at, name)
    blocks = found.blocks()
    lines = rendering.step_lines(name, step, blocks.column)
    steps = {**found.steps, name: dict(step)}
    return _verified(blocks.with_lines(lines, after), {**found.data, "steps": {n: steps[n] for n in order}})


def _led_through(text: str, tail: str, head: str, name: str) -> str:
    """The roads of `tail` that name `head` name the new step."""
    found = laid(text, is_ours=True)
    return _led_on(found, [tail], {head: name})


def _led_on(found: Laid, names: Sequence[str], others: Mapping[str, str]) -> str:
    """Other names in the roads of these steps."""
    steps = {n: with_roads(step, others) if n in names else step for n, step in found.steps.items()}
    rewriter = Rewriter(found.text)

    def change() -> None:
        for name in names:
            span = span_of(found.whole, ("steps", name))
            assert span is not None
            put_roads(rewriter, span, found.steps[name], others)

    return _applied(rewriter, change, {**found.data, "steps": steps})


def _new_roads(text: str, name: str, step: Mapping[str, Any], head: str) -> tuple[str, ...]:
    """Where a new step leads to: where its own words say, else on to `head`."""
    led = roads(text)[name]
    order = [*laid(text, is_ours=True).steps, END]
    follows = order[order.index(name) + 1]
    written = {found.name for found in targets(step, step_schema())}
    return tuple(head if to == follows and to not in written else to for to in led)


def _settled(text: str, wanted: Roads) -> str:
    """The text with a `then` wherever the order of the file alone no longer leads where it should."""
    for name, led in roads(text).items():
        if led == wanted[name]:
            continue
        target = next(want for have, want in zip(led, wanted[name], strict=True) if have != want)
        text = set_step(text, name, {**laid(text).step(name), "then": target})
    if roads(text) != wanted:
        raise EditRefused("roads")
    return text


def _rewritten(found: Laid, path: Path, old: Any, new: Any, expected: Any) -> str:
    if same(old, new):
        return found.text
    parent = span_of(found.whole, path[:-1])
    assert parent is not None
    rewriter = Rewriter(found.text)
    entry = parent.entries[str(path[-1])]
    return _applied(rewriter, lambda: rewriter.value(entry, old, new, in_flow=not parent.is_block), expected)


def _applied(rewriter: Rewriter, change: Any, expected: Any) -> str:
    try:
        change()
        made = rewriter.result()
    except ValueError:
        raise EditRefused("written_otherwise") from None
    return _verified(made, expected)


def _verified(made: str, expected: Any) -> str:
    """The text, if it says what it should."""
    try:
        is_so = same(laid(made, is_ours=True).data, expected)
    except EditRefused:
        is_so = False
    if not is_so:
        raise EditRefused("written_otherwise")
    return made
