"""The order of calls: which rule a task falls under, and what an order of the rules must keep to.

Owns: the rules' names, the order that holds until a shop writes its own, and what is always true of it: only a lost
incoming call may stand before a call-back that the buyer asked for. Pure; desk/queries.py says the same in SQL.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

__all__ = ["DEFAULT", "KINDS", "place", "problem", "rule"]

KINDS = ("missed", "asked", "message", "promise", "fresh", "retry")
"""What a task can be by its `why_next`; whatever else it says is 'fresh'. Their numbers stand in an index: only append."""
DEFAULT = ("missed", "asked", "near", "message", "promise", "fresh", "retry")
"""The rules as they come. 'near' takes whatever stands behind it as soon as its limit is near or past."""


def problem(order: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with an order of the rules: (code, rule), or None.

    Codes: incomplete (each of the rules once), asked_behind (something but a lost call stands before a call-back).
    """
    for name in DEFAULT:
        if list(order).count(name) != 1:
            return "incomplete", name
    if len(order) != len(DEFAULT):
        return "incomplete", next(name for name in order if name not in DEFAULT)
    before = [name for name in order[: list(order).index("asked")] if name != "missed"]
    return ("asked_behind", before[0]) if before else None


def rule(order: Sequence[str], why_next: str, due_at: datetime | None, now: datetime, near: timedelta) -> str:
    """The first rule that the task falls under."""
    own = why_next if why_next in KINDS else "fresh"
    is_near = due_at is not None and due_at <= now + near
    return "near" if is_near and order.index("near") < order.index(own) else own


def place(order: Sequence[str], why_next: str, due_at: datetime | None, now: datetime, near: timedelta) -> int:
    """Its place among the rules, 0 first; within a rule the nearest limit stands first, then
    whatever was asked for first: the order that was placed, whoever opened its task when."""
    return order.index(rule(order, why_next, due_at, now, near))
