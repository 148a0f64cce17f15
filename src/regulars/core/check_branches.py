"""Branches that are never taken, and values that a fact never has.

Owns these two judgements. What is certain on the way is `certainty`; it is forgotten wherever time may pass, since facts
may be others afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regulars.core.certainty import Domain, assume, joined, starting
from regulars.core.check_own import own_values
from regulars.core.condition_tree import Among, And, Compare, Literal, Name, Not, Or, Tree
from regulars.core.conditions import Condition
from regulars.core.known import Known
from regulars.core.problems import WARNING, Problem, nearest
from regulars.core.roads import resume_targets
from regulars.core.scheme import If, Scheme, Send, Trigger
from regulars.core.source import Path, Source

_MOST_TURNS = 20
_AT_ONCE = (Send,)
"""Steps that are left in the moment in which they are entered, and change no fact."""


def check_branches(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """Ways of a question that nobody can take, in the light of what was asked just before."""
    certain = _on_entry(scheme, starting(known.values))
    for name, domains in certain.items():
        step = scheme.steps[name]
        if not isinstance(step, If) or step.yes == step.no:
            continue
        for way, holds in (("yes", True), ("no", False)):
            if assume(step.condition.tree, domains, holds) is None:
                at = ("steps", name, "if")
                yield source.problem(at, "branch_never", severity=WARNING, found=step.condition.text, way=way)


def check_values(scheme: Scheme, source: Source, known: Known) -> Iterator[Problem]:
    """Comparisons with something that the fact is never."""
    values = {**known.values, **own_values(scheme)}
    for path, condition in conditions_of(scheme, source):
        for name, value in _compared(condition.tree):
            allowed = values.get(name.path)
            if allowed is None or not isinstance(value.value, str) or value.value in allowed:
                continue
            yield source.problem(
                path,
                "value_never",
                shift=name.column - 1 if name.line == 1 else 0,
                severity=WARNING,
                fact=name.path,
                found=value.value,
                known=", ".join(sorted(allowed)),
                did_you_mean=nearest(value.value, sorted(allowed)),
            )


@dataclass(slots=True)
class _Flow:
    """What is certain at the entry of each step that can be reached."""

    scheme: Scheme
    nothing: dict[str, Domain]
    entry: dict[str, dict[str, Domain]]
    turns: dict[str, int]
    edge: list[str]

    def arrive(self, name: str, domains: dict[str, Domain]) -> None:
        if name not in self.scheme.steps:
            return
        before = self.entry.get(name)
        # A ring of roads might narrow for ever: after some turns nothing is claimed any more.
        after = domains if before is None else joined(before, domains)
        if self.turns.get(name, 0) >= _MOST_TURNS:
            after = self.nothing
        if after != before:
            self.entry[name] = after
            self.turns[name] = self.turns.get(name, 0) + 1
            self.edge.append(name)


def _on_entry(scheme: Scheme, nothing: dict[str, Domain]) -> dict[str, dict[str, Domain]]:
    flow = _Flow(scheme, nothing, {}, {}, [])
    flow.arrive(scheme.first, nothing)
    while flow.edge:
        name = flow.edge.pop()
        step = scheme.steps[name]
        if isinstance(step, If):
            for target, holds in ((step.yes, True), (step.no, False)):
                after = assume(step.condition.tree, flow.entry[name], holds)
                if after is not None:
                    flow.arrive(target, after)
            continue
        for target in resume_targets(step):
            flow.arrive(target, flow.entry[name] if isinstance(step, _AT_ONCE) else nothing)
    return {name: flow.entry[name] for name in scheme.steps if name in flow.entry}


def conditions_of(scheme: Scheme, source: Source) -> Iterator[tuple[Path, Condition]]:
    """Every condition of the scheme, and where it stands."""
    for step in scheme.steps.values():
        if isinstance(step, If):
            yield ("steps", step.name, "if"), step.condition
    for key, triggers in (("starts", scheme.starts), ("stops", scheme.stops)):
        for path, trigger in _placed(key, triggers, source):
            if trigger.where is not None:
                yield (*path, "where"), trigger.where


def _placed(key: str, triggers: tuple[Trigger, ...], source: Source) -> Iterator[tuple[Path, Trigger]]:
    is_list = isinstance(source.data.get(key), list)
    for at, trigger in enumerate(triggers):
        yield ((key, at) if is_list else (key,)), trigger


def _compared(tree: Tree) -> Iterator[tuple[Name, Literal]]:
    match tree:
        case Compare("==" | "!=", Name() as name, Literal() as value):
            yield name, value
        case Compare("==" | "!=", Literal() as value, Name() as name):
            yield name, value
        case Among(Name() as name, items):
            yield from ((name, item) for item in items if isinstance(item, Literal))
        case Not(item):
            yield from _compared(item)
        case And(items) | Or(items):
            for item in items:
                yield from _compared(item)
