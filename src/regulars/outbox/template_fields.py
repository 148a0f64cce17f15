"""Which facts a template asks for, and which of them it would be lost without.

Owns the walk over a parsed template. A field is guarded where it, or what it stands in, is asked for by an enclosing
`{% if %}`, has a `default`, or is looped over. Must not render.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from liquid import RenderContext
from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import BooleanExpression, FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.logical import LogicalAndExpression
from liquid.builtin.tags.if_tag import IfNode
from liquid.expression import Expression

from regulars.outbox.liquid import Template
from regulars.outbox.problems import TemplateProblem, nearest

__all__ = ["Fields", "check_fields", "fields"]

OWN_NAMES = frozenset({"greeting", "forloop"})
_NO_FIELDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fields:
    """Dotted names. `used`: all; `bare`: without them the letter can't be written; `lines`: where each stands first."""

    used: frozenset[str]
    bare: frozenset[str]
    lines: dict[str, int]

    def __or__(self, other: Fields) -> Fields:
        return Fields(self.used | other.used, self.bare | other.bare, {**other.lines, **self.lines})


def fields(template: Template) -> Fields:
    """The facts that the template uses, without the names it makes itself."""
    walk = _Walk(template)
    for node in template.parsed.nodes:
        walk.node(node, _NO_FIELDS, _NO_FIELDS)
    return Fields(frozenset(walk.used), frozenset(walk.bare), walk.used)


def check_fields(template: Template, known: Set[str], part: str = "") -> list[TemplateProblem]:
    """A problem for each field that nobody gives. `known` holds full names or, as `product.*`, whole groups."""
    problems = []
    for name, line in fields(template).lines.items():
        if name in known or any(f"{group}.*" in known for group in _ancestors(name)):
            continue
        if any(full.startswith(name + ".") for full in known):
            continue
        problems.append(
            TemplateProblem(
                "unknown_field",
                f"there is no '{name}'",
                line=line,
                part=part,
                did_you_mean=nearest(name, known),
                params={"field": name},
            )
        )
    return problems


def _ancestors(name: str) -> Iterable[str]:
    parts = name.split(".")
    return (".".join(parts[:at]) for at in range(1, len(parts)))


class _Walk:
    def __init__(self, template: Template) -> None:
        self.source = template.source
        self.context = RenderContext(template.parsed)
        self.made: set[str] = set()
        self.used: dict[str, int] = {}
        self.bare: set[str] = set()

    def node(self, node: Node, guards: frozenset[str], scope: frozenset[str]) -> None:
        """Walk one node; `guards` are fields known to be there, `scope` names made by enclosing loops."""
        if isinstance(node, IfNode):
            self.expression(node.condition, guards, scope, soft=True)
            self.node(node.consequence, guards | self.required(node.condition, scope), scope)
            for alternative in node.alternatives:
                self.node(alternative, guards, scope)
            if node.default:
                self.node(node.default, guards, scope)
            return
        if isinstance(node, ConditionalBlockNode):
            self.expression(node.expression, guards, scope, soft=True)
            self.node(node.block, guards | self.required(node.expression, scope), scope)
            return
        for expression in node.expressions():
            self.expression(expression, guards, scope, soft=isinstance(expression, LoopExpression | BooleanExpression))
        self.made.update(str(name) for name in node.template_scope())
        inner = scope | {str(name) for name in node.block_scope()}
        for child in node.children(self.context, include_partials=False):
            self.node(child, guards, inner)

    def expression(self, found: Expression, guards: frozenset[str], scope: frozenset[str], *, soft: bool) -> None:
        if isinstance(found, Path):
            self.path(found, guards, scope, soft=soft)
        if isinstance(found, FilteredExpression):
            names = [used.name for used in found.filters or ()]
            soft = soft or "default" in names
            if "hello" in names and isinstance(found.left, Path) and found.left.path == ["person"]:
                self.note("person.first_name", found.left)
                return
        for child in found.children():
            self.expression(child, guards, scope, soft=soft)

    def path(self, found: Path, guards: frozenset[str], scope: frozenset[str], *, soft: bool) -> None:
        name = _dotted(found)
        if name is None or name.split(".", 1)[0] in scope | self.made | OWN_NAMES:
            return
        self.note(name, found)
        if not soft and name not in guards and not any(group in guards for group in _ancestors(name)):
            self.bare.add(name)

    def note(self, name: str, found: Path) -> None:
        self.used.setdefault(name, self.source.count("\n", 0, max(0, found.token.start_index)) + 1)

    def required(self, condition: Expression, scope: frozenset[str]) -> frozenset[str]:
        """Fields that are surely there where this condition holds: a bare name, alone or joined by `and`."""
        if isinstance(condition, BooleanExpression):
            return self.required(condition.expression, scope)
        if isinstance(condition, LogicalAndExpression):
            return self.required(condition.left, scope) | self.required(condition.right, scope)
        name = _dotted(condition) if isinstance(condition, Path) else None
        return frozenset({name}) if name else _NO_FIELDS


def _dotted(path: Path) -> str | None:
    parts: list[str] = []
    for segment in path.path:
        if not isinstance(segment, str) or (parts and segment in ("size", "first", "last")):
            break
        parts.append(segment)
    return ".".join(parts) or None
