"""A condition of ours before the owner's own: which of our events a trigger means, and what he asks besides.

Owns joining the two. The grammar and its limits are `conditions`.
"""

from __future__ import annotations

from regulars.core.condition_predicate import compile_tree
from regulars.core.condition_tree import And
from regulars.core.conditions import Condition, parse


def narrowed(ours: str, own: Condition | None) -> Condition:
    """Both must hold. The owner's has been judged by itself before: joining makes it neither too long nor too deep."""
    first = parse(ours)
    if own is None:
        return first
    tree = And((first.tree, own.tree))
    names = tuple(dict.fromkeys((*first.names, *own.names)))
    return Condition(f"{first.text} and ({own.text})", tree, names, compile_tree(tree))
