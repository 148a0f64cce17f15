"""Which way a person goes at a split: by a hash, so that he always goes the same.

Owns the draw and what outranks it. It must not throw dice, nor judge which way is better: a decided winner is the fact
`winner.<step>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from regulars.core.conditions import lookup
from regulars.core.deeds import WHOLE, Split
from regulars.core.walk import Walk


def drawn(scheme_name: str, step: str, person_id: int, ways: Mapping[str, int]) -> str:
    """The way of this person: the same for the same shares, and independent of the hold-out and of other splits."""
    number = int.from_bytes(sha256(f"{scheme_name}:{step}:{person_id}".encode()).digest()[:8]) % WHOLE
    passed = 0
    for target, share in ways.items():
        passed += share
        if number < passed:
            return target
    return list(ways)[-1]


def split(walk: Walk, step: Split) -> str:
    """Where he goes: where he went before, else the decided winner, else by the draw."""
    state = walk.state
    before = state.data.get("splits", {}).get(step.name)
    winner = lookup(walk.facts, f"winner.{step.name}")
    if before in step.ways:
        code, target = "split_before", str(before)
    elif winner in step.ways:
        code, target = "split_won", str(winner)
    else:
        code, target = "split", drawn(walk.scheme.name, step.name, state.person_id or 0, step.ways)
    state.data["splits"] = {**state.data.get("splits", {}), step.name: target}
    walk.note(code, next_=target, way=target, share=share_text(step.ways[target]))
    return target


def share_text(permille: int) -> str:
    """500 -> '50%', 333 -> '33.3%': as its owner writes it."""
    return f"{permille / 10:g}%"
